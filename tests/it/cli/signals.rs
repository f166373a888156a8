//! SIGINT, SIGTERM and SIGHUP end every command with what it has learned so far.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use rustix::process::Signal;
use serde_json::Value;

use crate::helpers::command::{
    Ran, Running, Simulator, eventually, free_port, ibdoc, skipped, sockets,
};

/// Each signal with the status that stands for it.
const SIGNALS: [(Signal, i32, &str); 3] = [
    (Signal::INT, 130, "SIGINT"),
    (Signal::TERM, 143, "SIGTERM"),
    (Signal::HUP, 129, "SIGHUP"),
];

/// The signals that are not ignored here: what runs under `nohup` ignores SIGHUP, and its children
/// do.
fn signals() -> Vec<(Signal, i32, &'static str)> {
    let ignored = ibdoc::machine::process::ignores_hangup_itself() != Some(false);
    if ignored {
        skipped("SIGHUP is ignored here, or that is not known");
    }
    let signals = SIGNALS.into_iter();
    let wanted = signals.filter(|(signal, ..)| *signal != Signal::HUP || !ignored);
    wanted.collect()
}

/// The report on the last line.
fn report(ran: &Ran) -> Value {
    let lines = ran.lines();
    assert!(!lines.is_empty(), "nothing was said: {}", ran.stderr);
    let last = lines.last().unwrap().clone();
    assert_eq!(last["event"], "report", "{last}");
    last
}

/// Runs it in a connection to a Gateway that says nothing, and ends it there by the signal.
fn ended_in_silence(arguments: &[&str], format: &[&str], signal: Signal) -> Ran {
    let gateway = Simulator::start("silent");
    let target = gateway.target();
    let all = [arguments, &[target.as_str()], format].concat();
    let running = Running::start(ibdoc(&all));
    eventually("it has connected", || !sockets(gateway.port).is_empty());
    running.signal(signal);
    running.finish()
}

#[test]
fn a_handshake_under_way_ends_with_its_stages() {
    for (signal, status, name) in signals() {
        let ran = ended_in_silence(&["handshake"], &["--json"], signal);
        let report = ran.json();
        assert_eq!(
            (ran.status, &report["interrupted"], &report["verdict"]),
            (status, &true.into(), &"unknown".into()),
            "{report}"
        );
        let error = report["error"].as_str().unwrap();
        let stages = report["handshake"]["stages"].as_array().unwrap();
        assert!(
            error.contains(name) && error.contains("in version"),
            "{error}"
        );
        let names: Vec<&str> = stages.iter().filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(names, ["resolve", "connect", "close"]);
        assert_eq!(report["footprint"]["connections"], 1);
        assert!(
            report["findings"].as_array().unwrap().is_empty(),
            "{report}"
        );
    }
}

#[test]
fn every_command_with_a_handshake_says_in_text_that_it_was_interrupted() {
    for arguments in [
        &["handshake"][..],
        &["handshake", "--as", "ib_async"],
        &["handshake", "--as", "all"],
        &["doctor"],
        &["doctor", "--wait", "60s"],
        &["health"],
        &["probe", "--connect"],
        &["soak", "--attempts", "2"],
    ] {
        let ran = ended_in_silence(arguments, &[], Signal::INT);
        assert_eq!(ran.status, 130, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stdout.contains("interrupted"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("healthy"), "{}", ran.stdout);
    }
}

#[test]
fn a_doctor_tells_the_checks_that_it_has_made() {
    let ran = ended_in_silence(&["doctor"], &["--format", "ndjson"], Signal::TERM);
    let report = report(&ran);
    assert_eq!((ran.status, &report["interrupted"]), (143, &true.into()));
    let checks = report["doctor"]["checks"].as_array().unwrap();
    let of = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap();
    assert_eq!(of("handshake")["status"], "unknown", "{report}");
    assert_eq!(of("repeat")["status"], "skipped", "{report}");
    assert_ne!(report["verdict"], "healthy");
}

#[test]
fn a_wait_ends_with_what_was_seen_last() {
    for (signal, status, _) in signals() {
        for command in ["probe", "doctor", "soak"] {
            let port = free_port().to_string();
            let arguments = [command, &port, "--wait", "60s", "--format", "ndjson"];
            let mut running = Running::start(ibdoc(&arguments));
            while !running.line().contains(r#""event":"waiting""#) {}
            running.signal(signal);
            let ran = running.finish();
            let report = report(&ran);
            assert_eq!(ran.status, status, "{report}");
            assert_eq!(report["interrupted"], true, "{report}");
            assert_ne!(report["verdict"], "healthy", "{report}");
        }
    }
}

#[test]
fn what_goes_on_until_a_signal_comes_ends_with_a_report_too() {
    let gateway = Simulator::start("normal");
    let target = gateway.target();
    let cases: [(&[&str], &str); 3] = [
        (&["sim"], "listening"),
        (&["zombies", "--watch", "--port", &target], "watching"),
        (&["soak", &target, "--minutes", "5"], r#""kind":"up""#),
    ];
    for (signal, status, _) in signals() {
        for (arguments, ready) in cases {
            let mut running = Running::start(ibdoc(&[arguments, &["--format", "ndjson"]].concat()));
            while !running.line().contains(ready) {}
            running.signal(signal);
            let ran = running.finish();
            let report = report(&ran);
            assert_eq!(ran.status, status, "{arguments:?}: {report}");
            assert_eq!(report["interrupted"], true, "{arguments:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_waits_for_a_file_ends_too() {
    use crate::helpers::command::run_json;
    use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open};

    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
    let name = pipe.to_str().unwrap();
    for arguments in [
        &["trace", name][..],
        &["compare", name, name],
        &["report", name],
    ] {
        let running = Running::start(ibdoc(&[arguments, &["--format", "ndjson"]].concat()));
        // It can be opened for writing as soon as another program opens it for reading. A program of
        // another test that had it too would be one more writer.
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let write = || open(&pipe, flags, Mode::empty()).ok();
        let mut writer = None;
        eventually("it reads the file", || {
            writer = writer.take().or_else(write);
            writer.is_some()
        });
        running.signal(Signal::TERM);
        let ran = running.finish();
        let report = report(&ran);
        assert_eq!(
            (ran.status, &report["interrupted"], &report["verdict"]),
            (143, &true.into(), &"unknown".into()),
            "{report}"
        );
    }
    for reads in [&["report", name][..], &["compare", name, name]] {
        let ran = run_json(&[reads, &["--deadline", "300ms"]].concat());
        assert_eq!((ran.status, &ran.json()["verdict"]), (1, &"unknown".into()));
    }
    // What is written is a file.
    let ran = run_json(&["tap", "--sim", "--write", name, "--", "true"]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
}

#[test]
fn what_ends_by_itself_is_not_interrupted() {
    let gateway = Simulator::start("normal");
    let ran = Ran::from(
        ibdoc(&["doctor", &gateway.target(), "--json"])
            .output()
            .unwrap(),
    );
    assert_eq!(ran.json().get("interrupted"), None);
}

#[test]
fn a_quiet_command_says_that_it_was_interrupted() {
    let gateway = Simulator::start("normal");
    let target = gateway.target();
    for arguments in [
        &["soak", &target, "--minutes", "1"][..],
        &["watch", &target],
    ] {
        let running = Running::start(ibdoc(&[arguments, &["--quiet"]].concat()));
        eventually("it has connected", || !sockets(gateway.port).is_empty());
        running.signal(Signal::INT);
        let ran = running.finish();
        assert_eq!(ran.status, 130, "{}", ran.stderr);
        assert!(
            ran.stdout.contains("interrupted"),
            "{arguments:?}: {}",
            ran.stdout
        );
    }
}
