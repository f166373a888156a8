//! The runs of a program under `soak --exec`, counted.

use super::program::{Evidence, Seen, fault};
use super::tally::Runs;
use crate::event::ExecRun;
use crate::finding::Code;
use crate::machine::sockets::AddressPair;
use crate::machine::sockets::{Ports, SocketTable};
use crate::report;
use crate::stats::{Samples, failure_rate_upper_95};
use crate::zombie;

/// Sockets that are remembered to be looked up again at the end.
const LEFT_KEPT: usize = 10_000;

/// The runs of the program, counted.
pub(crate) struct Book {
    program: String,
    pub(crate) planned: u32,
    pub(crate) succeeded: u32,
    failed: u32,
    /// Of these, those that only left sockets.
    failed_for_left: u32,
    elapsed: Samples,
    peak_memory: Option<u64>,
    runs: Runs<ExecRun>,
    pub(crate) evidence: Evidence,
    left: Vec<AddressPair>,
    left_unseen: bool,
    unclear: u32,
    neutral: (u32, u32),
}

impl Book {
    pub(crate) fn new(program: String, planned: u32) -> Self {
        Self {
            program,
            planned,
            succeeded: 0,
            failed: 0,
            failed_for_left: 0,
            elapsed: Samples::default(),
            peak_memory: None,
            runs: Runs::default(),
            evidence: Evidence::default(),
            left: Vec::new(),
            left_unseen: false,
            unclear: 0,
            neutral: (0, 0),
        }
    }

    /// Runs that came to their end or deadline.
    pub(crate) fn run(&self) -> u32 {
        self.succeeded + self.failed
    }

    /// What each run is called in sentences.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    pub(crate) fn handshake(&mut self, succeeded: bool, codes: &[Code]) {
        let kept = self.count(succeeded, codes);
        self.evidence.handshake(succeeded, kept);
        self.forgive();
    }

    pub(crate) fn second_handshake(&mut self, succeeded: bool, codes: &[Code]) {
        let kept = self.count(succeeded, codes);
        self.evidence.second_handshake(succeeded, kept);
        self.forgive();
    }

    /// Counts a handshake; returns whether the Gateway kept its socket.
    fn count(&mut self, succeeded: bool, codes: &[Code]) -> bool {
        self.neutral.0 += 1;
        self.neutral.1 += u32::from(succeeded);
        codes.contains(&Code::GatewayKeepsClosedSockets)
    }

    /// Where the Gateway keeps everybody's sockets, no run has failed for the ones it left.
    fn forgive(&mut self) {
        if self.evidence.keeps_closed() {
            let forgiven = std::mem::take(&mut self.failed_for_left);
            self.succeeded += forgiven;
            self.failed -= forgiven;
        }
    }

    /// Whether a run would count as succeeded.
    pub(crate) fn would_succeed(&self, seen: &Seen) -> bool {
        let clean = seen.held.unwrap_or(0) == 0;
        let leaves_none = seen.left.as_ref().is_none_or(Vec::is_empty);
        let kept = leaves_none || self.evidence.keeps_closed();
        seen.exit_status == Some(0) && !seen.timed_out && clean && kept
    }

    /// Whether the run failed for nothing but the sockets that it left, if it failed.
    fn is_forgivable(run: &ExecRun) -> bool {
        run.exit_status == Some(0) && !run.timed_out && run.held.unwrap_or(0) == 0
    }

    /// Counts one run, before the handshakes after it are counted.
    pub(crate) fn add(&mut self, seen: Seen, neutral: Option<bool>) -> ExecRun {
        let left = seen.left.as_ref().map(Vec::len);
        let left = left.map(|left| u32::try_from(left).unwrap_or(u32::MAX));
        let run = ExecRun {
            run: self.run() + 1,
            exit_status: seen.exit_status,
            signal: seen.signal,
            timed_out: seen.timed_out,
            succeeded: self.would_succeed(&seen),
            elapsed: seen.elapsed,
            peak_memory_bytes: seen.peak_memory,
            connected: seen.connected,
            unread_bytes: seen.unread,
            left,
            held: seen.held,
            others_ended: seen.others_ended,
            others_left: seen.others_left,
            neutral,
        };
        self.failed_for_left += u32::from(Self::is_forgivable(&run) && !run.succeeded);
        if run.succeeded {
            self.succeeded += 1;
        } else {
            self.failed += 1;
        }
        self.elapsed.record(run.elapsed);
        self.peak_memory = self.peak_memory.max(run.peak_memory_bytes);
        self.left_unseen |= left.is_none();
        self.left.extend(seen.left.unwrap_or_default());
        self.left.truncate(LEFT_KEPT);
        self.unclear += seen.unclear;
        self.evidence.run(&run);
        self.evidence.unclear(seen.unclear);
        self.runs.push(run.clone(), run.succeeded);
        run
    }

    /// Sockets that are still left now; nothing where that cannot be seen.
    pub(crate) fn still_left(&mut self, table: &dyn SocketTable) -> Option<u32> {
        self.left.retain(|pair| {
            let ports: Ports = std::iter::once(pair.remote.port()).collect();
            let row = table.find(pair.remote, pair.local).ok().flatten();
            row.is_some_and(|row| zombie::is_zombie(&row, &ports))
        });
        let left = u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        (left > 0 || !self.left_unseen).then_some(left)
    }

    /// Notes how many stuck sockets there are more than before, other than ibdoc's own.
    pub(crate) fn census(&mut self, before: Option<usize>, after: Option<usize>, ours: u32) {
        let grown = after.zip(before);
        let grown = grown.map_or(0, |(after, before)| after.saturating_sub(before));
        let grown = u32::try_from(grown).unwrap_or(u32::MAX);
        self.evidence.grown(grown.saturating_sub(ours));
    }

    /// Its part of the report.
    pub(crate) fn report(&self, left: Option<u32>) -> report::Exec {
        let (fault, reason) = fault(&self.evidence);
        let mut runs = self.runs.kept();
        if self.evidence.keeps_closed() {
            for run in &mut runs {
                run.succeeded |= Self::is_forgivable(run);
            }
        }
        report::Exec {
            program: self.program.clone(),
            planned: self.planned,
            run: self.run(),
            succeeded: self.succeeded,
            failed: self.failed,
            failure_rate_upper_95: failure_rate_upper_95(self.failed, self.run()),
            elapsed_ms: self.elapsed.summary(),
            peak_memory_bytes: self.peak_memory,
            left,
            unclear: self.unclear,
            neutral_run: self.neutral.0,
            neutral_succeeded: self.neutral.1,
            runs,
            fault,
            reason,
        }
    }
}
