//! Programs in Python for `ibdoc soak --exec`, and what its report says of them.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::{RunState, system};
use rustix::process::{Pid as RawPid, Signal, kill_process};
use serde_json::Value;

use crate::helpers::command::{PATH, Ran, eventually, ibdoc};

/// A folder with the script, and a file for the pids that it tells.
pub(crate) struct Scripts {
    folder: tempfile::TempDir,
}

impl Scripts {
    /// Nothing where there is no Python.
    pub(crate) fn new() -> Option<Self> {
        let mut python = Command::new("python3");
        python.env("PATH", PATH).arg("-V");
        python.stdout(Stdio::null()).status().ok()?;
        let folder = tempfile::tempdir().unwrap();
        let script = include_str!("../helpers/exec_clients.py");
        fs::write(folder.path().join("bot.py"), script).unwrap();
        Some(Self { folder })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `ibdoc soak --json` with these options, which runs the script as this kind of program.
    pub(crate) fn soak(&self, options: &[&str], kind: &str) -> Command {
        let script = self.path("bot.py");
        let pids = self.path("pids");
        let mut command = ibdoc(&["soak", "--json", "--gap", "0s"]);
        command
            .env("PATH", PATH)
            .args(options)
            .args(["--exec", "--", "python3"]);
        command.args([&script, Path::new(kind), &pids]);
        command
    }

    pub(crate) fn report(&self, options: &[&str], kind: &str) -> (i32, Value) {
        let ran = Ran::from(self.soak(options, kind).output().unwrap());
        (ran.status, ran.json())
    }

    /// The pids that the script has told; waits for them.
    pub(crate) fn pids(&self) -> Vec<Pid> {
        let mut told = String::new();
        eventually("the pids are told", || {
            told = fs::read_to_string(self.path("pids")).unwrap_or_default();
            !told.is_empty()
        });
        told.split(' ')
            .map(|pid| Pid(pid.parse().unwrap()))
            .collect()
    }
}

pub(crate) fn is_running(pid: Pid) -> bool {
    let facts = system().facts(pid).unwrap();
    facts.is_some_and(|facts| facts.state != Some(RunState::Zombie))
}

/// Ends a process that the test's own script has started.
pub(crate) fn end(pid: Pid) {
    let pid = i32::try_from(pid.0).unwrap();
    kill_process(RawPid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

pub(crate) fn exec(report: &Value) -> &Value {
    &report["soak"]["exec"]
}

pub(crate) fn reason(report: &Value) -> &str {
    exec(report)["reason"].as_str().unwrap()
}
