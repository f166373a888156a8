//! A real JVM as the Gateway behind a real relay: every command says of the relay's port what it
//! says of the Gateway's own, and adds nothing to the Gateway.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;

use ibdoc::machine::sockets::TcpState;
use serde_json::Value;

use crate::helpers::command::{
    Running as Started, Simulator, eventually, free_port, half_closed, listener, relay, relay_on,
    run_json, side_by_side, skipped, sockets,
};
use crate::helpers::stopped::Stopped;
use crate::machine::children::Running;

/// A Gateway that is sick in this way, with the words before its command.
pub(crate) fn gateway(before: &[&str], illness: &str, port: u16) -> Option<Running> {
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/handshake/gateway.java"
    );
    let java = ["java", "-Dlauncher=/home/me/Jts/ibgateway/1030", source];
    let words = [before, &java].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(illness).arg(port.to_string());
    command.stderr(Stdio::null());
    Command::new("java").arg("-version").output().ok()?;
    Running::start(&mut command)
}

/// The Gateway, its port, the relay in front of it and the relay's port.
fn behind_socat(illness: &str) -> Option<(Running, u16, Started, u16)> {
    let gateway = gateway(&[], illness, 0)?;
    let own = match gateway.said.parse().expect("a port") {
        0 => free_port(),
        port => port,
    };
    let (socat, front) = relay(own)?;
    Some((gateway, own, socat, front))
}

/// Each command that looks at one target.
fn commands(port: u16) -> [Vec<String>; 5] {
    let target = port.to_string();
    ["doctor", "health", "handshake", "soak", "probe"].map(|command| {
        let more: &[&str] = if command == "soak" {
            &["--attempts", "1"]
        } else {
            &[]
        };
        let words = [&[command, target.as_str(), "--timeout", "1s"], more].concat();
        words.into_iter().map(str::to_owned).collect()
    })
}

/// What each command finds first on this port, none of which may make a connection.
fn found(port: u16) -> Vec<(String, Value)> {
    side_by_side(commands(port), |words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let report = run_json(&words).json();
        let made = &report["footprint"]["connections"];
        assert_eq!(made, 0, "{} connected: {report:#}", words[0]);
        (words[0].to_owned(), report["findings"][0].clone())
    })
}

fn all_find(port: u16, code: &str, words: &str) {
    for (command, finding) in found(port) {
        assert_eq!(finding["code"], code, "{command} {port}: {finding:#}");
        assert!(
            finding.to_string().contains(words),
            "{command}: {finding:#}"
        );
    }
}

#[test]
fn a_stuck_queue_is_found_on_the_relays_port_as_on_the_gateways() {
    let Some((gateway, own, _socat, front)) = behind_socat("accepts-nobody") else {
        return skipped("no java, or no socat");
    };
    let _waiting = TcpStream::connect(("127.0.0.1", own)).expect("a place in the queue");
    let pid = format!("{own} IB Gateway (pid {})", gateway.pid());
    all_find(own, "accept-queue-stuck", "wait to be accepted");
    all_find(front, "accept-queue-stuck", &pid);
    for _ in 0..4 {
        let health = run_json(&["health", &front.to_string()]);
        assert_eq!(
            (health.status, health.principal().as_str()),
            (1, "accept-queue-stuck")
        );
    }
    let waiting = listener(own).accept_queue().map(|(waiting, _)| waiting);
    assert_eq!((waiting, half_closed(own)), (Some(1), 0));
}

#[test]
fn a_stopped_gateway_behind_a_program_that_is_not_known_is_woken_first() {
    let Some(gateway) = gateway(&[], "mute", 0) else {
        return skipped("no java");
    };
    // Who listens in front takes a connection and says nothing: where it leads is not seen.
    let front = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = front.local_addr().expect("its address").port();
    let _front = thread::spawn(move || {
        let (mut taken, _) = front.accept()?;
        std::io::copy(&mut taken, &mut std::io::sink())
    });
    let _stopped = Stopped::new(&gateway);
    let report = run_json(&["handshake", &port.to_string(), "--timeout", "1s"]).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "silent-after-connect", "{report:#}");
    let wake = format!("kill -CONT {}", gateway.pid());
    let evidence = finding["evidence"].to_string();
    assert!(
        evidence.contains(&format!("is stopped, pid {}", gateway.pid())),
        "{evidence}"
    );
    let remedies: Vec<String> = finding["remedies"]
        .as_array()
        .map(|all| all.iter().map(ToString::to_string).collect())
        .expect("remedies");
    let woken = remedies.iter().position(|remedy| remedy.contains(&wake));
    let dialog = remedies.iter().position(|remedy| remedy.contains("screen"));
    // Other tests of this process hold connections: it may pass for a relay, which has no screen.
    let is_first = woken.is_some_and(|woken| dialog.is_none_or(|dialog| woken < dialog));
    assert!(is_first, "{remedies:#?}");
}

#[test]
fn a_stopped_gateway_is_told_with_what_wakes_it() {
    let Some((gateway, own, _socat, front)) = behind_socat("mute") else {
        return skipped("no java, or no socat");
    };
    let stopped = Stopped::new(&gateway);
    let wake = format!("kill -CONT {}", gateway.pid());
    all_find(own, "gateway-stopped", &wake);
    all_find(front, "gateway-stopped", &wake);
    drop(stopped);
    let waiting = listener(own).accept_queue().map(|(waiting, _)| waiting);
    assert_eq!((waiting, sockets(own).len()), (Some(0), 0));
}

#[test]
fn a_pending_login_behind_a_relay_is_found_without_a_connection() {
    let Some((gateway, own, _socat, front)) = behind_socat("starting") else {
        return skipped("no java, or no socat");
    };
    // A Gateway of another test may listen, and would be named instead.
    let codes = ["gateway-starting", "relay-without-gateway"];
    for (command, finding) in found(front) {
        let code = finding["code"].as_str().unwrap_or_default();
        assert!(codes.contains(&code), "{command}: {finding:#}");
        let target = format!("127.0.0.1:{own}");
        assert!(
            finding["summary"].to_string().contains(&target),
            "{finding:#}"
        );
        assert!(
            finding
                .to_string()
                .contains(&format!("pid {}", gateway.pid())),
            "{finding:#}"
        );
    }
    let waited = run_json(&["probe", &front.to_string(), "--wait", "300ms"]);
    assert_eq!(waited.status, 4, "a relay alone is no Gateway");
}

#[test]
fn a_mute_gateway_behind_a_relay_is_asked_on_its_own_port_and_keeps_nothing() {
    let Some((_gateway, own, _socat, front)) = behind_socat("mute") else {
        return skipped("no java, or no socat");
    };
    for _ in 0..4 {
        let health = run_json(&["health", &front.to_string(), "--timeout", "300ms"]);
        assert_eq!(
            (health.status, health.principal().as_str()),
            (1, "silent-after-connect")
        );
    }
    // Also what is asked several times: each is reset, and leaves nothing.
    for mut words in commands(front) {
        words.extend((words[0] == "soak").then(|| "--keep-going".to_owned()));
        if words[0] == "probe" {
            words.push("--connect".to_owned());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let report = run_json(&words).json();
        assert_eq!(report["footprint"]["sockets_left"], 0, "{report:#}");
        assert_ne!(report["footprint"]["connections"], 0, "{report:#}");
        assert_eq!(report["footprint"]["asked_first"], 0, "{report:#}");
        let finding = &report["findings"][0];
        assert_eq!(finding["code"], "silent-after-connect", "{report:#}");
        let evidence = finding["evidence"].to_string();
        assert!(evidence.contains("own port"), "{report:#}");
    }
    let waiting = listener(own).accept_queue().map(|(waiting, _)| waiting);
    assert_eq!((waiting, sockets(own).len()), (Some(0), 0));
}

#[test]
fn a_gateway_that_already_keeps_half_closed_sockets_gets_no_more_through_the_relay() {
    let Some((_gateway, own, _socat, front)) = behind_socat("mute") else {
        return skipped("no java, or no socat");
    };
    drop(TcpStream::connect(("127.0.0.1", front)).expect("the relay accepts"));
    eventually("the relay closes", || half_closed(own) == 1);
    let doctor = run_json(&["doctor", &front.to_string(), "--timeout", "300ms"]).json();
    let findings = doctor["findings"].to_string();
    assert_eq!(
        doctor["findings"][0]["code"], "silent-after-connect",
        "{doctor:#}"
    );
    assert!(
        findings.contains("it keeps half-closed connections"),
        "{doctor:#}"
    );
    assert_eq!(half_closed(own), 1);
}

#[test]
fn a_relay_is_asked_after_the_gateway_behind_it_has_answered() {
    let gateway = Simulator::start("normal");
    let Some((_socat, front)) = relay(gateway.port) else {
        return skipped("no socat");
    };
    let report = run_json(&["handshake", &front.to_string()]).json();
    assert_eq!(report["verdict"], "healthy", "{report:#}");
    let footprint = &report["footprint"];
    assert_eq!(
        (&footprint["connections"], &footprint["asked_first"]),
        (&2.into(), &1.into()),
        "{report:#}"
    );
    assert_eq!(report["handshake"]["close"]["how"], "relayed", "{report:#}");
}

/// Passes on what comes to a port of its own, and names no target in its arguments.
const PYTHON_RELAY: &str = "
import socket, sys, threading
front = socket.create_server(('127.0.0.1', 0))
print(front.getsockname()[1], flush=True)
def copy(come, go):
    while data := come.recv(4096):
        go.sendall(data)
    go.shutdown(socket.SHUT_WR)
while True:
    come, _ = front.accept()
    go = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    for pair in ((come, go), (go, come)):
        threading.Thread(target=copy, args=pair, daemon=True).start()
";

#[test]
fn a_relay_without_a_known_name_is_seen_by_its_connections() {
    let Some(gateway) = gateway(&[], "mute", 0) else {
        return skipped("no java");
    };
    let Some(relay) = Running::python(PYTHON_RELAY, &gateway.said) else {
        return skipped("no python3");
    };
    let own: u16 = gateway.said.parse().expect("a port");
    let front: u16 = relay.said.parse().expect("a port");
    let _client = TcpStream::connect(("127.0.0.1", front)).expect("the relay accepts");
    eventually("the relay connects", || {
        let rows = sockets(own);
        rows.iter()
            .any(|row| row.state == TcpState::Established && row.accepted() == Some(true))
    });
    let report = run_json(&["probe", &front.to_string()]).json();
    let path = &report["probe"]["endpoints"][0]["path"];
    assert_eq!(path["end"], "reached", "{report:#}");
    assert_eq!(path["hops"][1]["pid"], gateway.pid().0, "{report:#}");
    assert_eq!(path["hops"][1]["kind"], "gateway", "{report:#}");
}

#[test]
fn the_path_is_one_line_of_the_doctor_and_in_every_report() {
    let Some((gateway, own, socat, front)) = behind_socat("accepts-nobody") else {
        return skipped("no java, or no socat");
    };
    let line = format!(
        "{front} socat (pid {}) → {own} IB Gateway (pid {})",
        socat.child.id(),
        gateway.pid()
    );
    side_by_side(["doctor", "health", "handshake"], |command| {
        let words = [command, &front.to_string(), "--timeout", "300ms"];
        let report = run_json(&words).json();
        let checks = report["doctor"]["checks"].to_string();
        assert!(command != "doctor" || checks.contains(&line), "{checks}");
        let path = &report[command]["path"];
        assert_eq!(path["end"], "reached", "{report:#}");
        let hops = path["hops"].as_array().expect("hops");
        let kinds: Vec<&Value> = hops.iter().map(|hop| &hop["kind"]).collect();
        assert_eq!(kinds, ["relay", "gateway"], "{report:#}");
    });
}

#[test]
fn relays_in_a_loop_are_told_and_no_command_connects_to_them() {
    let (one, two) = (free_port(), free_port());
    let Some(_first) = relay_on(one, two) else {
        return skipped("no socat");
    };
    let _second = relay_on(two, one);
    all_find(one, "relay-without-gateway", "which leads back to it");
    let itself = free_port();
    let _itself = relay_on(itself, itself);
    all_find(itself, "relay-without-gateway", "passes on to itself");
    for command in ["handshake", "doctor"] {
        let forced = run_json(&[command, &itself.to_string(), "--force"]).json();
        assert_eq!(forced["footprint"]["connections"], 0, "{forced:#}");
    }
}
