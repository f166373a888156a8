//! `ibdoc zombies --interactive`: which of the processes that may be ended are to be.

use std::collections::BTreeSet;

use crate::cli::ask::Ask;
use crate::machine::pid::Pid;
use crate::text::words::counted;
use crate::zombie::Census;

/// Asks for each process that may be ended, with what that costs; those for which the answer is yes.
pub(super) fn accepted(census: &Census, ask: &mut dyn Ask) -> BTreeSet<Pid> {
    let steps = census.steps();
    let mut accepted = BTreeSet::new();
    for pid in census.endable() {
        let step = steps.iter().find(|step| step.pid == Some(pid));
        let Some(step) = step.filter(|_| census.criteria.admits(pid)) else {
            continue;
        };
        let name = step.name.as_deref().unwrap_or("a process");
        let cost = step.cost.as_ref().unwrap_or(&step.reason);
        let sockets = counted(step.sockets, "half-closed socket");
        let question = format!("end {name}, pid {pid}, which holds {sockets}? ({cost})");
        match ask.yes(&question) {
            Some(true) => drop(accepted.insert(pid)),
            Some(false) => {}
            None => return BTreeSet::new(),
        }
    }
    accepted
}
