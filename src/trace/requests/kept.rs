//! The requests that are over, in bounded memory: the first, those that did not end well, the slowest,
//! and all of them by kind.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Request;
use crate::report::RequestEnd;
use crate::trace::chunk::Timestamp;
use crate::wire::messages::Asked;

/// The first of a session that are kept: its start-up, and more.
const FIRST: usize = 150;
/// Those beyond the first that did not end well.
const TROUBLED: usize = 200;
/// The slowest beyond the first.
const SLOWEST: usize = 50;

/// A request that is over.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Over {
    pub(in crate::trace) request: Request,
    pub(in crate::trace) end: RequestEnd,
    /// When it was over: its end, or that of the session.
    pub(in crate::trace) at: Timestamp,
}

/// All requests of one kind.
#[derive(Clone, Debug, Default)]
pub(in crate::trace) struct KindTally {
    pub(in crate::trace) count: u64,
    pub(in crate::trace) ended: u64,
    pub(in crate::trace) refused: u64,
    pub(in crate::trace) unfinished: u64,
    pub(in crate::trace) left_open: u64,
    pub(in crate::trace) total: Duration,
    pub(in crate::trace) max: Option<Duration>,
    /// How many have a time until their end.
    pub(in crate::trace) timed: u32,
}

/// The requests of a session that are over.
#[derive(Debug, Default)]
pub(in crate::trace) struct Kept {
    first: Vec<Over>,
    troubled: Vec<Over>,
    /// The fastest of them first.
    slowest: Vec<Over>,
    pub(in crate::trace) kinds: BTreeMap<u32, KindTally>,
    pub(in crate::trace) dropped: u64,
}

impl Over {
    /// Until its answer was complete.
    pub(in crate::trace) fn elapsed(&self) -> Option<Duration> {
        let ended = match self.end {
            RequestEnd::Refused => Some(self.at),
            _ => self.request.ended,
        };
        ended.map(|ended| ended.since(self.request.asked))
    }

    fn is_troubled(&self) -> bool {
        matches!(
            self.end,
            RequestEnd::Refused | RequestEnd::Unfinished | RequestEnd::LeftOpen
        )
    }
}

impl Kept {
    /// Counts a request that is not followed any further.
    pub(super) fn count(&mut self, row: &Asked) {
        self.kinds.entry(row.id).or_default().count += 1;
    }

    /// Takes a request that is over.
    pub(super) fn add(&mut self, request: Request, end: RequestEnd, at: Timestamp) {
        let over = Over { request, end, at };
        let kind = self.kinds.entry(over.request.row.id).or_default();
        kind.count += 1;
        match end {
            RequestEnd::Refused => kind.refused += 1,
            RequestEnd::Unfinished | RequestEnd::AskedAgain => kind.unfinished += 1,
            RequestEnd::LeftOpen => kind.left_open += 1,
            RequestEnd::Ended | RequestEnd::Cancelled | RequestEnd::Silent => {}
        }
        if over.request.ended.is_some() {
            kind.ended += 1;
        }
        let elapsed = over.elapsed();
        if let Some(elapsed) = elapsed {
            kind.total += elapsed;
            kind.timed += 1;
            kind.max = kind.max.max(Some(elapsed));
        }
        if self.first.len() < FIRST {
            self.first.push(over);
        } else if over.is_troubled() && self.troubled.len() < TROUBLED {
            self.troubled.push(over);
        } else {
            self.keep_if_slow(over, elapsed.unwrap_or_default());
        }
    }

    fn keep_if_slow(&mut self, over: Over, elapsed: Duration) {
        let slower = |other: &Over| other.elapsed().unwrap_or_default() >= elapsed;
        let place = self.slowest.partition_point(|other| !slower(other));
        if self.slowest.len() < SLOWEST {
            self.slowest.insert(place, over);
        } else {
            self.dropped += 1;
            if place > 0 {
                self.slowest.insert(place, over);
                self.slowest.remove(0);
            }
        }
    }

    /// Those that are kept, in the order in which they were asked.
    pub(in crate::trace) fn all(&self) -> Vec<&Over> {
        let all = self.first.iter().chain(&self.troubled).chain(&self.slowest);
        let mut all: Vec<&Over> = all.collect();
        all.sort_by_key(|over| over.request.order);
        all
    }
}
