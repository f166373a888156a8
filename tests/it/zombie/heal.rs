//! `--heal` on real processes: the socket goes, and the client lives on.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::io::Write;

use ibdoc::machine::heal::Holder;
use ibdoc::machine::pid::ProcessId;
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::TcpState;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::helpers::command::skipped;
use crate::machine::table::eventually;
use crate::zombie::kill::hung_up;
use crate::zombie::zoo::{Port, Zoo, block, is_running, killed, type_it, zombies};

/// What `--heal` does to this kind of client, which must live; `None` without Python.
fn heal(kind: &str, argument: &str, arguments: &[&str]) -> Option<(Value, i32, ProcessId, bool)> {
    let port = Port::open();
    let mut zoo = Zoo::start(kind, port.number(), argument)?;
    let client = zoo.client();
    let peer = port.hang_up();
    let (report, status) = zombies(port.number(), &[&["--heal"], arguments].concat());
    assert!(is_running(client), "{report:#}");
    assert_eq!(killed(&report), []);
    let gone = sockets::system()
        .find(peer, port.address)
        .unwrap()
        .is_none();
    Some((report, status, client, gone))
}

fn healed(kind: &str, argument: &str) {
    let Some((report, status, client, gone)) = heal(kind, argument, &[]) else {
        return skipped("no python3");
    };
    let healed = report["zombies"]["healed"].as_array().unwrap();
    assert_eq!((healed.len(), status, gone), (1, 0, true), "{report:#}");
    assert_eq!(healed[0]["pid"], client.pid.0);
    assert_eq!(report["zombies"]["remaining"], 0);
}

fn left_alone(kind: &str, argument: &str) {
    let Some((report, status, _, gone)) = heal(kind, argument, &[]) else {
        return skipped("no python3");
    };
    assert_eq!(
        report["zombies"]["healed"].as_array().unwrap().len(),
        0,
        "{report:#}"
    );
    assert_eq!((status, gone), (3, false));
}

#[test]
fn the_socket_of_a_supervised_client_is_shut_down() {
    healed("supervised", "");
}

#[test]
fn the_socket_of_a_connected_client_is_shut_down_and_its_other_one_is_not() {
    let other = Port::open();
    healed("connected", &other.number().to_string());
}

#[test]
fn the_socket_of_a_client_that_listens_elsewhere_is_shut_down() {
    healed("listening", "");
}

#[test]
fn a_socket_that_a_pool_shares_is_shut_down_once() {
    healed("pool", "");
}

#[test]
fn a_socket_of_mptcp_and_one_of_a_thread_alone_are_shut_down() {
    // PIDFD_THREAD is of Linux 6.9.
    for kind in ["by-mptcp", "of-thread"] {
        healed(kind, "");
    }
}

#[test]
fn a_socket_in_a_ring_is_left_alone_with_the_reason() {
    let port = Port::open();
    let own = port.number().to_string();
    let Some(mut zoo) = Zoo::start("kept-by-ring", port.number(), &own) else {
        return skipped("no python3");
    };
    if zoo.line().contains("no-io_uring") {
        return skipped("no io_uring");
    }
    port.hang_up();
    let (report, _) = zombies(port.number(), &["--heal"]);
    let said = report["findings"].to_string();
    assert!(said.contains("it is in an io_uring"), "{report:#}");
}

#[test]
fn what_could_be_a_gateway_is_left_alone() {
    left_alone("renamed-listening", "ibgateway");
}

#[test]
fn another_users_socket_is_left_alone() {
    if rustix::process::geteuid().is_root() {
        left_alone("other-user", "65534");
    } else {
        skipped("only root can start another user's process");
    }
}

#[test]
fn a_young_socket_is_left_alone() {
    let Some((report, status, _, gone)) = heal("supervised", "", &["--min-age", "60s"]) else {
        return skipped("no python3");
    };
    assert_eq!(
        report["zombies"]["healed"].as_array().unwrap().len(),
        0,
        "{report:#}"
    );
    assert_eq!((status, gone), (0, false));
}

#[test]
fn a_descriptor_that_is_another_socket_is_not_shut_down() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let peer = port.hang_up();
    let row = sockets::system().find(peer, port.address).unwrap().unwrap();
    let processes = ibdoc::machine::process::linux::Proc::default();
    let other = sockets::Socket {
        cookie: row.cookie.map(|cookie| cookie + 1),
        ..row.clone()
    };
    let table = sockets::system();
    let holder = Holder::open(&processes, client).unwrap();
    let error = holder.heal(&*table, &other).unwrap_err();
    assert!(error.to_string().contains("another socket"), "{error}");
    let later = ProcessId {
        started: client.started + 1,
        ..client
    };
    assert!(Holder::open(&processes, later).is_err());
    let now = table.find(peer, port.address).unwrap();
    assert_eq!(now.map(|now| now.state), Some(row.state));
}

#[test]
fn a_socket_that_is_not_half_closed_is_not_shut_down() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let (_kept, peer) = port.accept();
    let table = sockets::system();
    let row = table.find(peer, port.address).unwrap().unwrap();
    assert_eq!(row.state, TcpState::Established);
    // What an earlier look would have said.
    let stale = sockets::Socket {
        state: TcpState::CloseWait,
        ..row
    };
    let processes = ibdoc::machine::process::linux::Proc::default();
    let holder = Holder::open(&processes, client).unwrap();
    let error = holder.heal(&*table, &stale).unwrap_err();
    assert!(
        error.to_string().contains("not half closed any more"),
        "{error}"
    );
    let now = table.find(peer, port.address).unwrap().unwrap();
    assert_eq!(now.state, TcpState::Established);
}

#[test]
fn a_healed_client_reads_what_came_and_then_the_end_and_lives_on() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("reader", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let (mut connection, peer) = port.accept();
    connection.write_all(b"last words").unwrap();
    drop(connection);
    let table = sockets::system();
    eventually("CLOSE_WAIT with the last words unread", || {
        let row = table.find(peer, port.address).unwrap()?;
        (row.state == TcpState::CloseWait && row.recv_queue == Some(11)).then_some(())
    });
    let (report, status) = zombies(port.number(), &["--heal"]);
    let healed = report["zombies"]["healed"].as_array().unwrap();
    assert_eq!((healed.len(), status), (1, 0), "{report:#}");
    assert!(table.find(peer, port.address).unwrap().is_none());
    let raw = i32::try_from(client.pid.0).unwrap();
    kill_process(Pid::from_raw(raw).unwrap(), Signal::USR1).unwrap();
    assert_eq!(zoo.line(), "read [b'last words', b'']\n");
    assert!(is_running(client));
}

#[test]
fn a_client_that_heal_refuses_is_told_with_the_reason_and_as_no_failed_kill() {
    for arguments in [&["--heal"][..], &["--heal", "--pid"]] {
        let Some((port, _zoo, client)) = hung_up("renamed-listening", "ibgateway") else {
            return skipped("no python3");
        };
        let pid = client.pid.to_string();
        let named = if arguments.len() > 1 {
            &[pid.as_str()][..]
        } else {
            &[]
        };
        let (report, status) = zombies(port.number(), &[arguments, named].concat());
        let finding = &report["findings"][0];
        assert_eq!(
            (&finding["code"], status),
            (&"heal-failed".into(), 3),
            "{report:#}"
        );
        let said = finding.to_string();
        assert!(
            said.contains("it listens, and its path or command line"),
            "{report:#}"
        );
        assert!(said.contains(&format!("pid {pid}")), "{said}");
    }
}

#[test]
fn every_half_closed_socket_of_living_clients_is_healed_by_the_command_of_the_plan() {
    let kinds = [
        "supervised",
        "nohup",
        "setsid",
        "daemon",
        "logging",
        "job",
        "stopped-job",
        "terminal",
        "on-terminal",
        "read",
        "leaking",
        "boss",
        "datagram",
        "listening",
        "tracked",
    ];
    for kind in kinds {
        let port = Port::open();
        let Some(mut zoo) = Zoo::start(kind, port.number(), "") else {
            return skipped("no python3");
        };
        let client = zoo.client();
        let peer = port.hang_up();
        let heal = format!("ibdoc zombies --heal --port {} --min-age 0s", port.number());
        if kind != "tracked" {
            let (plan, _) = zombies(port.number(), &[]);
            assert_eq!(block(&plan, client)["command"], heal, "{kind}: {plan:#}");
        }
        let (report, status) = type_it(&heal.into());
        assert!(
            is_running(client) && killed(&report).is_empty(),
            "{kind}: {report:#}"
        );
        assert_eq!(status, 0, "{kind}: {report:#}");
        let left = sockets::system().find(peer, port.address).unwrap();
        assert_eq!(left, None, "{kind}");
    }
}
