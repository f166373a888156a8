//! The command of `--on-change`: what it is given, when it is run, and that it delays nothing.

use std::fs;

use rustix::process::Signal;

use crate::helpers::command::{PATH, Running, Simulator, eventually, free_port, ibdoc};

/// A watch whose command appends what it is given to a file.
fn watch(arguments: &[&str], script: &str) -> (tempfile::TempDir, Running) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = ibdoc(&["watch", "--format", "ndjson"]);
    command.args(arguments).args(["--on-change", script]);
    command
        .env("PATH", PATH)
        .env("INTO", folder.path().join("told"));
    let running = Running::start(command);
    (folder, running)
}

fn told(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("told")).unwrap_or_default()
}

#[test]
fn it_finds_the_event_in_variables_and_on_its_standard_input() {
    let port = free_port().to_string();
    let script =
        "echo \"$IBDOC_TARGET $IBDOC_STATE $IBDOC_CODE $IBDOC_KIND\" >> $INTO; cat >> $INTO";
    let (folder, running) = watch(&[&port], script);
    eventually("both are written", || told(&folder).lines().count() == 2);
    let told = told(&folder);
    let (line, json) = told.split_once('\n').expect("two lines");
    assert_eq!(line, format!("127.0.0.1:{port} down not-listening changed"));
    #[expect(
        clippy::disallowed_methods,
        reason = "an event alone, which is no document"
    )]
    let event: ibdoc::event::StateChange = serde_json::from_str(json).expect("an event");
    assert_eq!(event.target, format!("127.0.0.1:{port}"));
    running.signal(Signal::TERM);
    let report = running.finish().stdout;
    assert!(
        report.contains("\"hook\":{\"succeeded\":1,\"failed\":0,\"skipped\":0}"),
        "{report}"
    );
}

#[test]
fn it_is_run_again_while_it_lasts_and_once_when_it_is_over_and_not_for_a_healthy_start() {
    let port = free_port();
    let script = "echo $IBDOC_KIND $IBDOC_STATE >> $INTO";
    let port_typed = port.to_string();
    let (folder, running) = watch(&[&port_typed, "--remind", "1s"], script);
    eventually("it was reminded", || {
        told(&folder).contains("reminder down")
    });
    let first = told(&folder).lines().next().map(str::to_owned);
    assert_eq!(first.as_deref(), Some("changed down"));
    let simulator = Running::start(ibdoc(&["sim", "--port", &port_typed, "--deadline", "120s"]));
    eventually("it recovered", || {
        told(&folder).contains("recovered healthy")
    });
    let at_end = told(&folder);
    running.signal(Signal::TERM);
    running.finish();
    assert_eq!(told(&folder), at_end, "no reminder of what is over");
    drop(simulator);
    let simulator = Simulator::start("normal");
    let (folder, mut running) = watch(&[&simulator.target()], script);
    while !running.line().contains("\"state\":\"healthy\"") {}
    running.signal(Signal::TERM);
    running.finish();
    assert_eq!(told(&folder), "");
}

#[test]
fn one_that_hangs_is_ended_with_its_group_and_delays_neither_the_watch_nor_its_end() {
    let port = free_port().to_string();
    let script = "trap '' TERM; sleep 600 & echo $! >> $INTO; wait; sleep 600";
    let (folder, mut running) = watch(&[&port, "--on-change-timeout", "1s"], script);
    while !running.line().contains("not-listening") {}
    eventually("it runs", || told(&folder).ends_with('\n'));
    let sleeper = told(&folder);
    let stat = format!("/proc/{}/stat", sleeper.trim());
    // Where there is no /proc the end alone is looked at.
    let is_over = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    eventually("its group was ended", is_over);
    running.signal(Signal::TERM);
    let ran = running.finish();
    assert_eq!(ran.status, 143);
    assert!(ran.stdout.contains("\"failed\":1"), "{}", ran.stdout);
}
