//! The rows of the doctor and its verdict: no row is worse than the verdict, what needs attention
//! has a finding, and two handshakes are told together.

use std::io::Read;

use serde_json::Value;

use crate::diagnosis::at_hand::client;
use crate::diagnosis::cases::{REQUESTS, START, VERSION};
use crate::helpers::command::{Ran, Simulator, eventually, half_closed, run_json};

/// How bad it is, the best first.
fn rank(word: &str) -> usize {
    let words = ["ok", "skipped", "attention", "unknown", "failed"];
    let word = if word == "healthy" { "ok" } else { word };
    words.iter().position(|it| *it == word).expect("a status")
}

fn rows(report: &Value) -> Vec<(String, String)> {
    let checks = report["doctor"]["checks"].as_array().expect("checks");
    let word = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    let rows = checks.iter();
    rows.map(|check| (word(check, "name"), word(check, "status")))
        .collect()
}

/// No row that was looked at is worse than the verdict, and none is bad without a finding.
fn agrees(ran: &Ran, scenario: &str) {
    let report = ran.json();
    let verdict = report["verdict"].as_str().unwrap_or_default();
    for (name, status) in rows(&report) {
        if !["attention", "failed"].contains(&status.as_str()) {
            continue;
        }
        let what = format!("{scenario}: {name} is {status}, the verdict {verdict}");
        assert!(rank(&status) <= rank(verdict), "{what}");
        let severity = if status == "failed" {
            "error"
        } else {
            "warning"
        };
        let findings = report["findings"].as_array().expect("findings");
        let found = findings.iter().any(|it| it["severity"] == severity);
        assert!(found, "{what}: {findings:?}");
    }
}

fn doctor(scenario: &str, more: &[&str]) -> Ran {
    let fixed = ["doctor", "--sim", "--scenario", scenario];
    run_json(&[&fixed[..], more].concat())
}

#[test]
fn no_row_is_worse_than_the_verdict_whatever_is_wrong() {
    let cases = VERSION.iter().chain(&START).chain(&REQUESTS);
    let scenarios = cases.map(|case| case.scenario).chain(["normal"]);
    let threads: Vec<_> = scenarios
        .map(|scenario| {
            std::thread::spawn(move || {
                agrees(&doctor(scenario, &["--quick", "--timeout", "1s"]), scenario);
            })
        })
        .collect();
    for thread in threads {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn what_failed_only_the_first_time_needs_attention() {
    let gateway = Simulator::start("flaky=2");
    let odd = run_json(&["handshake", &gateway.target()]);
    assert_eq!(odd.status, 0, "the first of two is served");
    let ran = run_json(&["doctor", &gateway.target()]);
    let report = ran.json();
    assert_eq!((ran.status, &report["verdict"]), (3, &"attention".into()));
    let rows = rows(&report);
    let status = |name: &str| {
        rows.iter()
            .find(|(row, _)| row == name)
            .map(|it| it.1.clone())
    };
    assert_eq!(status("handshake").as_deref(), Some("attention"));
    assert_eq!(status("repeat").as_deref(), Some("ok"));
    let told = report["findings"][0].to_string();
    assert!(told.contains("only the first of two handshakes"), "{told}");
    agrees(&ran, "flaky");
}

#[test]
fn what_stays_unfinished_twice_is_not_tried_a_third_time() {
    let ran = doctor("sync-hangs=positions", &["--timeout", "2s"]);
    let report = ran.json();
    let finding = &report["findings"][0];
    assert_eq!((ran.principal().as_str(), ran.status), ("sync-timeout", 4));
    let summary = finding["summary"].as_str().unwrap_or_default();
    assert!(summary.starts_with("twice in a row"), "{summary}");
    let remedies = finding["remedies"].to_string();
    assert!(!remedies.contains("try again"), "{remedies}");
    let first = finding["remedies"][0].as_str().unwrap_or_default();
    assert!(first.starts_with("restart the Gateway"), "{first}");
    let diagnosis = report["doctor"]["diagnosis"].as_str().unwrap_or_default();
    assert!(
        diagnosis.contains("First, restart the Gateway"),
        "{diagnosis}"
    );
    agrees(&ran, "sync-hangs");
}

#[test]
fn a_client_that_leaves_bytes_unread_is_watched_until_that_is_old() {
    let gateway = Simulator::start("normal");
    let began = std::time::Instant::now();
    let mut other = client(gateway.port, 5);
    assert!(other.peek(&mut [0]).expect("an answer") > 0);
    let quick = run_json(&["doctor", &gateway.target(), "--quick"]);
    let checks = quick.json()["doctor"]["checks"].to_string();
    // On a machine that took longer for all that the bytes are old already.
    if began.elapsed() < std::time::Duration::from_secs(5) {
        assert!(checks.contains("too young to say more"), "{checks}");
        assert_eq!(quick.status, 0, "{checks}");
    }
    agrees(&quick, "young");
    let ran = run_json(&["doctor", &gateway.target()]);
    let report = ran.json();
    let findings = report["findings"].to_string();
    assert_eq!(
        (ran.principal().as_str(), ran.status),
        ("client-not-reading", 3)
    );
    let pid = format!("(pid {})", std::process::id());
    assert!(findings.contains(&pid), "{findings}");
    agrees(&ran, "unread");
    // One that has read is well.
    assert!(other.read(&mut [0; 8192]).expect("what was sent") > 0);
    let read = run_json(&["doctor", &gateway.target()]);
    assert_eq!(read.status, 0, "{}", read.json());
}

#[test]
fn a_client_that_does_not_notice_its_end_makes_a_finding() {
    let gateway = Simulator::start("drops-after=2");
    let other = client(gateway.port, 5);
    eventually("it is half closed", || half_closed(gateway.port) == 1);
    let ran = run_json(&["doctor", &gateway.target()]);
    let report = ran.json();
    let codes = report["findings"].to_string();
    assert!(codes.contains("zombie-client-live"), "{codes}");
    let pid = format!("(pid {})", std::process::id());
    assert!(codes.contains(&pid), "{codes}");
    agrees(&ran, "half closed");
    drop(other);
}
