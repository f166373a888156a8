//! How old a half-closed socket is where the table tells no ages: it is looked at twice.
//!
//! A socket with the same addresses, in the same state, held by the same processes at both looks
//! has been half closed for at least the time between them. It may be older: that is a lower
//! bound, and said so. One that any of this changed for has no age, and is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

use super::{Snapshot, StuckSocket};
use crate::machine::pid::ProcessId;
use crate::machine::sockets::TcpState;

type Row = (SocketAddr, SocketAddr, TcpState);

/// The stuck sockets of a first look.
#[derive(Clone, Debug)]
pub struct FirstLook {
    /// When the first look was over.
    pub at: Instant,
    rows: BTreeMap<Row, BTreeSet<ProcessId>>,
}

impl FirstLook {
    /// What was seen by a look that was over at this moment.
    pub fn new(snapshot: &Snapshot, at: Instant) -> Self {
        let rows = snapshot.stuck.iter();
        let rows = rows.filter_map(|stuck| Some((row(stuck), holders(stuck, snapshot)?)));
        Self {
            at,
            rows: rows.collect(),
        }
    }

    /// Gives the rows that tell no age the one that is known by now, when this look began.
    pub fn add_ages(&self, snapshot: &mut Snapshot, now: Instant) {
        let age = now.saturating_duration_since(self.at);
        let same: Vec<bool> = snapshot
            .stuck
            .iter()
            .map(|stuck| {
                let before = self.rows.get(&row(stuck));
                before.is_some() && before == holders(stuck, snapshot).as_ref()
            })
            .collect();
        for (stuck, same) in snapshot.stuck.iter_mut().zip(same) {
            if same && stuck.socket.age.is_none() {
                stuck.socket.age = Some(age);
                stuck.is_older = true;
            }
        }
    }
}

fn row(stuck: &StuckSocket) -> Row {
    let socket = &stuck.socket;
    (socket.local, socket.remote, socket.state)
}

/// Who holds it, in person; nothing if one of them is not known.
fn holders(stuck: &StuckSocket, snapshot: &Snapshot) -> Option<BTreeSet<ProcessId>> {
    let id = |pid| Some(snapshot.processes.get(pid)?.facts.id);
    stuck.holders.iter().map(id).collect()
}
