//! What the Gateway said before it closed or fell silent: in every command, every form of the
//! protocol, in time and from a hostile peer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use ibdoc::diagnosis::assess_attempt;
use ibdoc::finding::{Code, Finding};
use ibdoc::handshake::{Attempt, Setting};
use ibdoc::session::request_id;
use ibdoc::target::Target;
use ibdoc::wire::{Asked, Reply, Request, ServerGreeting, ServerVersion};
use serde_json::Value;

use crate::helpers::command::{Simulator, run, run_json};
use crate::helpers::scripted::{self, Answer, accounts, healthy, notice, plan, replies, serve};

fn told(finding: &Value) -> String {
    format!("{} {}", finding["summary"], finding["evidence"])
}

#[test]
fn every_command_that_makes_a_handshake_names_the_open_disclaimer() {
    let gateway = Simulator::start("says=10141");
    let target = gateway.target();
    let commands: [&[&str]; 5] = [
        &["handshake", &target],
        &["doctor", &target, "--quick"],
        &["health", &target],
        &["probe", &target, "--connect"],
        &["soak", &target, "--attempts", "2", "--gap", "20ms"],
    ];
    for arguments in commands {
        let ran = run_json(arguments);
        let finding = ran.json()["findings"][0].clone();
        assert_eq!(finding["code"], "paper-disclaimer", "{arguments:?}");
        let told = told(&finding);
        assert!(told.contains("10141 Paper trading disclaimer"), "{told}");
        let remedies = finding["remedies"].to_string();
        assert!(
            remedies.contains("AcceptNonBrokerageAccountWarning=yes"),
            "{remedies}"
        );
        assert_ne!(ran.status, 0, "{arguments:?}");
    }
    let line = run(&["health", &target]).stdout;
    assert!(
        line.contains("disclaimer has not been accepted (10141)"),
        "{line}"
    );
}

#[test]
fn the_doctor_begins_with_the_cause_and_does_not_say_to_try_again() {
    let arguments = [
        "doctor",
        "--sim",
        "--quick",
        "--timeout",
        "2s",
        "--scenario",
    ];
    let ran = run_json(&[&arguments[..], &["says=2110,sync-hangs=positions"]].concat());
    let report = ran.json();
    let diagnosis = report["doctor"]["diagnosis"].as_str().unwrap_or_default();
    assert!(
        diagnosis.starts_with("The Gateway said that it has lost its connection to IBKR (2110)"),
        "{diagnosis}"
    );
    assert!(diagnosis.contains("First, wait for 1101"), "{diagnosis}");
    assert!(!diagnosis.contains("ry again"), "{diagnosis}");
}

#[test]
fn a_probe_that_waits_does_not_take_a_lost_link_for_an_answer() {
    let arguments = ["probe", "--sim", "--connect", "--timeout", "300ms"];
    let more = ["--wait", "6s", "--scenario", "says=2110,accounts-missing"];
    let ran = run_json(&[&arguments[..], &more].concat());
    assert_eq!(ran.json()["footprint"]["connections"], 2, "{}", ran.stdout);
}

#[test]
fn the_words_are_read_in_every_form_of_the_error_message() {
    for version in ["165", "178", "193", "194", "200", "201", "212", "213"] {
        let gateway = Simulator::start_with("says=2101", &["--server-version", version]);
        let ran = run_json(&["handshake", &gateway.target()]);
        let finding = ran.json()["findings"][0].clone();
        assert_eq!(finding["code"], "gateway-says", "{version}: {finding}");
        let told = told(&finding);
        assert!(
            told.contains("2101 Unable to subscribe to account"),
            "{version}: {told}"
        );
        assert!(!told.contains("without a reason"), "{version}: {told}");
    }
}

/// A Gateway that answers one client's start with this error and closes; its port.
fn says_and_closes(words: String) -> (String, JoinHandle<()>) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("its address").port().to_string();
    let peer = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a client");
        let version = ServerVersion(178);
        let greeting = ServerGreeting {
            version,
            connection_time: "20261122 10:00:00 UTC".to_owned(),
        };
        let read = |stream: &mut TcpStream| stream.read(&mut [0; 1024]).expect("a message");
        read(&mut stream);
        stream.write_all(&greeting.encode()).expect("sent");
        read(&mut stream);
        let error = notice(-1, 4242, &words).encode(version);
        stream.write_all(&error).expect("sent");
        stream.shutdown(std::net::Shutdown::Write).expect("closed");
        // Held until the client has gone, so that no reset overtakes the words.
        let _ = stream.read(&mut [0; 1024]);
    });
    (port, peer)
}

#[test]
fn hostile_words_are_cut_and_steer_no_terminal() {
    let hostile = [
        format!("\u{1b}[2J\u{7}red\u{202e}gpj{}", "A".repeat(10_000)),
        String::new(),
        "account DU9000021 is not \"yours\"".to_owned(),
    ];
    for words in hostile {
        let (port, peer) = says_and_closes(words.clone());
        let ran = run(&["handshake", &port]);
        peer.join().expect("the peer ends");
        assert_eq!(ran.status, 4);
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!ran.stdout.contains(steers), "{:?}", ran.stdout);
        assert!(ran.stdout.contains("[gateway-says]"), "{}", ran.stdout);
        assert!(ran.stdout.contains("4242"), "{}", ran.stdout);
        assert!(ran.stdout.len() < 8_000, "{} bytes", ran.stdout.len());
        assert!(!ran.stdout.contains("DU9000021"), "{}", ran.stdout);
    }
}

/// The findings of a whole session against this script.
async fn findings(script: impl FnMut(&Asked) -> Answer + Send + 'static) -> Vec<Finding> {
    let (stream, _) = serve(226, script);
    let plan = plan();
    let (record, _) = scripted::run(stream, &plan).await;
    let attempt = Attempt {
        target: Target::loopback(4002),
        address: None,
        announced: plan.announced,
        record,
        setting: Setting::default(),
        held: None,
        interrupted: None,
    };
    assess_attempt(&attempt, &plan)
}

#[tokio::test(start_paused = true)]
async fn words_that_came_after_what_they_would_explain_are_no_cause() {
    // Positions have ten seconds, and account values the next ten.
    let late = Duration::from_secs(12);
    let all = findings(move |asked| match asked {
        Asked::Known(Request::Positions) => {
            Answer::Later(late, vec![notice(-1, 4242, "It was too late")])
        }
        Asked::Known(Request::AccountUpdatesMulti { .. }) => replies([]),
        other => healthy(other),
    })
    .await;
    assert_eq!(all[0].code, Code::SyncTimeout);
    assert_eq!(all[0].summary, "no end marker came for positions");
    assert!(
        !all[0].evidence.join(" ").contains("4242"),
        "{:?}",
        all[0].evidence
    );
    assert_eq!(all[1].code, Code::GatewaySays);
    let summary = "the Gateway said 4242 \"It was too late\", and then no end marker came for \
                   account-values";
    assert_eq!(all[1].summary, summary);
}

#[tokio::test(start_paused = true)]
async fn an_error_about_another_request_explains_nothing_and_one_about_this_does() {
    let other = request_id(ibdoc::event::Query::AccountValues);
    let own = request_id(ibdoc::event::Query::Executions);
    let all = findings(move |asked| match asked {
        // In the band of warnings: none of them ends the request.
        Asked::Known(Request::Executions { .. }) => replies([
            notice(own, 2151, "Not available yet"),
            notice(other, 2110, "Of another request"),
            notice(5, 1100, "Of an order"),
        ]),
        asked => healthy(asked),
    })
    .await;
    assert_eq!(all[0].code, Code::GatewaySays, "{all:?}");
    assert!(all[0].summary.contains("2151 \"Not available yet\""));
}

#[tokio::test(start_paused = true)]
async fn the_refusal_of_one_request_is_no_reason_for_a_close_in_another() {
    let all = findings(|asked| match asked {
        Asked::Known(Request::Positions) => replies([notice(-1, 322, "No positions for you")]),
        Asked::Known(Request::AccountSummary { .. }) => Answer::Close,
        asked => healthy(asked),
    })
    .await;
    let codes: Vec<Code> = all.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::Dropped, Code::SyncRefused], "{all:?}");
    let evidence = all[0].evidence.join(" ");
    assert!(
        evidence.contains("said before: 322 No positions"),
        "{evidence}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hundred_notices_do_not_hide_the_last_words() {
    let all = findings(|asked| match asked {
        Asked::Known(Request::StartApi { .. }) => {
            let farm = notice(-1, 2104, "Market data farm connection is OK:usfarm");
            let last = notice(-1, 10141, "Paper trading disclaimer");
            replies(vec![farm; 200].into_iter().chain([accounts(), last]))
        }
        _ => Answer::Close,
    })
    .await;
    assert_eq!(all[0].code, Code::PaperDisclaimer, "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn a_disclaimer_that_keeps_nothing_from_working_needs_attention_only() {
    let all = findings(|asked| match asked {
        Asked::Known(Request::StartApi { .. }) => {
            let words = notice(-1, 10141, "Paper trading disclaimer");
            replies([words, accounts(), Reply::NextValidId(1)])
        }
        other => healthy(other),
    })
    .await;
    let severities: Vec<_> = all.iter().map(|it| (it.code, it.severity)).collect();
    let warning = ibdoc::finding::verdict::Severity::Warning;
    assert_eq!(severities, [(Code::PaperDisclaimer, warning)]);
}

#[tokio::test(start_paused = true)]
async fn without_a_word_a_close_is_without_a_reason_and_only_then() {
    for (words, reason) in [
        (None, true),
        (Some(notice(-1, 2104, "OK:usfarm")), true),
        (Some(notice(-1, 1102, "Restored")), false),
    ] {
        let all = findings(move |_| match words.clone() {
            Some(words) => Answer::Last(vec![words]),
            None => Answer::Close,
        })
        .await;
        assert_eq!(all[0].code, Code::ClosedAfterStart);
        let says = all[0].summary.ends_with(", without a reason");
        assert_eq!(says, reason, "{all:?}");
    }
}
