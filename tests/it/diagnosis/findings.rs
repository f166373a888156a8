//! Every finding that lives on the wire, from the real binary against its scenario.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::diagnosis::cases::{Case, LAST_WORDS, REQUESTS, START, VERSION};
use crate::helpers::command::{
    Ran, SEES_ALL, Simulator, eventually, free_port, half_closed, none_left, relay, run_json,
    skipped, tells,
};

fn principal(ran: &Ran) -> Value {
    ran.json()["findings"][0].clone()
}

fn check(case: &Case) {
    let arguments = [
        &["handshake", "--sim", "--scenario", case.scenario],
        case.more,
    ]
    .concat();
    let ran = run_json(&arguments);
    let finding = principal(&ran);
    let scenario = case.scenario;
    assert_eq!(
        finding["code"].as_str().unwrap_or(""),
        case.code,
        "{scenario}: {finding}"
    );
    assert_eq!(
        finding["severity"].as_str().unwrap_or(""),
        case.severity,
        "{scenario}"
    );
    let status = match case.severity {
        "error" => 4,
        "warning" => 3,
        _ => 0,
    };
    assert_eq!(ran.status, status, "{scenario}");
    let told = format!("{} {}", finding["summary"], finding["evidence"]);
    let is_seen = |name: &&&str| SEES_ALL || **name != "greeting was read";
    for name in case.names.iter().filter(is_seen) {
        assert!(tells(&told, name), "{scenario}: no {name:?} in {told}");
    }
    if !case.code.is_empty() {
        assert_ne!(finding["remedies"], json!([]), "{scenario}");
    }
    let queued = case.names.iter().any(|name| name.contains("not accepted"));
    let left = &ran.json()["footprint"]["sockets_left"];
    assert!(*left == none_left() || queued, "{scenario}: {left} left");
}

/// Runs the cases side by side: most of them wait.
fn check_all(cases: &'static [Case]) {
    let can_be_seen = |case: &&Case| SEES_ALL || case.scenario != "never-accepts";
    let threads: Vec<_> = cases
        .iter()
        .filter(can_be_seen)
        .map(|case| std::thread::spawn(move || check(case)))
        .collect();
    for thread in threads {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn each_fault_up_to_the_version_is_named() {
    check_all(&VERSION);
}

#[test]
fn each_fault_of_the_start_is_named() {
    check_all(&START);
}

#[test]
fn each_fault_of_the_requests_is_named() {
    check_all(&REQUESTS);
}

#[test]
fn the_last_words_of_the_gateway_are_told_and_are_the_cause_of_what_they_explain() {
    check_all(&LAST_WORDS);
}

#[test]
fn the_healthy_simulator_gives_no_finding_above_info() {
    let ran = run_json(&["handshake", "--sim", "--account-updates", "--orders"]);
    assert_eq!(ran.status, 0);
    let findings = ran.json()["findings"].clone();
    let all_info = findings
        .as_array()
        .is_some_and(|all| all.iter().all(|it| it["severity"] == "info"));
    assert!(all_info, "{findings}");
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn a_queue_that_one_handshake_has_left_is_stuck_for_the_next() {
    let gateway = Simulator::start("never-accepts");
    let first = run_json(&["handshake", &gateway.target(), "--timeout", "200ms"]);
    assert_eq!(first.principal(), "silent-after-connect");
    let second = run_json(&["handshake", &gateway.target(), "--timeout", "200ms"]);
    assert_eq!(second.principal(), "accept-queue-stuck");
    assert_eq!(second.json()["footprint"]["connections"], 0);
}

#[test]
fn piled_up_zombies_are_the_evidence_under_a_silent_gateway() {
    let gateway = Simulator::start("zombie-blocks=3");
    let healthy = run_json(&["handshake", &gateway.target()]);
    assert_eq!(healthy.principal(), "gateway-keeps-closed-sockets");
    // Port checks that connect and close, as in the field reports.
    for _ in 0..3 {
        let check = TcpStream::connect(("127.0.0.1", gateway.port)).expect("a connection");
        check.shutdown(Shutdown::Both).expect("closed");
    }
    eventually("three sockets are half closed", || {
        half_closed(gateway.port) == 3
    });
    let ran = run_json(&["handshake", &gateway.target(), "--timeout", "300ms"]);
    let finding = principal(&ran);
    assert_eq!(
        (ran.status, &finding["code"]),
        (4, &json!("silent-after-connect"))
    );
    let told = finding.to_string();
    assert!(
        told.contains("3 half-closed sockets have piled up"),
        "{told}"
    );
    assert!(told.contains("CLOSE_WAIT at its end: 3"), "{told}");
    assert!(told.contains("no kill of a client clears them"), "{told}");
    assert_eq!(ran.json()["footprint"]["sockets_left"], none_left());
}

#[test]
fn a_phase_changes_what_a_probe_that_waits_sees() {
    let gateway = Simulator::start("close-on-accept;5s:normal");
    let ran = run_json(&["handshake", &gateway.target()]);
    assert_eq!(ran.principal(), "closed-before-version");
    eventually("the normal phase", || {
        run_json(&["handshake", &gateway.target()]).status == 0
    });
}

#[test]
fn a_held_session_tells_how_it_was_lost() {
    let soak = |scenario: &str, minutes: &str| {
        let held = [
            "soak",
            "--sim",
            "--minutes",
            minutes,
            "--scenario",
            scenario,
        ];
        run_json(&held)
    };
    // Each leaves a busy machine a second or more for the handshake.
    let dropped = std::thread::spawn(move || soak("drops-after=2", "0.1"));
    let mute = std::thread::spawn(move || soak("stops-answering-after=1", "0.05"));
    let upstream = std::thread::spawn(move || soak("normal;3s:says=1100", "0.1"));
    let moved = std::thread::spawn(move || soak("normal;3s:port-changed", "0.1"));
    let dropped = dropped.join().expect("a report");
    assert_eq!(dropped.principal(), "dropped");
    assert!(
        principal(&dropped)["evidence"]
            .to_string()
            .contains("at 20")
    );
    let mute = mute.join().expect("a report");
    assert_eq!(mute.principal(), "heartbeat-lost");
    let told = principal(&mute)["evidence"].to_string();
    let confirmed = told.contains("every byte sent was confirmed");
    assert_eq!(confirmed, SEES_ALL, "{told}");
    let upstream = upstream.join().expect("a report");
    assert_eq!(upstream.principal(), "upstream-lost");
    let told = principal(&upstream).to_string();
    assert!(
        told.contains("(1100), and then the held session was lost"),
        "{told}"
    );
    let moved = moved.join().expect("a report");
    assert_eq!(moved.principal(), "port-changed");
    assert_eq!(principal(&moved)["remedies"][0], "connect to port 4444");
}

#[test]
fn behind_a_relay_the_cause_is_named_and_nothing_is_claimed_about_sockets() {
    let dead = free_port();
    let silent = Simulator::start("silent");
    let healthy = Simulator::start("normal");
    let cases = [
        (
            dead,
            4,
            "closed-before-version",
            "socat (a relay) accepts the connection and closes it: no Gateway behind it",
        ),
        (
            silent.port,
            4,
            "silent-after-connect",
            // Asked on its own port, since the path to it is in sight.
            "it accepts the connection and sends no version",
        ),
        (
            healthy.port,
            0,
            "relay-listener",
            "it accepts before the Gateway does",
        ),
    ];
    for (to, status, code, words) in cases {
        let Some((_relay, port)) = relay(to) else {
            return skipped("socat is not installed");
        };
        // A target on which nothing listens is seen before, and only asked when forced.
        let port = port.to_string();
        let mut typed = vec!["handshake", &port, "--timeout", "2s"];
        typed.extend((to == dead).then_some("--force"));
        let ran = run_json(&typed);
        let finding = principal(&ran);
        assert_eq!(
            (ran.status, &finding["code"]),
            (status, &json!(code)),
            "{finding}"
        );
        assert!(
            finding["summary"].as_str().unwrap_or("").contains(words),
            "{finding}"
        );
        assert!(
            finding["evidence"].to_string().contains("socat"),
            "{finding}"
        );
        if code != "silent-after-connect" {
            assert_eq!(ran.json()["footprint"]["sockets_left"], Value::Null);
        }
    }
}

#[test]
fn an_answer_outside_the_announced_range_names_the_clients_that_take_it() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("its address").port().to_string();
    let old = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a connection");
        stream
            .write_all(b"\0\0\0\x1699\x0020261122 10:00:00 X\0")
            .expect("sent");
        // Held open until the client has gone.
        let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
    });
    let ran = run_json(&["handshake", &port]);
    assert_eq!(
        (ran.principal().as_str(), ran.status),
        ("version-unsupported", 4)
    );
    assert!(
        principal(&ran)["evidence"]
            .to_string()
            .contains("version 99 is accepted by none")
    );
    old.join().expect("the server ends");
}
