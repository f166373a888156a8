//! The JSON contract `ibdoc/1`: the fields that scripts rely on, name by name.

use serde_json::Value;

use crate::helpers::command::{SEES_ALL, Simulator, none_left, run, run_json};

/// The names of an object's fields.
fn names(value: &Value) -> Vec<&str> {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"));
    object.keys().map(String::as_str).collect()
}

fn has(value: &Value, expected: &[&str]) {
    let present = names(value);
    for name in expected {
        assert!(present.contains(name), "no {name} in {present:?}");
    }
}

const ENVELOPE: [&str; 11] = [
    "schema",
    "version",
    "command",
    "simulated",
    "started_at",
    "elapsed_ms",
    "verdict",
    "summary",
    "host",
    "findings",
    "footprint",
];

fn envelope(report: &Value, command: &str) {
    has(report, &ENVELOPE);
    has(report, &[command]);
    assert_eq!(report["schema"], "ibdoc/1");
    assert_eq!(report["command"], command);
    assert_eq!(report["simulated"], true);
    let started = report["started_at"].as_str().expect("a time");
    assert!(started.len() == 24 && started.ends_with('Z'), "{started}");
    has(
        &report["host"],
        &[
            "name",
            "system",
            "kernel",
            "architecture",
            "cpus",
            "container",
        ],
    );
    has(
        &report["footprint"],
        &["connections", "sockets_left", "accept_queue"],
    );
    has(&report["footprint"]["accept_queue"], &["before", "after"]);
}

const QUANTILES: [&str; 7] = ["min", "p50", "p90", "p95", "p99", "max", "mean"];

#[test]
fn a_handshake_has_every_field() {
    let ran = run_json(&["handshake", "--sim"]);
    let report = ran.json();
    assert_eq!(ran.status, 0);
    envelope(&report, "handshake");
    let body = &report["handshake"];
    has(
        body,
        &[
            "address",
            "client_id",
            "announced",
            "server_version",
            "connection_time",
            "stages",
            "accounts",
            "next_order_id",
            "notices",
            "not_asked",
            "close",
        ],
    );
    let stages = body["stages"].as_array().expect("stages");
    let stage_names: Vec<_> = stages
        .iter()
        .map(|stage| stage["name"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(
        stage_names,
        [
            "resolve",
            "connect",
            "version",
            "start",
            "accounts",
            "sync:time",
            "sync:positions",
            "sync:account-summary",
            "sync:account-values",
            "sync:executions",
            "close",
        ]
    );
    for stage in stages {
        has(
            stage,
            &["name", "status", "start_ms", "elapsed_ms", "detail"],
        );
        assert_eq!(stage["status"], "ok");
    }
    has(&body["notices"][0], &["code", "message", "at_ms"]);
    has(&body["close"], &["how", "elapsed_ms"]);
    // A listener that may be a relay closes for itself only.
    let close = if SEES_ALL { "clean" } else { "relayed" };
    assert_eq!(body["close"]["how"], close);
    assert_eq!(body["announced"], "100..226");
    assert_eq!(body["accounts"], serde_json::json!(["DU…21"]));
    assert_eq!(report["footprint"]["sockets_left"], none_left());
    assert_eq!(report["verdict"], "healthy");
}

#[test]
fn a_finding_has_every_field() {
    let ran = run_json(&["handshake", "--sim", "--scenario", "close-on-accept"]);
    let finding = &ran.json()["findings"][0];
    has(
        finding,
        &[
            "code", "severity", "subject", "summary", "evidence", "remedies",
        ],
    );
    assert_eq!(finding["code"], "closed-before-version");
    assert_eq!(finding["severity"], "error");
    assert_eq!(ran.status, 4);
}

#[test]
fn a_probe_has_every_field() {
    let ran = run_json(&["probe", "--sim"]);
    let report = ran.json();
    envelope(&report, "probe");
    let endpoint = &report["probe"]["endpoints"][0];
    has(
        endpoint,
        &[
            "address",
            "host",
            "port",
            "role",
            "method",
            "listening",
            "reachable",
            "forwarded",
            "connect_ms",
            "listener",
            "clients",
        ],
    );
    has(
        &endpoint["listener"],
        &["pid", "name", "kind", "accept_queue", "backlog"],
    );
    has(
        &endpoint["clients"],
        &["established", "close_wait", "unaccepted"],
    );
    assert_eq!(endpoint["method"], "table");
    assert_eq!(endpoint["listening"], true);
    assert_eq!(endpoint["reachable"], Value::Null);
}

#[test]
fn a_census_has_every_field() {
    let ran = run_json(&["zombies", "--sim"]);
    let report = ran.json();
    envelope(&report, "zombies");
    has(
        &report["zombies"],
        &[
            "ports",
            "listeners",
            "sockets",
            "zombies",
            "killed",
            "healed",
            "remaining",
        ],
    );
}

#[test]
fn a_soak_has_every_field() {
    let ran = run_json(&[
        "soak",
        "--sim",
        "--attempts",
        "3",
        "--gap",
        "0s",
        "--minutes",
        "0.05",
    ]);
    let report = ran.json();
    envelope(&report, "soak");
    let body = &report["soak"];
    has(
        body,
        &[
            "attempts",
            "stability",
            "zombies",
            "thresholds",
            "stopped",
            "interrupted",
        ],
    );
    let attempts = &body["attempts"];
    has(
        attempts,
        &[
            "planned",
            "run",
            "succeeded",
            "failed",
            "failure_rate_upper_95",
            "connect_ms",
            "ready_ms",
            "stages",
            "failures",
            "runs",
        ],
    );
    has(&attempts["connect_ms"], &QUANTILES);
    has(&attempts["stages"]["version"], &QUANTILES);
    has(
        &body["stability"],
        &["seconds", "pings", "fetches", "drops", "reconnects"],
    );
    has(&body["stability"]["pings"], &["sent", "answered", "rtt_ms"]);
    has(
        &body["stability"]["fetches"],
        &["sent", "answered", "elapsed_ms"],
    );
    has(&body["zombies"], &["before", "after", "left_per_attempt"]);
    has(&body["thresholds"][0], &["name", "limit", "actual", "met"]);
    assert_eq!(attempts["runs"].as_array().map(Vec::len), Some(3));
    assert_eq!(body["interrupted"], false);
}

#[test]
fn ndjson_is_one_object_a_line_and_ends_with_the_report() {
    let ran = run(&[
        "soak",
        "--sim",
        "--attempts",
        "2",
        "--gap",
        "0s",
        "--format",
        "ndjson",
    ]);
    let lines = ran.lines();
    let events: Vec<&str> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(
        events,
        [
            "start", "census", "attempts", "attempt", "attempt", "census", "report"
        ]
    );
    envelope(&lines[6], "soak");
    for line in &lines {
        let time = line["time"].as_str().expect("a time");
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    }
    has(
        &lines[0],
        &["schema", "version", "command", "simulated", "pid", "host"],
    );

    let ran = run(&["handshake", "--sim", "--format", "ndjson"]);
    has(
        &ran.lines()[1],
        &[
            "event",
            "time",
            "name",
            "status",
            "start_ms",
            "elapsed_ms",
            "detail",
        ],
    );
    assert!(!ran.stdout.contains("DU9000021"));
}

#[test]
fn a_real_target_is_not_called_simulated() {
    let gateway = Simulator::start("normal");
    let ran = run_json(&["handshake", &gateway.target()]);
    let report = ran.json();
    assert_eq!(report["simulated"], false);
    assert_eq!(
        report["handshake"]["address"],
        format!("127.0.0.1:{}", gateway.port)
    );
    assert_eq!(ran.stderr, "");
}
