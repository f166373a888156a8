//! The receipt: which connections this run made, and what it left of them, measured from the
//! socket table by the addresses of ibdoc's own connections.

use std::time::Duration;

use crate::event::{AcceptQueue, Footprint};
use crate::machine::World;
use crate::machine::path::{Place, Ways};
use crate::machine::sockets::{AddressPair, Socket, TcpState};

/// As many connections are ibdoc's own between two runs of a program, and one more.
const RECENT: usize = 3;

/// Between two handshakes while a Gateway is waited for: each is a load on it.
pub const BETWEEN_HANDSHAKES: Duration = Duration::from_secs(5);
/// The longest time between two that stay silent.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After more silences in a row the pause is the longest one.
const MOST_SILENCES: u32 = 8;

/// Every connection of a run, with what can be known of its other end.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    connections: u32,
    /// Those of them to the Gateway's own port, before one through the relay in front of it.
    first: u32,
    /// Those that may still be there, each with the network namespace of its other end.
    left: Vec<(Place, AddressPair)>,
    /// The last few connections, the newest last.
    recent: Vec<AddressPair>,
    unseen: bool,
    /// The last handshakes in a row that brought no version, and whose other end is not in sight.
    silences: u32,
    queue: AcceptQueue,
    queue_seen: bool,
    /// The ways along which they were made.
    pub ways: Ways,
}

impl Ledger {
    /// Notes a connection whose other end cannot be seen from here.
    pub fn opened_out_of_sight(&mut self, pair: Option<AddressPair>) {
        self.connections += 1;
        self.unseen = true;
        self.remember(pair);
    }

    /// Notes that the last connection was to the Gateway's own port, before one through the relay in
    /// front of it.
    pub fn asked_first(&mut self) {
        self.first += 1;
    }

    /// Notes a connection that the other end reset while it was being made: it is gone.
    pub fn opened_and_reset_by_peer(&mut self) {
        self.connections += 1;
    }

    /// Notes a connection to a listener of this machine, to be looked up when it is closed, in the
    /// network namespace of that listener.
    pub fn opened(&mut self, pair: AddressPair, place: Place) {
        self.connections += 1;
        self.left.push((place, pair));
        self.remember(Some(pair));
    }

    /// Notes that a connection was passed on: what it left where it led cannot be seen.
    pub fn lost_sight(&mut self) {
        self.unseen = true;
    }

    /// Notes how a handshake ended: whether it brought no version while its other end is not in sight.
    pub(super) fn heard(&mut self, is_silent: bool) {
        self.silences = if is_silent { self.silences + 1 } else { 0 };
    }

    /// The time between the last handshake and the next one, while a Gateway is waited for. What is
    /// carried by a relay out of sight to a Gateway that stays silent may be kept there half closed, so
    /// after each silence it is twice as long.
    pub fn pause(&self) -> Duration {
        let doubled = self.silences.saturating_sub(1).min(MOST_SILENCES);
        (BETWEEN_HANDSHAKES * 2_u32.pow(doubled)).min(LONGEST_PAUSE)
    }

    fn remember(&mut self, pair: Option<AddressPair>) {
        if pair.is_some() && self.recent.len() == RECENT {
            self.recent.remove(0);
        }
        self.recent.extend(pair);
    }

    /// The last few connections: what the kernel says of their end may come after the next thing has
    /// begun.
    pub fn recent(&self) -> &[AddressPair] {
        &self.recent
    }

    /// Notes the accept queue, before the first connection and again at any later time.
    pub fn saw_queue(&mut self, row: &Socket) {
        let waiting = row.accept_queue().map(|(waiting, _)| waiting);
        if !self.queue_seen {
            self.queue_seen = true;
            self.queue.before = waiting;
        }
        self.queue.after = waiting;
    }

    /// Looks every closed connection up again and forgets those that have gone.
    pub fn check(&mut self, world: &World) {
        let mut unseen = false;
        self.left.retain(|(place, pair)| {
            let row = place.with_table(world, |table| table.find(pair.remote, pair.local));
            // With the process whose namespace it was, the way to look into it has gone.
            let Some(Ok(row)) = row else {
                unseen = true;
                return false;
            };
            row.is_some_and(|row| is_left(&row))
        });
        self.unseen |= unseen;
    }

    /// How many of ibdoc's connections are still there, as far as they were looked up.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The footprint of the run so far.
    pub fn footprint(&self) -> Footprint {
        let left = u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        Footprint {
            connections: self.connections,
            asked_first: self.first,
            sockets_left: (!self.unseen).then_some(left),
            accept_queue: self.queue,
        }
    }
}

/// The states that do not pass by themselves, as TIME_WAIT does.
fn is_left(row: &Socket) -> bool {
    matches!(row.state, TcpState::Established | TcpState::CloseWait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_that_stays_silent_out_of_sight_is_asked_less_and_less() {
        let mut ledger = Ledger::default();
        let mut pauses: Vec<u64> = Vec::new();
        for _ in 0..6 {
            ledger.heard(true);
            pauses.push(ledger.pause().as_secs());
        }
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
        ledger.heard(false);
        assert_eq!(ledger.pause(), BETWEEN_HANDSHAKES);
    }
}
