//! A healthy verdict lists the requests that were not made, and the options that make them.

use serde_json::{Value, json};

use crate::helpers::command::{run, run_json};

/// The line of a run, if it has one.
fn line(arguments: &[&str]) -> Option<String> {
    let ran = run(arguments);
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    let found: Vec<&&str> = lines
        .iter()
        .filter(|line| line.starts_with("not asked"))
        .collect();
    assert!(found.len() <= 1, "{}", ran.stdout);
    found.first().map(|line| (**line).to_owned())
}

fn in_json(arguments: &[&str]) -> Value {
    run_json(arguments).json()[arguments[0]]["not_asked"].clone()
}

const ALL: &str =
    "not asked: open orders, completed orders, account updates (--orders, --account-updates)";

#[test]
fn a_healthy_verdict_ends_with_what_was_not_asked_and_how_to_ask_it() {
    for command in ["handshake", "doctor"] {
        let with = |more: &[&'static str]| [&[command, "--sim"], more].concat();
        assert_eq!(line(&with(&[])).as_deref(), Some(ALL), "{command}");
        let missing = json!(["open-orders", "completed-orders", "account-updates"]);
        assert_eq!(in_json(&with(&[])), missing);
        let orders = with(&["--orders"]);
        let updates = "not asked: account updates (--account-updates)";
        assert_eq!(line(&orders).as_deref(), Some(updates), "{command}");
        assert_eq!(in_json(&orders), json!(["account-updates"]));
        let updates = with(&["--account-updates"]);
        let orders = "not asked: open orders, completed orders (--orders)";
        assert_eq!(line(&updates).as_deref(), Some(orders), "{command}");
        let both = with(&["--orders", "--account-updates"]);
        assert_eq!(line(&both), None, "{command}");
        assert_eq!(in_json(&both), json!([]));
    }
    let soak = ["soak", "--sim", "--attempts", "2", "--gap", "20ms"];
    assert_eq!(line(&soak).as_deref(), Some(ALL));
}

#[test]
fn what_was_refused_or_failed_is_told_elsewhere() {
    let read_only = [
        "handshake",
        "--sim",
        "--scenario",
        "read-only",
        "--orders",
        "--account-updates",
    ];
    assert_eq!((run(&read_only).status, line(&read_only)), (0, None));
    assert_eq!(in_json(&read_only), json!([]));
    // By default nothing is asked that a Read-Only Gateway refuses.
    let default = run_json(&read_only[..4]);
    assert_eq!(
        (default.status, &default.json()["findings"]),
        (0, &json!([]))
    );
    assert_eq!(line(&read_only[..4]).as_deref(), Some(ALL));
    // Not healthy: no line, and the JSON has everything that was not reached.
    let closed = ["handshake", "--sim", "--scenario", "close-after-start"];
    assert_eq!(line(&closed), None);
    let all = in_json(&closed);
    assert_eq!(all.as_array().map(Vec::len), Some(8), "{all}");
}

#[test]
fn a_health_check_claims_the_accounts_and_nothing_beyond_them() {
    let ran = run(&["health", "--sim"]);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("answers the API up to the accounts"),
        "{}",
        ran.stdout
    );
    let all = in_json(&["health", "--sim"]);
    let asked = [
        "time",
        "positions",
        "account-summary",
        "account-values",
        "executions",
        "open-orders",
        "completed-orders",
        "account-updates",
    ];
    assert_eq!(all, json!(asked));
}

#[test]
fn the_report_files_of_a_healthy_soak_have_the_line_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (markdown, page) = (path("soak.md"), path("soak.html"));
    let soak = ["soak", "--sim", "--attempts", "2", "--gap", "20ms"];
    let files = ["--report", &markdown, "--report", &page];
    assert_eq!(run(&[&soak[..], &files].concat()).status, 0);
    for file in [markdown, page] {
        let text = std::fs::read_to_string(&file).expect("the report");
        assert!(text.contains("not asked: open orders"), "{file}");
    }
}
