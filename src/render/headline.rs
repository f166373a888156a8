//! The headline of a report: the verdict and what it rests on, in one sentence.

use super::{compare, doctor, handshake, inspect, probe, soak, state, tap, trace, zombies};
use crate::finding::principal;
use crate::finding::verdict::Verdict;
use crate::report::{Body, Explain, Report};
use crate::text::words::counted;

/// The headline without its mark: the verdict and what it rests on.
pub fn summary(report: &Report) -> String {
    let (word, summary) = headline(report);
    let word = word.split_once(' ').map_or("", |(_, word)| word);
    format!("{word} {summary}")
}

/// The verdict with its mark, and what it rests on in one sentence.
pub(super) fn headline(report: &Report) -> (String, String) {
    let mark = match report.verdict {
        Verdict::Healthy => "✓",
        Verdict::Attention => "!",
        Verdict::Unknown => "?",
        Verdict::Failed => "✗",
    };
    let word = match &report.body {
        Some(Body::Compare(body)) => compare::word(body).to_owned(),
        _ => format!("{mark} {}:", report.verdict.name()),
    };
    let simulated = if report.simulated { " (simulated)" } else { "" };
    // Most errors of what was interrupted say so, and a soak says it among its figures.
    let is_told = |error: &String| error.contains("interrupted");
    let is_soak = matches!(&report.body, Some(Body::Soak(_)));
    let says_so = is_soak || report.error.as_ref().is_some_and(is_told);
    let interrupted = if report.interrupted && !says_so {
        ", interrupted"
    } else {
        ""
    };
    (
        word,
        format!("{}{interrupted}{simulated}", sentence(report)),
    )
}

/// The code of the principal finding, behind a sentence of the command's own.
pub(super) fn code(report: &Report) -> String {
    let finding = principal(&report.findings);
    finding.map_or_else(String::new, |finding| format!(" [{}]", finding.code))
}

fn sentence(report: &Report) -> String {
    match (&report.body, &report.error, principal(&report.findings)) {
        (Some(Body::Compare(body)), ..) => compare::summary(body),
        (Some(Body::Soak(body)), ..) => format!("{}{}", soak::summary(body), code(report)),
        (Some(Body::Doctor(body)), None, _) => format!("{}{}", doctor::summary(body), code(report)),
        (_, Some(error), Some(finding)) => {
            format!("{error}: {} [{}]", finding.summary, finding.code)
        }
        (_, Some(error), None) => error.clone(),
        (_, _, Some(finding)) => {
            format!(
                "{}: {} [{}]",
                finding.subject, finding.summary, finding.code
            )
        }
        (Some(Body::Watch(body)), ..) => state::summary(body),
        (Some(Body::Probe(body)), ..) => probe::summary(body),
        (Some(Body::Handshake(body)), ..) => handshake::summary(&body.address, body.ready),
        (Some(Body::Health(body)), ..) => handshake::short_summary(&body.address, body.ready),
        (Some(Body::Zombies(body)), ..) => zombies::summary(body),
        (Some(Body::Inspect(body)), ..) => inspect::summary(body),
        (Some(Body::Sim(body)), ..) => format!("the simulator on {} has ended", body.address),
        (Some(Body::Trace(body)), ..) => trace::summary(body),
        (Some(Body::Tap(body)), ..) => tap::summary(body),
        (Some(Body::Explain(body)), ..) => explained(body),
        (Some(Body::Worker(body)), ..) => {
            format!(
                "the worker has ended after {}",
                counted(body.commands, "command")
            )
        }
        (None, ..) => String::new(),
    }
}

/// What is explained.
fn explained(body: &Explain) -> String {
    match body.explanations.as_slice() {
        [one] => format!("{}: {}", one.code, one.meaning),
        several => format!("{} meanings", several.len()),
    }
}
