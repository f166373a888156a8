//! `--kill` on real processes: orphans end, and everybody else lives.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::{RunState, system};
use serde_json::Value;

use crate::helpers::command::skipped;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Port, Zoo, is_running, killed, verdict, zombies};

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
fn a_stopped_orphan_ends_by_sigkill() {
    orphan("stopped", "KILL");
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

/// No process of this kind is ended, also not when named.
pub(crate) fn spared(kind: &str, argument: &str, class: &str) {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start(kind, port.number(), argument) else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    lives(&port, client, class);
}

pub(crate) fn lives(port: &Port, client: ProcessId, class: &str) {
    let (report, status) = zombies(port.number(), &KILL);
    let expected = (class.to_owned(), "spare".to_owned());
    assert_eq!(
        (verdict(&report, client), status),
        (expected, 3),
        "{report:#}"
    );
    let pid = client.pid.to_string();
    let (named, status) = zombies(port.number(), &[&KILL[..], &["--pid", &pid]].concat());
    assert!(is_running(client), "{named:#}");
    assert_eq!(
        (killed(&report), killed(&named), status),
        (vec![], vec![], 3)
    );
    assert_eq!(named["findings"][0]["code"], "kill-failed", "{named:#}");
}

#[test]
fn an_orphan_whose_child_is_running_lives() {
    spared("boss", "", "orphan");
}

#[test]
fn the_client_of_a_living_parent_lives() {
    spared("supervised", "", "supervised");
}

#[test]
fn a_client_connected_to_another_gateway_port_lives() {
    let other = Port::open();
    spared("connected", &other.number().to_string(), "connected");
}

#[test]
fn a_client_connected_elsewhere_lives() {
    // A port is a Gateway's only if it was named; here neither run names it.
    let elsewhere = Port::open();
    spared("connected", &elsewhere.number().to_string(), "connected");
}

#[test]
fn a_client_in_an_open_terminal_lives() {
    spared("terminal", "", "interactive");
}

#[test]
fn a_client_that_listens_lives() {
    spared("listening", "", "protected");
}

#[test]
fn a_client_named_ibgateway_lives() {
    spared("renamed", "", "protected");
}

#[test]
fn a_client_whose_main_thread_has_exited_lives() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("headless", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    let state = || system().facts(client.pid).unwrap().unwrap().state;
    eventually("a main thread that has exited", || {
        (state() == Some(RunState::Zombie)).then_some(())
    });
    let (report, _) = zombies(port.number(), &KILL);
    let expected = ("unknown".to_owned(), "spare".to_owned());
    assert_eq!(verdict(&report, client), expected, "{report:#}");
    let threads = fs::read_dir(format!("/proc/{}/task", client.pid)).unwrap();
    assert!(threads.count() > 1, "its other thread goes on");
}

#[test]
fn a_client_in_the_folder_of_tws_lives() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("Jts");
    fs::create_dir(&folder).unwrap();
    let script = folder.join("bot.py");
    fs::write(&script, include_str!("../helpers/zombie_zoo.py")).unwrap();
    spared("moved", script.to_str().unwrap(), "protected");
}

#[test]
fn a_client_that_shares_its_socket_with_a_server_lives() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("shared", port.number(), "") else {
        return skipped("no python3");
    };
    let (client, server) = (zoo.client(), zoo.client());
    port.hang_up();
    let (report, _) = zombies(port.number(), &KILL);
    assert!(is_running(client) && is_running(server), "{report:#}");
    let (class, action) = verdict(&report, server);
    assert_eq!(
        (class.as_str(), action.as_str()),
        ("protected", "spare"),
        "{report:#}"
    );
    lives(&port, client, "orphan");
}

/// A client that was detached on purpose lives, is said to be so, and ends when it is named.
fn detached(kind: &str, why: &str) {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start(kind, port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    eventually("a client that is detached", || {
        let (plan, _) = zombies(port.number(), &[]);
        (verdict(&plan, client).0 == "detached").then_some(())
    });
    let (report, status) = zombies(port.number(), &KILL);
    let expected = ("detached".to_owned(), "spare".to_owned());
    assert_eq!(
        (verdict(&report, client), status),
        (expected, 3),
        "{report:#}"
    );
    assert!(is_running(client) && killed(&report).is_empty());
    let pid = client.pid.to_string();
    let reason = report["zombies"]["zombies"][0]["reason"].as_str().unwrap();
    let said = format!("it was detached on purpose ({why}): --pid {pid} ends it");
    assert!(reason.contains(&said), "{reason}");
    let (report, status) = zombies(port.number(), &[&KILL[..], &["--pid", &pid]].concat());
    assert!(!is_running(client), "{report:#}");
    assert_eq!((killed(&report).len(), status), (1, 0), "{report:#}");
}

#[test]
fn a_client_under_nohup_ends_only_when_named() {
    detached("nohup", "it ignores SIGHUP, as under nohup");
}

#[test]
fn a_session_leader_ends_only_when_named() {
    detached("setsid", "it leads a session of its own, as under setsid");
}

#[test]
fn a_daemon_ends_only_when_named() {
    let why = "it has no terminal and talks to files only, as a daemon does";
    detached("daemon", why);
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
