//! Which processes are to be ended, and why each other one is spared.
//!
//! After a restart of the Gateway every client is half closed for a while and may be about to
//! connect again. Against that stand three things, each measured by `--min-age`:
//! - a socket's age is the time since the Gateway ended its direction, so whatever a restart or
//!   a nightly login closes is young, whichever end closed it;
//! - nothing is ended while the port has no listener;
//! - nor while the listener's process is young. The socket's own age would be better, and Linux
//!   has none: `inet_diag` tells none, and the times of `/proc/PID/fd/N` are of the first look.
//!
//! So one thing is not guarded: a Gateway that ends its connections, stays without a listener for
//! longer than `--min-age` and opens it again in the same process. From that moment on, an orphan
//! that would connect again later counts as left behind.

mod entangled;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::entangled::spare_the_entangled;
use self::refusal::refusal;
pub(super) use self::refusal::{is_half_duplex, young};
use super::class::judge;
use super::{Criteria, Judgement, Snapshot, StuckSocket};
use crate::machine::pid::{Pid, ProcessId};
use crate::report::Class;

/// What a kill would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Every holder's class.
    pub judged: BTreeMap<Pid, Judgement>,
    /// The processes to end, parents before their children.
    pub ends: Vec<ProcessId>,
    /// Why a process of a class that may be ended is spared all the same.
    pub refused: BTreeMap<Pid, String>,
    /// Whether more would be ended if every unknown age were old enough.
    pub waits_for_ages: bool,
}

impl Plan {
    /// Decides which processes end.
    ///
    /// A process that would be spared also if every age were known is spared for that: it is the
    /// better reason.
    pub fn new(snapshot: &Snapshot, criteria: &Criteria) -> Self {
        let mut plan = decide(snapshot, criteria);
        if let Some(aged) = aged(snapshot, criteria.min_age) {
            let aged = decide(&aged, criteria);
            plan.waits_for_ages = aged.ends.len() > plan.ends.len();
            for (pid, reason) in aged.refused {
                plan.refused.entry(pid).and_modify(|known| *known = reason);
            }
        }
        plan
    }

    /// Whether this process is to be ended.
    pub fn has_end_of(&self, pid: Pid) -> bool {
        self.ends.iter().any(|id| id.pid == pid)
    }
}

fn decide(snapshot: &Snapshot, criteria: &Criteria) -> Plan {
    let judged = judge(&snapshot.processes, &snapshot.own, &snapshot.gateway_ports);
    let mut refused = BTreeMap::new();
    let mut chosen = BTreeSet::new();
    for (pid, subject) in &snapshot.processes {
        let judgement = &judged[pid];
        let wanted = match judgement.class {
            Class::Orphan => criteria.named.is_empty() || criteria.named.contains(pid),
            Class::Detached => criteria.named.contains(pid),
            _ => continue,
        };
        let refusal = if criteria.declined.contains(pid) {
            Some("the answer was no".to_owned())
        } else if wanted {
            refusal(subject, snapshot, criteria)
        } else {
            Some(unnamed(*pid, judgement))
        };
        match refusal {
            Some(reason) => drop(refused.insert(*pid, reason)),
            None => drop(chosen.insert(*pid)),
        }
    }
    spare_the_entangled(snapshot, &mut chosen, &mut refused);
    Plan {
        ends: parents_first(snapshot, &chosen),
        judged,
        refused,
        waits_for_ages: false,
    }
}

/// Why a process is spared that was not named, and how it can be ended.
fn unnamed(pid: Pid, judged: &Judgement) -> String {
    if judged.class == Class::Detached {
        let why = &judged.reason;
        return format!("it was detached on purpose ({why}): --pid {pid} ends it");
    }
    format!("it was not named with --pid {pid}")
}

fn parents_first(snapshot: &Snapshot, chosen: &BTreeSet<Pid>) -> Vec<ProcessId> {
    let depth = |mut pid: Pid| {
        let mut depth = 0;
        while let Some(parent) = snapshot.processes.get(&pid).and_then(|s| s.facts.parent) {
            if !chosen.contains(&parent) || depth > chosen.len() {
                break;
            }
            depth += 1;
            pid = parent;
        }
        depth
    };
    let mut order: Vec<(usize, Pid)> = chosen.iter().map(|pid| (depth(*pid), *pid)).collect();
    order.sort_unstable();
    let ids = order
        .iter()
        .filter_map(|(_, pid)| snapshot.processes.get(pid));
    ids.map(|subject| subject.facts.id).collect()
}

/// The same snapshot if each unknown age were old enough; nothing if all ages are known.
fn aged(snapshot: &Snapshot, min_age: Duration) -> Option<Snapshot> {
    let unknown = |stuck: &StuckSocket| stuck.socket.age.is_none();
    snapshot.stuck.iter().any(unknown).then(|| {
        let mut aged = snapshot.clone();
        for stuck in &mut aged.stuck {
            stuck.socket.age.get_or_insert(min_age);
        }
        aged
    })
}
