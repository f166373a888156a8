//! What a census says of the ports themselves: who listens, whether it is stopped, what keeps a port
//! on which nothing listens, and what cannot be seen.

#![cfg(target_os = "linux")]

use std::process::Command;

use crate::handshake::path::gateway;
use crate::helpers::command::{eventually, half_closed, run, run_json, skipped};
use crate::helpers::other_user::{NOBODY, in_own_mounts};
use crate::helpers::stopped::Stopped;
use crate::machine::children::Running;

#[test]
fn a_listener_that_is_stopped_is_found_and_its_queue_is_not() {
    let Some(gateway) = gateway(&[], "mute", 0) else {
        return skipped("no java");
    };
    let port = gateway.said.as_str();
    let stopped = Stopped::new(&gateway);
    let address = format!("127.0.0.1:{port}");
    let _waiting = std::net::TcpStream::connect(address).expect("a place in the queue");
    let ran = run_json(&["zombies", "--port", port]);
    drop(stopped);
    let report = ran.json();
    assert_eq!(
        (ran.status, ran.principal().as_str()),
        (4, "gateway-stopped"),
        "{report:#}"
    );
    let findings = report["findings"].to_string();
    assert!(!findings.contains("accept-queue-stuck"), "{findings}");
    assert!(
        findings.contains(&format!("kill -CONT {}", gateway.pid())),
        "{findings}"
    );
}

/// Listens with `SO_REUSEPORT` on an address and a port.
const TWIN: &str = "
import socket, sys
host, port = sys.argv[1].split(' ')
twin = socket.socket()
twin.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
twin.bind((host, int(port)))
twin.listen(7)
print(twin.getsockname()[1], flush=True)
sys.stdin.read()
";

#[test]
fn listeners_that_share_a_port_are_listed_with_their_queues() {
    let Some(one) = Running::python(TWIN, "127.0.0.1 0") else {
        return skipped("no python3");
    };
    let port = one.said.as_str();
    let start = |host: &str| Running::python(TWIN, &format!("{host} {port}")).expect("python3");
    let (two, any) = (start("127.0.0.1"), start("0.0.0.0"));
    let _waiting = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).expect("a place");
    let report = run_json(&["zombies", "--port", port]).json();
    let listeners = report["zombies"]["listeners"]
        .as_array()
        .expect("listeners");
    let of = |running: &Running| {
        let pid = running.pid().0;
        let mut found = listeners.iter().filter(|it| it["pid"] == pid);
        let listener = found.next().expect("it is listed");
        assert!(found.next().is_none(), "once: {report:#}");
        let address = listener["address"].as_str().unwrap_or_default();
        (address.to_owned(), listener["accept_queue"].as_u64())
    };
    let (first, second, third) = (of(&one), of(&two), of(&any));
    let loopback = format!("127.0.0.1:{port}");
    assert_eq!((&first.0, &second.0), (&loopback, &loopback), "{report:#}");
    assert_eq!(third, (format!("0.0.0.0:{port}"), Some(0)), "{report:#}");
    assert_eq!(
        first.1.zip(second.1).map(|(a, b)| a + b),
        Some(1),
        "{report:#}"
    );
    let text = run(&["zombies", "--port", port]).stdout;
    assert!(text.contains(&format!("{loopback} listens: ")), "{text}");
    // The connection went to one of the two, and nobody accepts it.
    assert_eq!(run_json(&["probe", port]).principal(), "accept-queue-stuck");
}

/// Leaves a connection of its port in `FIN_WAIT2`, and listens no more.
const LEAVES: &str = "
import socket, sys
listener = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(listener.getsockname())
served, _ = listener.accept()
served.close()
listener.close()
print(client.getpeername()[1], flush=True)
sys.stdin.read()
";

#[test]
fn what_keeps_a_relay_from_binding_its_port_is_shown() {
    let Some(left) = Running::python(LEAVES, "") else {
        return skipped("no python3");
    };
    let port: u16 = left.said.parse().expect("a port");
    // The client has the end of the connection, so the other side has its acknowledgement.
    eventually("the end has come", || half_closed(port) == 1);
    // As a relay without `reuseaddr` fares.
    let bound = Command::new("socat")
        .args([
            &format!("TCP-LISTEN:{port},bind=127.0.0.1,fork"),
            "TCP:127.0.0.1:9",
        ])
        .output();
    if let Ok(bound) = bound {
        let said = String::from_utf8_lossy(&bound.stderr).into_owned();
        assert!(said.contains("Address already in use"), "{said}");
    }
    let named = port.to_string();
    let report = run_json(&["zombies", "--port", &named]).json();
    let held = &report["zombies"]["held_ports"][0];
    assert_eq!(held["port"], port, "{report:#}");
    assert_eq!(held["state"], "FIN_WAIT2", "{report:#}");
    assert_eq!(held["sockets"], 1, "{report:#}");
    let text = run(&["zombies", "--port", &named]).stdout;
    assert!(text.contains("Address already in use"), "{text}");
    let probe = run_json(&["probe", &named]).json();
    let said = probe["findings"][0]["evidence"].to_string();
    assert!(said.contains("1 socket in FIN_WAIT2"), "{probe:#}");
}

#[test]
fn where_processes_are_hidden_a_census_is_unknown() {
    let Some(gateway) = Running::python(TWIN, "127.0.0.1 0") else {
        return skipped("no python3");
    };
    // A user who sees no other's processes, and root without /proc.
    for (mount, user) in [
        ("mount -t proc -o hidepid=2 proc /proc", NOBODY),
        ("mount -t tmpfs tmpfs /proc", 0),
    ] {
        let words = ["zombies", "--port", &gateway.said, "--json"];
        let Some(ran) = in_own_mounts(&[], mount, user, &words) else {
            return skipped("no unshare, or /proc cannot be mounted anew here");
        };
        let report = ran.json();
        assert_eq!(
            (ran.status, &report["verdict"]),
            (1, &"unknown".into()),
            "{report:#}"
        );
        assert!(
            report["error"].to_string().contains("hidepid"),
            "{report:#}"
        );
    }
}
