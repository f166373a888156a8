//! Clients that a bare `--kill` leaves alone: they end by the command that the plan prints, or never.

#![cfg(target_os = "linux")]

use std::fs;

use ibdoc::machine::process::{RunState, system};
use ibdoc::machine::sockets;

use crate::helpers::command::skipped;
use crate::machine::table::eventually;
use crate::zombie::kill::{KILL, hung_up, if_named, never};
use crate::zombie::zoo::{Port, Zoo, block, is_running, killed, type_it, verdict, zombies};

fn named_kind(kind: &str, argument: &str, class: &str, cost: &str) {
    match hung_up(kind, argument) {
        Some((port, _zoo, client)) => if_named(&port, client, class, cost),
        None => skipped("no python3"),
    }
}

#[test]
fn an_orphan_whose_child_is_running_ends_only_when_named() {
    named_kind("boss", "", "orphan", "its child python3 zoo.py (pid ");
}

#[test]
fn the_client_of_a_living_parent_ends_only_when_named() {
    let cost = "its parent python3 zoo.py (pid ";
    named_kind("supervised", "", "supervised", cost);
}

#[test]
fn a_client_connected_to_another_gateway_port_is_never_ended() {
    let other = Port::open();
    let Some((port, _zoo, client)) = hung_up("connected", &other.number().to_string()) else {
        return skipped("no python3");
    };
    let ports = [port.number().to_string(), other.number().to_string()];
    let pid = client.pid.to_string();
    let [port, other] = &ports;
    let arguments = ["--port", other, "--kill", "--pid", &pid];
    let (report, _) = zombies(port.parse().unwrap(), &arguments);
    assert!(
        is_running(client) && killed(&report).is_empty(),
        "{report:#}"
    );
    assert_eq!(verdict(&report, client).0, "connected", "{report:#}");
    let block = block(&report, client);
    assert_eq!(block["answer"], "never", "{block:#}");
    assert_eq!(
        block["otherwise"]["command"],
        format!("kill {pid}"),
        "{block:#}"
    );
    // What is dead of it is healed, and the living session stays.
    let (report, _) = type_it(&block["command"]);
    assert_eq!(
        report["zombies"]["healed"][0]["pid"], client.pid.0,
        "{report:#}"
    );
    assert!(is_running(client));
    let up = sockets::system()
        .snapshot(&[other.parse().unwrap()].into())
        .unwrap();
    let established = |row: &&sockets::Socket| row.state == sockets::TcpState::Established;
    assert_eq!(
        up.sockets.iter().filter(established).count(),
        2,
        "both ends"
    );
}

#[test]
fn a_client_connected_elsewhere_ends_only_when_named() {
    let elsewhere = Port::open();
    let cost = format!("it has a connection to {}", elsewhere.address);
    named_kind(
        "connected",
        &elsewhere.number().to_string(),
        "connected",
        &cost,
    );
}

#[test]
fn a_client_connected_by_udp_ends_only_when_named() {
    named_kind(
        "datagram",
        "",
        "connected",
        "it has a UDP socket connected to 127.0.0.1:",
    );
}

#[test]
fn a_client_in_an_open_terminal_ends_only_when_named() {
    let cost = "it runs in a terminal that is open";
    named_kind("terminal", "", "interactive", cost);
    named_kind("on-terminal", "", "interactive", cost);
}

#[test]
fn a_client_whose_output_is_read_ends_only_when_named() {
    let cost = "has the other end of its input or output";
    named_kind("read", "", "interactive", cost);
}

#[test]
fn a_client_that_listens_elsewhere_ends_only_when_named() {
    named_kind("listening", "", "connected", "it listens on port ");
}

#[test]
fn a_client_that_leads_its_process_group_ends_only_when_named() {
    let cost = "it leads its process group: it was started as a job or a daemon";
    named_kind("job", "", "detached", cost);
}

#[test]
fn a_stopped_client_ends_when_named_because_it_is_continued() {
    let Some((port, _zoo, client)) = hung_up("stopped-job", "") else {
        return skipped("no python3");
    };
    eventually("a stopped client", || {
        let facts = system().facts(client.pid).unwrap().unwrap();
        (facts.state == Some(RunState::Stopped)).then_some(())
    });
    let pid = client.pid.to_string();
    let arguments = ["--kill", "--grace", "20s", "--pid", &pid];
    let (report, status) = zombies(port.number(), &arguments);
    let ended = [(u64::from(client.pid.0), "TERM".to_owned())];
    assert_eq!((killed(&report), status), (ended.to_vec(), 0), "{report:#}");
}

#[test]
fn the_name_of_a_gateway_proves_nothing_without_java_or_a_listener() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("Jts");
    fs::create_dir(&folder).unwrap();
    let script = folder.join("bot.py");
    fs::write(&script, include_str!("../helpers/zombie_zoo.py")).unwrap();
    for (kind, argument) in [
        ("renamed", "ibgateway"),
        ("renamed", "tws_trader"),
        ("moved", script.to_str().unwrap()),
    ] {
        let Some((port, _zoo, client)) = hung_up(kind, argument) else {
            return skipped("no python3");
        };
        let (report, status) = zombies(port.number(), &KILL);
        assert!(!is_running(client), "{argument}: {report:#}");
        assert_eq!(status, 0, "{argument}");
    }
}

#[test]
fn a_listener_with_the_name_of_a_gateway_is_never_ended() {
    let Some((port, _zoo, client)) = hung_up("renamed-listening", "ibgateway") else {
        return skipped("no python3");
    };
    never(&port, client, "protected");
}

#[test]
fn a_client_whose_main_thread_has_exited_lives() {
    let Some((port, _zoo, client)) = hung_up("headless", "") else {
        return skipped("no python3");
    };
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
fn a_client_that_shares_its_socket_with_a_server_ends_only_with_it() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("shared", port.number(), "") else {
        return skipped("no python3");
    };
    let (client, server) = (zoo.client(), zoo.client());
    port.hang_up();
    let (report, _) = zombies(port.number(), &KILL);
    assert!(is_running(client) && is_running(server), "{report:#}");
    if_named(&port, client, "orphan", "the socket goes only when");
    assert!(!is_running(server), "both were named");
}

#[test]
fn a_detached_client_ends_only_when_named() {
    let nohup = "it was detached on purpose, as by nohup";
    named_kind("nohup", "", "detached", nohup);
    // Its output was read through a pipe, as that of a command of ssh: nothing tells the two apart.
    let leader = "it leads a session of its own";
    named_kind("setsid", "", "detached", leader);
    let daemon = "its output goes to /dev/null: a daemon, or left over from a crash";
    named_kind("daemon", "", "detached", daemon);
    let file = "its output goes to a file: a daemon, or left over from a crash";
    named_kind("logging", "", "detached", file);
}
