//! A zoo of real clients, each started and ended by the test that needs it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::{RunState, system};
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::TcpState;
use rustix::event::{PollFd, PollFlags};
use serde_json::Value;

use crate::helpers::command::{PATH, Ran, ibdoc};
use crate::machine::table::eventually;

const KEEPER: &str = include_str!("../helpers/zombie_zoo.py");

/// A Gateway's listener, on a port that nobody else has.
pub(crate) struct Port {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Port {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }

    pub(crate) fn number(&self) -> u16 {
        self.address.port()
    }

    /// Accepts one connection.
    pub(crate) fn accept(&self) -> (TcpStream, SocketAddr) {
        self.listener.accept().unwrap()
    }

    /// Accepts one connection and closes it; waits until the client's end shows that.
    pub(crate) fn hang_up(&self) -> SocketAddr {
        let (connection, peer) = self.accept();
        drop(connection);
        let address = self.address;
        eventually("CLOSE_WAIT at the client", || {
            let row = sockets::system().find(peer, address).unwrap();
            row.filter(|row| row.state == TcpState::CloseWait)
        });
        peer
    }
}

/// One kind of client and its keeper.
pub(crate) struct Zoo {
    keeper: Child,
    lines: BufReader<ChildStdout>,
    /// Where its script is.
    _directory: tempfile::TempDir,
}

impl Zoo {
    /// Starts a keeper with this kind of client; `None` without Python.
    pub(crate) fn start(kind: &str, port: u16, argument: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("zoo.py");
        fs::write(&script, KEEPER).unwrap();
        let mut command = python();
        command
            .arg(&script)
            .args([kind, &port.to_string(), argument]);
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let lines = BufReader::new(keeper.stdout.take().unwrap());
        Some(Self {
            keeper,
            lines,
            _directory: directory,
        })
    }

    /// The next line that one of them says.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    /// Whether one of them says something before this pipe has something to read, or its end.
    pub(crate) fn speaks_before(&self, other: &ChildStdout) -> bool {
        let own = self.lines.get_ref();
        let mut both = [own, other].map(|pipe| PollFd::new(pipe, PollFlags::IN));
        rustix::event::poll(&mut both, None).unwrap();
        !both[0].revents().is_empty()
    }

    /// The next client that is ready.
    pub(crate) fn client(&mut self) -> ProcessId {
        let line = self.line();
        let pid = line
            .split_whitespace()
            .nth(1)
            .and_then(|pid| pid.parse().ok());
        let pid = Pid(pid.unwrap_or_else(|| panic!("no client is ready: {line:?}")));
        system().identify(pid).unwrap().expect("it is running")
    }
}

impl Drop for Zoo {
    fn drop(&mut self) {
        // The keeper ends everybody it has adopted, and nobody else.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Python without anything from this environment.
pub(crate) fn python() -> Command {
    let mut command = Command::new("python3");
    command.env_clear().env("PATH", PATH);
    command
}

/// Whether exactly this process is still running.
pub(crate) fn is_running(id: ProcessId) -> bool {
    let facts = system().facts(id.pid).unwrap();
    facts.is_some_and(|facts| facts.id == id && facts.state != Some(RunState::Zombie))
}

/// What `ibdoc zombies` says and does about this port, at once.
pub(crate) fn zombies(port: u16, arguments: &[&str]) -> (Value, i32) {
    let port = port.to_string();
    let mut all = vec!["zombies", "--json", "--port", &port];
    if !arguments.contains(&"--min-age") {
        all.extend(["--min-age", "0s"]);
    }
    all.extend(arguments);
    let ran = Ran::from(ibdoc(&all).env("PATH", PATH).output().unwrap());
    let mut report = ran.json();
    // A Gateway of another test may be in another network namespace.
    let findings = report["findings"].as_array_mut().unwrap();
    findings.retain(|finding| finding["code"] != "other-namespace");
    (report, ran.status)
}

/// What the report says about one holder: its class, and the action on its first socket.
pub(crate) fn verdict(report: &Value, id: ProcessId) -> (String, String) {
    let zombies = report["zombies"]["zombies"].as_array().unwrap();
    for zombie in zombies {
        for holder in zombie["holders"].as_array().unwrap() {
            if holder["pid"] == id.pid.0 {
                let word = |value: &Value| value.as_str().unwrap().to_owned();
                return (word(&holder["class"]), word(&zombie["action"]));
            }
        }
    }
    panic!("{id:?} holds nothing in {report:#}");
}

/// The block of the plan that is about this process.
pub(crate) fn block(report: &Value, id: ProcessId) -> Value {
    let plan = report["zombies"]["plan"].as_array().unwrap();
    let block = plan.iter().find(|step| step["pid"] == id.pid.0);
    block
        .unwrap_or_else(|| panic!("{id:?} has no block in {report:#}"))
        .clone()
}

/// Runs a command of the plan exactly as it is printed, as this user.
pub(crate) fn type_it(command: &Value) -> (Value, i32) {
    let command = command.as_str().unwrap_or_else(|| panic!("no command"));
    let words: Vec<&str> = command.split(' ').collect();
    let at = words.iter().position(|word| *word == "ibdoc");
    let at = at.unwrap_or_else(|| panic!("{command} is not ibdoc's"));
    let arguments = [&words[at + 1..], &["--json"]].concat();
    let ran = Ran::from(ibdoc(&arguments).env("PATH", PATH).output().unwrap());
    (ran.json(), ran.status)
}

/// The pids that the report says were ended, and by which signal.
pub(crate) fn killed(report: &Value) -> Vec<(u64, String)> {
    let killed = report["zombies"]["killed"].as_array().unwrap();
    killed
        .iter()
        .map(|killed| {
            let signal = killed["signal"].as_str().unwrap().to_owned();
            (killed["pid"].as_u64().unwrap(), signal)
        })
        .collect()
}
