//! Every finding that lives on the wire, from the real binary against its scenario.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;

use ibdoc::table::TcpState;
use serde_json::{Value, json};

use crate::command::{Ran, Running, Simulator, eventually, run_json, sockets};
use crate::process_children::skipped;

/// What the principal finding must be, and what its evidence or summary must name.
struct Case {
    scenario: &'static str,
    more: &'static [&'static str],
    code: &'static str,
    severity: &'static str,
    names: &'static [&'static str],
}

const fn case(
    scenario: &'static str,
    code: &'static str,
    severity: &'static str,
    names: &'static [&'static str],
) -> Case {
    Case {
        scenario,
        more: &[],
        code,
        severity,
        names,
    }
}

const SHORT: &[&str] = &["--timeout", "300ms"];
const ORDERS: &[&str] = &["--orders", "--timeout", "300ms"];

/// The faults up to the version.
const VERSION: [Case; 11] = [
    Case {
        more: SHORT,
        ..case(
            "silent",
            "silent-after-connect",
            "error",
            &["no byte in 30", "greeting was read", "TimeoutError"],
        )
    },
    case(
        "close-on-accept",
        "closed-before-version",
        "error",
        &["version:", "504"],
    ),
    case(
        "reset-on-accept",
        "closed-before-version",
        "error",
        &["reset", "504"],
    ),
    case("http", "not-tws-protocol", "error", &["HTTP answers here"]),
    case("ssh", "not-tws-protocol", "error", &["SSH answers here"]),
    case("tls", "not-tws-protocol", "error", &["TLS answers here"]),
    case("huge-frame", "not-tws-protocol", "error", &["0xfffffff0"]),
    Case {
        more: SHORT,
        ..case(
            "drip",
            "silent-after-connect",
            "error",
            &["begins to answer", "bytes of a version in 30"],
        )
    },
    case(
        "close-after-version",
        "closed-after-start",
        "error",
        &["accounts:", "guess"],
    ),
    Case {
        more: SHORT,
        ..case(
            "never-accepts",
            "silent-after-connect",
            "error",
            &[
                "nobody has accepted",
                "not accepted in 30",
                "accept queue: 1 waiting",
            ],
        )
    },
    // Not accepted for five seconds: long enough to say so.
    Case {
        more: &["--timeout", "5100ms"],
        ..case(
            "never-accepts",
            "accept-queue-stuck",
            "error",
            &["not accepted in 5.1 s", "1 waiting"],
        )
    },
];

/// The faults of the start.
const START: [Case; 8] = [
    case(
        "close-after-start",
        "closed-after-start",
        "error",
        &["accounts:", "guess: no 326 came"],
    ),
    case(
        "client-id-in-use",
        "client-id-in-use",
        "error",
        &["client id is already in use"],
    ),
    case(
        "port-changed",
        "port-changed",
        "error",
        &["1300", "to 4444"],
    ),
    Case {
        more: &["--timeout", "300ms", "--client-timeout", "100ms"],
        ..case(
            "accounts-missing",
            "accounts-missing",
            "error",
            &["asked again", "data farms are up"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "accounts-empty",
            "accounts-empty",
            "error",
            &["an empty list", "in 30"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "next-id-missing",
            "next-id-missing",
            "error",
            &["no next id in 30", "nextValidId"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "stops-answering-after=0",
            "no-accounts-no-id",
            "error",
            &["neither", "login to IBKR"],
        )
    },
    Case {
        more: &["--client-timeout", "100ms"],
        ..case(
            "accounts-late=0.3",
            "accounts-late",
            "warning",
            &["accounts: 30", "TimeoutError after 100 ms"],
        )
    },
];

/// The faults of the requests, and what the Gateway says by itself.
const REQUESTS: [Case; 15] = [
    Case {
        more: &["--timeout", "300ms"],
        ..case(
            "sync-hangs=time",
            "sync-timeout",
            "error",
            &["time", "answered: positions"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "sync-hangs=positions,sync-hangs=account-values",
            "sync-timeout",
            "error",
            &["for positions, account-values", "2 rows", "answered: time"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "sync-hangs=account-summary",
            "sync-timeout",
            "error",
            &["account-summary", "4 rows"],
        )
    },
    Case {
        more: &["--account-updates", "--timeout", "300ms"],
        ..case(
            "sync-hangs=account-updates",
            "sync-timeout",
            "error",
            &["account-updates"],
        )
    },
    Case {
        more: ORDERS,
        ..case("sync-hangs=orders", "sync-timeout", "error", &["orders"])
    },
    Case {
        more: ORDERS,
        ..case(
            "sync-hangs=executions",
            "sync-timeout",
            "error",
            &["executions"],
        )
    },
    Case {
        more: ORDERS,
        ..case(
            "read-only",
            "read-only-api",
            "info",
            &["orders, executions", "321"],
        )
    },
    case(
        "account-not-ready",
        "account-not-ready",
        "warning",
        &["AccountReady=false"],
    ),
    case(
        "summaries-taken",
        "too-many-subscriptions",
        "warning",
        &["account-summary", "322"],
    ),
    case("pacing", "pacing", "warning", &["100 Max rate"]),
    case("upstream-lost", "upstream-lost", "warning", &["1100"]),
    case("upstream-lost,upstream-restored", "", "", &[]),
    case(
        "farm-down",
        "data-farm-down",
        "warning",
        &["2103", "2105", "2157", "usfarm"],
    ),
    case(
        "competing-session",
        "competing-session",
        "warning",
        &["10197"],
    ),
    case(
        "never-closes",
        "gateway-keeps-closed-sockets",
        "warning",
        &["did not close in 1.0 s", "none of its own is left"],
    ),
];

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
    for name in case.names {
        assert!(told.contains(name), "{scenario}: no {name:?} in {told}");
    }
    if !case.code.is_empty() {
        assert_ne!(finding["remedies"], json!([]), "{scenario}");
    }
    let queued = case.names.iter().any(|name| name.contains("not accepted"));
    let left = &ran.json()["footprint"]["sockets_left"];
    assert!(*left == json!(0) || queued, "{scenario}: {left} left");
}

/// Runs the cases side by side: most of them wait.
fn check_all(cases: &'static [Case]) {
    let threads: Vec<_> = cases
        .iter()
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
fn the_healthy_simulator_gives_no_finding_above_info() {
    let ran = run_json(&["handshake", "--sim", "--account-updates", "--orders"]);
    assert_eq!(ran.status, 0);
    let findings = ran.json()["findings"].clone();
    let all_info = findings
        .as_array()
        .is_some_and(|all| all.iter().all(|it| it["severity"] == "info"));
    assert!(all_info, "{findings}");
}

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
        let half = |row: &&ibdoc::table::Socket| row.state == TcpState::CloseWait;
        sockets(gateway.port).iter().filter(half).count() == 3
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
    assert_eq!(ran.json()["footprint"]["sockets_left"], 0);
}

#[test]
fn a_phase_changes_what_a_probe_that_waits_sees() {
    let gateway = Simulator::start("close-on-accept;1500ms:normal");
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
    let dropped = std::thread::spawn(move || soak("drops-after=1", "0.1"));
    let mute = std::thread::spawn(move || soak("stops-answering-after=0.5", "0.05"));
    let moved = std::thread::spawn(move || soak("normal;1s:port-changed", "0.1"));
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
    assert!(told.contains("every byte sent was confirmed"), "{told}");
    let moved = moved.join().expect("a report");
    assert_eq!(moved.principal(), "port-changed");
    assert_eq!(principal(&moved)["remedies"][0], "connect to port 4444");
}

/// socat in front of a port; `None` where it is not installed.
fn relay(to: u16) -> Option<(Running, u16)> {
    Command::new("socat").arg("-V").output().ok()?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a free port").port();
    let mut socat = Command::new("socat");
    let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr");
    let connect = format!("TCP:127.0.0.1:{to}");
    socat
        .args([listen, connect])
        .stdout(std::process::Stdio::piped());
    socat.stderr(std::process::Stdio::null());
    let running = Running::start(socat);
    let table = ibdoc::table::system();
    eventually("socat listens", || {
        let address = ([127, 0, 0, 1], port).into();
        table.listener(address).is_ok_and(|row| row.is_some())
    });
    Some((running, port))
}

#[test]
fn behind_a_relay_the_cause_is_named_and_nothing_is_claimed_about_sockets() {
    let dead = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let dead = dead.expect("a free port").port();
    let silent = Simulator::start("silent");
    let healthy = Simulator::start("normal");
    let cases = [
        (
            dead,
            4,
            "closed-before-version",
            "socat (a relay) accepts the connection and closes it",
        ),
        (
            silent.port,
            4,
            "silent-after-connect",
            "socat (a relay) accepts the connection; what is behind it",
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
        let ran = run_json(&["handshake", &port.to_string(), "--timeout", "400ms"]);
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
        assert_eq!(ran.json()["footprint"]["sockets_left"], Value::Null);
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
