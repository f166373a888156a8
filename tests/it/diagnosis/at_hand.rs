//! The first remedy follows the facts at hand: each case with real processes and sockets.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::helpers::command::{
    Ran, Simulator, eventually, half_closed, run_json, skipped, sockets,
};
use crate::machine::children::Running;

/// A client of the test's own, greeted and started under this id.
pub(crate) fn client(port: u16, id: i32) -> TcpStream {
    let mut stream = greeted(port);
    let start = format!("71\u{0}2\u{0}{id}\u{0}\u{0}");
    let length = u32::try_from(start.len()).unwrap();
    // In one segment: the second of two would wait for the first to be acknowledged.
    let frame = [&length.to_be_bytes(), start.as_bytes()].concat();
    stream.write_all(&frame).unwrap();
    stream
}

/// A client that has its version and nothing else.
fn greeted(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"API\0\0\0\0\x09v100..176").unwrap();
    assert!(stream.read(&mut [0; 100]).unwrap() > 4);
    stream
}

fn principal(ran: &Ran) -> Value {
    ran.json()["findings"][0].clone()
}

fn first_remedy(ran: &Ran) -> String {
    let finding = principal(ran);
    finding["remedies"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn own_pid() -> String {
    format!("(pid {})", std::process::id())
}

#[test]
fn the_program_that_holds_every_place_is_named() {
    let gateway = Simulator::start("normal");
    let _clients: Vec<TcpStream> = (0..32).map(|_| greeted(gateway.port)).collect();
    let ran = run_json(&["handshake", &gateway.target()]);
    let finding = principal(&ran);
    assert_eq!((ran.status, ran.principal().as_str()), (4, "32-clients"));
    let summary = finding["summary"].as_str().unwrap();
    assert!(summary.contains("holds 32 of 32"), "{summary}");
    let first = first_remedy(&ran);
    assert!(first.starts_with("end or mend "), "{first}");
    assert!(first.contains(&own_pid()), "{first}");
}

#[test]
fn one_place_less_is_no_want_of_places() {
    let gateway = Simulator::start("close-on-accept");
    let ran = run_json(&["handshake", &gateway.target()]);
    assert_eq!(ran.principal(), "closed-before-version");
    let finding = principal(&ran);
    let told = finding.to_string();
    assert!(!told.contains("32 clients"), "{told}");
    assert!(!told.contains("find out whether a relay"), "{told}");
    let first = first_remedy(&ran);
    assert!(!first.contains("Trusted IPs"), "from 127.0.0.1: {first}");
}

#[test]
fn an_id_that_no_program_holds_is_a_ghosts_and_a_restart_frees_it() {
    let gateway = Simulator::start("id-stuck");
    let left = client(gateway.port, 7);
    eventually("its session is started", || {
        sockets(gateway.port)
            .iter()
            .any(|row| row.remote.port() == gateway.port && row.recv_queue > Some(100))
    });
    left.shutdown(Shutdown::Write).unwrap();
    eventually("it has left", || half_closed(gateway.port) == 1);
    // What is read does not make the close a reset.
    let mut left = left;
    left.set_nonblocking(true).unwrap();
    while left.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
    drop(left);
    let ran = run_json(&["handshake", &gateway.target(), "--client-id", "7"]);
    let finding = principal(&ran);
    assert_eq!(ran.principal(), "client-id-in-use");
    let summary = finding["summary"].as_str().unwrap();
    assert!(summary.contains("no program is connected"), "{summary}");
    let told = finding["evidence"].to_string();
    assert!(told.contains("CLOSE_WAIT at its end: 1"), "{told}");
    assert!(told.contains("already in use. Retry"), "{told}");
    let first = first_remedy(&ran);
    assert!(first.starts_with("restart the Gateway"), "{first}");
    let second = finding["remedies"][1].as_str().unwrap();
    assert!(second.contains("RESTART"), "{second}");
    // Another id is free.
    let other = run_json(&["handshake", &gateway.target(), "--client-id", "8"]);
    assert_ne!(other.principal(), "client-id-in-use");
}

#[test]
fn a_living_holder_of_the_id_is_named() {
    let gateway = Simulator::start("normal");
    let mut holder = client(gateway.port, 7);
    assert!(holder.read(&mut [0; 4096]).unwrap() > 0, "started");
    let ran = run_json(&["handshake", &gateway.target(), "--client-id", "7"]);
    let told = principal(&ran).to_string();
    assert_eq!(ran.principal(), "client-id-in-use");
    let pid = format!("pid {}", std::process::id());
    assert!(told.contains(&pid), "{told}");
    assert!(first_remedy(&ran).starts_with("use another client id"));
}

#[test]
fn three_automatic_ids_that_are_refused_are_no_conflict_of_ids() {
    let gateway = Simulator::start("client-id-in-use");
    for command in ["handshake", "health", "doctor"] {
        let target = gateway.target();
        let mut arguments = vec![command, &target];
        if command == "doctor" {
            arguments.push("--quick");
        }
        let ran = run_json(&arguments);
        let finding = principal(&ran);
        let summary = finding["summary"].as_str().unwrap();
        assert!(summary.contains("every client id"), "{summary}");
        let told = finding["remedies"].to_string();
        assert!(!told.contains("use another client id"), "{told}");
        assert!(!told.contains("--client-id"), "{command}: {told}");
        assert!(first_remedy(&ran).starts_with("restart the Gateway"));
    }
}

#[test]
fn a_pile_of_half_closed_sockets_with_silence_is_cured_by_a_restart() {
    let gateway = Simulator::start("zombie-blocks=3");
    for _ in 0..3 {
        let check = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
        check.shutdown(Shutdown::Both).unwrap();
    }
    eventually("three sockets are half closed", || {
        half_closed(gateway.port) == 3
    });
    let ran = run_json(&["handshake", &gateway.target(), "--timeout", "300ms"]);
    assert_eq!(ran.principal(), "silent-after-connect");
    let first = first_remedy(&ran);
    assert!(first.starts_with("restart the Gateway"), "{first}");
    assert!(first.contains("3 half-closed sockets"), "{first}");
}

const CLOSES: &str = r"
import java.net.*;
public class Closes {
    public static void main(String[] a) throws Exception {
        var listener = new ServerSocket(0);
        System.out.println(listener.getLocalPort());
        while (true) listener.accept().close();
    }
}
";

#[test]
fn a_gateway_that_was_started_a_moment_ago_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("Closes.java");
    fs::write(&source, CLOSES).unwrap();
    let mut command = Command::new("java");
    command
        .arg("-Dlauncher=/home/me/Jts/ibgateway/1030")
        .arg(&source);
    let Some(gateway) = Running::start(command.stderr(Stdio::null())) else {
        return skipped("java is not installed");
    };
    let ran = run_json(&["handshake", &gateway.said]);
    assert_eq!(ran.principal(), "closed-before-version");
    let first = first_remedy(&ran);
    let who = format!("the Gateway (pid {}) has been up for", gateway.pid());
    assert!(first.starts_with("wait") && first.contains(&who), "{first}");
}

#[test]
fn a_server_of_tls_is_named_as_such() {
    // What OpenSSL answers to a greeting that is no TLS.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        assert!(stream.read(&mut [0; 100]).unwrap() > 0);
        stream.write_all(b"\x15\x03\x01\0\x02\x02\x46").unwrap();
    });
    let ran = run_json(&["handshake", &port]);
    serving.join().unwrap();
    assert_eq!(ran.principal(), "not-tws-protocol");
    let finding = principal(&ran);
    assert_eq!(finding["summary"], "TLS answers here, not the TWS API");
    assert!(first_remedy(&ran).starts_with("check the port"));
}
