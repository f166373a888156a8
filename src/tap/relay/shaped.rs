//! What goes between two sockets in a drill that leaves out, delays or adds messages.
//!
//! What a side sends is cut into whole messages; each goes on when it is due. The copy for the observer
//! is what the client says and hears, not what the Gateway does.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::pump::{Broken, Ends, read};
use super::units::{Unit, Units, id, version};
use crate::event::Speaker;
use crate::sim::notice;
use crate::tap::drill::State;
use crate::tap::seen::Witness;
use crate::trace::Timestamp;
use crate::wire::ServerVersion;

/// What is read at once, in bytes.
const BUFFER: usize = 64 << 10;
/// What waits in one direction at most, in bytes, before no more is read.
const WAITING: usize = 1 << 20;
/// What a piece that waits costs beside its bytes: its time and its place in the queue.
const EACH: usize = size_of::<(Instant, Bytes)>();
/// The start of the API.
const START_API: u32 = 71;
/// The number of a client id that is taken.
const ID_TAKEN: i32 = 326;

/// A session in a drill.
pub(super) struct Shaped<'a> {
    ends: &'a Ends,
    witness: &'a Witness,
    drill: watch::Receiver<State>,
    version: Cell<Option<ServerVersion>>,
    /// How many of the drill's notices were said.
    said: Cell<usize>,
    /// What the relay itself says to the client.
    own_words: RefCell<Vec<Bytes>>,
    /// Whether the session ends once that is said.
    ends_then: Cell<bool>,
    wake: Notify,
}

/// What waits to go on in one direction.
#[derive(Default)]
struct Queue {
    pieces: VecDeque<(Instant, Bytes)>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, delay: Option<Duration>, piece: Bytes) {
        self.bytes += EACH + piece.len();
        let due = Instant::now() + delay.unwrap_or_default();
        // A shorter delay does not let what comes later overtake.
        let last = self.pieces.back().map_or(due, |(last, _)| due.max(*last));
        self.pieces.push_back((last, piece));
    }

    fn pop(&mut self) -> Option<Bytes> {
        let (_, piece) = self.pieces.pop_front()?;
        self.bytes -= EACH + piece.len();
        Some(piece)
    }

    fn due(&self) -> Option<Instant> {
        self.pieces.front().map(|(due, _)| *due)
    }
}

impl<'a> Shaped<'a> {
    pub(super) fn new(ends: &'a Ends, witness: &'a Witness, drill: watch::Receiver<State>) -> Self {
        let said = Cell::new(drill.borrow().said.len());
        Self {
            ends,
            witness,
            drill,
            version: Cell::new(None),
            said,
            own_words: RefCell::default(),
            ends_then: Cell::new(false),
            wake: Notify::new(),
        }
    }

    /// Carries what the drill lets through until both sides have closed.
    pub(super) async fn carry(&self) -> Result<(), Broken> {
        let both = async {
            tokio::try_join!(
                self.carry_from(Speaker::Client),
                self.carry_from(Speaker::Gateway)
            )
        };
        self.ends.unless_broken(both).await.map(drop)
    }

    async fn carry_from(&self, side: Speaker) -> Result<(), Broken> {
        let from = self.ends.of(side);
        let mut drill = self.drill.clone();
        let mut units = Units::new(side);
        let mut queue = Queue::default();
        let mut buffer = vec![0; BUFFER];
        let mut has_ended = false;
        loop {
            let stalls = drill.borrow_and_update().stalls(side);
            if side == Speaker::Gateway && units.is_between() {
                self.add_own_words(&mut queue);
            }
            let now = Instant::now();
            while !stalls && queue.due().is_some_and(|due| due <= now) {
                if let Some(piece) = queue.pop() {
                    self.deliver(side, &piece).await?;
                }
            }
            let is_empty = queue.pieces.is_empty();
            let all_is_said = self.own_words.borrow().is_empty();
            if side == Speaker::Gateway && self.ends_then.get() && is_empty && all_is_said {
                return Err(Broken::Cut);
            }
            if has_ended && is_empty {
                return self.ends.end_half(side, self.witness);
            }
            let due = queue.due().filter(|_| !stalls);
            let reads = !has_ended && !stalls && queue.bytes < WAITING;
            tokio::select! {
                biased;
                // Without a drill the relay is over, and ends the session.
                changed = drill.changed() => changed.map_err(|_| Broken::Cut)?,
                () = self.wake.notified(), if side == Speaker::Gateway => {}
                () = sleep_until(due.unwrap_or(now)), if due.is_some() => {}
                length = read(from, &mut buffer), if reads => {
                    let length = length.map_err(|error| Broken::By(side, error))?;
                    has_ended = length == 0;
                    self.take(side, &buffer[..length], &mut units, &mut queue);
                }
            }
        }
    }

    /// Takes what a side has sent; nothing at its end.
    fn take(&self, side: Speaker, bytes: &[u8], units: &mut Units, queue: &mut Queue) {
        match side {
            _ if bytes.is_empty() => {}
            Speaker::Client => self.witness.bytes(Timestamp::now(), side, bytes),
            Speaker::Gateway => self.ends.place.is_left(),
        }
        units.feed(bytes);
        let delay = self.drill.borrow().delay;
        while let Some(unit) = units.next() {
            if let Some(piece) = self.let_through(side, unit) {
                queue.push(delay, piece);
            }
        }
        let rest = bytes.is_empty().then(|| Unit::Part(units.rest()));
        if let Some(rest) = rest.and_then(|rest| self.let_through(side, rest)) {
            queue.push(delay, rest);
        }
    }

    /// What of a message goes on.
    fn let_through(&self, side: Speaker, unit: Unit) -> Option<Bytes> {
        if side == Speaker::Client && self.ends_then.get() {
            // A Gateway reads nothing more of a client whose id is taken.
            return None;
        }
        let message = match unit {
            Unit::Part(bytes) => return Some(bytes),
            Unit::Greeting(bytes) => {
                if side == Speaker::Gateway {
                    self.version.set(version(&bytes));
                }
                return Some(bytes);
            }
            Unit::Message(bytes) => bytes,
        };
        let Some(id) = self.version.get().and_then(|version| id(&message, version)) else {
            return Some(message);
        };
        let drill = self.drill.borrow();
        match side {
            Speaker::Gateway => (!drill.drops.contains(&id)).then_some(message),
            Speaker::Client if drill.id_taken && id == START_API => {
                self.say(ID_TAKEN);
                self.ends_then.set(true);
                None
            }
            Speaker::Client => Some(message),
        }
    }

    fn say(&self, number: i32) {
        if let Some(version) = self.version.get() {
            let words = notice(number).encode(version);
            self.own_words.borrow_mut().push(words.into());
            self.wake.notify_one();
        }
    }

    /// Puts what the relay itself says behind the messages of the Gateway that are whole.
    fn add_own_words(&self, queue: &mut Queue) {
        if self.version.get().is_some() {
            let new: Vec<i32> = self.drill.borrow().said[self.said.get()..].to_vec();
            self.said.set(self.said.get() + new.len());
            for number in new {
                self.say(number);
            }
        }
        for words in self.own_words.borrow_mut().drain(..) {
            queue.push(None, words);
        }
    }

    async fn deliver(&self, side: Speaker, piece: &[u8]) -> Result<(), Broken> {
        if side == Speaker::Gateway && !piece.is_empty() {
            self.witness.bytes(Timestamp::now(), side, piece);
        }
        let to = side.other();
        self.ends.send_rest(to, piece, self.witness).await
    }
}
