//! What one client has running: its streams, its orders, and the kind of data it wants.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::contracts::Instrument;
use super::refusal::Refusal;

/// The lines of market data of one login (docs/PROTOCOL.md, Market data).
const MOST_LINES: usize = 100;
/// Depth requests at once.
const MOST_DEPTHS: usize = 3;
/// Orders whose numbers are remembered; older ones count as never placed.
const MOST_ORDERS: usize = 1000;

/// The kinds of streams; each has request ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Quotes,
    Depth,
    RealTimeBars,
    History,
    TickByTick,
    Pnl,
    PnlSingle,
    Scanner,
    Group,
}

/// What a stream sends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Feed {
    /// Quotes, delayed ones under other tick numbers.
    Quotes { delayed: bool },
    /// Rows of the order book, with the names of exchanges or without.
    Depth { rows: i32, smart: bool },
    /// Bars of five seconds.
    RealTimeBars,
    /// Updates of the last bar, whose length is in seconds.
    Bars { seconds: i64, form: i32 },
    /// Single ticks by the number of their type.
    TickByTick(i32),
    /// Profit and loss of the account.
    Pnl,
    /// Profit and loss of the position in this contract.
    PnlSingle(i32),
    /// Nothing after the first answer.
    Silence,
}

/// A stream that runs.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) feed: Feed,
    pub(super) instrument: Option<Instrument>,
    /// How many times it has sent something.
    pub(super) step: i64,
    pub(super) due: Instant,
}

impl Stream {
    /// The pause between two steps, or nothing for a stream that stays silent.
    pub(super) fn pace(&self) -> Option<Duration> {
        match self.feed {
            Feed::Silence => None,
            Feed::RealTimeBars | Feed::Bars { .. } => Some(Duration::from_secs(5)),
            _ => Some(Duration::from_secs(1)),
        }
    }
}

/// One client's desk.
#[derive(Debug)]
pub(in crate::sim) struct Desk {
    /// Live, frozen, delayed or delayed and frozen, by IB's numbers from 1 up.
    pub(super) data_type: i32,
    pub(super) streams: BTreeMap<(Slot, i32), Stream>,
    orders: BTreeSet<i32>,
    highest_order: i32,
}

impl Desk {
    pub(in crate::sim) fn new() -> Self {
        Self {
            data_type: 1,
            streams: BTreeMap::new(),
            orders: BTreeSet::new(),
            highest_order: 0,
        }
    }

    /// The next order id that is free.
    pub(in crate::sim) fn next_order(&self) -> i32 {
        self.highest_order.saturating_add(1)
    }

    /// When the next stream is due.
    pub(in crate::sim) fn due(&self) -> Option<Instant> {
        let paced = self
            .streams
            .values()
            .filter(|stream| stream.pace().is_some());
        paced.map(|stream| stream.due).min()
    }

    /// Begins a stream, whose first step is part of the answer.
    pub(super) fn open(
        &mut self,
        slot: Slot,
        id: i32,
        instrument: Option<Instrument>,
        feed: Feed,
    ) -> Result<Stream, Refusal> {
        if self.streams.contains_key(&(slot, id)) {
            let text = "Error processing request.-'bN' : cause - Duplicate ticker id";
            return Err(Refusal::new(322, text));
        }
        let depths = self.streams.keys().filter(|(slot, _)| *slot == Slot::Depth);
        if slot == Slot::Depth && depths.count() >= MOST_DEPTHS {
            let text = "Max number (3) of market depth requests has been reached.";
            return Err(Refusal::new(309, text));
        }
        if self.streams.len() >= MOST_LINES {
            return Err(Refusal::new(101, "Max number of tickers has been reached."));
        }
        let mut stream = Stream {
            feed,
            instrument,
            step: 0,
            due: Instant::now(),
        };
        stream.due += stream.pace().unwrap_or_default();
        self.streams.insert((slot, id), stream.clone());
        Ok(stream)
    }

    /// Ends a stream; false if there is none.
    pub(super) fn close(&mut self, slot: Slot, id: i32) -> bool {
        self.streams.remove(&(slot, id)).is_some()
    }

    /// Remembers an order.
    pub(super) fn note_order(&mut self, id: i32) {
        self.highest_order = self.highest_order.max(id);
        self.orders.insert(id);
        if self.orders.len() > MOST_ORDERS {
            self.orders.pop_first();
        }
    }

    pub(super) fn has_order(&self, id: i32) -> bool {
        self.orders.contains(&id)
    }
}
