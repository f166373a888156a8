//! The stages up to the version: causes that look the same on the wire.

use super::*;
use crate::finding::verdict::Severity;
use crate::machine::accept_queue::LongQueue;

#[test]
fn a_connection_that_was_not_accepted_for_a_second_is_a_stuck_queue() {
    let end = GatewayEnd {
        ours_accepted: Some(false),
        queue: Some((1, 50)),
        ..GatewayEnd::default()
    };
    let stuck = principal(&silent(5, end.clone()));
    assert_eq!(stuck.code, Code::AcceptQueueStuck);
    let (evidence, _) = told(&stuck);
    assert!(evidence.contains("not accepted in 5.0 s"), "{evidence}");
    assert!(evidence.contains("1 waiting, limit 50"), "{evidence}");
    assert_eq!(
        principal(&silent(1, end.clone())).code,
        Code::AcceptQueueStuck
    );
    let early = principal(&silent(0, end.clone()));
    assert_eq!(early.code, Code::SilentAfterConnect);
    assert!(early.summary.contains("nobody has accepted"), "{early:?}");
    // Stuck before ours was made, by --force.
    let mut forced = silent(0, end.clone());
    forced.setting.queue_was_stuck = true;
    assert_eq!(principal(&forced).code, Code::AcceptQueueStuck);
    // Over its limit, which a second look would not change.
    let full = GatewayEnd {
        queue: Some((51, 50)),
        ..end
    };
    assert_eq!(principal(&silent(0, full)).code, Code::AcceptQueueStuck);
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
fn a_queue_that_moves_is_no_gateway_that_has_stopped() {
    let queue = LongQueue {
        waiting: 9,
        limit: Some(50),
        oldest: Some(Duration::from_secs(8)),
        taken: 2,
        watched: Duration::from_secs(2),
    };
    let mut slow = silent(
        5,
        GatewayEnd {
            ours_accepted: Some(false),
            queue: Some((9, 50)),
            ..GatewayEnd::default()
        },
    );
    slow.setting.slow = Some(queue);
    let finding = principal(&slow);
    assert_eq!(finding.code, Code::AcceptsSlowly);
    assert_eq!(finding.severity, Severity::Error);
    let (evidence, remedies) = told(&finding);
    assert!(evidence.contains("2 were taken in 2.0 s"), "{evidence}");
    assert!(!remedies.contains("restart"), "{remedies}");
}

#[test]
fn a_reader_that_is_not_seen_on_a_relays_port_is_not_taken_for_the_gateway() {
    let mut attempt = silent(
        5,
        GatewayEnd {
            ours_accepted: Some(true),
            ours_unread: Some(0),
            ..GatewayEnd::default()
        },
    );
    attempt.target.port = 4004;
    let listener = attempt.setting.listener.as_mut().expect("a listener");
    listener.kind = ProgramKind::Unknown;
    listener.port = 4004;
    let (_, remedies) = told(&principal(&attempt));
    assert!(!remedies.contains("it has read the greeting"), "{remedies}");
    assert!(remedies.contains("sudo ibdoc doctor 4004"), "{remedies}");
}

#[test]
fn a_program_that_is_no_gateway_is_not_said_to_show_a_dialog() {
    for unread in [0, 17] {
        let mut attempt = silent(
            5,
            GatewayEnd {
                ours_accepted: Some(true),
                ours_unread: Some(unread),
                ..GatewayEnd::default()
            },
        );
        let listener = attempt.setting.listener.as_mut().expect("a listener");
        listener.kind = ProgramKind::Other;
        listener.name = Some("python3".to_owned());
        let (_, remedies) = told(&principal(&attempt));
        assert!(remedies.contains("python3"), "{remedies}");
        assert!(!remedies.contains("screen"), "{remedies}");
        assert!(!remedies.contains("restart the Gateway"), "{remedies}");
    }
}
