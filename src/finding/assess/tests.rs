//! Assessment on plain data: which cause is named, and on what evidence.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::*;
use crate::attempt::{Setting, Unread};
use crate::event::{Notice, Query, Stage, StageStatus};
use crate::gateway_end::GatewayEnd;
use crate::session::{Held, Record, Timeouts, queries};
use crate::stats::Samples;
use crate::target::Target;
use crate::wire::{ServerVersion, VersionRange};
use crate::world::ClientProgram;

fn plan() -> Plan {
    Plan {
        announced: VersionRange::SPOKEN,
        timeouts: Timeouts::default(),
        client_timeout: Duration::from_secs(4),
        queries: queries(false, false),
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
        record,
        setting: Setting {
            local: true,
            listener: Some(listener(ProgramKind::Gateway, "java")),
            ..Setting::default()
        },
        held: None,
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

fn principal(attempt: &Attempt) -> Finding {
    let findings = assess_attempt(attempt, &plan());
    findings.into_iter().next().expect("a finding")
}

/// The evidence and the remedies as one text each.
fn told(finding: &Finding) -> (String, String) {
    (finding.evidence.join("; "), finding.remedies.join("; "))
}

#[test]
fn a_connection_that_was_not_accepted_for_five_seconds_is_a_stuck_queue() {
    let end = GatewayEnd {
        ours_accepted: Some(false),
        queue: Some((1, 50)),
        waiting_before: Some(0),
        ..GatewayEnd::default()
    };
    let stuck = principal(&silent(5, end.clone()));
    assert_eq!(stuck.code, Code::AcceptQueueStuck);
    let (evidence, _) = told(&stuck);
    assert!(evidence.contains("not accepted in 5.0 s"), "{evidence}");
    assert!(evidence.contains("1 waiting, limit 50"), "{evidence}");
    let early = principal(&silent(1, end.clone()));
    assert_eq!(early.code, Code::SilentAfterConnect);
    assert!(early.summary.contains("nobody has accepted"), "{early:?}");
    // Not empty before ours, and ours was not taken either: two looks.
    let waiting_before = Some(3);
    let forced = GatewayEnd {
        waiting_before,
        ..end
    };
    assert_eq!(principal(&silent(1, forced)).code, Code::AcceptQueueStuck);
}

#[test]
fn piled_up_sockets_are_told_under_a_silence_and_no_client_is_blamed() {
    let end = GatewayEnd {
        ours_accepted: Some(true),
        ours_unread: Some(17),
        half_closed: 4,
        oldest: Some(Duration::from_secs(90)),
        ..GatewayEnd::default()
    };
    let finding = principal(&silent(10, end));
    assert_eq!(finding.code, Code::SilentAfterConnect);
    assert!(
        finding.summary.contains("4 half-closed sockets"),
        "{finding:?}"
    );
    let (evidence, remedies) = told(&finding);
    assert!(
        evidence.contains("CLOSE_WAIT at its end: 4, the oldest for 90.0 s"),
        "{evidence}"
    );
    assert!(
        evidence.contains("17 bytes of our greeting were not read"),
        "{evidence}"
    );
    assert!(evidence.contains("hangs in connect()"), "{evidence}");
    assert!(
        remedies.contains("no kill of a client clears them"),
        "{remedies}"
    );
}

#[test]
fn a_greeting_that_was_read_points_to_a_dialog() {
    let end = GatewayEnd {
        ours_accepted: Some(true),
        ours_unread: Some(0),
        ..GatewayEnd::default()
    };
    let (evidence, remedies) = told(&principal(&silent(10, end)));
    assert!(evidence.contains("our greeting was read"), "{evidence}");
    assert!(remedies.contains("dialog"), "{remedies}");
}

#[test]
fn a_version_that_begins_and_does_not_end_is_no_silence() {
    let mut attempt = silent(10, GatewayEnd::default());
    attempt.record.version_bytes = 12;
    assert_eq!(
        principal(&attempt).summary,
        "it begins to answer and does not finish"
    );
}

#[test]
fn an_early_close_is_laid_to_who_listens() {
    let mut attempt = failed(
        StageName::Version,
        Code::ClosedBeforeVersion,
        0,
        "closed by the other side after 1 ms",
    );
    let (_, remedies) = told(&principal(&attempt));
    assert!(
        remedies.contains("Trusted IPs") && !remedies.contains("relay"),
        "{remedies}"
    );
    attempt.setting.gateway_end = Some(GatewayEnd {
        established: 32,
        ..GatewayEnd::default()
    });
    let (evidence, _) = told(&principal(&attempt));
    assert!(evidence.contains("admits 32 clients"), "{evidence}");
    attempt.setting.listener = Some(listener(ProgramKind::Relay, "socat"));
    let finding = principal(&attempt);
    assert!(
        finding.summary.starts_with("socat (a relay)"),
        "{finding:?}"
    );
    assert!(
        finding.remedies[0].contains("behind the relay"),
        "{finding:?}"
    );
}

#[test]
fn a_narrow_announcement_is_named_as_a_cause_of_an_early_close() {
    let attempt = failed(StageName::Version, Code::ClosedBeforeVersion, 0, "closed");
    let narrow = Plan {
        announced: "200..226".parse().expect("a range"),
        ..plan()
    };
    let findings = assess_attempt(&attempt, &narrow);
    let (evidence, _) = told(&findings[0]);
    assert!(evidence.contains("200..226 was announced"), "{evidence}");
}

#[test]
fn a_version_outside_the_range_names_the_clients_that_accept_it() {
    let mut attempt = failed(
        StageName::Version,
        Code::VersionUnsupported,
        0,
        "version 99",
    );
    attempt.record.server_version = Some(ServerVersion(99));
    let (evidence, _) = told(&principal(&attempt));
    assert!(
        evidence.contains("version 99 is accepted by none"),
        "{evidence}"
    );
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
    attempt.setting.clients.push(ClientProgram {
        pid: crate::process::Pid(4711),
        name: "python3".to_owned(),
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
    attempt.held = Some(Held {
        elapsed: Duration::from_secs(60),
        pings_sent: 12,
        pings_answered: 10,
        pings_missed: 2,
        round_trips: Samples::default(),
        fetches_sent: 0,
        fetches_answered: 0,
        fetch_times: Samples::default(),
        fetch_cut_off: false,
        refusals: Vec::new(),
        end: HeldEnd::Done,
    });
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
