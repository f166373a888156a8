//! The cases of a doctor, a handshake and a probe.

use std::time::Duration;

use quick_junit::{TestCaseStatus, TestSuite};

use super::{Trouble, case, suite};
use crate::event::{CheckStatus, StageStatus};
use crate::finding::{Code, Finding};
use crate::report::{Body, Doctor, Endpoint, Handshake, Probe};
use crate::text::printable::scrub;

/// One case for each check, stage or endpoint; nothing for another command.
pub(super) fn suites(body: &Body, findings: &[Finding]) -> Option<TestSuite> {
    match body {
        Body::Doctor(body) => Some(doctor(body)),
        Body::Handshake(body) => Some(handshake(body)),
        Body::Probe(body) => Some(probe(body, findings)),
        _ => None,
    }
}

fn doctor(body: &Doctor) -> TestSuite {
    let cases = body.checks.iter().map(|check| {
        let trouble = trouble(check.name, &check.summary);
        let status = match check.status {
            CheckStatus::Ok => TestCaseStatus::success(),
            CheckStatus::Attention | CheckStatus::Failed => trouble.failure(),
            CheckStatus::Skipped => skipped(&check.summary),
            CheckStatus::Unknown => trouble.error(),
        };
        case(check.name, check.elapsed, status)
    });
    let elapsed = body.checks.iter().map(|check| check.elapsed).sum();
    let properties = vec![("address", body.address.clone())];
    suite("checks", elapsed, properties, cases)
}

fn handshake(body: &Handshake) -> TestSuite {
    let cases = body.stages.iter().map(|stage| {
        let detail = stage.detail.as_deref().unwrap_or("");
        let kind = stage.code.map_or("stage", Code::name);
        let status = match stage.status {
            StageStatus::Ok => TestCaseStatus::success(),
            StageStatus::Failed | StageStatus::Timeout => trouble(kind, detail).failure(),
            StageStatus::Skipped => skipped(detail),
        };
        case(stage.name.name(), stage.elapsed, status)
    });
    let elapsed = body.stages.iter().map(|stage| stage.elapsed).sum();
    let properties = vec![("address", body.address.clone())];
    suite("stages", elapsed, properties, cases)
}

/// A port on which nothing listens here is no failure by itself, and neither is one of several of a
/// host of which another one works.
fn probe(body: &Probe, findings: &[Finding]) -> TestSuite {
    let cases = body.endpoints.iter().map(|endpoint| {
        let mut others = body.endpoints.iter();
        let is_found = findings.iter().any(|it| it.subject == endpoint.address);
        let is_one_of_several =
            !is_found && others.any(|other| other.host == endpoint.host && works(other));
        let elapsed = endpoint.connect.unwrap_or(Duration::ZERO);
        let status = status(endpoint, is_one_of_several);
        case(&endpoint.address, elapsed, status)
    });
    suite("endpoints", Duration::ZERO, Vec::new(), cases)
}

fn works(endpoint: &Endpoint) -> bool {
    let listens = endpoint.listening == Some(true) && endpoint.reachable.is_none();
    listens || endpoint.connects()
}

fn status(endpoint: &Endpoint, is_one_of_several: bool) -> TestCaseStatus {
    if works(endpoint) {
        return TestCaseStatus::success();
    }
    let answer = endpoint.answer.as_deref();
    let (kind, plain) = match (endpoint.listening, endpoint.reachable) {
        (_, Some(true)) => ("no-answer", "no Gateway answers"),
        (Some(false), _) => return skipped("nothing listens"),
        (Some(true), _) => ("not-reachable", "it listens and is not reached"),
        (None, Some(false)) => ("not-reachable", "no connection went through"),
        (None, None) => return skipped("it was not looked at"),
    };
    let words = answer.map_or_else(|| plain.to_owned(), |answer| format!("{plain}: {answer}"));
    if is_one_of_several {
        skipped(&words)
    } else {
        trouble(kind, &words).failure()
    }
}

fn trouble(kind: &str, words: &str) -> Trouble {
    Trouble {
        kind: kind.to_owned(),
        message: words.to_owned(),
        text: words.to_owned(),
    }
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(scrub(why));
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A port of the host `gw`, to which a connection was made.
    fn tried(port: u16, reachable: bool, answer: &str, server_version: Option<u16>) -> Endpoint {
        let endpoint = serde_json::json!({
            "address": format!("gw:{port}"), "host": "gw", "port": port, "method": "connect",
            "reachable": reachable, "answer": answer, "server_version": server_version,
            "forwarded": false, "connect_ms": null,
        });
        serde_json::from_value(endpoint).unwrap()
    }

    /// What becomes of each case.
    fn statuses(endpoints: Vec<Endpoint>, findings: &[Finding]) -> Vec<&'static str> {
        let suite = probe(&Probe { endpoints }, findings);
        let status = |case: &quick_junit::TestCase| match case.status {
            TestCaseStatus::Success { .. } => "passed",
            TestCaseStatus::NonSuccess { .. } => "failed",
            TestCaseStatus::Skipped { .. } => "skipped",
        };
        suite.test_cases.iter().map(status).collect()
    }

    #[test]
    fn a_port_that_refuses_is_no_failure_where_another_one_of_the_host_answers() {
        let refused = || tried(4001, false, "refused", None);
        let silent = || tried(4004, true, "no answer", None);
        let answers = tried(4002, true, "a Gateway", Some(222));
        let all = vec![refused(), answers.clone(), silent()];
        assert_eq!(statuses(all, &[]), ["skipped", "passed", "skipped"]);
        assert_eq!(statuses(vec![refused(), silent()], &[]), ["failed"; 2]);
        // It was named itself.
        let finding = Finding::new(Code::NotListening, "gw:4001", "refused");
        let both = vec![refused(), answers];
        assert_eq!(statuses(both, &[finding]), ["failed", "passed"]);
    }
}
