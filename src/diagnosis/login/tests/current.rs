//! Logs of another run, another Gateway, or two.

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A login an hour ago that asks for the second factor.
fn asked() -> ReadLog {
    log(&[START, ASKED].concat(), HOUR)
}

fn of(read: ReadLog, process: Option<Process>) -> Evidence {
    Evidence {
        process,
        ..evidence(read)
    }
}

#[test]
fn a_log_that_is_not_of_this_run_is_said_to_be_and_explains_nothing() {
    let later = format!("{START}{ASKED}12:00:00 something\n");
    let ended = [START, DONE, "IBC returned exit status 0"].concat();
    let live = "06:00:00 version: 3.23.0\n06:00:00 Setting Trading mode = live\n06:00:11 Second Factor Authentication initiated";
    let listening = Context {
        is_listening: true,
        is_reached: true,
        ..context()
    };
    let reached = Context {
        is_reached: true,
        ..context()
    };
    let table = [
        (
            "older than the Gateway's process",
            of(asked(), Some(process(HOUR / 2))),
            context(),
        ),
        (
            "the last start in it",
            of(log(&later, SECOND), Some(process(2 * HOUR))),
            context(),
        ),
        (
            "is stale",
            of(log(&[START, ASKED].concat(), 9 * 24 * HOUR), None),
            context(),
        ),
        (
            "the Gateway has ended",
            of(log(&ended, SECOND), None),
            listening,
        ),
        ("live login", of(log(live, SECOND), None), reached),
        (
            "may be another Gateway's",
            of(
                ReadLog {
                    is_own: false,
                    ..asked()
                },
                None,
            ),
            reached,
        ),
    ];
    for (words, evidence, context) in table {
        let (finding, row) = explained(Code::SilentAfterConnect, &evidence, &context);
        assert_eq!(finding, symptom(Code::SilentAfterConnect), "{words}");
        assert_eq!(row.status, CheckStatus::Skipped, "{words}");
        assert!(row.summary.contains(words), "{row:?}");
    }
}

#[test]
fn a_log_of_the_process_that_runs_explains() {
    let young = of(asked(), Some(process(2 * HOUR)));
    let (finding, _) = explained(Code::SilentAfterConnect, &young, &context());
    assert_eq!(
        finding.code,
        Code::SecondFactorPending,
        "its process writes it"
    );
    assert!(
        finding.remedies[0].contains("that time is over"),
        "{finding:?}"
    );
}

#[test]
fn a_log_never_contradicts_a_session_that_works() {
    let works = Context {
        works: true,
        ..context()
    };
    let asked = evidence(log(&[START, ASKED].concat(), SECOND));
    let row = explain(&mut Vec::new(), &asked, &works);
    assert_eq!(row.status, CheckStatus::Unknown);
    assert!(row.summary.contains("yet a session was opened"), "{row:?}");
}

#[test]
fn two_gateways_in_doubt_explain_nothing_and_each_by_its_port_where_they_are_told_apart() {
    let both = "IBC Settings:\n    TradingMode=live\nEnd IBC Settings\n06:00:00 version: 3.23.0\n\
                IBC Settings:\n    TradingMode=paper\nEnd IBC Settings\n06:00:15 version: 3.23.0\n";
    let doubt = evidence(log(&format!("{both}06:00:20 Login has completed"), SECOND));
    let (finding, row) = explained(Code::SilentAfterConnect, &doubt, &context());
    assert_eq!(
        (finding.code, row.status),
        (Code::SilentAfterConnect, CheckStatus::Unknown)
    );
    let told = format!(
        "{both}06:00:20 Login has completed\n06:00:21 TWS API socket port is now set to 4002\n\
         06:00:30 Second Factor Authentication initiated"
    );
    let told = evidence(log(&told, SECOND));
    let live = Context {
        port: 4001,
        ..context()
    };
    let relayed = Context {
        port: 4003,
        ..context()
    };
    for asked in [live, relayed] {
        let (finding, _) = explained(Code::NotListening, &told, &asked);
        assert_eq!(finding.code, Code::SecondFactorPending, "{asked:?}");
    }
    let (finding, row) = explained(Code::SilentAfterConnect, &told, &context());
    assert_eq!(
        (finding.code, row.status),
        (Code::SilentAfterConnect, CheckStatus::Ok)
    );
}
