//! What the relay tells its observer: copies of what it carried, in bounded memory.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;

use crate::event::Speaker;
use crate::trace::{Chunk, Closing, ConnectionId, DrillSpan, Ends, Timestamp, What};

/// Bytes that wait for the observer; beyond them no bytes are copied.
const WAITING: u64 = 64 << 20;
/// What a thing that is told costs beside its bytes.
const EACH: u64 = 128;
/// Beyond this nothing is told any more: a client that connects without end, and no observer.
const MOST: u64 = 80 << 20;
/// What is told within this time is heard together: an observer that woke for each message would take
/// the relay, its client and the Gateway the processor's time. A reader of the timeline does not see it.
const GATHERED: Duration = Duration::from_millis(5);

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
    /// The next things that were told, at least one; none when the relay has ended. What is in `into`
    /// has been heard, also where this is not waited for to its end.
    pub(super) async fn hear(&mut self, into: &mut Vec<Seen>, most: usize) -> usize {
        let known = into.len();
        let Some(first) = self.receiver.recv().await else {
            return 0;
        };
        self.take(first, into);
        if self.receiver.len() < most {
            sleep(GATHERED).await;
        }
        while into.len() - known < most
            && let Ok(seen) = self.receiver.try_recv()
        {
            self.take(seen, into);
        }
        into.len() - known
    }

    fn take(&self, seen: Seen, into: &mut Vec<Seen>) {
        self.waiting.fetch_sub(seen.cost(), Ordering::Relaxed);
        into.push(seen);
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
        self.tell_gaps(at);
        self.tell(at, side, act);
    }

    fn tell(&self, at: Timestamp, side: Speaker, act: Act) -> bool {
        let connection = self.connection;
        self.teller.tell(Seen::Act {
            at,
            connection,
            side,
            act,
        })
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

    /// Tells what was not copied of either side, before anything else is told.
    fn tell_gaps(&self, at: Timestamp) {
        for side in [Speaker::Client, Speaker::Gateway] {
            let gap = &self.gaps[side as usize];
            if gap.get() > 0 && self.tell(at, side, Act::Gap(gap.get())) {
                gap.set(0);
            }
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // Of the last moment too: a session that the relay ends tells nothing more.
        self.tell_gaps(Timestamp::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(heard: &[Seen]) -> Option<u64> {
        heard.iter().find_map(|it| match it {
            Seen::Act {
                act: Act::Gap(bytes),
                ..
            } => Some(*bytes),
            _ => None,
        })
    }

    /// Hears until nothing waits.
    async fn hear_all(hearer: &mut Hearer) -> Vec<Seen> {
        let mut heard = Vec::new();
        while hearer.waiting.load(Ordering::Relaxed) > 0 {
            hearer.hear(&mut heard, 1_000).await;
        }
        heard
    }

    #[tokio::test]
    async fn what_the_observer_has_no_time_for_is_a_gap_and_counted() {
        let (teller, mut hearer) = channel();
        let witness = teller.of(1);
        let piece = vec![0; 1 << 20];
        let say = || witness.bytes(Timestamp::default(), Speaker::Gateway, &piece);
        (0..100).for_each(|_| say());
        let left_out = teller.uncopied();
        assert!(left_out >= 36 << 20, "{left_out}");
        assert_eq!(gap(&hear_all(&mut hearer).await), None);
        say();
        let rest = hear_all(&mut hearer).await;
        assert_eq!(gap(&rest), Some(left_out));
        assert!(rest.len() == 2, "{}", rest.len());
    }

    #[tokio::test]
    async fn a_gap_of_the_last_moment_is_told_at_the_end_of_the_session() {
        let (teller, mut hearer) = channel();
        let witness = teller.of(1);
        let piece = vec![0; 1 << 20];
        for _ in 0..70 {
            witness.bytes(Timestamp::default(), Speaker::Gateway, &piece);
        }
        drop(witness);
        let heard = hear_all(&mut hearer).await;
        assert_eq!(gap(&heard), Some(teller.uncopied()));
        assert!(matches!(
            heard.last(),
            Some(Seen::Act {
                act: Act::Gap(_),
                ..
            })
        ));
    }
}
