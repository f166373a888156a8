//! `--supervise`: a child that is killed is started again, and no command stays unanswered.

#[cfg(target_os = "linux")]
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};

use super::Worker;
#[cfg(target_os = "linux")]
use crate::helpers::command::{Simulator, eventually, sockets};

#[cfg(target_os = "linux")]
fn kill(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a pid"), signal).expect("a process of this test");
}

/// The process that keeps the session: the only child of the worker, as soon as it is there.
#[cfg(target_os = "linux")]
fn child_of(pid: u32) -> u32 {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let mut found = None;
    eventually("it has a child", || {
        let children = std::fs::read_to_string(&path).expect("its children");
        let children = children.split_whitespace().map(|it| it.parse().ok());
        let children: Option<Vec<u32>> = children.collect();
        found = children.and_then(|children| match children.as_slice() {
            [child] => Some(*child),
            _ => None,
        });
        found.is_some()
    });
    found.expect("a child")
}

#[cfg(target_os = "linux")]
fn is_gone(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    status.is_err() || status.is_ok_and(|it| it.contains(") Z "))
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_is_killed_is_back_with_its_session_and_every_lost_id_is_answered() {
    let gateway = Simulator::start("sync-hangs=executions");
    let mut worker = Worker::connected(gateway.port, &["--supervise"]);
    for id in [json!(1), json!("two")] {
        worker.ask(&id, "executions", &json!({}));
    }
    // They are under way once a later command is answered.
    assert_eq!(
        worker.call(&json!(3), "positions", &json!({}))["status"],
        "success"
    );
    let child = child_of(worker.pid());
    kill(child, Signal::KILL);
    let restarted = worker.event("restarted");
    assert_eq!(
        (&restarted["ids"], &restarted["restarts"]),
        (&json!([1, "two"]), &json!(1))
    );
    assert!(
        restarted["pid"]
            .as_u64()
            .is_some_and(|pid| pid != u64::from(child))
    );
    for id in [json!(1), json!("two")] {
        assert_eq!(worker.answer(&id)["code"], "worker-lost");
    }
    assert_eq!(
        worker.event("reconnected")["accounts"],
        json!(["DU9000021"])
    );
    assert_eq!(
        worker.call(&json!(1), "positions", &json!({}))["status"],
        "success"
    );
    let (ran, lines) = worker.finish();
    assert_eq!(ran.status, 0, "{lines:?}");
    eventually("no socket is left", || sockets(gateway.port).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_ends_again_and_again_is_given_up() {
    let mut worker = Worker::start(&["--supervise"]);
    let mut pid = child_of(worker.pid());
    for restarts in 1..=5 {
        kill(pid, Signal::KILL);
        let restarted = worker.event("restarted");
        assert_eq!(restarted["restarts"], restarts);
        pid = restarted["pid"]
            .as_u64()
            .and_then(|it| it.try_into().ok())
            .expect("a pid");
    }
    kill(pid, Signal::KILL);
    assert_eq!(worker.event("restarted")["pid"], Value::Null);
    let (ran, _) = worker.finish();
    assert_eq!(ran.status, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_ends_with_a_parent_that_is_killed_and_leaves_no_socket() {
    let gateway = Simulator::start("normal");
    let worker = Worker::connected(gateway.port, &["--supervise"]);
    let child = child_of(worker.pid());
    kill(worker.pid(), Signal::KILL);
    eventually("the child has ended", || is_gone(child));
    eventually("no socket is left", || sockets(gateway.port).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_both_in_order() {
    let gateway = Simulator::start("normal");
    let worker = Worker::connected(gateway.port, &["--supervise"]);
    let child = child_of(worker.pid());
    worker.running().signal(Signal::TERM);
    let (ran, lines) = worker.finish();
    assert_eq!(ran.status, 143);
    assert_eq!(super::report(&lines)["footprint"]["sockets_left"], 0);
    assert!(is_gone(child));
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_to_the_whole_group_ends_both_in_order() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let gateway = Simulator::start("sync-hangs=executions");
        let mut worker = Worker::connected(gateway.port, &["--supervise"]);
        worker.ask(&json!(1), "executions", &json!({}));
        let time = worker.call(&json!(2), "time", &json!({}));
        assert_eq!(time["status"], "success");
        let group = i32::try_from(worker.pid()).ok().and_then(Pid::from_raw);
        kill_process_group(group.expect("a pid"), signal).expect("a group of this test");
        let (ran, lines) = worker.finish();
        let answer = lines.iter().find(|line| line["id"] == 1);
        let code = answer.map(|it| &it["code"]);
        assert_eq!(
            (ran.status, code),
            (status, Some(&json!("ended"))),
            "{lines:?}"
        );
        assert_eq!(super::report(&lines)["footprint"]["sockets_left"], 0);
    }
}

#[test]
fn lines_pass_as_they_are_and_those_that_are_too_long_are_refused() {
    let mut worker = Worker::start(&["--supervise", "--sim"]);
    worker.write(&"x".repeat((1 << 20) + 1));
    assert_eq!(worker.answer(&Value::Null)["code"], "invalid-line");
    worker.write("{");
    assert_eq!(worker.answer(&Value::Null)["code"], "invalid-line");
    let session = worker.call(&json!(1), "connect", &json!({}));
    assert_eq!(session["status"], "success");
    // A session of the simulated Gateway is lost with the child; a disconnect ends it.
    assert_eq!(
        worker.call(&json!(2), "disconnect", &json!({}))["status"],
        "success"
    );
    let (ran, _) = worker.finish();
    assert_eq!(ran.status, 0);
}
