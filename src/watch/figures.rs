//! What is counted of one Gateway while it is watched, bounded whatever the length of the watch.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::pulse::since_1970;
use crate::event::{CodeCounts, Event, Stage, StageName, StageStatus, State, StateChange};
use crate::finding::Code;
use crate::report::{Fresh, Sessions, Times, WatchPings, Watched};
use crate::stats::{Buckets, Samples};

/// The first changes, all of which are kept.
const FIRST_CHANGES: usize = 100;
/// Of the later ones so many are kept, the last.
const LAST_CHANGES: usize = 900;
/// Different numbers of notices that are counted apart.
const NUMBERS: usize = 100;

/// What is counted of one Gateway.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) up_since: Option<Instant>,
    held: Duration,
    made: u32,
    failures: CodeCounts,
    drops: CodeCounts,
    answered: u32,
    missed: u32,
    last_rtt: Option<Duration>,
    round_trips: Samples,
    ping_times: Buckets,
    stages: BTreeMap<StageName, Buckets>,
    pub(super) fresh: Fresh,
    notices: BTreeMap<i32, u32>,
    notices_beyond: u32,
    last_success: Option<f64>,
    connections: u32,
    in_state: BTreeMap<State, Duration>,
    first: Vec<StateChange>,
    last: VecDeque<StateChange>,
    changes_dropped: u32,
}

impl Figures {
    /// Counts what a session or a handshake tells.
    pub(super) fn observe(&mut self, event: &Event) {
        match event {
            Event::Stage(stage) => self.stage(stage),
            Event::Ping { rtt: Some(rtt), .. } => {
                self.answered += 1;
                self.last_rtt = Some(*rtt);
                self.round_trips.record(*rtt);
                self.ping_times.record(*rtt);
                self.succeeded();
            }
            Event::Ping { rtt: None, .. } => self.missed += 1,
            Event::Notice(notice) | Event::LaterNotice(notice) => self.notice(notice.code),
            _ => {}
        }
    }

    fn stage(&mut self, stage: &Stage) {
        if stage.status != StageStatus::Ok {
            return;
        }
        match stage.name {
            StageName::Connect => self.connections += 1,
            StageName::Accounts => self.succeeded(),
            _ => {}
        }
        self.stages
            .entry(stage.name)
            .or_default()
            .record(stage.elapsed);
    }

    fn succeeded(&mut self) {
        self.last_success = Some(since_1970(SystemTime::now()));
    }

    fn notice(&mut self, number: i32) {
        let has_room = self.notices.len() < NUMBERS;
        match self.notices.get_mut(&number) {
            Some(count) => *count += 1,
            None if has_room => drop(self.notices.insert(number, 1)),
            None => self.notices_beyond += 1,
        }
    }

    /// A session is up.
    pub(super) fn came_up(&mut self, now: Instant) {
        self.up_since = Some(now);
        self.made += 1;
    }

    /// The session that was up has ended.
    pub(super) fn ended(&mut self, code: Option<Code>, now: Instant) {
        let since = self.up_since.take();
        self.held += since.map_or(Duration::ZERO, |since| now - since);
        if let Some(code) = code {
            *self.drops.entry(code).or_default() += 1;
        }
    }

    /// No session could be made.
    pub(super) fn failed(&mut self, code: Code) {
        *self.failures.entry(code).or_default() += 1;
    }

    /// A state has lasted for so long.
    pub(super) fn lasted(&mut self, state: State, time: Duration) {
        *self.in_state.entry(state).or_default() += time;
    }

    pub(super) fn changed(&mut self, change: StateChange) {
        if self.first.len() < FIRST_CHANGES {
            self.first.push(change);
            return;
        }
        if self.last.len() == LAST_CHANGES {
            self.last.pop_front();
            self.changes_dropped += 1;
        }
        self.last.push_back(change);
    }

    /// The figures as they stand in a report.
    pub(super) fn report(&self, now: Instant) -> Watched {
        let age = self.up_since.map(|since| now - since);
        let held = self.held + age.unwrap_or_default();
        let in_seconds = |(state, time): (&State, &Duration)| (*state, time.as_secs_f64());
        let stages = self.stages.iter();
        let numbers = self.notices.iter();
        Watched {
            seconds: self.in_state.iter().map(in_seconds).collect(),
            changes: self.first.iter().chain(&self.last).cloned().collect(),
            changes_dropped: self.changes_dropped,
            sessions: Sessions {
                up: self.up_since.is_some(),
                age_seconds: age.map(|age| age.as_secs_f64()),
                held_seconds: held.as_secs_f64(),
                made: self.made,
                reconnects: self.made.saturating_sub(1),
                failures: self.failures.clone(),
                drops: self.drops.clone(),
            },
            pings: WatchPings {
                answered: self.answered,
                missed: self.missed,
                last: self.last_rtt,
                rtt_ms: self.round_trips.summary(),
                times: times(&self.ping_times),
            },
            stages: stages
                .map(|(name, buckets)| (name.name().to_owned(), times(buckets)))
                .collect(),
            fresh: self.fresh,
            notices: numbers
                .map(|(code, count)| (code.to_string(), *count))
                .collect(),
            notices_beyond: self.notices_beyond,
            last_success_seconds: self.last_success,
            connections: self.connections,
            ..Watched::default()
        }
    }
}

fn times(buckets: &Buckets) -> Times {
    Times {
        count: buckets.count(),
        sum_seconds: buckets.sum(),
        buckets: buckets.buckets(),
    }
}
