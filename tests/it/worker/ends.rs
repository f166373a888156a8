//! How a worker ends: stdin, a signal, a reader that does not read or has left.

use std::io::Write;

use rustix::process::Signal;
use serde_json::json;

use super::{Worker, report};
use crate::helpers::command::{Simulator, eventually, none_left, sockets};

#[test]
fn at_the_end_of_stdin_what_is_asked_is_answered_and_the_session_closed() {
    let gateway = Simulator::start("accounts-late=0.2");
    let mut worker = Worker::start(&[]);
    worker.ask(&json!(1), "connect", &json!({ "port": gateway.port }));
    worker.ask(&json!(2), "positions", &json!({}));
    let (ran, lines) = worker.finish();
    let success = lines
        .iter()
        .filter(|line| line["status"] == "success")
        .count();
    assert_eq!((ran.status, success), (0, 2), "{lines:?}");
    assert_eq!(report(&lines)["footprint"]["sockets_left"], none_left());
    assert!(sockets(gateway.port).is_empty());
}

#[test]
fn a_signal_answers_what_is_under_way_with_an_error_and_closes_the_session() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let gateway = Simulator::start("sync-hangs=executions");
        let mut worker = Worker::connected(gateway.port, &[]);
        worker.ask(&json!(1), "executions", &json!({}));
        assert_eq!(
            worker.call(&json!(2), "time", &json!({}))["status"],
            "success"
        );
        worker.running().signal(signal);
        let (ran, lines) = worker.finish();
        let answer = lines
            .iter()
            .find(|line| line["id"] == 1)
            .expect("an answer");
        assert_eq!(
            (ran.status, &answer["code"]),
            (status, &json!("ended")),
            "{lines:?}"
        );
        let report = report(&lines);
        assert_eq!(report["interrupted"], true);
        assert_eq!(report["footprint"]["sockets_left"], none_left());
    }
}

#[test]
fn a_signal_ends_a_handshake_that_goes_on() {
    let gateway = Simulator::start("silent");
    let mut worker = Worker::start(&[]);
    worker.ask(&json!(1), "connect", &json!({ "port": gateway.port }));
    eventually("it has connected", || !sockets(gateway.port).is_empty());
    worker.running().signal(Signal::TERM);
    let (ran, lines) = worker.finish();
    assert_eq!(ran.status, 143);
    assert_eq!(report(&lines)["footprint"]["connections"], 1);
    assert!(
        lines
            .iter()
            .any(|line| line["id"] == 1 && line["code"] == "ended")
    );
}

#[test]
fn a_reader_that_has_left_ends_the_worker_and_its_session() {
    let gateway = Simulator::start("normal");
    let mut worker = Worker::connected(gateway.port, &[]);
    worker.running.close_stdout();
    // What it tells unasked may have met no reader before.
    if let Some(input) = &mut worker.input {
        let _ = writeln!(input, r#"{{"id":1,"command":"version"}}"#);
    }
    let status = worker.running.child.wait().expect("its end");
    assert_eq!(status.code(), Some(1));
    eventually("no socket is left", || sockets(gateway.port).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_does_not_read_costs_no_memory_and_the_end_comes_all_the_same() {
    let gateway = Simulator::start("normal");
    let mut worker = Worker::connected(gateway.port, &[]);
    let pid = worker.pid();
    let mut input = worker.input.take().expect("its stdin");
    // Answers of about 3 KB each, 60 MB in all; the pipe takes a few of them.
    let writer = std::thread::spawn(move || {
        use std::io::Write;
        for id in 0..20_000 {
            let line = format!("{{\"id\":{id},\"command\":\"account_values\"}}\n");
            if input.write_all(line.as_bytes()).is_err() {
                return;
            }
        }
    });
    let waits = |task: &str| {
        let path = format!("/proc/{pid}/task");
        let tasks = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut names = tasks.filter_map(|task| {
            let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
            let wchan = std::fs::read_to_string(task.path().join("wchan")).ok()?;
            Some((name.trim().to_owned(), wchan))
        });
        names.any(|(name, wchan)| name == task && wchan.contains("pipe"))
    };
    // Either the kernel tells that the writer waits for the pipe, or it tells nothing of it.
    let tells = std::fs::read_to_string("/proc/self/wchan").is_ok_and(|it| it.len() > 1);
    if tells {
        eventually("it waits for its reader", || waits("writer"));
    }
    let memory = resident(pid);
    assert!(memory < 100 << 20, "{memory} bytes");
    worker.running().signal(Signal::TERM);
    let status = worker.running.child.wait().expect("its end");
    assert_eq!(status.code(), Some(143));
    writer.join().expect("the writer ends with the worker");
}

#[cfg(target_os = "linux")]
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("VmRSS");
    let kilobytes = line
        .split_whitespace()
        .nth(1)
        .and_then(|it| it.parse::<u64>().ok());
    kilobytes.expect("a number") * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_flat_over_many_commands() {
    let gateway = Simulator::start("normal");
    let mut worker = Worker::connected(gateway.port, &[]);
    let mut after = Vec::new();
    for round in 0..8 {
        for _ in 0..10 {
            // Those that ask for the positions at once share one request: the pace is not the limit.
            for id in 0..150 {
                let command = if id % 3 == 0 { "positions" } else { "version" };
                worker.ask(&json!(id), command, &json!({}));
            }
            for id in 0..150 {
                let answer = worker.answer(&json!(id));
                assert_eq!(answer["status"], "success", "{round}: {answer}");
            }
            worker.passed.clear();
        }
        after.push(resident(worker.pid()));
    }
    let (first, last) = (after[2], after[7]);
    assert!(last < first + (2 << 20), "{after:?}");
}
