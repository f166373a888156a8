//! What was run, case by case, and which failures the limits allow.

use std::time::Duration;

use quick_junit::{TestCase, TestCaseStatus, TestSuite};

use super::{Trouble, case, suite};
use crate::event::{AttemptSummary, ExecRun, Moment, Outage, OutageKind};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::render::figures::{self, Trace};
use crate::report::{Attempts, Exec, Soak, Stability, Threshold};
use crate::text::duration::span;
use crate::text::json::in_millis;
use crate::text::words::counted;

/// The status of what failed, unless the limit of this name allows it.
fn failed_or_allowed(body: &Soak, limit: &str, trouble: &Trouble) -> TestCaseStatus {
    let allows = |threshold: &&Threshold| threshold.name == limit && threshold.met;
    match body.thresholds.iter().find(allows) {
        Some(it) => trouble.allowed_by(&format!("--{} {}", it.name, figures::limit(it))),
        None => trouble.failure(),
    }
}

/// One case for each handshake that the report keeps.
pub(super) fn handshakes(attempts: &Attempts, body: &Soak) -> TestSuite {
    let case = |run: &AttemptSummary| {
        let status = match run.succeeded {
            true => TestCaseStatus::success(),
            // With a program `--min-success` is about its runs alone.
            false if body.exec.is_some() => attempt_trouble(run).failure(),
            false => failed_or_allowed(body, "min-success", &attempt_trouble(run)),
        };
        case(&format!("handshake {}", run.attempt), run.elapsed, status)
    };
    let mut runs: Vec<&AttemptSummary> = attempts.runs.iter().collect();
    runs.sort_by_key(|run| run.attempt);
    let (planned, run, failed) = (attempts.planned, attempts.run, attempts.failed);
    let properties = kept(planned, run, failed, runs.len());
    let elapsed = attempts.runs.iter().map(|run| run.elapsed).sum();
    let cases = runs.into_iter().map(case);
    suite("handshakes", elapsed, properties, cases)
}

fn attempt_trouble(run: &AttemptSummary) -> Trouble {
    let kind = run.code.map_or("failed", Code::name);
    let message = run.code.map_or("it failed", Code::meaning).to_owned();
    let seen = run.code.map_or_else(String::new, |code| {
        format!("recognised by: {}\n", code.seen())
    });
    let at = span(in_millis(run.at));
    let id = run.client_id;
    Trouble {
        kind: kind.to_owned(),
        message,
        text: format!("{seen}began after {at}, client id {id}\n`ibdoc explain {kind}` tells more"),
    }
}

/// How many of all cases are listed.
fn kept(planned: u32, run: u32, failed: u32, listed: usize) -> Vec<(&'static str, String)> {
    let left_out = (run as usize).saturating_sub(listed);
    vec![
        ("planned", planned.to_string()),
        ("run", run.to_string()),
        ("failed", failed.to_string()),
        ("left-out", left_out.to_string()),
    ]
}

/// One case each for pings, fetches and drops, and for what the Gateway lost meanwhile.
pub(super) fn session(stability: &Stability, body: &Soak, findings: &[Finding]) -> TestSuite {
    let Stability { pings, fetches, .. } = stability;
    let elapsed = Duration::try_from_secs_f64(stability.seconds).unwrap_or_default();
    let case = |name: &str, limit: &str, wrong: u32, message: String| {
        let trouble = Trouble {
            kind: limit.trim_start_matches("max-").to_owned(),
            message,
            text: moments(stability),
        };
        let status = match wrong {
            0 => TestCaseStatus::success(),
            _ => failed_or_allowed(body, limit, &trouble),
        };
        case(name, elapsed, status)
    };
    let answered = |answered: u32, sent: u32| format!("{answered} of {sent} answered");
    let pinged = answered(pings.answered, pings.sent);
    let fetched = answered(fetches.answered, fetches.sent);
    let drops = stability.drops;
    let cases = [
        case("pings", "max-missed-pings", pings.missed, pinged),
        case("fetches", "max-missed-fetches", fetches.missed, fetched),
        case("drops", "max-drops", drops, counted(drops, "drop")),
    ];
    let lost = stability
        .outages
        .iter()
        .map(|outage| outage_case(outage, findings));
    let cases = cases.into_iter().chain(lost);
    let properties = vec![
        ("drops", stability.drops.to_string()),
        ("reconnects", stability.reconnects.to_string()),
    ];
    suite("session", elapsed, properties, cases)
}

/// What the Gateway lost and got back: a failure where the finding of it needs attention.
fn outage_case(outage: &Outage, findings: &[Finding]) -> TestCase {
    let code = match outage.what {
        OutageKind::Upstream => Code::UpstreamLost,
        _ => Code::DataFarmDown,
    };
    let needs_attention =
        |finding: &Finding| finding.code == code && finding.severity > Severity::Info;
    let trouble = Trouble {
        kind: code.name().to_owned(),
        message: outage.words(),
        text: format!("`ibdoc explain {}` tells more", code.name()),
    };
    let status = if findings.iter().any(needs_attention) {
        trouble.failure()
    } else {
        trouble.allowed_by("it came back soon")
    };
    case(&outage.what.words(&outage.name), outage.down, status)
}

/// The first things that happened to a held session, a line each.
fn moments(stability: &Stability) -> String {
    const SHOWN: usize = 50;
    let line = |moment: &Moment| {
        let at = span(in_millis(moment.at));
        format!(
            "after {at}: {}: {}",
            figures::moment(moment.kind),
            moment.text
        )
    };
    let mut lines: Vec<String> = stability.moments.iter().take(SHOWN).map(line).collect();
    let all = stability.moments.len() + stability.moments_dropped as usize;
    if all > lines.len() {
        lines.push(format!("and {} more", all - lines.len()));
    }
    lines.join("\n")
}

/// One case for each run of the user's program that the report keeps.
pub(super) fn program(exec: &Exec, body: &Soak) -> TestSuite {
    let case = |run: &ExecRun| {
        let status = if run.succeeded {
            TestCaseStatus::success()
        } else {
            failed_or_allowed(body, "min-success", &run_trouble(run, exec))
        };
        case(&format!("run {}", run.run), run.elapsed, status)
    };
    let mut runs: Vec<&ExecRun> = exec.runs.iter().collect();
    runs.sort_by_key(|run| run.run);
    let mut properties = kept(exec.planned, exec.run, exec.failed, exec.runs.len());
    let ended = exec.runs.iter().filter_map(|run| run.others_ended);
    let ended: u64 = ended.map(u64::from).sum();
    properties.push(("others-ended", ended.to_string()));
    properties.push(("program", exec.program.clone()));
    properties.push(("fault", figures::fault(exec.fault).to_owned()));
    let elapsed = exec.runs.iter().map(|run| run.elapsed).sum();
    suite("program", elapsed, properties, runs.into_iter().map(case))
}

fn run_trouble(run: &ExecRun, exec: &Exec) -> Trouble {
    let traces = figures::traces(&[run]);
    let trace = |(name, count): &Trace| Some(format!("{name}: {}", count(run)?));
    let ended = std::iter::once(figures::ended(run));
    let parts: Vec<String> = ended.chain(traces.iter().filter_map(trace)).collect();
    let message = parts.join(", ");
    Trouble {
        kind: "program".to_owned(),
        text: format!("{message}\n{}", exec.reason),
        message,
    }
}
