//! A Gateway behind a relay: what can be told of it, and what is the relay's own.

#[cfg(unix)]
use std::net::TcpStream;

#[cfg(unix)]
use ibdoc::machine::process::{Search, system};
#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::helpers::command::{SEES_ALL, Simulator, relay, run, run_json, skipped};
#[cfg(unix)]
use crate::helpers::command::{eventually, half_closed, sockets};

#[test]
fn through_a_relay_the_receipt_is_unknown_and_the_close_is_the_relays() {
    let gateway = Simulator::start("normal");
    let Some((_relay, port)) = relay(gateway.port) else {
        return skipped("socat is not installed");
    };
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
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("sockets left: unknown"), "{text}");
    let probe = run_json(&["probe", &port.to_string()]).json();
    assert_eq!(probe["probe"]["endpoints"][0]["listener"]["kind"], "relay");

    // The Gateway is gone, the relay still accepts. Where its target is not seen, it has to be asked.
    drop(gateway);
    let dead = run_json(&["handshake", &port.to_string()]).json();
    // A Gateway of another test that does not listen yet may be the one that is awaited.
    let (codes, made): (&[&str], _) = if SEES_ALL {
        (&["relay-without-gateway", "gateway-starting"], 0)
    } else {
        (&["closed-before-version"], 1)
    };
    let code = dead["findings"][0]["code"].as_str().unwrap_or_default();
    assert!(codes.contains(&code), "{dead}");
    assert_eq!(dead["footprint"]["connections"], made, "{dead}");
    assert!(
        dead["findings"][0]["evidence"]
            .to_string()
            .contains("socat"),
        "{dead}"
    );
    let forced = run_json(&["handshake", &port.to_string(), "--force"]).json();
    assert_eq!(forced["findings"][0]["code"], "closed-before-version");
    assert_eq!(forced["footprint"]["sockets_left"], Value::Null);
}

#[cfg(unix)]
#[test]
fn a_half_closed_socket_that_a_relay_keeps_is_the_relays() {
    let gateway = Simulator::start("silent");
    let Some((relay, port)) = relay(gateway.port) else {
        return skipped("socat is not installed");
    };
    let client = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    eventually("socat passes on", || sockets(gateway.port).len() == 2);
    // A relay that hangs keeps the socket of a client that has left.
    let theirs = sockets(port)
        .into_iter()
        .find(|socket| socket.local.port() == port);
    let theirs = [theirs.expect("the relay's end")];
    let owners = system().owners(&theirs, Search::Every).expect("owners");
    // Its parent may not have closed the connection yet.
    let child = owners.holders[0]
        .iter()
        .find(|pid| pid.0 != relay.child.id());
    let child = child.and_then(|pid| Pid::from_raw(i32::try_from(pid.0).ok()?));
    let child = child.expect("socat's child");
    kill_process(child, Signal::STOP).expect("socat's child stops");
    drop(client);
    eventually("it is half closed", || half_closed(port) == 1);
    let ran = run_json(&["zombies", "--port", &port.to_string(), "--min-age", "0s"]);
    kill_process(child, Signal::CONT).expect("it goes on, and ends");
    let report = ran.json();
    assert_eq!(ran.principal(), "zombie-relay-owned", "{report}");
    assert_eq!(report["zombies"]["zombies"][0]["side"], "relay");
    assert_eq!(
        report["zombies"]["zombies"][0]["holders"][0]["name"], "socat",
        "{report}"
    );
    assert_eq!(ran.status, 3);
}
