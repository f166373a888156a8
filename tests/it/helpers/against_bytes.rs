//! A session against arbitrary bytes: the harness of a property test and of a fuzz target.

use std::time::Duration;

use ibdoc::diagnosis::assess_attempt;
use ibdoc::event::{Event, StageName};
use ibdoc::finding::Finding;
use ibdoc::handshake::{Attempt, Setting};
use ibdoc::session::{Plan, Record, Session, Timeouts, queries};
use ibdoc::target::Target;
use ibdoc::wire::{ServerGreeting, ServerVersion, VersionRange};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

/// Runs a whole session, under paused time, against a peer that sends these bytes; panics when
/// it takes too long, keeps too much or passes on a control character.
///
/// The first byte decides what surrounds the others: bit 0, whether a greeting comes first; bit
/// 1, whether the peer closes at the end; bits 2 and 3, how much it sends at a time; the rest,
/// the version of the greeting.
pub(crate) fn session_against(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(run(bytes));
}

fn plan() -> Plan {
    Plan {
        announced: VersionRange::SPOKEN,
        timeouts: Timeouts::default(),
        client_timeout: Duration::from_secs(4),
        queries: queries(true, true),
        start_up: None,
        deadline: Some(Instant::now() + Duration::from_secs(60)),
    }
}

async fn run(bytes: &[u8]) {
    let (head, said) = bytes.split_first().unwrap_or((&0, &[]));
    let (ours, theirs) = tokio::io::duplex(64 << 10);
    let peer = tokio::spawn(say(theirs, *head, said.to_vec()));
    let plan = plan();
    let began = Instant::now();
    let mut record = Record::new(began, 7);
    let mut events = Vec::new();
    let sink = &mut |event| events.push(event);
    if let Some(mut session) = Session::greet(ours, &plan, &mut record, sink).await {
        if session.start().await && session.accounts().await && session.sync().await {
            session.close(false).await;
        } else {
            session.reset();
        }
    }
    peer.abort();
    check(record, &events, began.elapsed(), &plan);
}

async fn say(mut stream: DuplexStream, head: u8, said: Vec<u8>) {
    if head & 1 == 1 {
        const VERSIONS: [u16; 16] = [
            100, 150, 165, 166, 176, 193, 194, 200, 201, 203, 206, 207, 212, 213, 219, 226,
        ];
        let greeting = ServerGreeting {
            version: ServerVersion(VERSIONS[usize::from(head >> 4)]),
            connection_time: "20261122 10:00:00 UTC".to_owned(),
        };
        if stream.write_all(&greeting.encode()).await.is_err() {
            return;
        }
    }
    let piece = [1, 7, 1000, usize::MAX][usize::from(head >> 2 & 3)];
    for piece in said.chunks(piece.min(said.len().max(1))) {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    if head & 2 == 0 {
        std::future::pending::<()>().await;
    }
}

fn check(record: Record, events: &[Event], elapsed: Duration, plan: &Plan) {
    let close = plan.timeouts.close;
    assert!(
        elapsed <= Duration::from_secs(60) + close,
        "it took {elapsed:?}"
    );
    assert!(record.notices.len() <= 100 && events.len() <= 120);
    let passed = record.stage(StageName::Close).is_some();
    let attempt = Attempt {
        target: Target::loopback(4002),
        address: None,
        announced: plan.announced,
        record,
        setting: Setting::default(),
        held: None,
        interrupted: None,
    };
    let findings = assess_attempt(&attempt, plan);
    let failed = attempt
        .record
        .stages
        .iter()
        .any(|stage| stage.code.is_some());
    assert!(passed || failed, "neither an end nor a finding");
    assert!(
        !failed || !findings.is_empty(),
        "a failure without a finding"
    );
    findings.iter().for_each(check_finding);
    let record = &attempt.record;
    let details = record
        .stages
        .iter()
        .filter_map(|stage| stage.detail.as_ref());
    let accounts = record.accounts.iter().flatten();
    let notices = record.notices.iter().map(|notice| &notice.message);
    let texts = details.chain(accounts).chain(notices);
    texts
        .chain(&record.connection_time)
        .for_each(|text| check_text(text));
}

fn check_finding(finding: &Finding) {
    let texts = finding.evidence.iter().chain(&finding.remedies);
    for text in texts.chain([&finding.summary]) {
        check_text(text);
    }
    assert!(finding.evidence.len() <= 40, "{finding:?}");
}

fn check_text(text: &str) {
    let control = text.chars().any(char::is_control);
    assert!(!control, "control character in {text:?}");
    assert!(text.chars().count() <= 500, "too long: {text}");
}
