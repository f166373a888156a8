//! A Gateway behind a relay: what can be told of it, and what is the relay's own.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use ibdoc::machine::sockets::TcpState;
#[cfg(unix)]
use rustix::process::Signal;
use serde_json::Value;

use crate::helpers::command::{Running, Simulator, eventually, run, run_json, skipped, sockets};

#[test]
fn through_a_relay_the_receipt_is_unknown_and_the_close_is_the_relays() {
    let Ok(version) = Command::new("socat").arg("-V").output() else {
        skipped("socat is not installed");
        return;
    };
    assert!(version.status.success());
    let gateway = Simulator::start("normal");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a free port").port();
    let mut socat = Command::new("socat");
    let to = format!("TCP:127.0.0.1:{}", gateway.port);
    socat
        .args([
            &format!("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr"),
            &to,
        ])
        .stdout(std::process::Stdio::piped());
    let relay = Running::start(socat);
    let table = ibdoc::machine::sockets::system();
    let address = ([127, 0, 0, 1], port).into();
    eventually("socat listens", || {
        table.listener(address).is_ok_and(|row| row.is_some())
    });

    let ran = run_json(&["handshake", &port.to_string()]);
    let report = ran.json();
    assert_eq!(
        (ran.status, ran.principal().as_str()),
        (0, "relay-listener"),
        "{report}"
    );
    assert_eq!(report["handshake"]["close"]["how"], "relayed");
    assert_eq!(report["footprint"]["sockets_left"], Value::Null);
    let text = run(&["handshake", &port.to_string()]).stdout;
    assert!(text.contains("sockets left: unknown"), "{text}");
    let probe = run_json(&["probe", &port.to_string()]).json();
    assert_eq!(probe["probe"]["endpoints"][0]["listener"]["kind"], "relay");

    // The Gateway is gone, the relay still accepts.
    drop(gateway);
    let dead = run_json(&["handshake", &port.to_string()]).json();
    assert_eq!(dead["findings"][0]["code"], "closed-before-version");
    assert!(
        dead["findings"][0]["evidence"]
            .to_string()
            .contains("socat"),
        "{dead}"
    );
    assert_eq!(dead["footprint"]["sockets_left"], Value::Null);
    drop(relay);
}

#[cfg(unix)]
#[test]
fn a_half_closed_socket_that_a_relay_keeps_is_the_relays() {
    if Command::new("socat").arg("-V").output().is_err() {
        return skipped("socat is not installed");
    }
    let gateway = Simulator::start("silent");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a free port").port();
    let mut socat = Command::new("socat");
    let to = format!("TCP:127.0.0.1:{}", gateway.port);
    socat
        .args([&format!("TCP-LISTEN:{port},bind=127.0.0.1,fork"), &to])
        .stdout(std::process::Stdio::piped());
    let _relay = Running::start(socat);
    let mut client = None;
    eventually("socat accepts", || {
        client = TcpStream::connect(("127.0.0.1", port)).ok();
        client.is_some()
    });
    eventually("socat passes on", || sockets(gateway.port).len() == 2);
    // A relay that hangs keeps the socket of a client that has left.
    let theirs = sockets(port)
        .into_iter()
        .find(|socket| socket.local.port() == port);
    let theirs = [theirs.expect("the relay's end")];
    let owners =
        ibdoc::machine::process::system().owners(&theirs, ibdoc::machine::process::Search::First);
    let child = owners.expect("owners").holders[0][0];
    let child = i32::try_from(child.0)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let child = child.expect("a pid");
    rustix::process::kill_process(child, Signal::STOP).expect("socat's child stops");
    drop(client);
    eventually("it is half closed", || {
        let half = |socket: &ibdoc::machine::sockets::Socket| socket.state == TcpState::CloseWait;
        sockets(port).iter().any(half)
    });
    let ran = run_json(&["zombies", "--port", &port.to_string(), "--min-age", "0s"]);
    rustix::process::kill_process(child, Signal::CONT).expect("it goes on, and ends");
    let report = ran.json();
    assert_eq!(ran.principal(), "zombie-relay-owned", "{report}");
    assert_eq!(report["zombies"]["zombies"][0]["side"], "relay");
    assert_eq!(
        report["zombies"]["zombies"][0]["holders"][0]["name"], "socat",
        "{report}"
    );
    assert_eq!(ran.status, 3);
}
