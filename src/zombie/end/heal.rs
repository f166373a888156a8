//! `--heal`: shuts down the half-closed sockets of living clients, which live on.

use std::collections::BTreeMap;

use super::{Done, is_still_there};
use crate::finding::{Code, Finding};
use crate::machine::heal::Holder;
use crate::machine::pid::ProcessId;
use crate::machine::process::Facts;
use crate::machine::process::linux::Proc;
use crate::report::Healed;
use crate::zombie::look::Observer;
use crate::zombie::{Census, StuckSocket};

/// Shuts down each socket that may be, through the first of its holders; those of processes that
/// were `ended` are gone.
pub(crate) fn carry_out(
    census: &Census,
    ended: &[ProcessId],
    observer: &Observer<'_>,
    done: &mut Done,
) {
    let processes = Proc::default();
    let table = observer.world.table.as_ref();
    let mut opened: BTreeMap<ProcessId, Result<Holder, String>> = BTreeMap::new();
    for row in census.healable(ended) {
        let holder = row
            .holders
            .first()
            .and_then(|pid| census.snapshot.processes.get(pid));
        let Some(facts) = holder.map(|subject| &subject.facts) else {
            continue;
        };
        let holder = opened.entry(facts.id).or_insert_with(|| {
            Holder::open(&processes, facts.id).map_err(|error| error.to_string())
        });
        let result = holder.as_ref().map_err(Clone::clone);
        let result = result.and_then(|holder| {
            let healed = holder.heal(table, &row.socket);
            healed.map_err(|error| error.to_string())
        });
        match result {
            Ok(()) if is_still_there(&row.socket, observer) => {
                done.findings
                    .push(failed(facts, row, "it is half closed all the same"));
            }
            Ok(()) => done.healed.push(Healed {
                local: row.socket.local,
                remote: row.socket.remote,
                pid: facts.id.pid,
                name: facts.title(),
            }),
            Err(why) => done.findings.push(failed(facts, row, &why)),
        }
    }
}

fn failed(facts: &Facts, row: &StuckSocket, why: &str) -> Finding {
    let summary = format!("a socket of {} could not be shut down", facts.title());
    let socket = format!("{} to {}", row.socket.local, row.socket.remote);
    Finding::new(Code::HealFailed, &format!("pid {}", facts.id.pid), summary)
        .with_evidence(format!("{socket}: {why}"))
}
