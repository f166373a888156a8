//! Who is at fault in `ibdoc soak --exec`: the program, the Gateway, or it is not known.

#![cfg(target_os = "linux")]
use serde_json::{Value, json};

use crate::helpers::command::skipped;
use crate::helpers::program::{Scripts, exec, is_running, reason};

#[test]
fn a_program_that_leaks_its_connection_is_named_and_its_child_is_ended() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "2"], "leaky");
    assert_eq!(
        (status, &report["verdict"]),
        (4, &json!("failed")),
        "{report:#}"
    );
    assert_eq!(exec(&report)["fault"], "program");
    assert_eq!(report["findings"][0]["code"], "program-leaks");
    let said = reason(&report);
    let left = "left 2 connections to processes that outlived it";
    assert!(said.contains(left), "{said}");
    for run in exec(&report)["runs"].as_array().unwrap() {
        assert_eq!((&run["exit_status"], &run["held"]), (&json!(0), &json!(1)));
        assert_eq!(run["others_ended"], 1, "{run:#}");
    }
    let child = scripts.pids()[0];
    assert!(!is_running(child));
}

#[test]
fn a_program_that_blocks_its_event_loop_is_named_with_the_bytes_it_leaves_unread() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "1"], "blocked");
    assert_eq!(
        (status, &report["verdict"]),
        (3, &json!("attention")),
        "{report:#}"
    );
    assert_eq!(
        (&exec(&report)["fault"], &exec(&report)["succeeded"]),
        (&json!("program"), &json!(1))
    );
    assert_eq!(report["findings"][0]["code"], "client-not-reading");
    let unread = exec(&report)["runs"][0]["unread_bytes"].as_u64().unwrap();
    assert!(unread > 50, "{unread}");

    let options = ["--sim", "--attempts", "1", "--exec-timeout", "6s"];
    let (status, report) = scripts.report(&options, "stuck");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (4, &json!("program")),
        "{report:#}"
    );
    let run = &exec(&report)["runs"][0];
    assert_eq!(
        (&run["timed_out"], &run["signal"]),
        (&json!(true), &json!(15))
    );
    assert!(run["unread_bytes"].as_u64().unwrap() > 50, "{run:#}");
    let codes: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["code"])
        .collect();
    let expected = ["program-failed", "client-not-reading", "limit-missed"];
    assert_eq!(codes, expected);
    let silent = &report["findings"][1];
    assert!(
        silent["evidence"][1].to_string().contains("sleeps"),
        "{silent:#}"
    );
    assert!(
        silent["remedies"][0]
            .to_string()
            .contains("without a sleep"),
        "{silent:#}"
    );
}

#[test]
fn a_gateway_that_keeps_every_clients_socket_is_at_fault_and_not_the_program() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--scenario", "never-closes", "--attempts", "2"];
    let (status, report) = scripts.report(&options, "good");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (3, &json!("gateway")),
        "{report:#}"
    );
    assert_eq!(
        (&exec(&report)["succeeded"], &exec(&report)["failed"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(exec(&report)["runs"][1]["left"], 1);
    assert_eq!(exec(&report)["left"], 2);
    assert_eq!(
        report["findings"][0]["code"],
        "gateway-keeps-closed-sockets"
    );
    let limit = report["soak"]["thresholds"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(
        (&limit["name"], &limit["actual"]),
        (&json!("max-leaked"), &json!(2.0))
    );
}

#[test]
fn a_gateway_that_answers_no_client_is_at_fault() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = [
        "--sim",
        "--scenario",
        "silent",
        "--timeout",
        "100ms",
        "--exec-timeout",
        "1s",
    ];
    let (status, report) = scripts.report(&options, "good");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (4, &json!("gateway")),
        "{report:#}"
    );
    assert_eq!(report["findings"][0]["code"], "silent-after-connect");
    assert_eq!(exec(&report)["run"], 2);
    assert!(
        report["soak"]["stopped"]
            .as_str()
            .unwrap()
            .contains("three silent failures")
    );
    assert_eq!(
        reason(&report),
        "the Gateway answered none of ibdoc's own 3 handshakes either"
    );
}

#[test]
fn a_port_check_too_short_to_be_looked_at_is_counted_to_the_program_that_ran() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--scenario", "never-closes", "--attempts", "2"];
    let (_, report) = scripts.report(&options, "port-check");
    for run in exec(&report)["runs"].as_array().expect("runs") {
        assert_eq!(run["connected"], true, "{report:#}");
        assert_eq!(run["left"], 1, "{report:#}");
    }
    assert_eq!(exec(&report)["unclear"], 0, "{report:#}");
    // The Gateway keeps the sockets of every client, also those of ibdoc.
    assert_eq!(exec(&report)["fault"], "gateway");
}

#[test]
fn a_program_that_does_nothing_was_not_seen_connected() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--attempts", "1"];
    let (status, report) = scripts.report(&options, "idle");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (3, &json!("unknown")),
        "{report:#}"
    );
    // Whatever connects elsewhere on this machine meanwhile.
    assert_eq!(exec(&report)["runs"][0]["connected"], false);
    assert_eq!(report["findings"][0]["code"], "program-not-connected");

    let options = ["--sim", "--attempts", "1", "--neutral=false"];
    let (status, report) = scripts.report(&options, "idle");
    assert_eq!(
        (status, &report["verdict"]),
        (1, &json!("unknown")),
        "{report:#}"
    );
    let error = report["error"].as_str().unwrap();
    assert!(error.contains("nothing was seen of the Gateway"), "{error}");
}

#[test]
fn a_gateway_that_refuses_every_other_client_is_at_fault_and_not_the_program() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = [
        "--sim",
        "--scenario",
        "flaky=2",
        "--attempts",
        "1",
        "--min-success",
        "0",
    ];
    let (status, report) = scripts.report(&options, "good");
    let seen = exec(&report);
    assert_eq!(
        (&seen["failed"], &seen["neutral_run"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        (status, &seen["fault"]),
        (3, &json!("gateway")),
        "{report:#}"
    );
    for finding in report["findings"].as_array().unwrap() {
        assert_ne!(
            finding["evidence"][0], "within the limits given",
            "{report:#}"
        );
    }
}
