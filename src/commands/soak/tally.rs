//! The books of a soak: counts, times and findings, bounded whatever its length.

use std::collections::{BTreeMap, VecDeque};

use super::Stop;
use crate::attempt::Attempt;
use crate::event::{AttemptSummary, CodeCounts, StageName, StageStatus};
use crate::finding::{Code, Finding, principal_first, verdict};
use crate::report::{self, CloseHow, Fetches, Footprint, Pings, Threshold};
use crate::session::{Held, HeldEnd};
use crate::stats::{Samples, failure_rate_upper_95};
use crate::verdict::{Severity, Verdict};

/// How many runs the report keeps, the last ones.
const RUNS_KEPT: usize = 1000;

/// Everything that is counted.
pub(super) struct Tally {
    /// Half-closed and unaccepted sockets before the first handshake.
    pub(super) before: Option<usize>,
    /// The address as the first attempt found it.
    pub(super) subject: Option<String>,
    planned: u32,
    succeeded: u32,
    failed: u32,
    connect: Samples,
    ready: Samples,
    stages: BTreeMap<StageName, Samples>,
    failures: CodeCounts,
    runs: VecDeque<AttemptSummary>,
    /// The first finding of each code, and how often it came.
    findings: BTreeMap<Code, (Finding, u32)>,
    held: Option<Held>,
    hold_planned: bool,
}

impl Tally {
    pub(super) fn new(planned: u32) -> Self {
        Self {
            before: None,
            subject: None,
            planned,
            succeeded: 0,
            failed: 0,
            connect: Samples::default(),
            ready: Samples::default(),
            stages: BTreeMap::new(),
            failures: CodeCounts::new(),
            runs: VecDeque::new(),
            findings: BTreeMap::new(),
            held: None,
            hold_planned: false,
        }
    }

    /// Handshakes that ran to their end.
    pub(super) fn run(&self) -> u32 {
        self.succeeded + self.failed
    }

    /// Whether nothing was run and nothing found.
    pub(super) fn is_empty(&self) -> bool {
        self.run() == 0 && self.held.is_none() && self.findings.is_empty()
    }

    /// Counts one handshake.
    pub(super) fn add(&mut self, attempt: &Attempt, findings: Vec<Finding>) -> AttemptSummary {
        self.subject.get_or_insert_with(|| attempt.subject());
        let principal = findings
            .first()
            .filter(|finding| finding.severity > Severity::Info);
        let code = principal.map(|finding| finding.code);
        let succeeded = verdict(&findings) != Verdict::Failed;
        let record = &attempt.record;
        let connect = record.stage(StageName::Connect);
        let connect = connect.filter(|stage| stage.status == StageStatus::Ok);
        if succeeded {
            self.succeeded += 1;
        } else {
            self.failed += 1;
        }
        if let Some(code) = code.filter(|_| !succeeded) {
            *self.failures.entry(code).or_default() += 1;
        }
        // A reset takes no time and is no close that was waited for.
        let reset = record
            .close
            .is_some_and(|close| close.how == CloseHow::Reset);
        let passed = record
            .stages
            .iter()
            .filter(|stage| stage.status == StageStatus::Ok);
        for stage in passed.filter(|stage| !(reset && stage.name == StageName::Close)) {
            let times = self.stages.entry(stage.name).or_default();
            times.record(stage.elapsed);
        }
        if let Some(stage) = connect {
            self.connect.record(stage.elapsed);
        }
        if let Some(ready) = record.ready {
            self.ready.record(ready);
        }
        let summary = AttemptSummary {
            attempt: self.run(),
            succeeded,
            code,
            client_id: record.client_id,
            connect: connect.map(|stage| stage.elapsed),
            ready: record.ready,
            elapsed: record.began().elapsed(),
        };
        if self.runs.len() == RUNS_KEPT {
            self.runs.pop_front();
        }
        self.runs.push_back(summary.clone());
        self.keep(findings);
        summary
    }

    /// Counts the held session.
    pub(super) fn add_held(
        &mut self,
        attempt: &Attempt,
        findings: Vec<Finding>,
    ) -> Result<(), Stop> {
        self.subject.get_or_insert_with(|| attempt.subject());
        self.hold_planned = true;
        self.held.clone_from(&attempt.held);
        self.keep(findings);
        match attempt.held.as_ref().map(|held| &held.end) {
            None => Err(Stop::Because(
                "the session to hold could not be made".to_owned(),
            )),
            Some(HeldEnd::Dropped { .. }) => {
                Err(Stop::Because("the held session was dropped".to_owned()))
            }
            Some(HeldEnd::Interrupted | HeldEnd::Done) => Ok(()),
        }
    }

    fn keep(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            self.findings
                .entry(finding.code)
                .and_modify(|(_, times)| *times += 1)
                .or_insert((finding, 1));
        }
    }

    /// The limits that decide: everything succeeds, nothing drops, nothing of ours is left.
    pub(super) fn thresholds(&self, footprint: &Footprint) -> Vec<Threshold> {
        let mut thresholds = Vec::new();
        if self.planned > 0 {
            let run = self.run();
            let rate = (run > 0).then(|| f64::from(self.succeeded) / f64::from(run));
            thresholds.push(Threshold {
                name: "min-success",
                limit: 1.0,
                actual: rate,
                met: rate.is_some_and(|rate| rate >= 1.0),
            });
        }
        let at_most_none = |name, actual: Option<u32>| Threshold {
            name,
            limit: 0.0,
            actual: actual.map(f64::from),
            met: actual == Some(0),
        };
        if self.hold_planned {
            let held = self.held.as_ref();
            let missed = held.map(|held| held.pings_missed);
            thresholds.push(at_most_none("max-missed-pings", missed));
            let fetches = held.map(|held| {
                held.fetches_sent - held.fetches_answered - u32::from(held.fetch_cut_off)
            });
            thresholds.push(at_most_none("max-missed-fetches", fetches));
            let drops = held.map(|held| u32::from(is_dropped(held)));
            thresholds.push(at_most_none("max-drops", drops));
        }
        if let Some(left) = footprint.sockets_left {
            // A connection that was reset before it was accepted keeps its place in the queue.
            let queue = footprint.accept_queue;
            let grown = queue
                .after
                .unwrap_or(0)
                .saturating_sub(queue.before.unwrap_or(0));
            thresholds.push(at_most_none("max-leaked", Some(left + grown)));
        }
        thresholds
    }

    /// One finding for each code, with how often it came; errors of single attempts are
    /// softened to warnings while at least one attempt succeeded.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let softened = self.something_worked();
        let mut findings: Vec<Finding> = Vec::with_capacity(self.findings.len());
        for (finding, times) in self.findings.values() {
            let mut finding = finding.clone();
            if *times > 1 && finding.severity > Severity::Info {
                let evidence = format!("{times} times; the first is shown");
                finding.evidence.push(evidence);
            }
            if softened {
                finding.severity = finding.severity.min(Severity::Warning);
            }
            findings.push(finding);
        }
        principal_first(&mut findings);
        findings
    }

    fn something_worked(&self) -> bool {
        let pinged = self
            .held
            .as_ref()
            .is_some_and(|held| held.pings_answered > 0);
        self.succeeded > 0 || pinged
    }

    /// The handshakes, or nothing when none were planned.
    pub(super) fn attempts(&self) -> Option<report::Attempts> {
        let stages = self.stages.iter();
        let stages = stages.filter_map(|(name, times)| Some((*name, times.summary()?)));
        (self.planned > 0).then(|| report::Attempts {
            planned: self.planned,
            run: self.run(),
            succeeded: self.succeeded,
            failed: self.failed,
            failure_rate_upper_95: failure_rate_upper_95(self.failed, self.run()),
            connect_ms: self.connect.summary(),
            ready_ms: self.ready.summary(),
            stages: stages.collect(),
            failures: self.failures.clone(),
            runs: self.runs.iter().cloned().collect(),
        })
    }

    /// The held session, or nothing when there was none.
    pub(super) fn stability(&self) -> Option<report::Stability> {
        let held = self.held.as_ref()?;
        Some(report::Stability {
            seconds: held.elapsed.as_secs_f64(),
            pings: Pings {
                sent: held.pings_sent,
                answered: held.pings_answered,
                rtt_ms: held.round_trips.summary(),
            },
            fetches: Fetches {
                sent: held.fetches_sent,
                answered: held.fetches_answered,
                elapsed_ms: held.fetch_times.summary(),
            },
            drops: u32::from(is_dropped(held)),
            reconnects: 0,
        })
    }
}

fn is_dropped(held: &Held) -> bool {
    matches!(held.end, HeldEnd::Dropped { .. })
}

/// What the findings and thresholds say.
pub(super) fn judge(findings: &[Finding], thresholds: &[Threshold]) -> Verdict {
    let missed = thresholds.iter().any(|threshold| !threshold.met);
    let worst = verdict(findings);
    if missed {
        worst.max(Verdict::Attention)
    } else {
        worst
    }
}
