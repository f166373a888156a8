//! What a census says of the ports themselves: who listens, whether it is stopped, what keeps a port
//! on which nothing listens, and what cannot be seen.

#![cfg(target_os = "linux")]

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::handshake::path::gateway;
use crate::helpers::command::{Ran, eventually, half_closed, run, run_json, skipped};
use crate::machine::children::Running;

#[test]
fn a_listener_that_is_stopped_is_found_and_its_queue_is_not() {
    let Some(gateway) = gateway(&[], "mute", 0) else {
        return skipped("no java");
    };
    let port = gateway.said.as_str();
    let pid = i32::try_from(gateway.pid().0).ok().and_then(Pid::from_raw);
    let pid = pid.expect("a pid");
    kill_process(pid, Signal::STOP).expect("it stops");
    let stat = format!("/proc/{}/stat", gateway.pid());
    eventually("it is stopped", || {
        std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "))
    });
    let address = format!("127.0.0.1:{port}");
    let _waiting = std::net::TcpStream::connect(address).expect("a place in the queue");
    let ran = run_json(&["zombies", "--port", port]);
    kill_process(pid, Signal::CONT).expect("it goes on");
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
        ("mount -t proc -o hidepid=2 proc /proc", "65534"),
        ("mount -t tmpfs tmpfs /proc", "0"),
    ] {
        // The program is copied to where each user may run it.
        let line = format!(
            "{mount} && mount -t tmpfs -o mode=755 tmpfs /mnt && cp \"$1\" /mnt/ibdoc && \
             exec setpriv --reuid {user} --regid {user} --clear-groups /mnt/ibdoc \
             zombies --port \"$2\" --json"
        );
        let program = env!("CARGO_BIN_EXE_ibdoc");
        let output = Command::new("unshare")
            .args(["--mount", "sh", "-c", &line, "sh", program, &gateway.said])
            .output();
        let Ok(output) = output else {
            return skipped("no unshare");
        };
        if output.stdout.is_empty() {
            return skipped("/proc cannot be mounted anew here");
        }
        let ran = Ran::from(output);
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
