//! Each request paired with what answers it: by its kind, its request id and its end marker.

mod kept;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::chunk::Timestamp;
use crate::event::MessageRole;
use crate::report::RequestEnd;
use crate::wire::messages::{self, Asked, Ends, RequestIdAt, asked_by, cancelled_by};
use crate::wire::{Frame, ServerVersion};

pub(super) use kept::{Kept, KindTally, Over};

/// Requests under way that are followed; of those beyond only the kinds are counted.
const OPEN: usize = 10_000;
/// Historical data, whose end marker moved, and which goes on only if it is kept up to date.
const HISTORICAL_DATA: u32 = 20;
/// Market data, whose end marker ends a snapshot for good.
const MARKET_DATA: u32 = 1;
/// An order, which is answered with what became of it.
const PLACE_ORDER: u32 = 3;
/// What carries the id of an order: its state, and its content.
const OF_ORDER: [u32; 2] = [3, 5];
/// The rows of historical data, which marked the end before [`END_OF_HISTORY`].
const HISTORY: u32 = 17;
/// From this version on historical data have an end marker of their own.
const END_OF_HISTORY: ServerVersion = ServerVersion(196);

/// More than there are kinds of requests.
const KINDS: i64 = 256;

/// One request under way.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) row: &'static Asked,
    /// The request id, if it carries one.
    pub(super) number: Option<i32>,
    pub(super) asked: Timestamp,
    pub(super) first: Option<Timestamp>,
    /// When the last message for it came.
    pub(super) last: Option<Timestamp>,
    /// When the answer was complete; what comes after is the subscription's.
    pub(super) ended: Option<Timestamp>,
    pub(super) answers: u64,
    pub(super) notice: Option<String>,
    /// Which of several end markers have come, by their place.
    marks: u8,
    /// Whether bytes of the Gateway that came after it are missing in the recording, or were not read.
    has_gap: bool,
    /// Whether it is one of market data that have an end.
    is_snapshot: bool,
    /// Its place among the requests of the session.
    pub(super) order: u64,
}

/// The requests of one session.
#[derive(Debug, Default)]
pub(super) struct Requests {
    open: BTreeMap<Key, Request>,
    /// Those that are over.
    pub(super) kept: Kept,
    /// How many were not followed, since too many were under way.
    pub(super) unfollowed: u64,
    made: u64,
}

impl Requests {
    /// Takes a message of the client; what it is, and how long after the request that it ends.
    pub(super) fn ask(
        &mut self,
        at: Timestamp,
        frame: &Frame,
        request_id: Option<i32>,
        version: ServerVersion,
        switches_off: bool,
    ) -> (MessageRole, Option<Duration>) {
        let id = frame.id;
        let Some(row) = messages::asked(id) else {
            return (MessageRole::Unknown, None);
        };
        let cancelled = if switches_off {
            Some(row)
        } else {
            cancelled_by(id)
        };
        if let Some(cancelled) = cancelled {
            let ended = self.open.remove(&Key::of(cancelled, request_id));
            let elapsed = ended.as_ref().map(|it| at.since(it.asked));
            if let Some(ended) = ended {
                self.kept.add(ended, RequestEnd::Cancelled, at);
            }
            return (MessageRole::Cancels, elapsed);
        }
        let is_followed = match row.ends {
            Ends::Silent | Ends::Open => false,
            Ends::Order => row.id == PLACE_ORDER,
            _ => true,
        };
        if !is_followed {
            self.kept.count(row);
            return (MessageRole::Asks, None);
        }
        let number = request_id.filter(|_| row.request_id != RequestIdAt::Nowhere);
        let request = Request {
            is_snapshot: id == MARKET_DATA && messages::is_snapshot(frame, version),
            ..Request::new(row, number, at, self.made)
        };
        self.made += 1;
        let key = Key::of(row, request_id);
        if self.open.len() >= OPEN && !self.open.contains_key(&key) {
            self.unfollowed += 1;
            self.kept.count(row);
        } else if let Some(before) = self.open.insert(key, request) {
            let end = match before.ended {
                Some(_) => RequestEnd::Ended,
                None if before.has_gap => RequestEnd::NotRecorded,
                None => RequestEnd::AskedAgain,
            };
            self.kept.add(before, end, at);
        }
        (MessageRole::Asks, None)
    }

    /// Takes a message of the Gateway that is no error; what it is, and how long after its request.
    pub(super) fn answer(
        &mut self,
        at: Timestamp,
        frame: &Frame,
        request_id: Option<i32>,
        version: ServerVersion,
    ) -> (MessageRole, Option<Duration>) {
        if messages::told(frame.id).is_none() {
            return (MessageRole::Unknown, None);
        }
        let key = self.answered_by(frame.id, request_id);
        let found = key.and_then(|key| Some((key, self.open.get_mut(&key)?)));
        let Some((key, request)) = found else {
            return (MessageRole::Unasked, None);
        };
        request.answers += 1;
        request.first.get_or_insert(at);
        request.last = Some(at);
        let elapsed = Some(at.since(request.asked));
        if request.ended.is_some() || !request.is_ended_by(frame, version) {
            return (MessageRole::Answers, elapsed);
        }
        request.ended = Some(at);
        if !request.goes_on()
            && let Some(ended) = self.open.remove(&key)
        {
            self.kept.add(ended, RequestEnd::Ended, at);
        }
        (MessageRole::Ends, elapsed)
    }

    /// What the request that this message answers is kept under, if it is under way.
    fn answered_by(&self, id: u32, request_id: Option<i32>) -> Option<Key> {
        let rows = asked_by(id);
        // Prices, most of what comes, answer one kind only.
        if let [row] = rows
            && row.id != PLACE_ORDER
        {
            return Some(Key::of(row, request_id));
        }
        let rows = rows.iter();
        let rows = rows.filter(|it| it.id != PLACE_ORDER || OF_ORDER.contains(&id));
        let keys = rows.map(|row| Key::of(row, request_id));
        let found = keys.filter_map(|key| Some((key, self.open.get(&key)?)));
        // What is not complete yet before what goes on, an order before what lists orders, then the oldest.
        let found =
            found.min_by_key(|(_, it)| (it.ended.is_some(), it.row.id != PLACE_ORDER, it.order));
        found.map(|(key, _)| key)
    }

    /// Ties an error or notice to its request: the request in words, and how long after it.
    pub(super) fn notice(
        &mut self,
        at: Timestamp,
        number: i32,
        words: &str,
        request_id: i32,
    ) -> Option<(String, Duration)> {
        let key = self.about(number, request_id)?;
        let request = self.open.get_mut(&key)?;
        request.notice = Some(words.to_owned());
        request.last = Some(at);
        let tied = (request.title(), at.since(request.asked));
        if !is_warning(number)
            && let Some(refused) = self.open.remove(&key)
        {
            // An error ends a subscription too, and one that is complete was not refused.
            let end = match refused.ended {
                Some(_) => RequestEnd::Ended,
                None => RequestEnd::Refused,
            };
            self.kept.add(refused, end, at);
        }
        Some(tied)
    }

    /// The request that an error is about. One that has no id may answer a request that had one
    /// (docs/PROTOCOL.md, Numbers): the oldest that such a refusal can be about.
    fn about(&self, number: i32, request_id: i32) -> Option<Key> {
        if request_id >= 0 {
            let same = self.open.range(Key::all(request_id));
            return same.map(|(key, _)| *key).next_back();
        }
        let kinds: &[u32] = match number {
            321 => &[5, 8, 16, 99, 6],
            2101 => &[6],
            _ => return None,
        };
        let waiting = self.open.iter();
        let waiting = waiting.filter(|(_, it)| kinds.contains(&it.row.id) && it.ended.is_none());
        waiting.min_by_key(|(_, it)| it.order).map(|(key, _)| *key)
    }

    /// Bytes of the Gateway are missing, or were not read: what is not complete yet may be complete by them.
    pub(super) fn gap(&mut self) {
        for request in self.open.values_mut() {
            request.has_gap = true;
        }
    }

    /// The subscriptions that stand, by their message ids.
    pub(super) fn standing(&self) -> BTreeSet<u32> {
        let stand = self.open.values().filter(|it| {
            matches!(it.row.ends, Ends::Stream(..)) && (it.ended.is_some() || it.is_endless())
        });
        stand.map(|it| it.row.id).collect()
    }

    /// Those that are not complete yet, the oldest first.
    pub(super) fn waiting(&self) -> Vec<&Request> {
        let waiting = self.open.values().filter(|it| it.ended.is_none());
        let mut waiting: Vec<&Request> = waiting.collect();
        waiting.sort_by_key(|it| it.order);
        waiting
    }

    /// The session, or its recording, is over.
    pub(super) fn end(&mut self, at: Timestamp) {
        for (_, request) in std::mem::take(&mut self.open) {
            let is_endless = request.is_endless();
            let end = if request.ended.is_some() || is_endless && request.answers > 0 {
                RequestEnd::LeftOpen
            } else if request.has_gap {
                RequestEnd::NotRecorded
            } else if is_endless {
                RequestEnd::Silent
            } else {
                RequestEnd::Unfinished
            };
            self.kept.add(request, end, at);
        }
    }
}

impl Request {
    fn new(row: &'static Asked, number: Option<i32>, asked: Timestamp, order: u64) -> Self {
        Self {
            row,
            number,
            asked,
            first: None,
            last: None,
            ended: None,
            answers: 0,
            notice: None,
            marks: 0,
            has_gap: false,
            is_snapshot: false,
            order,
        }
    }

    /// Whether it is a subscription whose answer is never complete: whether prices come is the market's
    /// affair.
    pub(super) fn is_endless(&self) -> bool {
        let is_of_market = self.row.id == MARKET_DATA && !self.is_snapshot;
        is_of_market || matches!(self.row.ends, Ends::Stream([], _))
    }

    /// Whether it is an order.
    pub(super) fn is_order(&self) -> bool {
        self.row.id == PLACE_ORDER
    }

    /// The request as sentences name it: `executions (7)`.
    pub(super) fn title(&self) -> String {
        format!("{} ({})", self.row.words, self.row.id)
    }

    fn is_ended_by(&mut self, frame: &Frame, version: ServerVersion) -> bool {
        let id = frame.id;
        match self.row.ends {
            Ends::Silent | Ends::Open => false,
            Ends::Order => true,
            Ends::Any(ends) => ends.contains(&id),
            Ends::All(ends) => {
                let place = ends.iter().position(|end| *end == id);
                self.marks |= place.map_or(0, |place| 1 << place);
                self.marks.count_ones() as usize == ends.len()
            }
            Ends::LastField(ends) => ends.contains(&id) && messages::has_last_flag(frame),
            Ends::Stream(ends, _) => {
                let goes_on =
                    self.row.id == HISTORICAL_DATA && id == HISTORY && version >= END_OF_HISTORY;
                ends.contains(&id) && !goes_on
            }
        }
    }

    /// Whether a subscription stands once the answer is complete.
    fn goes_on(&self) -> bool {
        let is_stream = matches!(self.row.ends, Ends::Stream(..));
        is_stream && !matches!(self.row.id, HISTORICAL_DATA | MARKET_DATA)
    }
}

/// What a request is kept under: its id if it carries one, and its kind, below [`KINDS`]. As one number
/// it is compared in a moment: it is looked up for each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(i64);

impl Key {
    fn of(row: &Asked, request_id: Option<i32>) -> Self {
        let id = request_id.filter(|_| row.request_id != RequestIdAt::Nowhere);
        let id = id.map_or(i64::MIN, |id| i64::from(id) * KINDS);
        Self(id + i64::from(row.id))
    }

    /// Those of all kinds with this id.
    fn all(id: i32) -> RangeInclusive<Self> {
        let first = i64::from(id) * KINDS;
        Self(first)..=Self(first + KINDS - 1)
    }
}

/// Whether the number says something about a request and does not end it.
fn is_warning(number: i32) -> bool {
    matches!(
        number,
        100 | 105 | 165 | 202 | 329 | 399 | 404 | 434 | 492 | 2100 | 2102
            ..=2199 | 10090 | 10167 | 10197
    )
}
