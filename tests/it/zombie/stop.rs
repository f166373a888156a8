//! What happens in the grace of a kill, after SIGTERM was sent: whatever speaks against SIGKILL
//! by then prevents it, and what was done is told.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ibdoc::machine::pid::ProcessId;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::helpers::command::skipped;
use crate::helpers::validated;
use crate::zombie::zoo::{Port, Zoo, is_running, killed};

/// A client that says when it gets SIGTERM and goes on, and an ibdoc that has sent it one.
struct Grace {
    ibdoc: Child,
    client: ProcessId,
    port: Port,
    _zoo: Zoo,
}

impl Grace {
    fn of(arguments: &[&str]) -> Option<Self> {
        let grace = Self::begin(arguments)?;
        Some(grace.unwrap_or_else(|report| panic!("no signal was sent: {report}")))
    }

    /// The report where ibdoc ended before it sent a signal.
    fn begin(arguments: &[&str]) -> Option<Result<Self, String>> {
        let port = Port::open();
        let mut zoo = Zoo::start("deaf", port.number(), "")?;
        let client = zoo.client();
        port.hang_up();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
        command.env_clear().args(["zombies", "--json", "--kill"]);
        command.args(["--min-age", "0s", "--port", &port.number().to_string()]);
        command.args(arguments).stdin(Stdio::null());
        let mut ibdoc = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = ibdoc.stdout.as_mut().unwrap();
        if !zoo.speaks_before(stdout) {
            let report = std::io::read_to_string(stdout).unwrap();
            ibdoc.wait().unwrap();
            return Some(Err(report));
        }
        assert_eq!(zoo.client(), client, "it was asked");
        Some(Ok(Self {
            ibdoc,
            client,
            port,
            _zoo: zoo,
        }))
    }

    fn interrupt(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.ibdoc), signal).unwrap();
    }

    /// The report: nobody has ended, and the client lives for this reason.
    fn spares(mut self, why: &str) -> (Value, i32) {
        let mut text = String::new();
        let mut stdout = self.ibdoc.stdout.take().unwrap();
        stdout.read_to_string(&mut text).unwrap();
        let status = self.ibdoc.wait().unwrap().code();
        assert!(is_running(self.client), "{text}");
        assert!(!text.is_empty(), "no report: {status:?}");
        let report = validated::document(&text);
        assert_eq!(
            (killed(&report), &report["zombies"]["remaining"]),
            (vec![], &1.into())
        );
        let findings = report["findings"].as_array().unwrap();
        let failed = findings
            .iter()
            .find(|finding| finding["code"] == "kill-failed");
        let evidence = failed.unwrap_or_else(|| panic!("{report:#}"))["evidence"].to_string();
        let expected = format!("it got SIGTERM, and no SIGKILL because {why}");
        assert!(evidence.contains(&expected), "{evidence}");
        (report, status.unwrap())
    }
}

fn interrupted(signal: Signal, expected: i32, arguments: &[&str]) {
    let arguments = [&["--grace", "60s"], arguments].concat();
    let Some(grace) = Grace::of(&arguments) else {
        return skipped("no python3");
    };
    grace.interrupt(signal);
    let began = Instant::now();
    let (report, status) = grace.spares("ibdoc was interrupted");
    assert_eq!(status, expected, "{report:#}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_signal_to_ibdoc_in_the_grace_prevents_sigkill_and_is_reported() {
    interrupted(Signal::INT, 130, &[]);
    interrupted(Signal::TERM, 143, &[]);
}

#[cfg(feature = "portable")]
#[test]
fn a_signal_in_the_grace_prevents_sigkill_by_portable_means_too() {
    interrupted(Signal::TERM, 143, &["--by-pid"]);
    if !["/usr/bin/lsof", "/usr/sbin/lsof"]
        .iter()
        .any(|path| std::path::Path::new(path).exists())
    {
        return skipped("no lsof");
    }
    interrupted(Signal::INT, 130, &["--portable"]);
}

#[test]
fn the_deadline_ends_the_grace_and_sends_no_sigkill() {
    // A busy machine may need longer for the first signal.
    let mut deadlines = ["3s", "10s", "50s"].into_iter();
    let mut began = Instant::now();
    let grace = loop {
        let deadline = deadlines
            .next()
            .expect("no deadline left time for a signal");
        match Grace::begin(&["--grace", "300s", "--deadline", deadline]) {
            None => return skipped("no python3"),
            Some(Ok(grace)) => break grace,
            Some(Err(report)) => assert!(report.contains("deadline of the command"), "{report}"),
        }
        began = Instant::now();
    };
    let (report, status) = grace.spares("the deadline of the command passed");
    assert_eq!((&report["verdict"], status), (&"unknown".into(), 1));
    let error = report["error"].as_str().unwrap();
    assert_eq!(error, "the deadline of the command passed in the kill");
    assert!(began.elapsed() < Duration::from_secs(120));
}

#[test]
fn a_port_that_has_lost_its_listener_spares_from_sigkill() {
    let Some(mut grace) = Grace::of(&["--grace", "1s"]) else {
        return skipped("no python3");
    };
    grace.port = Port::open();
    let (report, status) = grace.spares("nothing listens on port");
    assert_eq!(status, 3, "{report:#}");
}
