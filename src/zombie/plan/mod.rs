//! Which processes are to be ended, and why each other one is spared.
//!
//! All of the following is about orphans: a process that is named ends whatever the ages are.
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
pub(super) use self::refusal::{named_refusal, young};
use super::class::judge;
use super::{Criteria, Judgement, Snapshot, StuckSocket, unhealable as unhealable_of};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::AddressPair;
use crate::report::MayEnd;

/// What a kill would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What each holder is.
    pub judged: BTreeMap<Pid, Judgement>,
    /// The processes that a bare `--kill` ends, at a second look where their ages are not known.
    pub orphans: BTreeSet<Pid>,
    /// The processes to end by what was asked for, parents before their children.
    pub ends: Vec<ProcessId>,
    /// The clients' ends of connections that the Gateway has ended in one direction only.
    pub half_duplex: BTreeSet<AddressPair>,
    /// Why no socket of a holder is shut down, of those of which that is so.
    pub unhealable: BTreeMap<Pid, String>,
    /// Why a process that may be ended is spared all the same.
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
            plan.orphans = aged.orphans;
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

    /// The answer for this process: one that looks like an orphan and does not meet every condition
    /// of the plan is ended only when it is named.
    pub fn answer(&self, pid: Pid) -> MayEnd {
        match self.judged.get(&pid).map(|judged| judged.answer) {
            Some(MayEnd::Orphan) if !self.orphans.contains(&pid) => MayEnd::IfNamed,
            answer => answer.unwrap_or(MayEnd::Never),
        }
    }
}

fn decide(snapshot: &Snapshot, criteria: &Criteria) -> Plan {
    let judged = judge(&snapshot.processes, &snapshot.own, &snapshot.gateway_ports);
    let (mut orphans, mut refused) = (BTreeSet::new(), BTreeMap::new());
    let half_duplex = snapshot.half_duplex();
    for (pid, subject) in &snapshot.processes {
        if judged[pid].answer == MayEnd::Orphan {
            match refusal(subject, snapshot, &half_duplex, criteria.min_age) {
                Some(reason) => drop(refused.insert(*pid, reason)),
                None => drop(orphans.insert(*pid)),
            }
        }
    }
    spare_the_entangled(snapshot, &mut orphans, &mut refused);
    let chosen = match &criteria.named {
        None => orphans.clone(),
        Some(named) => {
            for pid in orphans.iter().filter(|pid| !named.contains(pid)) {
                refused.insert(*pid, "it was not named".to_owned());
            }
            chosen_by_name(named, snapshot, &judged, &mut refused)
        }
    };
    let context = snapshot.context();
    let unhealable = snapshot.processes.iter();
    let unhealable =
        unhealable.filter_map(|(pid, subject)| Some((*pid, unhealable_of(subject, &context)?)));
    Plan {
        ends: parents_first(snapshot, &chosen),
        judged,
        orphans,
        half_duplex,
        unhealable: unhealable.collect(),
        refused,
        waits_for_ages: false,
    }
}

/// Those of the named processes that end: to name a process is to say yes, unless it is never ended,
/// holds nothing that is half closed here, or would take along one that is never ended.
fn chosen_by_name(
    named: &BTreeSet<Pid>,
    snapshot: &Snapshot,
    judged: &BTreeMap<Pid, Judgement>,
    refused: &mut BTreeMap<Pid, String>,
) -> BTreeSet<Pid> {
    let may_end = |pid: &&Pid| judged.get(pid).is_some_and(|it| it.answer != MayEnd::Never);
    let mut chosen: BTreeSet<Pid> = named.iter().filter(may_end).copied().collect();
    loop {
        let refusals = chosen.iter().filter_map(|pid| {
            let subject = &snapshot.processes[pid];
            Some((*pid, named_refusal(subject, snapshot, &chosen)?))
        });
        let refusals: Vec<(Pid, String)> = refusals.collect();
        if refusals.is_empty() {
            break;
        }
        for (pid, reason) in refusals {
            chosen.remove(&pid);
            refused.insert(pid, reason);
        }
    }
    for pid in &chosen {
        refused.remove(pid);
    }
    chosen
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
