//! What is counted while a session is kept up, bounded whatever its length.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{Event, Moment, MomentKind, Outage};
use crate::report::{Census, Fetches, Pings, Stability};
use crate::session::{Held, HeldEnd};
use crate::stats::{Samples, Thinned, Trend};

/// Moments that are kept, the first ones.
const MOMENTS: usize = 1000;
/// Of these, so many notices and missed answers: they leave room for drops and new sessions.
const LESSER: usize = 600;
/// Links and farms whose outages are kept.
const OUTAGES: usize = 64;
/// Looks at the socket table that are kept.
const CENSUSES: usize = 256;

/// The sessions that were held one after the other.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    began: Option<Instant>,
    held: Duration,
    sessions: u32,
    /// What is counted; what follows from the times below is added at the end.
    counts: Stability,
    round_trips: Samples,
    fetch_times: Samples,
    ping_trend: Trend,
    down_since: Option<Duration>,
    last_answer: Option<Duration>,
    censuses: Thinned<Census, CENSUSES>,
    live: Live,
}

/// The session that is held now: its figures come as a whole when it ends.
#[derive(Clone, Debug, Default)]
struct Live {
    since: Option<Instant>,
    pings: Pings,
    fetches: Fetches,
    round_trips: Samples,
    fetch_times: Samples,
}

impl Live {
    fn observe(&mut self, event: &Event) {
        match event {
            Event::Moment(moment) if moment.kind == MomentKind::Up => {
                self.since = Some(Instant::now());
            }
            Event::Ping { rtt: Some(rtt), .. } => {
                self.pings.answered += 1;
                self.round_trips.record(*rtt);
            }
            Event::Ping { rtt: None, .. } => self.pings.missed += 1,
            Event::Fetch {
                elapsed: Some(elapsed),
                ..
            } => {
                self.fetches.answered += 1;
                self.fetch_times.record(*elapsed);
            }
            Event::Fetch { elapsed: None, .. } => self.fetches.missed += 1,
            _ => {}
        }
    }
}

impl Tally {
    /// Counts one session that was held.
    pub fn add(&mut self, held: &Held) {
        self.live = Live::default();
        self.held += held.elapsed;
        self.sessions += 1;
        let Stability { pings, fetches, .. } = &mut self.counts;
        pings.sent += held.pings_sent;
        pings.answered += held.pings_answered;
        pings.missed += held.pings_missed;
        fetches.sent += held.fetches_sent;
        fetches.answered += held.fetches_answered;
        // Whether one that was cut off would have been answered is not known.
        let known = held.fetches_sent - u32::from(held.fetch_cut_off);
        fetches.missed += known - held.fetches_answered;
        self.round_trips.add(&held.round_trips);
        self.fetch_times.add(&held.fetch_times);
        self.counts.drops += u32::from(matches!(held.end, HeldEnd::Dropped { .. }));
        self.add_outages(&held.outages);
    }

    fn add_outages(&mut self, later: &[Outage]) {
        let all = &mut self.counts.outages;
        for outage in all.iter_mut() {
            // A new session says anew what is down.
            outage.down_at_end = false;
        }
        for outage in later {
            let has_room = all.len() < OUTAGES;
            let same = |it: &&mut Outage| (it.what, &it.name) == (outage.what, &outage.name);
            match all.iter_mut().find(same) {
                Some(known) => known.add(outage),
                None if has_room => all.push(outage.clone()),
                None => {}
            }
        }
    }

    /// Notes what happened meanwhile.
    pub fn observe(&mut self, event: &Event) {
        self.live.observe(event);
        match event {
            Event::Ping { at, rtt } => self.ping(*at, *rtt),
            Event::Fetch {
                at,
                what,
                elapsed: None,
            } => {
                let text = format!("{what}: no end marker");
                self.note(Moment::new(*at, MomentKind::MissedFetch, text));
            }
            Event::Notice(notice) => self.note(Moment {
                number: Some(notice.code),
                ..Moment::new(self.at(), MomentKind::Notice, &notice.message)
            }),
            Event::Moment(moment) => {
                self.up_or_down(moment);
                self.note(moment.clone());
            }
            Event::Census(count) => {
                let (at, count) = (self.at(), *count);
                self.censuses.push(|| Census { at, count });
            }
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
            let text = "no answer, nor to its repeat";
            self.note(Moment::new(at, MomentKind::MissedPing, text));
            return;
        }
        if let Some(last) = self.last_answer.replace(at) {
            let gap = at.saturating_sub(last);
            let longest = &mut self.counts.pings.longest_gap;
            *longest = (*longest).max(Some(gap));
        }
    }

    fn up_or_down(&mut self, moment: &Moment) {
        match moment.kind {
            MomentKind::Up => {
                if self.began.is_none() {
                    self.began = Some(Instant::now());
                } else {
                    self.counts.reconnects += 1;
                }
                if let Some(since) = self.down_since.take() {
                    self.counts.down += moment.at.saturating_sub(since);
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
        if self.counts.moments.len() < room {
            self.counts.moments.push(moment);
        } else {
            self.counts.moments_dropped += 1;
        }
    }

    /// Whether a session was ever held.
    pub fn is_empty(&self) -> bool {
        self.sessions == 0
    }

    /// The figures so far, those of a session that is still held included; what the Gateway lost
    /// in that one is not yet told.
    pub fn figures_so_far(&self) -> Option<Stability> {
        let Live {
            since: Some(since),
            pings,
            fetches,
            round_trips,
            fetch_times,
        } = &self.live
        else {
            return self.figures();
        };
        let mut all = self.clone();
        all.held += since.elapsed();
        all.sessions += 1;
        let Stability {
            pings: all_pings,
            fetches: all_fetches,
            ..
        } = &mut all.counts;
        all_pings.answered += pings.answered;
        all_pings.missed += pings.missed;
        all_pings.sent += pings.answered + pings.missed;
        all_fetches.answered += fetches.answered;
        all_fetches.missed += fetches.missed;
        all_fetches.sent += fetches.answered + fetches.missed;
        all.round_trips.add(round_trips);
        all.fetch_times.add(fetch_times);
        all.figures()
    }

    /// The figures; nothing when no session was held.
    pub fn figures(&self) -> Option<Stability> {
        if self.is_empty() {
            return None;
        }
        let mut figures = self.counts.clone();
        if let Some(since) = self.down_since {
            figures.down += self.at().saturating_sub(since);
        }
        figures.seconds = self.held.as_secs_f64();
        figures.up_at_end = self.down_since.is_none();
        figures.pings.rtt_ms = self.round_trips.summary();
        figures.pings.histogram = self.round_trips.bins();
        figures.pings.trend = self.ping_trend.stretches();
        figures.fetches.elapsed_ms = self.fetch_times.summary();
        figures.censuses = self.censuses.kept().to_vec();
        Some(figures)
    }
}
