//! `--kill` on real processes: orphans end, and everybody else lives.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::{RunState, system};
use serde_json::Value;

use crate::helpers::command::skipped;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Port, Zoo, block, is_running, killed, type_it, verdict, zombies};

pub(crate) const KILL: [&str; 3] = ["--kill", "--grace", "300ms"];

fn orphan(kind: &str, signal: &str) {
    orphan_by(kind, signal, &[]);
}

fn orphan_by(kind: &str, signal: &str, arguments: &[&str]) {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start(kind, port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    if kind == "stopped" {
        eventually("a stopped client", || {
            let facts = system().facts(client.pid).unwrap().unwrap();
            (facts.state == Some(RunState::Stopped)).then_some(())
        });
    }
    let (plan, status) = zombies(port.number(), &[]);
    let orphaned = ("orphan".to_owned(), "kill".to_owned());
    assert_eq!((verdict(&plan, client), status), (orphaned, 3), "{plan:#}");
    assert_eq!(plan["findings"][0]["code"], "zombie-client-orphan");
    assert!(is_running(client), "a plan ends nobody");
    let (report, status) = zombies(port.number(), &[&KILL[..], arguments].concat());
    assert!(!is_running(client), "{report:#}");
    assert_eq!(
        killed(&report),
        [(u64::from(client.pid.0), signal.to_owned())]
    );
    assert_eq!(
        (&report["zombies"]["remaining"], status),
        (&0.into(), 0),
        "{report:#}"
    );
    // What was found is listed as it was, and said to have gone.
    let cleared = |report: &Value| report["zombies"]["zombies"][0]["cleared"].clone();
    assert_eq!(
        (cleared(&plan), cleared(&report)),
        (false.into(), true.into())
    );
}

#[test]
fn an_orphan_ends_by_sigterm_and_nothing_is_left() {
    orphan("orphan", "TERM");
}

#[test]
fn an_orphan_that_ignores_sigterm_ends_by_sigkill() {
    orphan("stubborn", "KILL");
}

#[test]
fn a_stopped_orphan_is_continued_and_ends_by_sigterm() {
    orphan("stopped", "TERM");
}

#[cfg(feature = "portable")]
#[test]
fn without_pidfds_as_on_portable_systems_an_orphan_ends_as_well() {
    orphan_by("orphan", "TERM", &["--by-pid"]);
    orphan_by("stubborn", "KILL", &["--by-pid"]);
}

#[test]
fn an_orphaned_pool_ends_with_its_workers() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("pool", port.number(), "") else {
        return skipped("no python3");
    };
    let pool = [zoo.client(), zoo.client(), zoo.client()];
    port.hang_up();
    let (report, status) = zombies(port.number(), &KILL);
    assert!(!pool.into_iter().any(is_running), "{report:#}");
    assert_eq!(
        (killed(&report)[0].0, status),
        (u64::from(pool[0].pid.0), 0),
        "{report:#}"
    );
}

/// A bare kill leaves this process alone, which is of this class.
pub(crate) fn stays(port: &Port, client: ProcessId, class: &str) -> Value {
    let (report, status) = zombies(port.number(), &KILL);
    let expected = (class.to_owned(), "spare".to_owned());
    assert_eq!(
        (verdict(&report, client), status),
        (expected, 3),
        "{report:#}"
    );
    assert!(
        is_running(client) && killed(&report).is_empty(),
        "{report:#}"
    );
    report
}

/// It is never ended, also not when it is named, and is told why.
pub(crate) fn never(port: &Port, client: ProcessId, class: &str) -> Value {
    let report = stays(port, client, class);
    assert_eq!(block(&report, client)["answer"], "never", "{report:#}");
    let pid = client.pid.to_string();
    let (named, status) = zombies(port.number(), &[&KILL[..], &["--pid", &pid]].concat());
    assert!(is_running(client) && killed(&named).is_empty(), "{named:#}");
    assert_eq!(
        (&named["findings"][0]["code"], status),
        (&"kill-failed".into(), 3)
    );
    report
}

/// It is ended by the command that the plan names, and by nothing less.
pub(crate) fn if_named(port: &Port, client: ProcessId, class: &str, cost: &str) {
    let report = stays(port, client, class);
    let block = block(&report, client);
    assert_eq!(
        (&block["answer"], &block["action"]),
        (&"if_named".into(), &"heal".into())
    );
    let said = block["cost"].as_str().unwrap_or_default();
    assert!(said.contains(cost), "{block:#}");
    assert_eq!(block["otherwise"]["action"], "kill_named", "{block:#}");
    let (report, status) = type_it(&block["otherwise"]["command"]);
    assert!(!is_running(client), "{report:#}");
    assert!(
        killed(&report)
            .iter()
            .any(|(pid, _)| *pid == u64::from(client.pid.0))
    );
    assert_eq!(
        (&report["zombies"]["remaining"], status),
        (&0.into(), 0),
        "{report:#}"
    );
}

/// A client of this kind, hung up on; `None` without Python.
pub(crate) fn hung_up(kind: &str, argument: &str) -> Option<(Port, Zoo, ProcessId)> {
    let port = Port::open();
    let mut zoo = Zoo::start(kind, port.number(), argument)?;
    let client = zoo.client();
    port.hang_up();
    Some((port, zoo, client))
}

#[test]
fn an_orphan_with_helpers_ends() {
    for kind in ["tracked", "sleeping"] {
        let Some((port, mut zoo, client)) = hung_up(kind, "") else {
            return skipped("no python3");
        };
        // Not before its helper runs a program of its own.
        zoo.line();
        let (report, status) = zombies(port.number(), &KILL);
        assert!(!is_running(client), "{kind}: {report:#}");
        assert_eq!(status, 0, "{kind}: {report:#}");
    }
}

#[test]
fn naming_one_process_spares_the_others() {
    let port = Port::open();
    let zoos = (0..2).map_while(|_| Zoo::start("orphan", port.number(), ""));
    let mut zoos: Vec<Zoo> = zoos.collect();
    if zoos.len() < 2 {
        return skipped("no python3");
    }
    let clients: Vec<ProcessId> = zoos.iter_mut().map(Zoo::client).collect();
    port.hang_up();
    port.hang_up();
    let pid = clients[1].pid.to_string();
    let (report, status) = zombies(port.number(), &[&KILL[..], &["--pid", &pid]].concat());
    assert!(
        is_running(clients[0]) && !is_running(clients[1]),
        "{report:#}"
    );
    assert_eq!(
        (&report["zombies"]["remaining"], status),
        (&1.into(), 3),
        "{report:#}"
    );
}

#[test]
fn a_client_lives_while_its_socket_is_young_or_nothing_listens() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    let young = [&KILL[..], &["--min-age", "60s"]].concat();
    let (report, status) = zombies(port.number(), &young);
    assert_eq!(verdict(&report, client).1, "none", "{report:#}");
    assert_eq!(
        (report["findings"].as_array().unwrap().len(), status),
        (0, 0),
        "{report:#}"
    );
    let number = port.number();
    drop(port);
    let (report, status) = zombies(number, &KILL);
    assert_eq!(
        (verdict(&report, client).1.as_str(), status),
        ("spare", 3),
        "{report:#}"
    );
    let reason = report["zombies"]["zombies"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("nothing listens"), "{reason}");
    assert!(is_running(client));
}

#[test]
fn a_pid_with_another_start_time_is_not_held() {
    use ibdoc::machine::kill::{ByPid, Killer, Pidfd};
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let earlier = ProcessId {
        started: client.started - 1,
        ..client
    };
    let processes = system();
    let killers: [&dyn Killer; 2] = [&Pidfd::new(&*processes), &ByPid::new(&*processes)];
    for killer in killers {
        assert!(killer.hold(earlier).unwrap().is_none());
        assert!(
            killer
                .hold(ProcessId {
                    pid: Pid(u32::MAX),
                    started: 1
                })
                .unwrap()
                .is_none()
        );
        let handle = killer.hold(client).unwrap().expect("the client itself");
        assert!(handle.is_alive().unwrap());
    }
}
