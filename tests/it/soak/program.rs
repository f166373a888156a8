//! `ibdoc soak --exec` with real programs in Python: what its report says of each run.

#![cfg(target_os = "linux")]
use std::path::Path;

use serde_json::json;

use crate::helpers::command::{PATH, Ran, Simulator, ibdoc, run, skipped, too_wide};
use crate::helpers::program::{Scripts, exec, reason};

#[test]
fn a_program_that_behaves_well_is_healthy_and_none_is_at_fault() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "3"], "good");
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report:#}"
    );
    let exec = exec(&report);
    assert_eq!(
        (&exec["fault"], &exec["succeeded"]),
        (&json!("none"), &json!(3))
    );
    assert_eq!(exec["program"], "python3 bot.py");
    assert_eq!(
        (&exec["neutral_run"], &exec["neutral_succeeded"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(report["soak"]["attempts"]["run"], 4);
    for run in exec["runs"].as_array().unwrap() {
        let seen = json!({
            "connected": run["connected"], "unread": run["unread_bytes"], "left": run["left"],
            "held": run["held"], "others": run["others_ended"], "neutral": run["neutral"],
        });
        let well = json!({
            "connected": true, "unread": 0, "left": 0, "held": 0, "others": 0, "neutral": true,
        });
        assert_eq!(seen, well, "{run:#}");
        // An empty Python has about 8 MiB.
        // A short run with less than ibdoc has a bound only.
        let memory = [&run["peak_memory_bytes"], &run["memory_at_most_bytes"]];
        let memory = memory.iter().find_map(|it| it.as_u64()).unwrap();
        assert!((4 << 20..200 << 20).contains(&memory), "{memory}");
    }
    assert_eq!(report["soak"]["thresholds"][0]["actual"], 1.0);
    assert_eq!(report["footprint"]["connections"], 4);
    let keys: Vec<&String> = exec["runs"][0].as_object().unwrap().keys().collect();
    let contract = [
        "connected",
        "elapsed_ms",
        "exit_status",
        "held",
        "left",
        "memory_at_most_bytes",
        "neutral",
        "others_ended",
        "others_left",
        "peak_memory_bytes",
        "run",
        "signal",
        "succeeded",
        "timed_out",
        "unread_bytes",
    ];
    assert_eq!(keys, contract);
}

#[test]
fn a_program_that_fails_is_named_with_its_status_and_never_with_its_arguments() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let script = scripts.path("bot.py");
    let options = [
        "--sim",
        "--gap",
        "0s",
        "--attempts",
        "4",
        "--min-success",
        "50%",
    ];
    let mut command = ibdoc(&["soak"]);
    command
        .env("PATH", PATH)
        .args(options)
        .args(["--exec", "--", "python3"]);
    command.args([&script, Path::new("sometimes"), &scripts.path("s3cret")]);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("2 of 4 runs of python3 bot.py succeeded"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("exit status 3, 2 times"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("within the limits given"),
        "{}",
        ran.stdout
    );
    let said = ran.stdout + &ran.stderr;
    assert!(!said.contains("s3cret"), "{said}");
    assert_eq!(too_wide(&said), None, "{said}");

    let (status, report) = scripts.report(&["--sim", "--attempts", "4"], "sometimes");
    assert_eq!((status, &report["verdict"]), (3, &json!("attention")));
    assert_eq!(report["findings"][0]["code"], "program-failed");
    assert!(reason(&report).contains("failed in 2 of 4 runs, while the Gateway answered all 7"));
}

#[test]
fn what_a_program_prints_is_shown_on_stderr_only_and_only_on_request() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    for shown in [false, true] {
        let options: &[&str] = if shown {
            &["--sim", "--attempts", "1", "--show-output"]
        } else {
            &["--sim", "--attempts", "1"]
        };
        let ran = Ran::from(scripts.soak(options, "good").output().unwrap());
        assert_eq!(exec(&ran.json())["succeeded"], 1);
        assert_eq!(
            ran.stderr.contains("connected to 127.0.0.1"),
            shown,
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn only_the_target_is_passed_on_of_the_variables_that_ibdoc_reads() {
    let mut command = ibdoc(&[
        "soak",
        "--sim",
        "--gap",
        "0s",
        "--attempts",
        "1",
        "--show-output",
        "--exec",
        "--",
    ]);
    command.args(["/bin/sh", "-c", "env | grep ^IBDOC_ | sort"]);
    command
        .env("PATH", PATH)
        .env("IBDOC_MIN_SUCCESS", "0")
        .env("IBDOC_QUIET", "1")
        .env("IBDOC_TARGET", "127.0.0.1:1");
    let ran = Ran::from(command.output().unwrap());
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.stderr);
    let port = lines[2].strip_prefix("IBDOC_TARGET_PORT=").unwrap();
    assert_eq!(lines[0], format!("IBDOC_TARGET=127.0.0.1:{port}"));
    assert_eq!(lines[1], "IBDOC_TARGET_HOST=127.0.0.1");
}

#[test]
fn ibdoc_itself_can_be_the_program_under_soak() {
    let gateway = Simulator::start("normal");
    let mut command = ibdoc(&["soak", &gateway.target(), "--gap", "0s", "--attempts", "3"]);
    command.args(["--format", "ndjson", "--exec", "--"]);
    command.args([env!("CARGO_BIN_EXE_ibdoc"), "handshake"]);
    let ran = Ran::from(command.output().unwrap());
    let lines = ran.lines();
    let runs = lines.iter().filter(|line| line["event"] == "exec").count();
    let report = lines.last().unwrap();
    assert_eq!((ran.status, runs), (0, 3), "{report:#}");
    assert_eq!(exec(report)["program"], "ibdoc");
    assert_eq!(
        (&exec(report)["fault"], &exec(report)["succeeded"]),
        (&json!("none"), &json!(3))
    );
    assert_eq!(report["footprint"]["connections"], 4);
}

#[test]
fn a_program_that_cannot_be_started_is_told_and_the_verdict_is_unknown() {
    let ran = run(&["soak", "--sim", "--json", "--exec", "--", "/no/such/bot"]);
    let report = ran.json();
    assert_eq!((ran.status, &report["verdict"]), (1, &json!("unknown")));
    let error = report["error"].as_str().unwrap();
    assert!(error.contains("failed to start run 1 of bot"), "{error}");
    assert_eq!(exec(&report)["fault"], "unknown");
}
