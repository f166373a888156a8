//! Promises 1 and 2 with the real binary and real sockets: no socket is left behind, no sick
//! Gateway is made worse, and nothing is claimed that was not seen.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
#[cfg(target_os = "linux")]
use std::process::Command;

use serde_json::Value;

#[cfg(target_os = "linux")]
use crate::helpers::command::Ran;
use crate::helpers::command::{
    Running, SEES_ALL, Simulator, eventually, free_port, half_closed, ibdoc, none_left,
    nothing_listens, run_json, sockets,
};

#[test]
fn after_a_gateway_that_never_closes_no_socket_is_left() {
    let gateway = Simulator::start("never-closes");
    let ran = run_json(&["handshake", &gateway.target()]);
    assert_eq!(sockets(gateway.port), []);
    let report = ran.json();
    assert_eq!(ran.principal(), "gateway-keeps-closed-sockets");
    assert_eq!(report["handshake"]["close"]["how"], "reset");
    assert_eq!(report["footprint"]["sockets_left"], none_left());
    assert_eq!(ran.status, 3);
}

#[test]
fn every_failed_session_is_reset() {
    for scenario in [
        "silent",
        "accounts-missing",
        "never-closes,accounts-missing",
    ] {
        let gateway = Simulator::start(scenario);
        let ran = run_json(&["handshake", &gateway.target(), "--timeout", "200ms"]);
        assert_eq!(sockets(gateway.port), [], "{scenario}");
        let left = &ran.json()["footprint"]["sockets_left"];
        assert_eq!(*left, none_left(), "{scenario}");
        assert_eq!(ran.status, 4, "{scenario}");
    }
}

#[test]
fn a_killed_handshake_leaves_no_socket_either() {
    // A server that accepts, reads nothing and never closes: a FIN would stay in CLOSE_WAIT.
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("its address").port();
    let mut handshake = Running::start(ibdoc(&["handshake", &port.to_string()]));
    let (mut accepted, _) = server.accept().expect("a connection");
    let mut greeting = [0; 17];
    accepted.read_exact(&mut greeting).expect("the greeting");
    assert_eq!(&greeting[..4], b"API\0");
    handshake.child.kill().expect("killed");
    let ran = handshake.finish();
    // Windows knows no signals: who ends a process gives it a status.
    let status = if cfg!(windows) { 1 } else { -1 };
    assert_eq!((ran.status, ran.stdout.as_str()), (status, ""));
    eventually("no row is left", || sockets(port).is_empty());
    let error = accepted.read(&mut greeting).expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_local_probe_makes_no_connection() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    server
        .set_nonblocking(true)
        .expect("a listener that does not wait");
    let port = server.local_addr().expect("its address").port();
    let ran = run_json(&["probe", &port.to_string()]);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["probe"]["endpoints"][0]["listening"]),
        (0, &Value::Bool(true))
    );
    let waiting = if SEES_ALL {
        Value::from(0)
    } else {
        Value::Null
    };
    assert_eq!(
        report["probe"]["endpoints"][0]["listener"]["accept_queue"],
        waiting
    );
    assert_eq!(report["footprint"]["connections"], 0);
    let refused = server.accept().expect_err("nobody came");
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
}

#[cfg(target_os = "linux")]
#[test]
fn a_lack_of_descriptors_here_is_not_the_gateways_failure() {
    let gateway = Simulator::start("normal");
    let binary = env!("CARGO_BIN_EXE_ibdoc");
    let script = format!(
        "ulimit -n 9; exec {binary} handshake {} --json",
        gateway.port
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .output()
        .expect("sh runs");
    let ran = Ran::from(output);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert_eq!(ran.json()["verdict"], "unknown");
    let error = ran.json()["error"].to_string();
    assert!(error.contains("Too many open files"), "{error}");
}

#[test]
fn a_reset_on_accept_is_closed_before_version() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("its address").port();
    let resetting = std::thread::spawn(move || {
        let (stream, _) = server.accept().expect("a connection");
        let stream = tokio::net::TcpSocket::from_std_stream(stream);
        stream.set_zero_linger().expect("zero linger");
    });
    let ran = run_json(&["handshake", &port.to_string()]);
    resetting.join().expect("the server ends");
    assert_eq!(
        (ran.principal().as_str(), ran.status),
        ("closed-before-version", 4)
    );
    assert_eq!(ran.json()["footprint"]["sockets_left"], none_left());
}

#[test]
fn a_port_where_nothing_listens_is_named_with_what_was_seen() {
    let port = free_port().to_string();
    for command in ["handshake", "probe"] {
        let ran = run_json(&[command, &port]);
        let code = ran.principal().into();
        assert!(nothing_listens(&code), "{code}");
        assert_eq!(ran.status, 4, "{command}");
        let evidence = ran.json()["findings"][0]["evidence"].to_string();
        assert!(evidence.contains("no LISTEN row"), "{evidence}");
        assert_eq!(ran.json()["footprint"]["connections"], 0);
    }
}

#[test]
fn a_name_without_an_address_is_not_resolved() {
    // RFC 6761: .invalid never resolves.
    let ran = run_json(&["handshake", "gateway.invalid:4002", "--timeout", "5s"]);
    assert_eq!((ran.principal().as_str(), ran.status), ("not-resolved", 4));
}

#[test]
fn localhost_that_leads_to_the_wrong_address_first_is_told() {
    let server = Simulator::start("normal");
    let ran = run_json(&["handshake", &format!("localhost:{}", server.port)]);
    let report = ran.json();
    let tried_v6 = report["handshake"]["stages"][1]["detail"]
        .as_str()
        .unwrap_or("")
        .contains("::1");
    let told = report["findings"].to_string().contains("ipv6-localhost");
    // Which address comes first is up to the machine's hosts file.
    assert_eq!(told, tried_v6, "{report}");
    assert_eq!(ran.status, if tried_v6 { 3 } else { 0 });
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn half_closed_sockets_are_listed_with_their_side_and_their_holders() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("its address").port();
    let leaving = TcpStream::connect(("127.0.0.1", port)).expect("a client");
    let (_kept, _) = server.accept().expect("accepted");
    let deserted = TcpStream::connect(("127.0.0.1", port)).expect("another client");
    let (theirs, _) = server.accept().expect("accepted");
    let _unaccepted = TcpStream::connect(("127.0.0.1", port)).expect("a third client");
    drop(leaving);
    drop(theirs);
    eventually("two are half closed", || half_closed(port) == 2);

    let ran = run_json(&["zombies", "--port", &port.to_string(), "--min-age", "0s"]);
    let report = ran.json();
    let zombies = report["zombies"]["zombies"]
        .as_array()
        .expect("zombies")
        .clone();
    let pid = Value::from(std::process::id());
    let of_side = |side: &str, accepted: bool| {
        let found = zombies
            .iter()
            .find(|zombie| zombie["side"] == side && zombie["accepted"] == Value::Bool(accepted));
        found
            .unwrap_or_else(|| panic!("no {side} in {report}"))
            .clone()
    };
    let kept = of_side("gateway", true);
    assert_eq!(
        (&kept["holders"][0]["pid"], &kept["recv_queue"]),
        (&pid, &Value::from(1))
    );
    assert!(kept["age_ms"].is_f64());
    let waiting = of_side("gateway", false);
    assert_eq!(
        (&waiting["holders"], &waiting["inode"]),
        (&serde_json::json!([]), &Value::from(0))
    );
    let client = of_side("client", true);
    assert_eq!(client["holders"][0]["pid"], pid);
    let findings = report["findings"].to_string();
    // The third client has waited through a second of looks.
    for code in [
        "\"accept-queue-stuck\"",
        "\"zombie-gateway-owned\"",
        "\"zombie-client-live\"",
    ] {
        assert!(findings.contains(code), "{code}: {findings}");
    }
    assert_eq!(report["zombies"]["sockets"]["close_wait"], 2);
    assert_eq!(report["zombies"]["sockets"]["unaccepted"], 1);
    assert_eq!(ran.status, 4);
    drop(deserted);
}
