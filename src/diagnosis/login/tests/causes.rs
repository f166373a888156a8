//! The log chooses among the causes of a symptom, and the row that is told.

use super::*;

/// Lines, a symptom, the code that it becomes, and the first words of the first remedy.
const CAUSES: &[(&[&str], Code, Code, &str)] = &[
    (
        &[START],
        Code::SilentAfterConnect,
        Code::LoginPending,
        "wait a minute",
    ),
    (
        &[START],
        Code::NotListening,
        Code::LoginPending,
        "wait a minute",
    ),
    (
        &[START],
        Code::NoAccountsNoId,
        Code::LoginPending,
        "wait a minute",
    ),
    (
        &[START, ASKED],
        Code::SilentAfterConnect,
        Code::SecondFactorPending,
        "confirm the second factor",
    ),
    (
        &[START, ASKED],
        Code::GatewayStarting,
        Code::SecondFactorPending,
        "confirm the second factor",
    ),
    (
        &[START, ASKED],
        Code::RelayWithoutGateway,
        Code::SecondFactorPending,
        "confirm the second factor",
    ),
    (
        &[START, ASKED, MISSED],
        Code::NotListening,
        Code::SecondFactorPending,
        "start the login again",
    ),
    (
        &[START, ASKED, CLOSED],
        Code::SilentAfterConnect,
        Code::LoginPending,
        "wait a minute",
    ),
    (
        &[START, "06:00:09 Unrecognized Username or Password"],
        Code::NotListening,
        Code::LoginFailed,
        "correct the user",
    ),
    (
        &[START, "06:00:09 Too many failed login attempts"],
        Code::GatewayStarting,
        Code::LoginFailed,
        "stop IBC",
    ),
    (
        &[START, "06:00:09 The system is not currently available"],
        Code::SilentAfterConnect,
        Code::LoginFailed,
        "wait: IBKR",
    ),
    (
        &["IBC returned exit status 88"],
        Code::NotListening,
        Code::LoginFailed,
        "start it again",
    ),
    (
        &[
            START,
            "06:00:05 detected dialog entitled: Existing session detected; event=Opened",
        ],
        Code::SilentAfterConnect,
        Code::SessionElsewhere,
        "log the other session out",
    ),
    (
        &[
            START,
            DONE,
            "09:00:00 detected dialog entitled: Trading Login Handoff; event=Opened",
        ],
        Code::SilentAfterConnect,
        Code::SessionElsewhere,
        "log the other session out",
    ),
    (
        &[START, DONE, "09:00:00 Re-login is required"],
        Code::NoAccountsNoId,
        Code::LoginPending,
        "log in again",
    ),
    (
        &[START, DONE, "09:00:00 Re-login is required"],
        Code::UpstreamLost,
        Code::LoginPending,
        "log in again",
    ),
    (
        &[START, DONE, "09:00:00 Re-login is required"],
        Code::SyncTimeout,
        Code::LoginPending,
        "log in again",
    ),
    (
        &[
            START,
            DONE,
            "09:00:00 Accept incoming connection from 10.0.0.7?",
        ],
        Code::SilentAfterConnect,
        Code::DialogOpen,
        "add 10.0.0.7 to the Trusted IPs",
    ),
    (
        &[
            START,
            DONE,
            "09:00:00 detected dialog entitled: API client needs write access action confirmation; event=Opened",
        ],
        Code::SyncTimeout,
        Code::DialogOpen,
        "answer the dialog",
    ),
    // What the log does not explain stays as it was.
    (
        &[START, DONE],
        Code::SilentAfterConnect,
        Code::SilentAfterConnect,
        "restart the Gateway: its login has completed",
    ),
    (
        &[START, ASKED],
        Code::AcceptQueueStuck,
        Code::AcceptQueueStuck,
        "restart the Gateway",
    ),
    (
        &[START, ASKED],
        Code::GatewayStopped,
        Code::GatewayStopped,
        "let it go on",
    ),
    (
        &[START, ASKED],
        Code::NotResolved,
        Code::NotResolved,
        "check the spelling",
    ),
    (
        &[START, ASKED],
        Code::ClientIdInUse,
        Code::ClientIdInUse,
        "use another client id",
    ),
    (
        &["06:00:00 something else"],
        Code::NotListening,
        Code::NotListening,
        "start the Gateway",
    ),
];

#[test]
fn the_log_chooses_among_the_causes_of_a_symptom() {
    for (lines, code, expected, first) in CAUSES {
        let evidence = evidence(log(&lines.join("\n").replace("\n\n", "\n"), SECOND));
        let (finding, row) = explained(*code, &evidence, &context());
        let name = format!("{lines:?} {code}: {row:?}");
        assert_eq!(finding.code, *expected, "{name}");
        assert!(
            finding.remedies[0].starts_with(first),
            "{name}: {:?}",
            finding.remedies
        );
        assert!(finding.evidence.iter().any(|it| it == "measured"), "{name}");
        if expected != code {
            assert_eq!(row.status, CheckStatus::Failed, "{name}");
            assert_eq!(finding.severity, Severity::Error, "{name}");
            assert!(finding.summary.ends_with(": it does not work"), "{name}");
        }
    }
}

#[test]
fn the_row_is_told_as_the_issue_says() {
    let missed = evidence(log(&[START, ASKED, MISSED].concat(), SECOND));
    let (_, row) = explained(Code::NotListening, &missed, &context());
    let words = "second factor asked at 06:00:11, not answered; IBC gave up at 06:03:12";
    assert!(row.summary.starts_with(words), "{row:?}");
    let read_only = "02:14:10 Read-Only API checkbox is now set to: false\n";
    let done = format!("02:14:09 Login has completed\n{DONE}{read_only}")
        .replace("06:00:45 Login has completed\n", "");
    let session = Context {
        works: true,
        ..context()
    };
    let row = explain(&mut Vec::new(), &evidence(log(&done, SECOND)), &session);
    assert_eq!(
        row.summary,
        "completed 02:14:09; API port 4002, Read-Only off"
    );
    assert_eq!(row.status, CheckStatus::Ok);
    let nothing = Evidence {
        seen: Seen::Nothing {
            places: vec!["~/ibc/logs".to_owned(), "/opt/ibc/logs".to_owned()],
            is_piped: false,
        },
        ..evidence(log("", SECOND))
    };
    let (finding, row) = explained(Code::NotListening, &nothing, &context());
    assert_eq!(
        finding,
        symptom(Code::NotListening),
        "without a log it stays as it was"
    );
    assert_eq!(
        row.summary,
        "no log found (looked in ~/ibc/logs, /opt/ibc/logs)"
    );
}

#[test]
fn after_a_login_that_has_completed_other_causes_are_left() {
    let first = |lines: &[&str], code, context: &Context| {
        let evidence = evidence(log(&lines.concat(), SECOND));
        let (finding, row) = explained(code, &evidence, context);
        assert_eq!((finding.code, row.status), (code, CheckStatus::Ok));
        finding.remedies[0].clone()
    };
    let other = "09:00:00 detected dialog entitled: Gateway; event=Opened";
    let remedy = first(&[START, DONE, other], Code::SilentAfterConnect, &context());
    assert_eq!(
        remedy,
        "look at the Gateway's screen: a dialog is open there since 09:00:00"
    );
    let moved = Context {
        port: 4001,
        ..context()
    };
    let remedy = first(&[START, DONE], Code::NotListening, &moved);
    assert_eq!(remedy, "connect to port 4002, to which IBC has set the API");
    let nowhere = Context {
        is_gone: true,
        ..context()
    };
    let evidence = evidence(log(&[START, DONE].concat(), SECOND));
    let (finding, row) = explained(Code::NotListening, &evidence, &nowhere);
    assert_eq!(
        (finding.code, row.status),
        (Code::NotListening, CheckStatus::Unknown)
    );
    let told = finding.evidence.last().expect("evidence");
    assert!(
        told.ends_with("no Gateway runs any more, and the log does not say why"),
        "{told}"
    );
}
