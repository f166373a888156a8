//! The cases of a report: the verdict, the limits, and everything that was tried.

use std::time::Duration;

use quick_junit::{TestCaseStatus, TestSuite};

use super::runs::{handshakes, program, session};
use super::{Trouble, case, commands, suite};
use crate::finding::Finding;
use crate::finding::verdict::Verdict;
use crate::render::figures;
use crate::report::{Body, Report, Threshold};
use crate::text::duration::span;

/// The verdict, the limits, and everything that was tried.
pub(super) fn suites(report: &Report) -> Vec<TestSuite> {
    let mut suites = vec![verdict(report)];
    if let Some(Body::Soak(body)) = &report.body {
        suites.extend(thresholds(&body.thresholds));
        suites.extend(body.attempts.as_ref().map(|it| handshakes(it, body)));
        let held = body.stability.as_ref();
        suites.extend(held.map(|it| session(it, body, &report.findings)));
        suites.extend(body.exec.as_ref().map(|it| program(it, body)));
    }
    let body = report.body.as_ref();
    suites.extend(body.and_then(|body| commands::suites(body, &report.findings)));
    suites
}

/// One case for the whole: no report looks passed that is not.
fn verdict(report: &Report) -> TestSuite {
    let status = match (interrupted(report), report.verdict) {
        // What was not run is neither passed nor failed.
        (Some(interrupted), _) => interrupted.error(),
        (None, Verdict::Healthy) => TestCaseStatus::success(),
        (None, Verdict::Unknown) => trouble(report).error(),
        (None, Verdict::Attention | Verdict::Failed) => trouble(report).failure(),
    };
    let mut properties = vec![
        ("ibdoc", report.version.to_owned()),
        ("verdict", report.verdict.name().to_owned()),
        ("simulated", report.simulated.to_string()),
    ];
    if let Some(Body::Soak(body)) = &report.body {
        properties.push(("address", body.address.clone()));
        properties.push(("interrupted", body.interrupted.to_string()));
        properties.extend(body.stopped.clone().map(|why| ("stopped", why)));
    }
    let case = case("verdict", report.elapsed, status);
    suite("verdict", report.elapsed, properties, [case])
}

/// How much of its plan a soak had done when a signal ended it; `None` when none did.
fn interrupted(report: &Report) -> Option<Trouble> {
    let body = match &report.body {
        Some(Body::Soak(body)) if body.interrupted => body,
        _ => return None,
    };
    let done = |run: u32, planned: u32, what: &str| format!("{run} of {planned} planned {what}");
    let runs = body.exec.as_ref();
    let runs = runs.map(|exec| done(exec.run, exec.planned, "runs"));
    let attempts = body.attempts.as_ref();
    let attempts = attempts.map(|it| done(it.run, it.planned, "handshakes"));
    let held = body.stability.as_ref();
    let held = held.map(|it| format!("a session held for {}", span(it.seconds * 1e3)));
    let mut parts: Vec<String> = [runs, attempts, held].into_iter().flatten().collect();
    if parts.is_empty() {
        parts.push("nothing was run".to_owned());
    }
    let Trouble { message, text, .. } = trouble(report);
    Some(Trouble {
        kind: "interrupted".to_owned(),
        message: format!("interrupted: {}", parts.join(", ")),
        text: format!("{message}\n{text}").trim_end().to_owned(),
    })
}

fn trouble(report: &Report) -> Trouble {
    let (word, summary) = report.headline();
    Trouble {
        kind: report.findings.first().map_or_else(
            || report.verdict.name().to_owned(),
            |finding| finding.code.to_string(),
        ),
        message: format!("{word} {summary}"),
        text: in_words(report),
    }
}

fn in_words(report: &Report) -> String {
    let error = report.error.clone();
    let findings = report.findings.iter().flat_map(lines);
    error
        .into_iter()
        .chain(findings)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A finding, a line for each thing that it says.
fn lines(finding: &Finding) -> Vec<String> {
    let Finding {
        code,
        subject,
        summary,
        ..
    } = finding;
    let evidence = finding.evidence.iter().map(|it| format!("  · {it}"));
    let remedies = finding.remedies.iter().map(|it| format!("  → {it}"));
    let head = std::iter::once(format!("{code}: {subject}: {summary}"));
    head.chain(evidence).chain(remedies).collect()
}

fn thresholds(thresholds: &[Threshold]) -> Option<TestSuite> {
    let case = |threshold: &Threshold| {
        let (limit, actual) = (figures::limit(threshold), figures::actual(threshold));
        let measured = match threshold.actual {
            Some(_) => format!("measured {actual}"),
            None => actual.clone(),
        };
        let trouble = Trouble {
            kind: threshold.name.to_owned(),
            message: format!("{measured}, the limit is {limit}"),
            text: format!("--{}: {limit}; {measured}", threshold.name),
        };
        let status = match (threshold.met, threshold.actual) {
            (true, _) => TestCaseStatus::success(),
            (false, Some(_)) => trouble.failure(),
            (false, None) => trouble.error(),
        };
        case(
            &format!("{} {limit}", threshold.name),
            Duration::ZERO,
            status,
        )
    };
    let cases = thresholds.iter().map(case);
    (!thresholds.is_empty()).then(|| suite("limits", Duration::ZERO, Vec::new(), cases))
}
