//! What is counted while a session is kept up, bounded whatever its length.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{CensusCount, Event, Moment, MomentKind};
use crate::report::{Census, Fetches, Pings, Stability};
use crate::session::{Held, HeldEnd};
use crate::stats::{Samples, Thinned, Trend};

/// Moments that are kept, the first ones.
const MOMENTS: usize = 1000;
/// Of these, so many notices and missed answers: they leave room for drops and new sessions.
const LESSER: usize = 600;
/// Looks at the socket table that are kept.
const CENSUSES: usize = 256;

/// The sessions that were held one after the other.
#[derive(Clone, Debug)]
pub struct Tally {
    began: Option<Instant>,
    held: Duration,
    sessions: u32,
    pings: Counts,
    fetches: Counts,
    drops: u32,
    reconnects: u32,
    down: Duration,
    down_since: Option<Duration>,
    ping_trend: Trend,
    last_answer: Option<Duration>,
    longest_gap: Option<Duration>,
    moments: Vec<Moment>,
    moments_dropped: u32,
    censuses: Thinned<Census>,
}

/// Requests of one kind.
#[derive(Clone, Debug, Default)]
struct Counts {
    sent: u32,
    answered: u32,
    missed: u32,
    times: Samples,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            began: None,
            held: Duration::ZERO,
            sessions: 0,
            pings: Counts::default(),
            fetches: Counts::default(),
            drops: 0,
            reconnects: 0,
            down: Duration::ZERO,
            down_since: None,
            ping_trend: Trend::default(),
            last_answer: None,
            longest_gap: None,
            moments: Vec::new(),
            moments_dropped: 0,
            censuses: Thinned::new(CENSUSES),
        }
    }
}

impl Tally {
    /// Counts one session that was held.
    pub fn add(&mut self, held: &Held) {
        self.held += held.elapsed;
        self.sessions += 1;
        self.pings.sent += held.pings_sent;
        self.pings.answered += held.pings_answered;
        self.pings.missed += held.pings_missed;
        self.pings.times.add(&held.round_trips);
        self.fetches.sent += held.fetches_sent;
        self.fetches.answered += held.fetches_answered;
        // Whether one that was cut off would have been answered is not known.
        let known = held.fetches_sent - u32::from(held.fetch_cut_off);
        self.fetches.missed += known - held.fetches_answered;
        self.fetches.times.add(&held.fetch_times);
        self.drops += u32::from(matches!(held.end, HeldEnd::Dropped { .. }));
    }

    /// Notes what happened meanwhile.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::Ping { at, rtt } => self.ping(*at, *rtt),
            Event::Fetch {
                at,
                what,
                elapsed: None,
            } => self.note(Moment {
                at: *at,
                kind: MomentKind::MissedFetch,
                code: None,
                number: None,
                text: format!("{what}: no end marker"),
            }),
            Event::Notice(notice) => self.note(Moment {
                at: self.at(),
                kind: MomentKind::Notice,
                code: None,
                number: Some(notice.code),
                text: notice.message.clone(),
            }),
            Event::Moment(moment) => {
                self.up_or_down(moment);
                self.note(moment.clone());
            }
            Event::Census(count) => self.census(*count),
            _ => {}
        }
    }

    /// Since the first session was up.
    fn at(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    fn ping(&mut self, at: Duration, rtt: Option<Duration>) {
        self.ping_trend.push(at, rtt, rtt.is_none());
        if rtt.is_none() {
            self.note(Moment {
                at,
                kind: MomentKind::MissedPing,
                code: None,
                number: None,
                text: "no answer, nor to its repeat".to_owned(),
            });
            return;
        }
        if let Some(last) = self.last_answer.replace(at) {
            let gap = at.saturating_sub(last);
            self.longest_gap = self.longest_gap.max(Some(gap));
        }
    }

    fn up_or_down(&mut self, moment: &Moment) {
        match moment.kind {
            MomentKind::Up => {
                if self.began.is_none() {
                    self.began = Some(Instant::now());
                } else {
                    self.reconnects += 1;
                }
                if let Some(since) = self.down_since.take() {
                    self.down += moment.at.saturating_sub(since);
                }
            }
            MomentKind::Drop => self.down_since = Some(moment.at),
            _ => {}
        }
    }

    fn note(&mut self, moment: Moment) {
        let room = match moment.kind {
            MomentKind::Drop | MomentKind::Up | MomentKind::ReconnectFailed => MOMENTS,
            MomentKind::Notice | MomentKind::MissedPing | MomentKind::MissedFetch => LESSER,
        };
        if self.moments.len() < room {
            self.moments.push(moment);
        } else {
            self.moments_dropped += 1;
        }
    }

    fn census(&mut self, count: CensusCount) {
        let at = self.at();
        self.censuses.push(|| Census { at, count });
    }

    /// Whether a session was ever held.
    pub fn is_empty(&self) -> bool {
        self.sessions == 0
    }

    /// The figures so far; nothing when no session was held.
    pub fn figures(&self) -> Option<Stability> {
        if self.is_empty() {
            return None;
        }
        let still_down = self
            .down_since
            .map_or(Duration::ZERO, |since| self.at().saturating_sub(since));
        Some(Stability {
            seconds: self.held.as_secs_f64(),
            pings: Pings {
                sent: self.pings.sent,
                answered: self.pings.answered,
                missed: self.pings.missed,
                rtt_ms: self.pings.times.summary(),
                longest_gap: self.longest_gap,
                histogram: self.pings.times.bins(),
                trend: self.ping_trend.stretches(),
            },
            fetches: Fetches {
                sent: self.fetches.sent,
                answered: self.fetches.answered,
                missed: self.fetches.missed,
                elapsed_ms: self.fetches.times.summary(),
            },
            drops: self.drops,
            reconnects: self.reconnects,
            down: self.down + still_down,
            up_at_end: self.down_since.is_none(),
            moments: self.moments.clone(),
            moments_dropped: self.moments_dropped,
            censuses: self.censuses.kept().to_vec(),
        })
    }
}
