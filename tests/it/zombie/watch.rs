//! `--watch` on real processes: each change is told, with the owner at the time.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::helpers::command::skipped;
use crate::helpers::validated;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Port, Zoo, python};

struct Watcher {
    child: Child,
    /// `None` once nobody reads any more.
    lines: Option<BufReader<ChildStdout>>,
}

impl Watcher {
    fn start(port: u16) -> Self {
        Self::start_as(port, "10ms", "ndjson")
    }

    fn start_as(port: u16, every: &str, format: &str) -> Self {
        Self::start_with(port, every, format, &[])
    }

    fn start_with(port: u16, every: &str, format: &str, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
        command.args(["zombies", "--watch", every, "--format", format]);
        command.args(options);
        command.args(["--min-age", "0s"]);
        command.args(["--port", &port.to_string()]).env_clear();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    fn next(&mut self) -> Value {
        let line = self.line();
        validated::document(&line)
    }

    /// The next change of this kind on this side.
    fn until(&mut self, what: &str, side: &str) -> Value {
        loop {
            let event = self.next();
            if event["event"] == "start" || event["event"] == "watching" {
                continue;
            }
            assert_eq!(event["event"], "socket", "{event}");
            if what.contains(event["what"].as_str().unwrap()) && event["side"] == side {
                return event;
            }
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_client_is_seen_from_its_coming_to_its_going() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let mut watcher = Watcher::start(port.number());
    let present = watcher.until("present", "client");
    assert_eq!(present["owner"]["pid"], client.pid.0);
    let (connection, _) = port.accept();
    let accepted = watcher.until("owner-gained", "gateway");
    assert_eq!(accepted["peer"]["pid"], client.pid.0);
    drop(connection);
    let half_closed = watcher.until("half-closed", "client");
    assert_eq!(half_closed["owner"]["pid"], client.pid.0, "{half_closed}");
    drop(zoo);
    watcher.until("gone", "client");
    kill_process(watcher.pid(), Signal::TERM).unwrap();
    let mut last = watcher.next();
    while last["event"] != "report" {
        last = watcher.next();
    }
    assert_eq!(
        (&last["command"], &last["zombies"]["remaining"]),
        (&"zombies".into(), &0.into())
    );
    assert_eq!(watcher.child.wait().unwrap().code(), Some(143));
}

/// Takes the lines that there are, as `head` does; the watch ends although nothing more happens.
fn ends_with_its_reader(format: &str) {
    let port = Port::open();
    let _client = TcpStream::connect(port.address).unwrap();
    let mut watcher = Watcher::start_as(port.number(), "1h", format);
    // The text has one line for each connection, ndjson one for each end.
    let count = if format == "text" { 1 } else { 2 };
    for _line in 0..count {
        let mut line = watcher.line();
        while !line.contains("present") {
            let is_start = line.contains("watching") || line.contains("\"start\"");
            assert!(
                is_start || line.starts_with("      "),
                "who holds it: {line}"
            );
            line = watcher.line();
        }
    }
    assert_eq!(watcher.child.try_wait().unwrap(), None);
    watcher.lines = None;
    let status = eventually("the end of a watch that nobody reads", || {
        watcher.child.try_wait().unwrap()
    });
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_watch_ends_when_its_reader_has_gone() {
    ends_with_its_reader("ndjson");
    ends_with_its_reader("text");
}

#[test]
fn a_zombie_is_told_with_the_client_that_left_it() {
    let port = Port::open();
    let mut watcher = Watcher::start(port.number());
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let (_kept, _) = port.accept();
    let appeared = watcher.until("appeared or present", "client");
    assert_eq!(appeared["owner"]["pid"], client.pid.0);
    drop(zoo);
    let left = watcher.until("half-closed", "gateway");
    assert_eq!(left["peer"]["pid"], client.pid.0, "{left}");
}

#[test]
fn a_child_that_keeps_the_socket_of_its_dead_parent_is_the_owner() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("renewing", port.number(), "") else {
        return skipped("no python3");
    };
    let parent = zoo.client();
    let mut watcher = Watcher::start(port.number());
    let present = watcher.until("present", "client");
    assert_eq!(present["owner"]["pid"], parent.pid.0);
    let pid = Pid::from_raw(i32::try_from(parent.pid.0).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let child = zoo.client();
    let lost = watcher.until("owner-lost", "client");
    assert_eq!(lost["owner"]["pid"], parent.pid.0, "{lost}");
    let gained = watcher.until("owner-gained", "client");
    assert_eq!(gained["owner"]["pid"], child.pid.0, "{gained}");
    port.hang_up();
    let closed = watcher.until("half-closed", "client");
    assert_eq!(closed["owner"]["pid"], child.pid.0, "{closed}");
}

/// The first words of each entry that is told until one is of this kind; times are those of a day.
fn told_until(watcher: &mut Watcher, kind: &str) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let line = watcher.line();
        // The rest of a line that was wrapped.
        if line.starts_with(' ') {
            continue;
        }
        let (time, rest) = line.split_once("  ").unwrap();
        let is_time = time.len() == 13 && time.ends_with('Z') && time.matches(':').count() == 2;
        assert!(is_time, "{line}");
        let first = rest.split("  ").next().unwrap();
        told.push(first.trim().to_owned());
        if rest.starts_with(kind) {
            return told;
        }
    }
}

#[test]
fn the_text_opens_with_what_stands_and_has_one_line_for_each_change_of_a_connection() {
    for (options, expected) in [
        (&[][..], &["present", "half-closed", "gone"][..]),
        (&["-q"], &["half-closed"]),
    ] {
        let port = Port::open();
        let client = TcpStream::connect(port.address).unwrap();
        let (gateway, _) = port.accept();
        // A watch that tells only what is half closed shows by this one that it has begun.
        let _other = TcpStream::connect(port.address).unwrap();
        port.hang_up();
        let mut watcher = Watcher::start_with(port.number(), "10ms", "text", options);
        let is_quiet = !options.is_empty();
        let mut told = told_until(&mut watcher, "present");
        if !is_quiet {
            let start = told.remove(0);
            let stands = format!("watching port {}: 1 up, 1 half", port.number());
            assert!(start.starts_with(&stands), "{start}");
            told.extend(told_until(&mut watcher, "present"));
        }
        told.pop();
        drop(gateway);
        told.extend(told_until(&mut watcher, "half-closed"));
        drop(client);
        if !is_quiet {
            told.extend(told_until(&mut watcher, "gone"));
        }
        assert_eq!(told, expected, "{options:?}");
    }
}

/// A client and its child share a socket, and no process reaps the client.
const UNREAPED: &str = "import os, socket, sys, time\n\
    parent = os.fork()\n\
    if parent == 0:\n\
    \x20   kept = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n\
    \x20   child = os.fork()\n\
    \x20   if child == 0:\n\
    \x20       time.sleep(1000)\n\
    \x20   print(os.getpid(), child, flush=True)\n\
    \x20   time.sleep(1000)\n\
    time.sleep(1000)\n";

#[test]
fn an_owner_that_has_died_and_was_not_reaped_has_lost_its_socket() {
    let port = Port::open();
    let mut command = python();
    command.args(["-c", UNREAPED, &port.number().to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut root) = command.spawn() else {
        return skipped("no python3");
    };
    let mut line = String::new();
    let mut lines = BufReader::new(root.stdout.take().unwrap());
    lines.read_line(&mut line).unwrap();
    let pids: Vec<u32> = line
        .split(' ')
        .map(|pid| pid.trim().parse().unwrap())
        .collect();
    let mut watcher = Watcher::start(port.number());
    let present = watcher.until("present", "client");
    // Of two holders either may be named.
    let owner = present["owner"]["pid"].clone();
    let raw = |pid: u32| Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let first = u32::try_from(owner.as_u64().unwrap()).unwrap();
    assert!(pids.contains(&first), "{present}");
    kill_process(raw(first), Signal::KILL).unwrap();
    let lost = watcher.until("owner-lost", "client");
    assert_eq!(lost["owner"]["pid"], first, "{lost}");
    let gained = watcher.until("owner-gained", "client");
    let other = pids.iter().copied().find(|pid| *pid != first).unwrap();
    assert_eq!(gained["owner"]["pid"], other, "{gained}");
    kill_process(raw(other), Signal::KILL).unwrap();
    root.kill().unwrap();
    root.wait().unwrap();
}
