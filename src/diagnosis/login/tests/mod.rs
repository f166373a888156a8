//! What a log and settings make of a symptom.

mod causes;
mod current;
mod settings;

use std::time::Duration;

use super::*;
use crate::event::CheckStatus;
use crate::evidence::log::read::Reader;
use crate::evidence::look::{Age, Process, Settings};
use crate::machine::pid::Pid;
use crate::machine::process::ProgramKind;

const SECOND: Duration = Duration::from_secs(1);

/// A log with these lines, each `HH:mm:ss TEXT`, or a line as it stands; its last line is so old.
fn log(lines: &str, age: Duration) -> ReadLog {
    let mut reader = Reader::default();
    for line in lines.lines().map(str::trim_start) {
        let is_time = line.as_bytes().get(2) == Some(&b':');
        let line = match line.split_once(' ').filter(|_| is_time) {
            Some((time, text)) => format!("2026-11-27 {time}:000 IBC: {text}\n"),
            None => format!("{line}\n"),
        };
        reader.feed(line.as_bytes());
    }
    ReadLog {
        name: "the log".to_owned(),
        log: reader.log().clone(),
        age: Some(Age::Known(age)),
        is_whole: true,
        is_own: true,
    }
}

fn evidence(read: ReadLog) -> Evidence {
    Evidence {
        seen: Seen::Log(Box::new(read)),
        process: None,
        settings: Settings::default(),
    }
}

/// A Gateway's process that has been up for so long.
fn process(up: Duration) -> Process {
    Process {
        pid: Pid(7),
        kind: ProgramKind::Gateway,
        up: Some(up),
    }
}

fn symptom(code: Code) -> Finding {
    Finding::new(code, &"127.0.0.1:4002", "it does not work").with_evidence("measured")
}

fn context() -> Context {
    Context {
        port: 4002,
        ours: "127.0.0.1".parse().ok(),
        ..Context::default()
    }
}

fn explained(code: Code, evidence: &Evidence, context: &Context) -> (Finding, Row) {
    let mut findings = vec![symptom(code)];
    let row = explain(&mut findings, evidence, context);
    (findings.swap_remove(0), row)
}

const START: &str = "06:00:00 version: 3.23.0\n06:00:03 Click button: Log In\n";
const ASKED: &str =
    "06:00:11 detected dialog entitled: Second Factor Authentication; event=Activated\n";
const CLOSED: &str =
    "06:00:40 detected dialog entitled: Second Factor Authentication; event=Closed\n";
const MISSED: &str =
    "06:03:12 IBC closing because login has not completed after Second Factor Authentication\n";
const DONE: &str =
    "06:00:45 Login has completed\n06:00:46 TWS API socket port is already set to 4002\n";

#[test]
fn a_restart_says_how_this_one_keeps_the_second_factor_out() {
    let server = "06:00:47 CommandServer listening on address: 127.0.0.1; port: 7462";
    let evidence = evidence(log(&[START, DONE, server].concat(), SECOND));
    let (finding, _) = explained(Code::AcceptQueueStuck, &evidence, &context());
    assert!(
        finding.remedies[1].contains("echo RESTART | nc 127.0.0.1 7462"),
        "{finding:?}"
    );
    let mut findings = [finding];
    crate::finding::explain_restart(&mut findings);
    let told = findings[0].remedies.iter();
    assert_eq!(
        told.filter(|it| it.contains("without the second factor"))
            .count(),
        1
    );
}

#[test]
fn a_command_server_that_others_reach_is_told() {
    let server = "06:00:47 CommandServer listening on addresses: 127.0.0.1, 172.18.0.2; port: 7462";
    let mut findings = Vec::new();
    let works = Context {
        works: true,
        ..context()
    };
    explain(
        &mut findings,
        &evidence(log(&[START, DONE, server].concat(), SECOND)),
        &works,
    );
    assert_eq!(findings[0].code, Code::CommandPort);
    assert!(
        findings[0].remedies[0].contains("BindAddress"),
        "{findings:?}"
    );
}

#[test]
fn what_socat_met_is_evidence_of_the_port_that_is_closed() {
    let taken =
        "2026/11/27 06:00:50 socat[9] E bind(5, {AF=2 0.0.0.0:4004}, 16): Address already in use";
    let at_relay = Context {
        port: 4004,
        behind: Some(4002),
        ..context()
    };
    let read = || evidence(log(&[START, DONE, taken].concat(), SECOND));
    let (finding, row) = explained(Code::NotListening, &read(), &at_relay);
    assert_eq!(finding.code, Code::RelayWithoutGateway);
    let told = "socat's log: it could not listen on port 4004, which was in use, last at 06:00:50";
    assert!(row.summary.ends_with(told), "{row:?}");
    assert!(
        finding.remedies[0].starts_with("start the relay again"),
        "{finding:?}"
    );
    let (finding, _) = explained(Code::NotListening, &read(), &context());
    assert_eq!(finding, symptom(Code::NotListening), "another port");
}

#[test]
fn no_word_of_a_line_but_what_is_known_is_told() {
    let secret = "Hunter2";
    let lines = [
        format!("06:00:00 version: {secret}"),
        format!("IBC Settings:\n    IbLoginId={secret}"),
        format!("    TradingMode={secret}\nEnd IBC Settings"),
        format!("06:00:01 Login attempt: 1 for {secret}"),
        format!("06:00:02 detected dialog entitled: {secret}; event=Opened"),
        format!("06:00:03 Second Factor Authentication initiated for {secret}"),
        format!("06:00:04 Accept incoming connection of {secret}"),
        format!("06:00:05 Re-login is required, {secret}"),
        format!("06:00:06 Login failed: {secret}"),
        format!(
            "2026/11/27 06:00:50 socat[9] E bind(5, {{AF=2 {secret}:4002}}, 16): Address already in use"
        ),
    ];
    for last in 1..=lines.len() {
        for code in Code::ALL {
            let mut findings = vec![symptom(*code)];
            let row = explain(
                &mut findings,
                &evidence(log(&lines[..last].join("\n"), SECOND)),
                &context(),
            );
            assert!(
                !format!("{findings:?} {row:?}").contains(secret),
                "{code} {last}"
            );
        }
    }
}
