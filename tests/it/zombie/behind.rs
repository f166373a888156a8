//! The Gateway behind a relay of a census: what is wrong there is said of the relay's port too.

use std::net::{TcpListener, TcpStream};

use crate::helpers::command::{eventually, listener, relay, run_json, skipped};
use crate::machine::children::Running;

#[test]
fn a_relay_is_not_healthy_in_front_of_a_gateway_that_accepts_nobody() {
    let gateway = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = gateway.local_addr().expect("its address").port();
    let Some((_socat, front)) = relay(own) else {
        return skipped("no socat");
    };
    let healthy = run_json(&["zombies", &front.to_string()]);
    assert_eq!(healthy.status, 0, "{}", healthy.json());
    let _waiting = TcpStream::connect(("127.0.0.1", own)).expect("a place in the queue");
    eventually("it waits", || {
        listener(own).accept_queue().map(|(waiting, _)| waiting) == Some(1)
    });
    let ran = run_json(&["zombies", &front.to_string()]);
    let report = ran.json();
    assert_eq!(
        (ran.status, ran.principal().as_str()),
        (4, "accept-queue-stuck")
    );
    let finding = &report["findings"][0];
    assert_eq!(finding["subject"], format!("127.0.0.1:{own}"), "{report}");
    let evidence = finding["evidence"].to_string();
    assert!(
        evidence.contains(&format!("relay of port {front}")),
        "{evidence}"
    );
    // The census, and with it what --kill would end, stays that of the port that was named.
    assert_eq!(report["zombies"]["ports"], serde_json::json!([front]));
}

#[test]
fn a_soak_through_a_relay_counts_what_waits_at_the_gateway() {
    let gateway = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = gateway.local_addr().expect("its address").port();
    let Some((_socat, front)) = relay(own) else {
        return skipped("no socat");
    };
    let _waiting = TcpStream::connect(("127.0.0.1", own)).expect("a place in the queue");
    let report = run_json(&["soak", &front.to_string(), "--attempts", "1"]).json();
    let zombies = &report["soak"]["zombies"];
    assert_eq!(
        (&zombies["before"], &zombies["after"]),
        (&1.into(), &1.into()),
        "{report}"
    );
}

#[test]
fn of_two_relays_that_share_a_port_the_one_that_leads_nowhere_is_found() {
    let gateway = crate::helpers::command::Simulator::start("normal");
    let nowhere = crate::helpers::command::free_port();
    let port = crate::helpers::command::free_port();
    let start = |target: u16| {
        let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseport");
        let mut socat = std::process::Command::new("socat");
        socat.arg(listen).arg(format!("TCP:127.0.0.1:{target}"));
        socat.stderr(std::process::Stdio::null());
        let child = socat.spawn().ok()?;
        Some(Ended(child))
    };
    for targets in [[gateway.port, nowhere], [nowhere, gateway.port]] {
        let Some(_relays) = targets
            .map(start)
            .into_iter()
            .collect::<Option<Vec<Ended>>>()
        else {
            return skipped("no socat");
        };
        eventually("both listen", || {
            let rows = ibdoc::machine::sockets::system().listeners();
            let rows = rows.expect("the socket table").sockets;
            rows.iter().filter(|row| row.local.port() == port).count() == 2
        });
        let ran = run_json(&["health", &port.to_string()]);
        let report = ran.json();
        let mut findings = report["findings"].as_array().into_iter().flatten();
        // A Gateway of another test that is about to listen comes first.
        let found = findings.find(|it| it["code"] == "relay-without-gateway");
        let evidence = found.map(|it| it["evidence"].to_string());
        let evidence = evidence.unwrap_or_else(|| panic!("{report}"));
        assert!(evidence.contains("SO_REUSEPORT"), "{evidence}");
        assert_eq!(report["footprint"]["connections"], 0);
    }
}

/// Listens on a port that it shares; takes what comes, or leaves it in its queue.
const TWIN: &str = "
import socket, sys
port, what = sys.argv[1].split()
own = socket.socket()
own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
own.bind(('127.0.0.1', int(port)))
own.listen(64)
print(own.getsockname()[1], flush=True)
taken = []
while what == 'takes':
    taken.append(own.accept())
sys.stdin.read()
";

#[test]
fn the_stuck_queue_of_either_of_two_listeners_on_a_port_is_found() {
    // A connection goes to either: of so many each gets some.
    const MANY: usize = 24;
    for [first, second] in [["keeps", "takes"], ["takes", "keeps"]] {
        let one = Running::python(TWIN, &format!("0 {first}"));
        let Some(one) = one else {
            return skipped("no python3");
        };
        let port: u16 = one.said.parse().expect("a port");
        let Some(_two) = Running::python(TWIN, &format!("{port} {second}")) else {
            return skipped("no python3");
        };
        let connect = || TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let _clients: Vec<TcpStream> = (0..MANY).map(|_| connect()).collect();
        eventually("one of them takes all that it gets", || {
            let rows = ibdoc::machine::sockets::system().listeners();
            let rows = rows.expect("the socket table").sockets;
            let own = rows.iter().filter(|row| row.local.port() == port);
            let waiting = own.filter_map(ibdoc::machine::sockets::Socket::accept_queue);
            waiting.filter(|(waiting, _)| *waiting > 0).count() == 1
        });
        for command in ["health", "handshake"] {
            let ran = run_json(&[command, &port.to_string()]);
            let report = ran.json();
            assert_eq!(ran.principal(), "accept-queue-stuck", "{first}: {report:#}");
            assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
        }
    }
}

/// A program that ends with the test.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
