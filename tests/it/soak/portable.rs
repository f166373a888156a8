//! A program under soak where the portable libraries are the eyes.

use serde_json::Value;

use crate::helpers::command::{eventually, skipped};
use crate::helpers::program::{Scripts, exec, is_running};

#[test]
fn through_the_portable_libraries_the_program_runs_and_what_cannot_be_seen_is_null() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = [
        "--portable",
        "--sim",
        "--attempts",
        "1",
        "--exec-timeout",
        "5s",
    ];
    let (_, report) = scripts.report(&options, "hanging");
    let run = &exec(&report)["runs"][0];
    assert_eq!(run["timed_out"], true);
    for unseen in [
        "peak_memory_bytes",
        "memory_at_most_bytes",
        "connected",
        "unread_bytes",
        "left",
        "others_ended",
    ] {
        assert_eq!(run[unseen], Value::Null, "{unseen}");
    }
    eventually("both have ended", || {
        !scripts.pids().iter().any(|pid| is_running(*pid))
    });
}
