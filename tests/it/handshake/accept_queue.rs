//! A Gateway that accepts late or not at all: its queue is the finding, and no connection is added.

use std::net::TcpStream;

use tokio::net::TcpSocket;

use crate::helpers::command::{Running, ibdoc, listener, run_json};

/// A listener with room for `backlog` + 1 connections, which accepts none.
fn deaf(backlog: u32) -> tokio::net::TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind(([127, 0, 0, 1], 0).into())
        .expect("a free port");
    socket.listen(backlog).expect("a listener")
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[tokio::test]
async fn a_queue_that_does_not_empty_is_the_finding_and_no_connection_is_made() {
    let server = deaf(5);
    let address = server.local_addr().expect("its address");
    let _waiting = TcpStream::connect(address).expect("a place in the queue");
    let port = address.port().to_string();
    for arguments in [&["handshake", &port][..], &["probe", &port, "--connect"]] {
        let ran = run_json(arguments);
        assert_eq!(ran.principal(), "accept-queue-stuck", "{arguments:?}");
        let footprint = &ran.json()["footprint"];
        assert_eq!(footprint["connections"], 0, "{arguments:?}");
        assert_eq!(footprint["accept_queue"]["after"], 1, "{arguments:?}");
        assert_eq!(ran.status, 4, "{arguments:?}");
    }
    assert_eq!(listener(address.port()).accept_queue(), Some((1, 5)));

    let forced = run_json(&["handshake", &port, "--force", "--timeout", "200ms"]);
    // Not empty before, and ours was not accepted either.
    assert_eq!(forced.principal(), "accept-queue-stuck");
    assert_eq!(forced.json()["footprint"]["connections"], 1);
    assert_eq!(forced.json()["footprint"]["accept_queue"]["after"], 2);
}

#[tokio::test]
async fn a_gateway_that_accepts_a_little_late_is_busy_and_not_stuck() {
    let server = deaf(5);
    let address = server.local_addr().expect("its address");
    let _waiting = TcpStream::connect(address).expect("a place in the queue");
    let port = address.port().to_string();
    let handshake = Running::start(ibdoc(&["handshake", &port, "--json"]));
    // Meanwhile it sees a queue that is not empty. One that starts later than this sees the
    // server accept at once, which is well too.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = server.accept().await {
            drop(stream);
        }
    });
    let ran = tokio::task::spawn_blocking(|| handshake.finish())
        .await
        .expect("its end");
    accepting.abort();
    assert_eq!(ran.principal(), "closed-before-version", "{}", ran.stdout);
    assert_eq!(ran.json()["footprint"]["connections"], 1);
}

#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells queue lengths")]
#[tokio::test]
async fn a_full_queue_fails_a_probe_and_stops_a_soak_at_once() {
    let server = deaf(1);
    let address = server.local_addr().expect("its address");
    let _waiting: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(address).expect("a place"))
        .collect();
    let port = address.port().to_string();
    let probe = run_json(&["probe", &port]);
    assert_eq!(
        (probe.principal().as_str(), probe.status),
        ("accept-queue-stuck", 4)
    );
    let soak = run_json(&["soak", &port, "--attempts", "5", "--gap", "0s"]);
    let body = &soak.json()["soak"];
    assert_eq!(body["attempts"]["run"], 1);
    assert!(
        body["stopped"]
            .as_str()
            .unwrap_or("")
            .contains("accept queue"),
        "{body}"
    );
    assert_eq!(soak.json()["footprint"]["connections"], 0);
    assert_eq!(soak.status, 4);
}
