//! `ibdoc doctor`: the checks in order, one diagnosis.

use std::net::TcpStream;
use std::thread;

use serde_json::{Value, json};

use crate::helpers::command::{
    Running, SEES_ALL, Simulator, eventually, free_port, ibdoc, run, run_json, sockets,
};

fn checks(report: &Value) -> Vec<(String, String)> {
    let checks = report["doctor"]["checks"].as_array().expect("checks");
    let word = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    checks
        .iter()
        .map(|check| (word(check, "name"), word(check, "status")))
        .collect()
}

fn status_of(report: &Value, name: &str) -> String {
    let all = checks(report);
    all.into_iter()
        .find(|(check, _)| check == name)
        .map(|(_, status)| status)
        .unwrap_or_default()
}

#[test]
fn a_healthy_gateway_passes_every_check_and_is_asked_once() {
    let ran = run_json(&["doctor", "--sim"]);
    let report = ran.json();
    let names: Vec<String> = checks(&report).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "gateway",
            "relay",
            "sockets",
            "handshake",
            "repeat",
            "login",
            "clients"
        ]
    );
    assert_eq!(status_of(&report, "handshake"), "ok");
    assert_eq!(status_of(&report, "repeat"), "skipped");
    assert_eq!(
        (ran.status, &report["doctor"]["diagnosis"]),
        (0, &Value::Null)
    );
    assert_eq!(report["footprint"]["connections"], 1);
    for field in ["name", "status", "summary", "elapsed_ms"] {
        assert!(!report["doctor"]["checks"][0][field].is_null(), "{field}");
    }
}

#[test]
fn each_check_is_shown_as_it_ends_and_the_diagnosis_says_what_to_do_first() {
    let arguments = [
        "doctor",
        "--sim",
        "--scenario",
        "silent",
        "--timeout",
        "200ms",
        "--quick",
    ];
    let ran = run(&arguments);
    assert_eq!(ran.status, 4);
    let first = ran.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("✓ gateway"), "{first}");
    assert!(ran.stdout.contains("✗ handshake  failed"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("[silent-after-connect]"),
        "{}",
        ran.stdout
    );
    let words: Vec<&str> = ran.stdout.split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("First, look at the Gateway's screen"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_failed_handshake_is_repeated_after_a_pause_unless_quick() {
    let slow = ["doctor", "--sim", "--scenario", "flaky=1"];
    let ran = run_json(&slow);
    assert_eq!(status_of(&ran.json(), "repeat"), "failed");
    assert_eq!(ran.json()["footprint"]["connections"], 2);
    let elapsed = ran.json()["elapsed_ms"].as_f64().unwrap_or_default();
    assert!(elapsed >= 5_000.0, "{elapsed}");
    let quick = run_json(&[&slow[..], &["--quick"]].concat());
    assert_eq!(quick.json()["footprint"]["connections"], 1);
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[tokio::test]
async fn a_stuck_queue_is_the_diagnosis_and_no_connection_is_made() {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind(([127, 0, 0, 1], 0).into())
        .expect("a free port");
    let server = socket.listen(1).expect("a listener");
    let address = server.local_addr().expect("its address");
    let _waiting: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(address).expect("a place"))
        .collect();
    let ran = run_json(&["doctor", &address.port().to_string()]);
    let report = ran.json();
    assert_eq!(
        (ran.principal().as_str(), ran.status),
        ("accept-queue-stuck", 4)
    );
    assert_eq!(status_of(&report, "sockets"), "failed");
    assert_eq!(status_of(&report, "handshake"), "skipped");
    assert_eq!(report["footprint"]["connections"], 0);
}

#[test]
fn other_programs_that_are_connected_are_named_and_whether_they_read() {
    let gateway = Simulator::start("normal");
    let arguments = [
        "soak",
        &gateway.target(),
        "--minutes",
        "1",
        "--format",
        "ndjson",
    ];
    let other = Running::start(ibdoc(&arguments));
    eventually("the other program is connected", || {
        sockets(gateway.port).len() == 2
    });
    let ran = run_json(&["doctor", &gateway.target()]);
    let report = ran.json();
    let checks = report["doctor"]["checks"]
        .as_array()
        .expect("checks")
        .clone();
    let clients = checks
        .iter()
        .find(|check| check["name"] == "clients")
        .expect("clients");
    let summary = clients["summary"].as_str().unwrap_or_default();
    let pid = other.child.id().to_string();
    assert!(
        summary.contains("ibdoc") && summary.contains(&pid),
        "{summary}"
    );
    let condition = if SEES_ALL {
        "is connected and reads"
    } else {
        "is connected"
    };
    assert!(summary.contains(condition), "{summary}");
    assert_eq!(ran.status, 0, "{report}");
}

#[test]
fn a_wait_ends_with_the_first_handshake_that_works() {
    let port = free_port().to_string();
    let arguments = ["doctor", &port, "--wait", "20s", "--format", "ndjson"];
    let mut waiting = Running::start(ibdoc(&arguments));
    while !waiting.line().contains("\"event\":\"waiting\"") {}
    let mut simulator = Running::start(ibdoc(&["sim", "--port", &port, "--deadline", "30s"]));
    assert_eq!(simulator.line(), format!("listening on 127.0.0.1:{port}"));
    let ran = waiting.finish();
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("\"event\":\"check\""), "{}", ran.stdout);
}

#[test]
fn a_gate_before_a_bot_passes_when_the_api_works_and_only_then() {
    let gate = |scenario: &str| {
        let arguments = "doctor --sim --wait 4s --timeout 500ms --fail-on failed --scenario";
        let arguments: Vec<&str> = arguments.split(' ').chain([scenario]).collect();
        run(&arguments).status
    };
    for passes in ["normal", "farm-down", "competing-session", "upstream-lost"] {
        assert_eq!(gate(passes), 0, "{passes}");
    }
    assert_eq!(gate("accounts-empty"), 4);
    assert_eq!(gate("silent"), 4);
}

#[test]
fn a_handshake_that_the_end_of_a_wait_cuts_short_does_not_replace_a_whole_one() {
    // The second one has the last second of the wait only.
    let waits = ["doctor --quick", "probe --connect"].map(|command| {
        thread::spawn(move || {
            let more = "--sim --scenario silent --timeout 2s --wait 6s --json";
            let arguments: Vec<&str> = command.split(' ').chain(more.split(' ')).collect();
            run(&arguments)
        })
    });
    let deadline = "probe --connect --sim --scenario silent --deadline 900ms";
    assert_eq!(run(&deadline.split(' ').collect::<Vec<_>>()).status, 1);
    for wait in waits {
        let ran = wait.join().expect("it ends");
        let report = ran.json();
        assert_eq!((ran.status, &report["verdict"]), (4, &json!("failed")));
    }
}

#[test]
fn a_deadline_that_cuts_the_handshake_short_proves_nothing() {
    for scenario in ["silent", "never-accepts", "accounts-missing"] {
        let arguments = [
            "doctor",
            "--sim",
            "--quick",
            "--deadline",
            "900ms",
            "--json",
        ];
        let ran = run(&[&arguments[..], &["--scenario", scenario]].concat());
        let report = ran.json();
        assert_eq!((ran.status, &report["verdict"]), (1, &json!("unknown")));
        assert_eq!(status_of(&report, "handshake"), "unknown", "{report:#}");
        let remedies = report["findings"][0]["remedies"].to_string();
        assert!(remedies.contains("give it more time"), "{report:#}");
        assert!(!remedies.contains("restart"), "{report:#}");
        assert_eq!(report["doctor"]["diagnosis"], Value::Null, "{report:#}");
    }
}
