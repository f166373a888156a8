//! How old a half-closed socket is where the table tells no ages: it is looked at twice.
//!
//! A socket with the same addresses, in the same state, held by the same processes at both looks
//! has been half closed for at least the time between them. It may be older: that is a lower
//! bound, and said so. One that any of this changed for has no age, and is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Instant;

use super::plan::aged;
use super::{Sight, Stuck, Wishes, plan};
use crate::machine::pid::ProcessId;
use crate::machine::sockets::TcpState;

type Row = (SocketAddr, SocketAddr, TcpState);

/// The stuck sockets of a first look.
#[derive(Clone, Debug)]
pub struct Seen {
    at: Instant,
    rows: BTreeMap<Row, BTreeSet<ProcessId>>,
}

impl Seen {
    /// What was seen by a look that was over at this moment.
    pub fn new(sight: &Sight, at: Instant) -> Self {
        let rows = sight.stuck.iter();
        let rows = rows.filter_map(|stuck| Some((row(stuck), holders(stuck, sight)?)));
        Self {
            at,
            rows: rows.collect(),
        }
    }

    /// When the first look was over.
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// Gives the rows that tell no age the one that is known by now, when this look began.
    pub fn add_ages(&self, sight: &mut Sight, now: Instant) {
        let age = now.saturating_duration_since(self.at);
        let same: Vec<bool> = sight
            .stuck
            .iter()
            .map(|stuck| {
                let before = self.rows.get(&row(stuck));
                before.is_some() && before == holders(stuck, sight).as_ref()
            })
            .collect();
        for (stuck, same) in sight.stuck.iter_mut().zip(same) {
            if same && stuck.socket.age.is_none() {
                stuck.socket.age = Some(age);
                stuck.is_older = true;
            }
        }
    }
}

/// Whether a second look could end somebody: only the ages stand in the way.
pub fn lacks_ages(sight: &Sight, wishes: &Wishes) -> bool {
    let aged = aged(sight, wishes.min_age);
    aged.is_some_and(|aged| plan(&aged, wishes).ends.len() > plan(sight, wishes).ends.len())
}

fn row(stuck: &Stuck) -> Row {
    let socket = &stuck.socket;
    (socket.local, socket.remote, socket.state)
}

/// Who holds it, in person; nothing if one of them is not known.
fn holders(stuck: &Stuck, sight: &Sight) -> Option<BTreeSet<ProcessId>> {
    let id = |pid| Some(sight.people.get(pid)?.facts.id);
    stuck.holders.iter().map(id).collect()
}
