//! Which processes stay because of another one that stays: a plan ends a family or none of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::machine::pid::Pid;
use crate::machine::process::Link;
use crate::zombie::Snapshot;
use crate::zombie::class::{staying_child, who};

/// Takes off each process that shares a socket with a process that stays, is connected to one, or
/// has one as its child or parent.
pub(super) fn spare_the_entangled(
    snapshot: &Snapshot,
    chosen: &mut BTreeSet<Pid>,
    refused: &mut BTreeMap<Pid, String>,
) {
    loop {
        let spared: Vec<(Pid, String)> = chosen
            .iter()
            .filter_map(|pid| Some((*pid, entangled(*pid, snapshot, chosen)?)))
            .collect();
        if spared.is_empty() {
            return;
        }
        for (pid, reason) in spared {
            chosen.remove(&pid);
            refused.insert(pid, reason);
        }
    }
}

fn entangled(pid: Pid, snapshot: &Snapshot, chosen: &BTreeSet<Pid>) -> Option<String> {
    let subject = snapshot.processes.get(&pid)?;
    let rows = snapshot
        .stuck
        .iter()
        .filter(|row| row.holders.contains(&pid));
    for other in rows.flat_map(|row| &row.holders) {
        if !chosen.contains(other) {
            return Some(format!(
                "{} holds its socket too and stays",
                snapshot.who(*other)
            ));
        }
    }
    let mut peers = subject.peers.iter().flatten();
    if let Some(peer) = peers.find(|peer| !chosen.contains(&peer.facts.id.pid)) {
        let by = match peer.link {
            Link::Unix => "a unix socket",
            Link::Pipe => "a pipe",
        };
        return Some(format!(
            "{} is connected to it by {by} and stays",
            who(&peer.facts)
        ));
    }
    // A process may take its children along: a Gateway that it started, or a live client.
    match staying_child(subject, &|pid| chosen.contains(&pid)) {
        Err(why) => return Some(why),
        Ok(Some(child)) => return Some(format!("its child {child} is running and stays")),
        Ok(None) => {}
    }
    // Only a parent that is among the processes can have made an orphan of its child. A parent
    // that was not read may be the process of that pid.
    let parent = subject.facts.parent.filter(|parent| {
        let read = subject.parent.as_ref().map(|parent| parent.id);
        let listed = snapshot.processes.get(parent).map(|listed| listed.facts.id);
        listed.is_some() && (read.is_none() || read == listed)
    })?;
    (parent.0 > 1 && !chosen.contains(&parent))
        .then(|| format!("its parent {} stays", snapshot.who(parent)))
}
