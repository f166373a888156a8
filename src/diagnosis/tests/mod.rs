//! Assessment on plain data: which cause is named, and on what evidence.

mod hosts;
mod path;
mod remedies;
mod version;

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::*;
use crate::event::{Notice, Query, Stage, StageStatus};
use crate::handshake::gateway_end::GatewayEnd;
use crate::handshake::{Setting, Unread};
use crate::machine::process::ProgramKind;
use crate::machine::{ClientProgram, Clients};
use crate::session::{Held, Record, Timeouts, queries};
use crate::stats::Samples;
use crate::target::Target;
use crate::wire::{ServerVersion, VersionRange};

fn plan() -> Plan {
    Plan {
        announced: VersionRange::SPOKEN,
        timeouts: Timeouts::default(),
        client_timeout: crate::handshake::clients::USUAL_LIMIT,
        queries: queries(false, false),
        start_up: None,
        deadline: None,
    }
}

/// An attempt that failed at one stage.
fn failed(name: StageName, code: Code, seconds: u64, detail: &str) -> Attempt {
    let mut record = Record::new(Instant::now(), 7);
    record.stages.push(stage(name, Some(code), seconds, detail));
    Attempt {
        target: Target::loopback(4002),
        address: Some(([127, 0, 0, 1], 4002).into()),
        announced: VersionRange::SPOKEN,
        record,
        setting: Setting {
            local: true,
            listener: Some(listener(ProgramKind::Gateway, "java")),
            ..Setting::default()
        },
        held: None,
        interrupted: None,
    }
}

fn stage(name: StageName, code: Option<Code>, seconds: u64, detail: &str) -> Stage {
    let status = code.map_or(StageStatus::Ok, |_| StageStatus::Failed);
    Stage {
        name,
        status,
        start: Duration::ZERO,
        elapsed: Duration::from_secs(seconds),
        detail: Some(detail.to_owned()),
        code,
    }
}

fn listener(kind: ProgramKind, name: &str) -> Listener {
    Listener {
        address: ([127, 0, 0, 1], 4002).into(),
        port: 4002,
        pid: None,
        name: Some(name.to_owned()),
        kind,
        accept_queue: Some(0),
        backlog: Some(50),
    }
}

fn silent(seconds: u64, end: GatewayEnd) -> Attempt {
    let mut attempt = failed(
        StageName::Version,
        Code::SilentAfterConnect,
        seconds,
        "no byte",
    );
    attempt.setting.gateway_end = Some(end);
    attempt
}

/// A session that was held and missed so many answers.
fn held(pings_missed: u32) -> Held {
    Held {
        began: Instant::now(),
        elapsed: Duration::from_secs(60),
        pings_sent: 12,
        pings_answered: 10,
        pings_missed,
        pings_unheard: 0,
        fetches_unheard: 0,
        round_trips: Samples::default(),
        fetches_sent: 0,
        fetches_answered: 0,
        fetch_times: Samples::default(),
        fetch_cut_off: false,
        fetches_refused: 0,
        refusals: Vec::new(),
        outages: Vec::new(),
        end: HeldEnd::Done,
    }
}

fn principal(attempt: &Attempt) -> Finding {
    let findings = assess_attempt(attempt, &plan());
    findings.into_iter().next().expect("a finding")
}

/// The evidence and the remedies as one text each.
fn told(finding: &Finding) -> (String, String) {
    (finding.evidence.join("; "), finding.remedies.join("; "))
}

#[test]
fn bytes_out_of_step_after_the_version_are_no_wrong_service() {
    let wrong = failed(
        StageName::Version,
        Code::NotTwsProtocol,
        0,
        "an HTTP server answered",
    );
    assert_eq!(
        principal(&wrong).summary,
        "HTTP answers here, not the TWS API"
    );
    let later = failed(
        StageName::Accounts,
        Code::NotTwsProtocol,
        0,
        "a frame too long",
    );
    let finding = principal(&later);
    assert!(finding.summary.contains("out of step"), "{finding:?}");
    assert!(!finding.remedies[0].contains("port"), "{finding:?}");
}

#[test]
fn a_changed_port_is_nearer_than_the_close_that_follows_it() {
    for code in [Code::PortChanged, Code::ClosedAfterStart] {
        let mut attempt = failed(StageName::Accounts, code, 0, "closed");
        attempt.record.notices.push(Notice {
            code: 1300,
            message: "Please reconnect on the new port -4444".to_owned(),
            request_id: -1,
            at: Duration::ZERO,
        });
        let finding = principal(&attempt);
        assert_eq!(finding.code, Code::PortChanged);
        assert_eq!(finding.remedies, ["connect to port 4444"]);
    }
}

#[test]
fn a_taken_client_id_names_the_programs_that_are_connected() {
    let mut attempt = failed(
        StageName::Accounts,
        Code::ClientIdInUse,
        0,
        "Unable to connect",
    );
    attempt.setting.at_hand.clients = Some(Clients {
        programs: vec![ClientProgram {
            pid: crate::machine::pid::Pid(4711),
            name: "python3".to_owned(),
            connections: 1,
        }],
        unseen: 0,
    });
    let (evidence, _) = told(&principal(&attempt));
    assert!(
        evidence.contains("accounts: Unable to connect"),
        "{evidence}"
    );
    assert!(evidence.contains("python3, pid 4711"), "{evidence}");
}

#[test]
fn missing_accounts_are_told_apart_by_the_notices_of_the_farms() {
    let mut attempt = failed(StageName::Accounts, Code::NoAccountsNoId, 15, "neither");
    attempt.record.asked_again = true;
    let (evidence, _) = told(&principal(&attempt));
    assert!(
        evidence.contains("asking again brought nothing"),
        "{evidence}"
    );
    assert!(
        evidence.contains("login to IBKR may not be finished"),
        "{evidence}"
    );
    attempt.record.notices.push(Notice {
        code: 2104,
        message: "OK:usfarm".to_owned(),
        request_id: -1,
        at: Duration::ZERO,
    });
    let (evidence, _) = told(&principal(&attempt));
    assert!(evidence.contains("its data farms are up"), "{evidence}");
}

#[test]
fn every_request_without_an_end_is_named_and_so_is_what_answered() {
    let positions = StageName::Sync(Query::Positions);
    let mut attempt = failed(
        positions,
        Code::SyncTimeout,
        10,
        "0 rows and no end in 10.0 s",
    );
    let summary = StageName::Sync(Query::AccountSummary);
    let also = stage(
        summary,
        Some(Code::SyncTimeout),
        10,
        "4 rows and no end in 10.0 s",
    );
    let time = stage(StageName::Sync(Query::Time), None, 0, "");
    attempt.record.stages.extend([also, time]);
    let finding = principal(&attempt);
    assert_eq!(
        finding.summary,
        "no end marker came for positions, account-summary"
    );
    let (evidence, _) = told(&finding);
    assert!(evidence.contains("answered: time"), "{evidence}");
    assert!(
        evidence.contains("sync:account-summary: 4 rows"),
        "{evidence}"
    );
}

#[test]
fn a_missed_heartbeat_tells_a_wedged_gateway_from_a_dead_link() {
    let mut attempt = failed(StageName::Start, Code::Dropped, 0, "");
    attempt.record.stages.clear();
    attempt.held = Some(held(2));
    attempt.setting.unread = Some(Unread {
        unconfirmed: Some(0),
        by_gateway: Some(24),
    });
    let finding = principal(&attempt);
    assert_eq!(finding.code, Code::HeartbeatLost);
    let (evidence, _) = told(&finding);
    assert!(evidence.contains("the link itself works"), "{evidence}");
    assert!(
        evidence.contains("24 bytes were not read by the Gateway"),
        "{evidence}"
    );

    let held = attempt.held.as_mut().expect("held");
    held.end = HeldEnd::Dropped {
        how: "closed by the other side".to_owned(),
        code: Code::Dropped,
    };
    attempt.setting.dropped_at = Some(SystemTime::UNIX_EPOCH);
    let finding = principal(&attempt);
    assert_eq!(finding.code, Code::Dropped);
    let (evidence, _) = told(&finding);
    assert!(evidence.contains("at 1970-01-01T00:00:00Z"), "{evidence}");
}
