//! Behind a relay of this machine that passes on to another one: what the kernel shows of the relay's
//! own connection, for ibdoc's ends at the relay.

use std::net::SocketAddr;

use super::{Attempter, Setting};
use crate::event::{Stage, StageStatus};
use crate::machine::path::End;
use crate::machine::sockets::{Ports, Socket, TcpState, Transmission};
use crate::session::Record;

/// This machine's connection to where a relay passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Where the relay passes on.
    pub target: SocketAddr,
    /// What became of what was sent there.
    pub state: BeyondState,
}

/// What became of what was sent beyond a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeyondState {
    /// The connection itself is not answered.
    Unanswered,
    /// The other machine has not acknowledged what was sent again.
    HeldUp(Transmission),
    /// It has acknowledged it.
    Carried(Transmission),
}

impl Attempter<'_> {
    /// Looks beyond the relay where a stage waited in vain; `None` where that is not in sight.
    pub(super) fn look_beyond(&self, setting: &Setting, record: &Record) -> Option<Beyond> {
        let waited = |stage: &Stage| stage.status == StageStatus::Timeout;
        let path = setting.path.as_ref()?;
        if path.end != End::OutOfSight || !record.stages.iter().any(waited) {
            return None;
        }
        let target: SocketAddr = path.target.as_ref()?.parse().ok()?;
        let ports = Ports::from([target.port()]);
        let seat = path.hops.last()?.seat;
        let rows = seat.with_table(self.world, |table| table.snapshot(&ports).ok())??;
        let to_target = rows.sockets.iter().filter(|row| row.remote == target);
        let found = to_target.filter_map(of_row);
        let state = found.max_by_key(|it| !matches!(it, BeyondState::Carried(_)))?;
        Some(Beyond { target, state })
    }
}

fn of_row(row: &Socket) -> Option<BeyondState> {
    match row.state {
        TcpState::SynSent => Some(BeyondState::Unanswered),
        TcpState::Established => row.transmission.map(|seen| {
            if seen.is_held_up() {
                BeyondState::HeldUp(seen)
            } else {
                BeyondState::Carried(seen)
            }
        }),
        _ => None,
    }
}
