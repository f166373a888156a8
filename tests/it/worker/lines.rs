//! What a line is answered, without a session.

use serde_json::{Value, json};

use super::{Worker, report};

fn code(answer: &Value) -> &str {
    assert_eq!(answer["status"], "error", "{answer}");
    answer["code"].as_str().expect("a code")
}

#[test]
fn a_line_that_is_no_command_gets_an_error_and_nothing_else() {
    let mut worker = Worker::start(&[]);
    let too_long = format!("{{\"id\":1,\"x\":\"{}\"}}", "x".repeat(1 << 20));
    for (line, expected) in [
        ("", "invalid-line"),
        ("hello", "invalid-line"),
        ("{\"id\":1,", "invalid-line"),
        (too_long.as_str(), "invalid-line"),
        ("[]", "invalid-request"),
        ("{\"command\":\"version\"}", "invalid-request"),
        ("{\"id\":null,\"command\":\"version\"}", "invalid-request"),
    ] {
        worker.write(line);
        let answer = worker.answer(&Value::Null);
        assert_eq!(code(&answer), expected);
    }
    let answer = worker.call(&json!(1), "place_order", &json!({}));
    assert_eq!(code(&answer), "unknown-command");
    let answer = worker.call(&json!(1), "ping", &json!({ "port": 1 }));
    assert_eq!(code(&answer), "invalid-params");
    let (ran, lines) = worker.finish();
    assert_eq!((ran.status, lines.len()), (0, 1), "{lines:?}");
    assert_eq!(report(&lines)["footprint"]["connections"], 0);
    assert_eq!(report(&lines)["verdict"], "healthy");
}

#[test]
fn ids_come_back_as_they_are() {
    let mut worker = Worker::start(&[]);
    let ids = [
        json!(0),
        json!(-7),
        json!(1.5),
        json!(u64::MAX),
        json!("ä\"\n"),
        json!(""),
    ];
    for id in ids {
        let answer = worker.call(&id, "version", &json!({}));
        assert_eq!(answer["data"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(answer["data"]["server_version"], Value::Null);
    }
}

#[test]
fn without_a_session_every_command_that_needs_one_says_so() {
    let mut worker = Worker::start(&[]);
    for command in [
        "accounts",
        "get_positions",
        "account_summary",
        "account_values",
        "executions",
        "time",
        "ping",
        "disconnect",
    ] {
        let answer = worker.call(&json!(command), command, &json!({}));
        assert_eq!(code(&answer), "not-connected", "{command}");
    }
    let health = worker.call(&json!(1), "health", &json!({}));
    assert_eq!(health["data"]["healthy"], false);
    assert_eq!(health["data"]["state"], "idle");
}

#[test]
fn a_connect_that_finds_nobody_has_the_code_of_the_finding() {
    let port = crate::helpers::command::free_port();
    let mut worker = Worker::start(&[]);
    let answer = worker.call(&json!(1), "connect", &json!({ "port": port }));
    assert!(
        crate::helpers::command::nothing_listens(&answer["code"]),
        "{answer}"
    );
    assert!(
        answer["remedies"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    );
    let answer = worker.call(&json!(2), "connect", &json!({}));
    assert_eq!(code(&answer), "invalid-params");
    let (ran, lines) = worker.finish();
    assert_eq!(
        (ran.status, report(&lines)["verdict"].as_str()),
        (4, Some("failed"))
    );
}
