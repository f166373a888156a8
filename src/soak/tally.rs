//! The tally of a soak's handshakes, bounded whatever its length.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::event::{AttemptSummary, CloseHow, CodeCounts, Query, Stage, StageName, StageStatus};
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, principal, verdict};
use crate::handshake::Attempt;
use crate::report::{self, Outlier, Waterfall};
use crate::session::Record;
use crate::stats::{Samples, Thinned, Trend, failure_rate_upper_95};
use crate::text::json::in_millis;

/// How many runs the report keeps.
const RUNS_KEPT: usize = 1000;
/// Among so many handshakes a typical one is looked for.
const CANDIDATES: usize = 64;
/// So many single times of each kind are kept.
const EACH: usize = 512;
/// So many of the slowest are remembered.
const SLOWEST: usize = 10;

/// The last runs, of which the failed ones are kept first.
#[derive(Clone, Debug)]
pub struct Runs<T> {
    failed: VecDeque<T>,
    succeeded: VecDeque<T>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self {
            failed: VecDeque::new(),
            succeeded: VecDeque::new(),
        }
    }
}

impl<T: Clone> Runs<T> {
    /// Keeps one run, and for it drops the oldest of its kind when there are too many.
    pub fn push(&mut self, run: T, succeeded: bool) {
        let runs = if succeeded {
            &mut self.succeeded
        } else {
            &mut self.failed
        };
        if runs.len() == RUNS_KEPT {
            runs.pop_front();
        }
        runs.push_back(run);
    }

    /// The failed ones first, then as many of the last others as there is room for.
    pub fn kept(&self) -> Vec<T> {
        let room = RUNS_KEPT - self.failed.len();
        let skipped = self.succeeded.len().saturating_sub(room);
        let others = self.succeeded.iter().skip(skipped);
        self.failed.iter().chain(others).cloned().collect()
    }
}

/// Times of one kind: all of them counted, some of them kept.
#[derive(Clone, Debug, Default)]
struct Times {
    all: Samples,
    each: Thinned<f64, EACH>,
}

impl Times {
    fn record(&mut self, time: Duration) {
        self.all.record(time);
        self.each.push(|| in_millis(time));
    }
}

/// The handshakes, counted.
#[derive(Debug, Default)]
pub struct Tally {
    /// The address as the first attempt found it.
    pub subject: Option<String>,
    /// The requests that were made, in any of them.
    pub asked: BTreeSet<Query>,
    planned: u32,
    succeeded: u32,
    failed: u32,
    ready: Times,
    stages: BTreeMap<StageName, Times>,
    failures: CodeCounts,
    runs: Runs<AttemptSummary>,
    trend: Trend,
    typical: Thinned<Waterfall, CANDIDATES>,
    /// Successes, the longest first.
    slowest: Vec<Waterfall>,
    /// Connections of ours that were reset before the Gateway accepted them.
    pub unaccepted: u32,
}

impl Tally {
    /// Nothing was run yet.
    pub fn new(planned: u32) -> Self {
        Self {
            planned,
            ..Self::default()
        }
    }

    /// One more is made than was planned.
    pub fn plan_another(&mut self) {
        self.planned += 1;
    }

    /// Handshakes that ran to their end.
    pub fn run(&self) -> u32 {
        self.succeeded + self.failed
    }

    /// Learns the address from a handshake, and whether it was ever accepted.
    pub fn met(&mut self, attempt: &Attempt) {
        self.subject.get_or_insert_with(|| attempt.subject());
        self.asked.extend(attempt.record.asked());
        let end = attempt.setting.gateway_end.as_ref();
        let unaccepted = end.is_some_and(|end| end.ours_accepted == Some(false));
        self.unaccepted += u32::from(unaccepted);
    }

    /// Counts one handshake, which began `at` after the soak and left its socket or not.
    pub fn add(
        &mut self,
        attempt: &Attempt,
        findings: &[Finding],
        at: Duration,
        left: Option<bool>,
    ) -> AttemptSummary {
        self.met(attempt);
        let code = principal(findings).map(|finding| finding.code);
        let succeeded = verdict(findings) != Verdict::Failed;
        if succeeded {
            self.succeeded += 1;
        } else {
            self.failed += 1;
            if let Some(code) = code {
                *self.failures.entry(code).or_default() += 1;
            }
        }
        let record = &attempt.record;
        self.take_times(record);
        self.trend.push(at, record.ready, !succeeded);
        if let Some(ready) = record.ready.filter(|_| succeeded) {
            self.take_waterfall(record, ready);
        }
        let connect = record
            .stage(StageName::Connect)
            .filter(|stage| passed(stage));
        let summary = AttemptSummary {
            attempt: self.run(),
            succeeded,
            code,
            client_id: record.client_id,
            connect: connect.map(|stage| stage.elapsed),
            ready: record.ready,
            elapsed: record.began().elapsed(),
            at,
            left,
        };
        self.runs.push(summary.clone(), succeeded);
        summary
    }

    fn take_times(&mut self, record: &Record) {
        // A reset takes no time and is no close that was waited for.
        let reset = record
            .close
            .is_some_and(|close| close.how == CloseHow::Reset);
        for stage in record.stages.iter().filter(|stage| passed(stage)) {
            if reset && stage.name == StageName::Close {
                continue;
            }
            self.stages
                .entry(stage.name)
                .or_default()
                .record(stage.elapsed);
        }
        if let Some(ready) = record.ready {
            self.ready.record(ready);
        }
    }

    fn take_waterfall(&mut self, record: &Record, ready: Duration) {
        let attempt = self.run();
        let waterfall = || Waterfall {
            attempt,
            ready,
            stages: record.stages.clone(),
        };
        self.typical.push(waterfall);
        let place = self.slowest.partition_point(|slow| slow.ready >= ready);
        if place < SLOWEST {
            self.slowest.insert(place, waterfall());
            self.slowest.truncate(SLOWEST);
        }
    }

    /// The handshakes, or nothing when none were planned.
    pub fn attempts(&self) -> Option<report::Attempts> {
        let stages = self.stages.iter();
        let stages = stages.filter_map(|(name, times)| Some((*name, times.all.summary()?)));
        let each = self.stages.iter();
        let each = each.map(|(name, times)| (*name, times.each.kept().to_vec()));
        (self.planned > 0).then(|| report::Attempts {
            planned: self.planned,
            run: self.run(),
            succeeded: self.succeeded,
            failed: self.failed,
            failure_rate_upper_95: failure_rate_upper_95(self.failed, self.run()),
            connect_ms: self
                .stages
                .get(&StageName::Connect)
                .and_then(|times| times.all.summary()),
            ready_ms: self.ready.all.summary(),
            stages: stages.collect(),
            failures: self.failures.clone(),
            histogram: self.ready.all.bins(),
            outliers: self.outliers(),
            drift: self.trend.drift(),
            trend: self.trend.stretches(),
            typical: self.typical(),
            slowest: self.slowest.first().cloned(),
            ready_each_ms: self.ready.each.kept().to_vec(),
            stages_each_ms: each.collect(),
            runs: self.runs.kept(),
        })
    }

    /// The one whose time is nearest to the median.
    fn typical(&self) -> Option<Waterfall> {
        let median = self.ready.all.summary()?.p50;
        let distance = |it: &&Waterfall| (in_millis(it.ready) - median).abs();
        let nearest = |a: &&Waterfall, b: &&Waterfall| distance(a).total_cmp(&distance(b));
        self.typical.kept().iter().min_by(nearest).cloned()
    }

    fn outliers(&self) -> Vec<Outlier> {
        let Some(fence) = self.ready.all.fence() else {
            return Vec::new();
        };
        let beyond = self.slowest.iter().take_while(|slow| slow.ready > fence);
        let outliers = beyond.filter_map(|slow| {
            let until_ready = slow
                .stages
                .iter()
                .filter(|it| it.name <= StageName::Accounts);
            let longest = until_ready.max_by_key(|stage| stage.elapsed)?;
            Some(Outlier {
                attempt: slow.attempt,
                ready: slow.ready,
                stage: longest.name,
                stage_elapsed: longest.elapsed,
            })
        });
        outliers.collect()
    }
}

fn passed(stage: &Stage) -> bool {
    stage.status == StageStatus::Ok
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_runs_are_kept_before_the_others_and_the_last_of_each() {
        let mut runs = Runs::default();
        for number in 0..5000 {
            runs.push(number, number % 10 != 0);
        }
        let kept = runs.kept();
        assert_eq!(kept.len(), RUNS_KEPT);
        assert!(kept[..500].iter().all(|number| number % 10 == 0));
        assert_eq!((kept[0], kept[499]), (0, 4990));
        assert_eq!(kept[999], 4999);
        for number in 0..20_000 {
            runs.push(number, false);
        }
        assert_eq!(runs.kept(), (19_000..20_000).collect::<Vec<_>>());
    }
}
