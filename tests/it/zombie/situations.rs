//! The situations of `tests/zoo` whose programs the system's packages bring: the plan says who is in
//! charge, a bare `--kill` ends nothing but orphans, and each command that is printed clears the socket.

#![cfg(target_os = "linux")]

use std::path::Path;

use crate::helpers::command::{PATH, skipped};
use crate::zombie::zoo::python;

#[test]
fn every_command_of_a_plan_clears_the_socket_in_every_situation() {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/zoo.py");
    let mut command = python();
    command
        .arg(zoo)
        .args([env!("CARGO_BIN_EXE_ibdoc"), "target/zoo"])
        .args(["--only", "plain"])
        .env("PATH", PATH);
    let Ok(output) = command.output() else {
        return skipped("no python3");
    };
    let said = String::from_utf8(output.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr);
    for line in said.lines().filter(|line| line.starts_with("skipped")) {
        skipped(line.trim_start_matches("skipped: "));
    }
    assert!(output.status.success(), "{said}{wrong}");
}
