//! What a command has found out, and its report.

use std::fmt::Display;

use super::inside;
use super::setup::Setup;
use crate::event::Footprint;
use crate::event::interrupt::Interrupt;
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::finding::{self, Finding};
use crate::handshake::Attempt;
use crate::report::{Body, Report, SCHEMA};
use crate::text::clock::with_millis;

/// What a command has found out, before it becomes a report.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The part of the report that belongs to the command.
    pub(super) body: Option<Body>,
    /// The principal finding first.
    pub(super) findings: Vec<Finding>,
    /// What the command did to the Gateway.
    pub(super) footprint: Footprint,
    /// A verdict that neither the findings nor the error give.
    pub(super) verdict: Option<Verdict>,
    /// Why ibdoc could not look: the verdict is then unknown unless one is given.
    pub(super) error: Option<String>,
    /// An exit status that the verdict alone does not give.
    pub(super) exit_status: Option<ExitStatus>,
}

impl Outcome {
    /// An outcome whose verdict is that of its findings.
    pub(super) fn of(body: Body, findings: Vec<Finding>, footprint: Footprint) -> Self {
        Self {
            body: Some(body),
            findings,
            footprint,
            ..Self::default()
        }
    }

    /// The outcome of an attempt. It is unknown where the findings prove nothing: ibdoc itself could
    /// not connect, or the command's deadline ended a stage before the stage's own did.
    pub(super) fn of_attempt(
        body: Body,
        findings: Vec<Finding>,
        footprint: Footprint,
        attempt: &Attempt,
    ) -> Self {
        let interrupted = || Some(attempt.interrupted?.words()).filter(|_| !attempt.has_failed());
        let trouble = attempt.setting.trouble.clone();
        Self {
            error: trouble.or_else(interrupted).or_else(|| cut_short(attempt)),
            ..Self::of(body, findings, footprint)
        }
    }

    /// Unknown if a signal ended it before an error was found: the rest was not looked at.
    pub(super) fn unless_interrupted(mut self, interrupt: &Interrupt) -> Self {
        let signal = interrupt.now().and_then(ExitStatus::signal);
        if let Some(signal) = signal.filter(|_| self.error.is_none())
            && finding::verdict(&self.findings) < Verdict::Failed
        {
            self.error = Some(format!("interrupted by {signal}"));
        }
        self
    }

    /// The outcome of a command that could not look and made no connection.
    pub(super) fn blind(error: impl Display) -> Self {
        Self {
            footprint: Footprint::NONE,
            error: Some(error.to_string()),
            ..Self::default()
        }
    }

    /// The answer in one word.
    fn verdict(&self) -> Verdict {
        let of_findings = || match self.error {
            Some(_) => Verdict::Unknown,
            None => finding::verdict(&self.findings),
        };
        self.verdict.unwrap_or_else(of_findings)
    }

    /// The report of the command, with accounts shortened unless they are to be shown.
    pub(super) fn into_report(mut self, command: &'static str, setup: &Setup) -> Report {
        finding::unite_incomplete(&mut self.findings);
        finding::name_command(&mut self.findings, command);
        finding::explain_restart(&mut self.findings);
        let mut report = Report {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            command,
            simulated: setup.simulated.is_some() || is_simulated(self.body.as_ref()),
            started_at: with_millis(setup.started),
            elapsed: setup.began.elapsed(),
            verdict: self.verdict(),
            summary: String::new(),
            host: setup.host.clone(),
            findings: self.findings,
            footprint: self.footprint,
            error: self.error,
            body: self.body,
            interrupted: self.exit_status.is_some_and(|it| it.signal().is_some()),
            exit_status: self.exit_status,
        };
        if let Some(way_in) = &setup.way_in {
            inside::report_from_outside(&mut report, way_in);
        }
        if !setup.show_accounts {
            setup.accounts.borrow().mask_report(&mut report);
        }
        report.summary = report.headline_summary();
        report
    }
}

/// Why an attempt proves nothing: the command's deadline ended a stage before the stage's own did.
pub(super) fn cut_short(attempt: &Attempt) -> Option<String> {
    if !attempt.is_cut_short() {
        return None;
    }
    let mut stages = attempt.record.stages.iter().rev();
    let last = stages.find(|stage| stage.code.is_some());
    let name = last.map_or("a stage", |stage| stage.name.name());
    Some(format!("the deadline of the command passed in {name}"))
}

/// Whether it compares two soaks of simulated Gateways.
fn is_simulated(body: Option<&Body>) -> bool {
    matches!(body, Some(Body::Compare(it)) if it.a.simulated && it.b.simulated)
}
