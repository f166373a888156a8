//! What is measured of one side: how much it sent and how fast, its longest silence, and what it left
//! unread.

use std::collections::VecDeque;
use std::time::Duration;

use crate::trace::chunk::Timestamp;

/// Messages within one second that are counted one by one; a client that sends more is told by the
/// first of them.
const COUNTED: usize = 20_000;
/// What a Gateway takes in a second (docs/PROTOCOL.md, Limits and hazards).
pub(in crate::trace) const LIMIT: usize = 50;
/// How many stretches the picture of a session has at most.
const STRETCHES: usize = 400;
/// How long a stretch is at first; it doubles as the session grows.
const STRETCH: Duration = Duration::from_millis(10);

/// The most messages within one second.
#[derive(Debug, Default)]
pub(super) struct Rate {
    within: VecDeque<Timestamp>,
    pub(super) most: usize,
    pub(super) most_at: Option<Timestamp>,
    pub(super) seconds_over: u64,
    /// The second that was counted last among those over the limit.
    last_over: Option<u64>,
}

impl Rate {
    pub(super) fn count(&mut self, at: Timestamp) {
        while let Some(first) = self.within.front() {
            if at.since(*first) < Duration::from_secs(1) {
                break;
            }
            self.within.pop_front();
        }
        if self.within.len() < COUNTED {
            self.within.push_back(at);
        }
        let count = self.within.len();
        if count > self.most {
            self.most = count;
            self.most_at = self.within.front().copied();
        }
        let second = at.0.as_secs();
        if count > LIMIT && self.last_over != Some(second) {
            self.seconds_over += 1;
            self.last_over = Some(second);
        }
    }
}

/// What one side sent.
#[derive(Debug, Default)]
pub(in crate::trace) struct Flow {
    pub(in crate::trace) messages: u64,
    pub(in crate::trace) bytes: u64,
    pub(in crate::trace) missing: u64,
    pub(in crate::trace) unreadable: u64,
    /// Since when, and how many bytes belong to no message; nothing once a message was read again.
    pub(in crate::trace) out_of_step: Option<(Timestamp, u64)>,
    pub(in crate::trace) repeated: u64,
    pub(in crate::trace) unacknowledged: u64,
    pub(in crate::trace) longest_silence: Duration,
    pub(in crate::trace) silent_since: Option<Timestamp>,
    last: Option<Timestamp>,
    not_reading_since: Option<Timestamp>,
    pub(in crate::trace) not_reading: Duration,
    pub(in crate::trace) first_not_reading: Option<Timestamp>,
    pub(in crate::trace) unread: Option<u64>,
}

impl Flow {
    /// Counts a silence that ends at `at`.
    pub(in crate::trace) fn heard(&mut self, at: Timestamp) {
        self.silent_until(at);
        self.last = Some(at);
    }

    /// The silence since it was last heard, if it is the longest.
    pub(in crate::trace) fn silent_until(&mut self, at: Timestamp) {
        if let Some(last) = self.last
            && at.since(last) > self.longest_silence
        {
            self.longest_silence = at.since(last);
            self.silent_since = Some(last);
        }
    }

    /// Counts bytes that belong to no message.
    pub(super) fn skip(&mut self, at: Timestamp, bytes: u64) {
        self.unreadable += bytes;
        let (since, before) = self.out_of_step.unwrap_or((at, 0));
        self.out_of_step = Some((since, before + bytes));
    }

    pub(in crate::trace) fn stops_reading(&mut self, at: Timestamp, unread: Option<u64>) {
        self.not_reading_since.get_or_insert(at);
        self.first_not_reading.get_or_insert(at);
        self.unread = self.unread.max(unread);
    }

    pub(in crate::trace) fn reads(&mut self, at: Timestamp) {
        if let Some(since) = self.not_reading_since.take() {
            self.not_reading += at.since(since);
        }
    }

    /// Counts what was left unread to the end, which is at `at`.
    pub(in crate::trace) fn ends(&mut self, at: Timestamp) {
        self.silent_until(at);
        if let Some(since) = self.not_reading_since {
            self.not_reading += at.since(since);
        }
    }

    /// Whether it left unread what it was sent when it was last seen.
    pub(in crate::trace) fn is_not_reading(&self) -> bool {
        self.not_reading_since.is_some()
    }
}

/// How many messages of each side came when.
#[derive(Debug)]
pub(super) struct Activity {
    pub(super) stretch: Duration,
    pub(super) client: Vec<u64>,
    pub(super) gateway: Vec<u64>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            stretch: STRETCH,
            client: Vec::new(),
            gateway: Vec::new(),
        }
    }
}

impl Activity {
    /// Counts a message so long after the beginning.
    pub(super) fn count(&mut self, is_client: bool, after: Duration) {
        let place = loop {
            let place = nanos(after) / nanos(self.stretch);
            let place = usize::try_from(place).unwrap_or(STRETCHES);
            if place < STRETCHES {
                break place;
            }
            self.stretch = self.stretch.saturating_mul(2);
            halve(&mut self.client);
            halve(&mut self.gateway);
        };
        let side = if is_client {
            &mut self.client
        } else {
            &mut self.gateway
        };
        if side.len() <= place {
            side.resize(place + 1, 0);
        }
        side[place] += 1;
    }
}

/// Nanoseconds, of up to 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Two stretches become one.
fn halve(counts: &mut Vec<u64>) {
    *counts = counts.chunks(2).map(|pair| pair.iter().sum()).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp(Duration::from_millis(millis))
    }

    #[test]
    fn the_most_messages_within_a_second_are_found_across_full_seconds() {
        let mut rate = Rate::default();
        for place in 0..60 {
            rate.count(at(700 + place * 10));
        }
        rate.count(at(9_000));
        assert_eq!((rate.most, rate.most_at), (60, Some(at(700))));
        assert_eq!(rate.seconds_over, 1);
    }

    #[test]
    fn stretches_double_and_keep_every_message() {
        let mut activity = Activity::default();
        for place in 0..100_000_u64 {
            activity.count(place % 2 == 0, Duration::from_millis(place * 7));
        }
        assert_eq!(activity.client.iter().sum::<u64>(), 50_000);
        assert_eq!(activity.gateway.iter().sum::<u64>(), 50_000);
        assert!(activity.client.len() <= STRETCHES);
        activity.count(true, Duration::MAX);
        assert_eq!(activity.client.iter().sum::<u64>(), 50_001);
    }

    #[test]
    fn a_silence_is_counted_between_two_messages_and_until_the_end() {
        let mut flow = Flow::default();
        for millis in [0, 10, 500, 510] {
            flow.heard(at(millis));
        }
        flow.silent_until(at(2_000));
        assert_eq!(flow.longest_silence, Duration::from_millis(1_490));
        assert_eq!(flow.silent_since, Some(at(510)));
    }

    #[test]
    fn time_without_reading_is_added_up() {
        let mut flow = Flow::default();
        flow.stops_reading(at(100), None);
        flow.stops_reading(at(200), Some(4_096));
        flow.reads(at(400));
        flow.reads(at(500));
        assert_eq!(flow.not_reading, Duration::from_millis(300));
        assert_eq!(
            (flow.first_not_reading, flow.unread),
            (Some(at(100)), Some(4_096))
        );
    }
}
