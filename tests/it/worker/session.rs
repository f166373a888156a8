//! A session by lines: every command, side by side, refused, late, dropped and made anew.

use serde_json::{Value, json};

use super::{Worker, report};
use crate::helpers::command::{
    Running, SEES_ALL, Simulator, free_port, ibdoc, none_left, nothing_listens,
};

/// A worker with a session with a simulated Gateway.
fn connected(scenario: &str) -> (Simulator, Worker) {
    let gateway = Simulator::start(scenario);
    let worker = Worker::connected(gateway.port, &[]);
    (gateway, worker)
}

fn rows<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    assert_eq!(answer["status"], "success", "{answer}");
    answer["data"][name].as_array().expect(name)
}

#[test]
fn every_command_is_answered_with_what_its_end_marker_closes() {
    let gateway = Simulator::start("normal");
    let mut worker = Worker::start(&[]);
    let params = json!({ "host": "127.0.0.1", "port": gateway.port, "client_id": "auto" });
    let answer = worker.call(&json!(1), "connect", &params);
    let data = &answer["data"];
    assert_eq!(
        (&data["connected"], &data["accounts"]),
        (&json!(true), &json!(["DU9000021"]))
    );
    assert_eq!(data["server_version"], 226);
    assert!(data["next_order_id"].is_i64() && data["client_id"].as_i64() >= Some(9000));
    for (command, name, count) in [
        ("accounts", "accounts", 1),
        ("get_accounts", "accounts", 1),
        ("positions", "positions", 2),
        ("get_positions", "positions", 2),
        ("account_summary", "values", 4),
        ("get_account_summary", "values", 4),
        ("account_values", "values", 23),
        ("executions", "executions", 0),
    ] {
        let answer = worker.call(&json!(command), command, &json!({}));
        assert_eq!(rows(&answer, name).len(), count, "{command}");
    }
    let tags = json!({ "tags": ["NetLiquidation"], "group": "All" });
    let summary = worker.call(&json!(2), "account_summary", &tags);
    assert_eq!(rows(&summary, "values")[0]["value"], "1000010.00");
    let position = worker.call(&json!(3), "positions", &json!({}));
    let option = &rows(&position, "positions")[1];
    assert_eq!(
        (&option["quantity"], &option["contract"]["strike"]),
        (&json!("2"), &json!(600.0))
    );
    assert!(worker.call(&json!(4), "time", &json!({}))["data"]["time"].is_i64());
    assert!(worker.call(&json!(5), "ping", &json!({}))["data"]["rtt_ms"].is_f64());
    let health = worker.call(&json!(6), "health", &json!({}));
    assert_eq!(
        (&health["data"]["healthy"], &health["data"]["state"]),
        (&json!(true), &json!("up"))
    );
    let again = worker.call(&json!(7), "connect", &params);
    assert_eq!(again["code"], "already-connected");
    let closed = worker.call(&json!(8), "disconnect", &json!({}));
    assert_eq!(closed["data"]["connected"], false);
    assert_eq!(
        closed["data"]["close"]["how"],
        if SEES_ALL { "clean" } else { "relayed" }
    );
    let (ran, lines) = worker.finish();
    let footprint = &report(&lines)["footprint"];
    assert_eq!((ran.status, &footprint["connections"]), (0, &json!(1)));
    assert_eq!(footprint["sockets_left"], none_left());
}

#[test]
fn commands_that_are_written_at_once_are_all_answered_the_first_ones_before_the_session_too() {
    let gateway = Simulator::start("accounts-late=0.3");
    let mut worker = Worker::start(&[]);
    worker.ask(&json!("c"), "connect", &json!({ "port": gateway.port }));
    for id in 0..60 {
        let commands = [
            "positions",
            "account_values",
            "executions",
            "account_summary",
            "accounts",
        ];
        worker.ask(&json!(id), commands[id % commands.len()], &json!({}));
    }
    // Its id is taken: no answer goes to it twice.
    worker.ask(&json!(0), "version", &json!({}));
    assert_eq!(worker.answer(&Value::Null)["code"], "duplicate-id");
    for id in 0..60 {
        let answer = worker.answer(&json!(id));
        let name = ["positions", "values", "executions", "values", "accounts"][id % 5];
        assert!(answer["data"][name].is_array(), "{id}: {answer}");
    }
}

#[test]
fn what_never_ends_times_out_and_what_is_asked_beside_it_is_answered() {
    let (_gateway, mut worker) = connected("sync-hangs=positions");
    worker.ask(&json!(1), "positions", &json!({ "timeout_ms": 300 }));
    let beside = worker.call(&json!(2), "executions", &json!({}));
    assert_eq!(beside["status"], "success");
    let late = worker.answer(&json!(1));
    assert_eq!(late["code"], "sync-timeout");
    assert!(
        late["message"]
            .as_str()
            .is_some_and(|it| it.contains("2 rows")),
        "{late}"
    );
    let next = worker.call(&json!(3), "positions", &json!({ "timeout_ms": 300 }));
    assert_eq!(next["code"], "sync-timeout");
    assert!(
        next["message"]
            .as_str()
            .is_some_and(|it| it.contains("not sent")),
        "{next}"
    );
}

#[test]
fn a_refusal_has_the_number_and_the_words_of_the_gateway() {
    let (_gateway, mut worker) = connected("refuses=account-values");
    let answer = worker.call(&json!(1), "account_values", &json!({}));
    assert_eq!(
        (&answer["code"], &answer["number"]),
        (&json!("sync-refused"), &json!(321))
    );
}

#[test]
fn a_connect_without_accounts_fails_with_that_code() {
    let gateway = Simulator::start("accounts-missing");
    let mut worker = Worker::start(&["--timeout", "500ms"]);
    let answer = worker.call(&json!(1), "connect", &json!({ "port": gateway.port }));
    assert_eq!(answer["code"], "accounts-missing");
    let mut taken = Worker::start(&[]);
    let gateway = Simulator::start("client-id-in-use");
    let params = json!({ "port": gateway.port, "client_id": 7 });
    let answer = taken.call(&json!(1), "connect", &params);
    assert_eq!(answer["code"], "client-id-in-use");
    assert!(answer["remedies"].is_array());
}

#[test]
fn a_connect_after_three_failures_waits() {
    let gateway = Simulator::start("silent");
    let mut worker = Worker::start(&["--timeout", "200ms"]);
    let params = json!({ "port": gateway.port });
    for id in 0..3 {
        let answer = worker.call(&json!(id), "connect", &params);
        assert_eq!(answer["code"], "silent-after-connect", "{answer}");
    }
    let answer = worker.call(&json!(4), "connect", &params);
    assert_eq!(answer["code"], "too-soon");
    assert!(
        answer["retry_after_ms"]
            .as_u64()
            .is_some_and(|it| it > 1000),
        "{answer}"
    );
    let (_, lines) = worker.finish();
    assert_eq!(report(&lines)["footprint"]["connections"], 3);
}

#[test]
fn a_session_that_is_dropped_is_told_and_made_anew_and_notices_are_passed_on() {
    let port = free_port().to_string();
    let start = || {
        let mut gateway = Running::start(ibdoc(&["sim", "--port", &port, "--deadline", "120s"]));
        gateway.line();
        gateway
    };
    let gateway = start();
    let mut worker = Worker::connected(port.parse().expect("a port"), &[]);
    assert_eq!(worker.event("notice")["code"], 2104);
    drop(gateway);
    let dropped = worker.event("dropped");
    assert_eq!(
        (&dropped["code"], &dropped["reconnects"]),
        (&json!("dropped"), &json!(true))
    );
    if SEES_ALL {
        let waits = worker.event("reconnect-failed");
        assert_eq!(waits["tries"], 0);
        assert!(nothing_listens(&waits["code"]), "{waits}");
    }
    let answer = worker.call(&json!(1), "positions", &json!({}));
    assert_eq!(answer["code"], "not-connected");
    let health = worker.call(&json!(2), "health", &json!({}));
    assert_eq!(
        (&health["data"]["state"], &health["data"]["code"]),
        (&json!("down"), &json!("dropped"))
    );
    let _gateway = start();
    let reconnected = worker.event("reconnected");
    assert_eq!(reconnected["accounts"], json!(["DU9000021"]));
    assert_eq!(
        worker.call(&json!(3), "positions", &json!({}))["status"],
        "success"
    );
    let (_, lines) = worker.finish();
    let counts = &report(&lines)["worker"];
    assert_eq!(
        (&counts["drops"], &counts["reconnects"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn a_session_that_is_not_to_be_made_anew_is_not() {
    let gateway = Simulator::start("drops-after=0.2");
    let mut worker = Worker::start(&[]);
    let params = json!({ "port": gateway.port, "reconnect": false });
    assert_eq!(
        worker.call(&json!(1), "connect", &params)["status"],
        "success"
    );
    assert_eq!(worker.event("dropped")["reconnects"], false);
    let health = worker.call(&json!(2), "health", &json!({}));
    assert_eq!(health["data"]["state"], "idle");
    let (ran, lines) = worker.finish();
    assert_eq!(
        (ran.status, &report(&lines)["findings"][0]["code"]),
        (4, &json!("dropped"))
    );
}

#[test]
fn a_command_that_is_under_way_when_the_session_is_dropped_is_answered() {
    let gateway = Simulator::start("sync-hangs=executions,drops-after=0.3");
    let mut worker = Worker::start(&[]);
    worker.ask(
        &json!(1),
        "connect",
        &json!({ "port": gateway.port, "reconnect": false }),
    );
    worker.ask(&json!(2), "executions", &json!({}));
    assert_eq!(worker.answer(&json!(2))["code"], "dropped");
}

#[test]
fn a_gateway_that_falls_silent_is_not_healthy() {
    let (_gateway, mut worker) = connected("sync-hangs=time");
    let health = worker.call(&json!(1), "health", &json!({ "timeout_ms": 200 }));
    assert_eq!(
        (&health["data"]["healthy"], &health["data"]["state"]),
        (&json!(false), &json!("up"))
    );
    assert_eq!(health["data"]["code"], "heartbeat-lost");
    let ping = worker.call(&json!(2), "ping", &json!({ "timeout_ms": 200 }));
    assert_eq!(ping["status"], "error");
}

#[test]
fn the_simulated_gateway_needs_no_port() {
    let mut worker = Worker::start(&["--sim"]);
    let answer = worker.call(&json!(1), "connect", &json!({}));
    assert_eq!(
        (&answer["status"], &answer["data"]["simulated"]),
        (&json!("success"), &json!(true))
    );
    let port = worker.call(&json!(2), "connect", &json!({ "port": 4002 }));
    assert_eq!(port["code"], "invalid-params");
}
