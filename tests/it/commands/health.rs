//! `ibdoc health`: one line, status 0 or 1, one deadline.

use serde_json::json;

use crate::helpers::command::{Simulator, run, run_json, sockets};

fn health(scenario: &str, arguments: &[&str]) -> (i32, String) {
    let mut all = vec!["health", "--sim", "--scenario", scenario];
    all.extend(arguments);
    let ran = run(&all);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    (ran.status, ran.stdout)
}

#[test]
fn a_gateway_that_answers_is_healthy_in_one_line() {
    let (status, line) = health("normal", &[]);
    assert_eq!(status, 0);
    assert!(
        line.starts_with("✓ healthy: 127.0.0.1:") && line.contains("ready in"),
        "{line}"
    );
    let quiet = run(&["health", "--sim", "-q"]);
    assert_eq!((quiet.status, quiet.stdout.as_str()), (0, ""));
}

#[test]
fn a_gateway_that_does_not_answer_is_unhealthy_and_the_line_says_why() {
    let (status, line) = health("accounts-missing", &["--deadline", "2s"]);
    assert_eq!(status, 1);
    assert!(line.contains("the accounts do not come"), "{line}");
    let report = run_json(&["health", "--sim", "--scenario", "close-on-accept"]);
    assert_eq!(report.status, 1);
    assert_eq!(report.json()["health"]["healthy"], false);
    assert_eq!(report.principal(), "closed-before-version");
}

#[test]
fn the_deadline_bounds_the_whole_check() {
    let started = std::time::Instant::now();
    let (status, _) = health("silent", &["--deadline", "250ms"]);
    assert_eq!(status, 1);
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn attention_counts_as_healthy_unless_strict() {
    let gateway = Simulator::start("never-closes");
    let port = gateway.target();
    let lenient = run_json(&["health", &port]);
    assert_eq!(
        (lenient.status, &lenient.json()["verdict"]),
        (0, &json!("attention"))
    );
    assert_eq!(run_json(&["health", &port, "--strict"]).status, 1);
    let quiet = run(&["health", &port, "-q"]);
    assert_eq!((quiet.status, quiet.stdout.as_str()), (0, ""));
    let strict = run(&["health", &port, "-q", "--strict"]);
    assert_eq!(strict.status, 1);
    assert!(
        strict.stdout.starts_with("! attention"),
        "{}",
        strict.stdout
    );
    assert_eq!(sockets(gateway.port), []);
}
