//! One rule for a stuck accept queue: every command that looks at it says the same of it.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::helpers::command::{Simulator, eventually, listener, run_json, side_by_side, sockets};

const CODE: &str = "accept-queue-stuck";

/// Every command that looks at the queue before it connects, or instead.
fn commands(port: &str) -> [Vec<String>; 6] {
    [
        vec!["probe", port],
        vec!["doctor", port, "--quick"],
        vec!["zombies", "--port", port],
        vec!["handshake", port],
        vec!["health", port],
        vec!["soak", port, "--attempts", "1"],
    ]
    .map(|arguments| arguments.into_iter().map(str::to_owned).collect())
}

/// Whether each command finds the queue of this port stuck, and how many connections it made.
fn say(port: u16) -> Vec<(String, bool, u64)> {
    side_by_side(commands(&port.to_string()), |arguments| {
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if arguments[0] == "health" {
            // Of its usual few seconds a busy machine may leave too little for a watch of one.
            arguments.extend(["--deadline", "30s"]);
        }
        let report = run_json(&arguments).json();
        let findings = report["findings"].as_array().expect("findings").clone();
        let found = findings.iter().any(|finding| finding["code"] == CODE);
        let made = report["footprint"]["connections"].as_u64();
        (arguments[0].to_owned(), found, made.expect("a number"))
    })
}

/// Has one connection wait for at least so long on a listener that never accepts.
fn every_command_finds_it_after(age: Duration) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = server.local_addr().expect("its address");
    let _waiting = TcpStream::connect(address).expect("a place in the queue");
    let port = address.port();
    eventually("a connection that has waited for long enough", || {
        let rows = sockets(port);
        let end = rows.iter().find(|row| row.local.port() == port);
        end.is_some_and(|row| row.age.is_some_and(|waited| waited >= age))
    });
    for (command, found, made) in say(port) {
        assert!(found, "{command} does not find it after {age:?}");
        assert_eq!(made, 0, "{command} has taken a place in the queue");
    }
    let waiting = listener(port).accept_queue().map(|(waiting, _)| waiting);
    assert_eq!(waiting, Some(1));
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn every_command_finds_a_queue_that_has_been_stuck_for_half_a_second() {
    every_command_finds_it_after(Duration::from_millis(500));
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn every_command_finds_a_queue_that_has_been_stuck_for_two_seconds() {
    every_command_finds_it_after(Duration::from_secs(2));
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn every_command_finds_a_queue_that_has_been_stuck_for_six_seconds() {
    every_command_finds_it_after(Duration::from_secs(6));
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn no_command_watches_a_queue_beyond_its_deadline_or_says_what_it_has_not_seen() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = server.local_addr().expect("its address");
    let _waiting = TcpStream::connect(address).expect("a place in the queue");
    let runs = commands(&address.port().to_string()).map(|mut arguments| {
        arguments.extend(["--deadline", "0.5s"].map(str::to_owned));
        thread::spawn(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ran = run_json(&arguments);
            (ran.status, ran.json())
        })
    });
    for run in runs {
        let (status, report) = run.join().expect("a report");
        assert_eq!(
            (status, &report["verdict"]),
            (1, &"unknown".into()),
            "{report}"
        );
        assert_eq!(report["footprint"]["connections"], 0, "{report}");
        assert!(!report.to_string().contains(CODE), "{report}");
    }
}

#[test]
fn no_command_finds_the_queue_of_a_gateway_that_accepts_stuck() {
    let gateway = Simulator::start("normal");
    for (command, found, _) in say(gateway.port) {
        assert!(!found, "{command} finds it stuck");
    }
}

/// Fills the queue of a listener and then has a connection taken from it now and then, until told to
/// stop; returns what `look` gives meanwhile.
fn with_slow_queue<T>(look: impl FnOnce(u16) -> T) -> T {
    const CLIENTS: usize = 100;
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = server.local_addr().expect("its address");
    let waiting: Vec<TcpStream> = (0..CLIENTS)
        .map(|_| TcpStream::connect(address).expect("a place in the queue"))
        .collect();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let taker = thread::spawn(move || {
        let mut taken = Vec::new();
        while stopped.recv_timeout(Duration::from_millis(700)).is_err() && taken.len() < CLIENTS {
            taken.push(server.accept().expect("one that waits"));
        }
    });
    eventually("connections that have waited for long", || {
        let rows = sockets(address.port());
        let unaccepted = rows.iter().filter(|row| row.accepted() == Some(false));
        let old = |age: Duration| age >= Duration::from_secs(6);
        unaccepted.filter_map(|row| row.age).any(old)
    });
    let seen = look(address.port());
    let _ = stop.send(());
    taker.join().expect("it ends");
    drop(waiting);
    seen
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn a_queue_that_moves_slowly_is_not_one_that_has_stopped() {
    let all = with_slow_queue(|port| {
        let port = port.to_string();
        side_by_side(["probe", "zombies"], |command| {
            run_json(&[command, &port]).json()
        })
    });
    for report in all {
        let findings = report["findings"].as_array().expect("findings");
        assert!(findings.iter().all(|it| it["code"] != CODE), "{report}");
        let slow = findings.iter().find(|it| it["code"] == "accepts-slowly");
        let slow = slow.unwrap_or_else(|| panic!("{report}"));
        assert_eq!(slow["severity"], "warning");
        let evidence = slow["evidence"].to_string();
        assert!(evidence.contains("taken in"), "{evidence}");
    }
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[test]
fn a_gateway_that_accepts_one_connection_a_second_is_slow_and_not_stuck() {
    const MANY: usize = 60;
    let gateway = Simulator::start("accepts-every=1");
    let connect = || TcpStream::connect(("127.0.0.1", gateway.port)).expect("a place in the queue");
    let _waiting: Vec<TcpStream> = (0..MANY).map(|_| connect()).collect();
    let report = run_json(&["probe", &gateway.port.to_string()]).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "accepts-slowly", "{report:#}");
    assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
}
