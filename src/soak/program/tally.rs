//! The runs of a program under `soak --exec`, counted.

use std::ffi::OsString;

use super::Seen;
use super::evidence::Evidence;
use super::fault::fault;
use crate::event::ExecRun;
use crate::finding::Code;
use crate::machine::process::title;
use crate::machine::sockets::{AddressPair, Ports, SocketTable};
use crate::report;
use crate::soak::tally::Runs;
use crate::stats::{Samples, failure_rate_upper_95};
use crate::zombie;

/// Sockets that are remembered to be looked up again at the end.
const LEFT_KEPT: usize = 10_000;

/// The runs of the program, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    program: String,
    planned: u32,
    /// Runs that failed, but for those that only left sockets.
    failed: u32,
    /// Runs that only left sockets: no failure where the Gateway keeps those of every client.
    only_left: u32,
    elapsed: Samples,
    peak_memory: Option<u64>,
    runs: Runs<ExecRun>,
    evidence: Evidence,
    left: Vec<AddressPair>,
}

impl Tally {
    /// Nothing of the command was run yet.
    pub fn new(command: &[OsString], planned: u32) -> Self {
        Self {
            program: title(command),
            planned,
            ..Self::default()
        }
    }

    /// What each run is called in sentences.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Counts a handshake of ibdoc's own.
    pub fn handshake(&mut self, succeeded: bool, codes: &[Code]) {
        let kept = codes.contains(&Code::GatewayKeepsClosedSockets);
        self.evidence.handshake(succeeded, kept);
    }

    /// Whether a run would count as succeeded.
    pub fn would_succeed(&self, run: &ExecRun) -> bool {
        ended_well_and_alone(run) && (run.left.unwrap_or(0) == 0 || self.evidence.keeps_closed)
    }

    /// Counts one run, before the handshakes after it are counted.
    pub fn add(&mut self, seen: Seen, neutral: Option<bool>) -> ExecRun {
        let Seen {
            mut run,
            left,
            silent,
            told,
        } = seen;
        run.run = self.evidence.runs + 1;
        run.succeeded = self.would_succeed(&run);
        run.neutral = neutral;
        match (run.succeeded, ended_well_and_alone(&run)) {
            (true, _) => {}
            (false, true) => self.only_left += 1,
            (false, false) => self.failed += 1,
        }
        self.elapsed.record(run.elapsed);
        self.peak_memory = self.peak_memory.max(run.peak_memory_bytes);
        self.left.extend(left.own.unwrap_or_default());
        self.left.truncate(LEFT_KEPT);
        self.evidence.run(&run);
        self.evidence.silent = self.evidence.silent.take().or(silent);
        self.evidence.told(told);
        self.evidence.unclear += left.unclear;
        self.runs.push(run.clone(), run.succeeded);
        run
    }

    /// Sockets that are still left now; nothing where that cannot be seen.
    fn still_left(&mut self, table: &dyn SocketTable) -> Option<u32> {
        self.left.retain(|pair| {
            let ports: Ports = std::iter::once(pair.remote.port()).collect();
            let row = table.find(pair.remote, pair.local).ok().flatten();
            row.is_some_and(|row| zombie::is_zombie(&row, &ports))
        });
        let left = u32::try_from(self.left.len()).unwrap_or(u32::MAX);
        (left > 0 || !self.evidence.left_unseen).then_some(left)
    }

    /// Its part of the report, and what that rests on; `grown` is how many stuck sockets there
    /// are more than before, other than ibdoc's.
    pub fn report(mut self, table: &dyn SocketTable, grown: u32) -> (report::Exec, Evidence) {
        self.evidence.grown(grown);
        let (fault, reason) = fault(&self.evidence);
        let mut runs = self.runs.kept();
        let mut failed = self.failed;
        if self.evidence.keeps_closed {
            for run in &mut runs {
                run.succeeded |= ended_well_and_alone(run);
            }
        } else {
            failed += self.only_left;
        }
        let run = self.evidence.runs;
        let exec = report::Exec {
            program: self.program.clone(),
            planned: self.planned,
            run,
            succeeded: run - failed,
            failed,
            failure_rate_upper_95: failure_rate_upper_95(failed, run),
            elapsed_ms: self.elapsed.summary(),
            peak_memory_bytes: self.peak_memory,
            left: self.still_left(table),
            unclear: self.evidence.unclear,
            neutral_run: self.evidence.handshakes,
            neutral_succeeded: self.evidence.answered,
            runs,
            fault,
            reason,
        };
        (exec, self.evidence)
    }
}

/// Whether the run ended with status 0 in time and left no process that holds a connection.
fn ended_well_and_alone(run: &ExecRun) -> bool {
    run.exit_status == Some(0) && !run.timed_out && run.held.unwrap_or(0) == 0
}
