//! What the relay tells its observer: copies of what it carried, in bounded memory.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::event::Speaker;
use crate::trace::{Chunk, Closing, ConnectionId, DrillSpan, Ends, Timestamp, What};

/// Bytes that wait for the observer; beyond them no bytes are copied.
const WAITING: u64 = 64 << 20;
/// What a thing that is told costs beside its bytes.
const EACH: u64 = 128;
/// Beyond this nothing is told any more: a client that connects without end, and no observer.
const MOST: u64 = 80 << 20;

/// What one side of a connection did, with its bytes.
#[derive(Debug)]
pub enum Act {
    /// A client has connected.
    Met(Box<Ends>),
    /// The relay connects to the Gateway.
    Connects,
    /// The Gateway's end is connected.
    Accepted,
    /// The side sent these bytes.
    Bytes(Vec<u8>),
    /// So many bytes of the side were carried and not copied.
    Gap(u64),
    /// The side does not read: what is carried to it waits.
    NotReading,
    /// The side reads again.
    Reads,
    /// The side closed its half.
    Closed(Closing),
    /// The drill did this to every session.
    Drilled(String, DrillSpan),
    /// The connection is over.
    Over,
}

/// Why a client was refused before or instead of a connection to the Gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The accept queue of the Gateway, or of what stands before it, is stuck.
    Stuck(Box<crate::machine::accept_queue::LongQueue>),
    /// Too many sessions go on.
    Full,
    /// The machine itself could not connect, or not look before.
    Ours(String),
}

/// What the relay tells.
#[derive(Debug)]
pub enum Seen {
    /// Something happened on a connection.
    Act {
        /// When.
        at: Timestamp,
        /// Its number, from 1; 0 for what concerns all of them.
        connection: u64,
        /// The side.
        side: Speaker,
        /// What it did.
        act: Act,
    },
    /// Whether clients are let in from now on, and why.
    Open(bool, String),
    /// A client was refused by the relay itself.
    Refused(Refusal),
}

impl Seen {
    fn cost(&self) -> u64 {
        match self {
            Self::Act {
                act: Act::Bytes(bytes),
                ..
            } => EACH + bytes.len() as u64,
            _ => EACH,
        }
    }
}

impl Act {
    /// As a chunk of a recording.
    pub fn chunk(&self, at: Timestamp, connection: u64, side: Speaker) -> Chunk<'_> {
        let what = match self {
            Self::Met(ends) => What::Met(Ends::clone(ends)),
            Self::Connects => What::Connects,
            Self::Accepted => What::Accepted,
            Self::Bytes(bytes) => What::Bytes(bytes),
            Self::Gap(bytes) => What::Gap(*bytes),
            Self::NotReading => What::NotReading(None),
            Self::Reads => What::Reads,
            Self::Closed(how) => What::Closed(*how),
            Self::Drilled(words, span) => What::Drilled(words, *span),
            Self::Over => What::Over,
        };
        Chunk {
            at,
            connection: ConnectionId(connection),
            side,
            what,
        }
    }
}

/// Where the relay tells what it sees.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    sender: UnboundedSender<Seen>,
    waiting: Arc<AtomicU64>,
    uncopied: Arc<AtomicU64>,
}

/// Where the observer hears it.
#[derive(Debug)]
pub(super) struct Hearer {
    receiver: UnboundedReceiver<Seen>,
    waiting: Arc<AtomicU64>,
}

/// A channel from the relay to its observer.
pub(super) fn channel() -> (Teller, Hearer) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(AtomicU64::new(0));
    let teller = Teller {
        sender,
        waiting: Arc::clone(&waiting),
        uncopied: Arc::default(),
    };
    (teller, Hearer { receiver, waiting })
}

impl Teller {
    /// Tells it, unless too much waits already; whether it did.
    pub(super) fn tell(&self, seen: Seen) -> bool {
        let cost = seen.cost();
        if self.waiting.load(Ordering::Relaxed) + cost > MOST {
            return false;
        }
        self.waiting.fetch_add(cost, Ordering::Relaxed);
        self.sender.send(seen).is_ok()
    }

    /// Bytes that were carried and not copied.
    pub(super) fn uncopied(&self) -> u64 {
        self.uncopied.load(Ordering::Relaxed)
    }

    /// For one connection.
    pub(super) fn of(&self, connection: u64) -> Witness {
        Witness {
            teller: self.clone(),
            connection,
            gaps: [Cell::new(0), Cell::new(0)],
        }
    }
}

impl Hearer {
    /// The next things that were told, at least one; none when the relay has ended.
    pub(super) async fn hear(&mut self, into: &mut Vec<Seen>, most: usize) -> usize {
        let known = into.len();
        let heard = self.receiver.recv_many(into, most).await;
        let cost: u64 = into[known..].iter().map(Seen::cost).sum();
        self.waiting.fetch_sub(cost, Ordering::Relaxed);
        heard
    }
}

/// Tells what happens on one connection.
#[derive(Debug)]
pub(super) struct Witness {
    teller: Teller,
    connection: u64,
    /// Bytes of each side that were not copied, and not told of yet.
    gaps: [Cell<u64>; 2],
}

impl Witness {
    /// Something happened now.
    pub(super) fn now(&self, side: Speaker, act: Act) {
        self.at(Timestamp::now(), side, act);
    }

    /// Something happened then.
    pub(super) fn at(&self, at: Timestamp, side: Speaker, act: Act) {
        self.tell_gap(at, side);
        let connection = self.connection;
        self.teller.tell(Seen::Act {
            at,
            connection,
            side,
            act,
        });
    }

    /// The side sent bytes.
    pub(super) fn bytes(&self, at: Timestamp, side: Speaker, bytes: &[u8]) {
        let waiting = self.teller.waiting.load(Ordering::Relaxed);
        if waiting + bytes.len() as u64 > WAITING {
            let length = bytes.len() as u64;
            let gap = &self.gaps[side as usize];
            gap.set(gap.get() + length);
            self.teller.uncopied.fetch_add(length, Ordering::Relaxed);
        } else {
            self.at(at, side, Act::Bytes(bytes.to_vec()));
        }
    }

    fn tell_gap(&self, at: Timestamp, side: Speaker) {
        let bytes = self.gaps[side as usize].take();
        if bytes > 0 {
            let connection = self.connection;
            let act = Act::Gap(bytes);
            self.teller.tell(Seen::Act {
                at,
                connection,
                side,
                act,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_observer_has_no_time_for_is_a_gap_and_counted() {
        let (teller, mut hearer) = channel();
        let witness = teller.of(1);
        let piece = vec![0; 1 << 20];
        for _ in 0..100 {
            witness.bytes(Timestamp::default(), Speaker::Gateway, &piece);
        }
        let left_out = teller.uncopied();
        assert!(left_out >= 36 << 20, "{left_out}");
        let mut heard = Vec::new();
        while heard.len() < 63 {
            let mut batch = Vec::new();
            hearer.hear(&mut batch, 1_000).await;
            heard.extend(batch);
        }
        witness.bytes(Timestamp::default(), Speaker::Gateway, &piece);
        let mut rest = Vec::new();
        hearer.hear(&mut rest, 10).await;
        let gap = rest.iter().find_map(|it| match it {
            Seen::Act {
                act: Act::Gap(bytes),
                ..
            } => Some(*bytes),
            _ => None,
        });
        assert_eq!(gap, Some(left_out));
        assert!(rest.len() == 2, "{}", rest.len());
    }
}
