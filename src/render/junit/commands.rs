//! The cases of a doctor, a handshake and a probe.

use std::time::Duration;

use quick_junit::{TestCaseStatus, TestSuite};

use super::{Trouble, case, suite};
use crate::event::{CheckStatus, StageStatus};
use crate::finding::Code;
use crate::report::{Body, Doctor, Handshake, Probe};
use crate::text::printable::scrub;

/// One case for each check, stage or endpoint; nothing for another command.
pub(super) fn suites(body: &Body) -> Option<TestSuite> {
    match body {
        Body::Doctor(body) => Some(doctor(body)),
        Body::Handshake(body) => Some(handshake(body)),
        Body::Probe(body) => Some(probe(body)),
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

/// An endpoint is what the verdict rests on together with the others: a known port on which nothing
/// listens is no failure by itself.
fn probe(body: &Probe) -> TestSuite {
    let cases = body.endpoints.iter().map(|endpoint| {
        let status = match (endpoint.listening, endpoint.reachable) {
            (_, Some(true)) | (Some(true), None) => TestCaseStatus::success(),
            (Some(true), Some(false)) => {
                trouble("not-reachable", "it listens and is not reached").failure()
            }
            (Some(false), _) => skipped("nothing listens"),
            (None, Some(false)) => trouble("not-reachable", "no connection went through").failure(),
            (None, None) => skipped("it was not looked at"),
        };
        let elapsed = endpoint.connect.unwrap_or(Duration::ZERO);
        case(&endpoint.address, elapsed, status)
    });
    suite("endpoints", Duration::ZERO, Vec::new(), cases)
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
