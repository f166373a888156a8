//! The state of a held session between two messages: what is under way, and what is due.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::hold_plan::{Held, HeldEnd, HoldPlan};
use super::pending::{Pending, Progress};
use super::sync::TIME_REPEAT;
use crate::event::{Event, Query};
use crate::stats::Samples;
use crate::wire::{Reply, Request};

/// How many refusals are kept in the Gateway's words.
const REFUSALS_KEPT: usize = 3;
/// An answer that has not come after this long was dropped.
const LATE: Duration = Duration::from_secs(10);

/// A time request under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ping {
    pub(super) sent: Instant,
    pub(super) repeated: bool,
    /// The bytes that had been written with it.
    pub(super) asked: u64,
}

pub(super) struct Fetch {
    pub(super) pending: Pending,
    pub(super) query: Query,
    pub(super) sent: Instant,
    /// The bytes that had been written with it.
    pub(super) asked: u64,
}

/// What has to be done when a ping or a fetch has ended.
pub(super) struct Outcome {
    pub(super) event: Event,
    pub(super) cancel: Option<Request>,
}

/// The state between two messages.
pub(super) struct Holding {
    pub(super) plan: HoldPlan,
    /// From which its moments count: before this session if it follows another.
    pub(super) began: Instant,
    pub(super) held: Held,
    pub(super) ping: Option<Ping>,
    /// When the time requests were sent whose answers may still come.
    pub(super) late: VecDeque<Instant>,
    pub(super) fetch: Option<Fetch>,
    pub(super) next_ping: Instant,
    pub(super) next_fetch: Instant,
}

impl Holding {
    pub(super) fn new(plan: HoldPlan) -> Self {
        let now = Instant::now();
        Self {
            plan,
            began: plan.since.unwrap_or(now),
            held: Held {
                began: now,
                elapsed: Duration::ZERO,
                pings_sent: 0,
                pings_answered: 0,
                pings_missed: 0,
                pings_unheard: 0,
                round_trips: Samples::default(),
                fetches_sent: 0,
                fetches_answered: 0,
                fetch_times: Samples::default(),
                fetch_cut_off: false,
                fetches_unheard: 0,
                fetches_refused: 0,
                refusals: Vec::new(),
                outages: Vec::new(),
                end: HeldEnd::Done,
            },
            ping: None,
            late: VecDeque::new(),
            fetch: None,
            // The handshake has just asked the time, and a second request within a second
            // would be dropped without a word.
            next_ping: now + TIME_REPEAT,
            next_fetch: now + plan.fetch_every,
        }
    }

    pub(super) fn over_at(&self) -> Instant {
        self.began + self.plan.duration
    }

    /// When something is due next: after the time is over only what is under way.
    pub(super) fn due(&self) -> Instant {
        let over_at = self.over_at();
        let upcoming = |at: Instant| (at < over_at).then_some(at);
        let ping = match self.ping {
            Some(ping) if ping.repeated => Some(self.ping_missed_at(ping)),
            Some(ping) => Some(ping.sent + TIME_REPEAT),
            None => upcoming(self.next_ping()),
        };
        let fetch = match &self.fetch {
            Some(fetch) => Some(fetch.sent + self.plan.fetch_timeout),
            None => upcoming(self.next_fetch),
        };
        let end = self.is_idle().then_some(over_at);
        [ping, fetch, end]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(over_at)
    }

    /// A repeat has as long as the first request had, and never less than 1.1 s.
    pub(super) fn ping_missed_at(&self, ping: Ping) -> Instant {
        ping.sent + (2 * TIME_REPEAT).max(self.plan.ping_every.saturating_sub(TIME_REPEAT))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.ping.is_none() && self.fetch.is_none()
    }

    pub(super) fn hear(&mut self, reply: &Reply) -> Option<Outcome> {
        if matches!(reply, Reply::CurrentTime(_)) {
            return self.pong();
        }
        match self.fetch.as_mut()?.pending.progress(reply) {
            Progress::Row | Progress::Unrelated => None,
            Progress::End => self.end_fetch(true),
            Progress::Refused(code, text) => {
                self.held.fetches_refused += 1;
                if self.held.refusals.len() < REFUSALS_KEPT {
                    self.held.refusals.push(format!("{code} {text}"));
                }
                // A refused request has nothing to cancel.
                let ended = self.end_fetch(false);
                ended.map(|outcome| Outcome {
                    cancel: None,
                    ..outcome
                })
            }
        }
    }

    /// An answer to a time request. No ping is sent while an answer to an earlier one may still
    /// come, so the answer is that of the ping under way.
    pub(super) fn pong(&mut self) -> Option<Outcome> {
        let Some(ping) = self.ping.take() else {
            self.late.pop_front();
            return None;
        };
        let rtt = ping.sent.elapsed();
        self.held.pings_answered += 1;
        self.held.round_trips.record(rtt);
        if ping.repeated {
            self.late.push_back(ping.sent + TIME_REPEAT);
        }
        Some(self.ping_outcome(Some(rtt)))
    }

    /// When the next ping may be sent: not before every answer that is still owed has come, or
    /// has been owed for so long that it was dropped. Otherwise the answer to an earlier ping would
    /// be taken for its own.
    pub(super) fn next_ping(&self) -> Instant {
        let owed = self.late.back().map(|sent| *sent + LATE);
        owed.map_or(self.next_ping, |owed| owed.max(self.next_ping))
    }

    pub(super) fn ping_outcome(&self, rtt: Option<Duration>) -> Outcome {
        let at = self.began.elapsed();
        Outcome {
            event: Event::Ping { at, rtt },
            cancel: None,
        }
    }

    pub(super) fn end_fetch(&mut self, answered: bool) -> Option<Outcome> {
        let fetch = self.fetch.take()?;
        let elapsed = fetch.sent.elapsed();
        if answered {
            self.held.fetches_answered += 1;
            self.held.fetch_times.record(elapsed);
        }
        Some(Outcome {
            event: Event::Fetch {
                at: self.began.elapsed(),
                what: fetch.query.name(),
                elapsed: answered.then_some(elapsed),
            },
            cancel: fetch.pending.cancel(""),
        })
    }
}
