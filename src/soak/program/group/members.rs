//! Who is in a run's process group, and who of them may not be ended.

use std::net::SocketAddr;
use std::time::Duration;

use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::process::Mark;
use crate::soak::program::likeness::{Likeness, likeness};

/// Before a process that could not be read is read again, in milliseconds.
const AGAIN: [u64; 5] = [5, 10, 20, 40, 80];

/// The members of the group that a run's first process leads.
pub(super) struct Members<'a> {
    /// The process that was started, whose number is the group's too.
    pub(super) leader: Pid,
    pub(super) world: &'a World,
    /// The Gateway's address if it is of this machine.
    pub(super) local: Option<SocketAddr>,
    /// The marks of IB's software in the command as the user typed it.
    pub(super) chosen: Vec<Mark>,
}

impl Members<'_> {
    /// Those that run, ascending; `None` where that cannot be read.
    pub(super) fn running(&self) -> Option<Vec<Pid>> {
        self.world.processes.group(self.leader)
    }

    /// Errs when a member is a Gateway, or may be one for all that can be read of it.
    ///
    /// Waits on this thread: a process that cannot be read is rare, and there may be no task to
    /// wait in.
    pub(super) fn spare_gateways(&self, has_leader: bool) -> Result<(), String> {
        let mut pauses = AGAIN.into_iter().map(Duration::from_millis);
        loop {
            match self.gateway(has_leader) {
                None => return Ok(()),
                Some((pid, Likeness::Sure)) => {
                    return Err(format!(
                        "pid {pid} of its process group is a Gateway: nothing was ended"
                    ));
                }
                Some((pid, Likeness::Maybe)) => {
                    // One that is just ending, or becoming another program, cannot be read.
                    let Some(pause) = pauses.next() else {
                        return Err(format!(
                            "pid {pid} of its process group may be a Gateway: nothing was ended"
                        ));
                    };
                    std::thread::sleep(pause);
                }
            }
        }
    }

    /// A member of the group that is a Gateway or TWS, or listens on the Gateway's port, or may
    /// be becoming one.
    fn gateway(&self, has_leader: bool) -> Option<(Pid, Likeness)> {
        let leader = self.leader;
        let processes = self.world.processes.as_ref();
        let Some(mut members) = self.running() else {
            let gateways = processes.gateways().unwrap_or_default();
            let ours = gateways.into_iter().find(|gateway| {
                let ancestors = gateway.facts.ancestors.iter().flatten();
                gateway.facts.id.pid == leader
                    || ancestors.into_iter().any(|ancestor| ancestor.pid == leader)
            });
            return ours.map(|gateway| (gateway.facts.id.pid, Likeness::Sure));
        };
        if has_leader && !members.contains(&leader) {
            members.push(leader);
        }
        let rows = self.local.and_then(|local| {
            let mut rows = self.world.table.listeners().ok()?.sockets;
            rows.retain(|row| row.local.port() == local.port());
            Some(rows)
        });
        let rows = rows.unwrap_or_default();
        let like = members.into_iter().filter_map(|pid| {
            let held = processes.held(pid, &rows).ok().flatten();
            if held.is_some_and(|held| !held.is_empty()) {
                return Some((pid, Likeness::Sure));
            }
            let chosen = if pid == leader { &*self.chosen } else { &[] };
            let likeness = match processes.facts(pid) {
                Ok(Some(facts)) => likeness(&facts, chosen),
                Ok(None) => None,
                Err(_) => Some(Likeness::Maybe),
            };
            likeness.map(|likeness| (pid, likeness))
        });
        like.max_by_key(|(_, likeness)| *likeness)
    }

    /// Whether a member ignores SIGHUP, as `nohup` makes it, or that cannot be read.
    pub(super) fn are_left_on_purpose(&self) -> bool {
        let on_purpose = |pid: &Pid| {
            let facts = self.world.processes.facts(*pid).ok().flatten();
            facts.is_some_and(|facts| facts.ignores_hangup != Some(false))
        };
        self.running()
            .is_none_or(|members| members.iter().any(on_purpose))
    }
}
