//! Clients that are not let through are refused, and the Gateway is spared.

use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use ibdoc::finding::Code;
use ibdoc::tap::{MOST_SESSIONS, Refusal, Relay, Seen};

use super::{Tapped, end_of, heard, observed, plan, relay};
use crate::helpers::command::{PATIENCE, SEES_ALL, eventually, free_port, skipped};

#[test]
fn without_a_gateway_a_client_is_refused_and_let_in_again_when_it_is_there() {
    let gateway = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let port = gateway.local_addr().expect("its address").port();
    let relay = relay(port, "");
    let address = relay.address;
    let connects = || TcpStream::connect(address);
    let first = connects().expect("a connection");
    drop((gateway.accept().expect("a connection"), first));
    drop(gateway);
    eventually("clients are refused", || {
        connects().is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    });
    let _gateway = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port");
    eventually("clients are let in again", || connects().is_ok());
    relay.stop();
    let (seen, _) = heard(relay);
    let doors: Vec<bool> = seen
        .iter()
        .filter_map(|it| match it {
            Seen::Open(open, _) => Some(*open),
            _ => None,
        })
        .collect();
    assert_eq!(doors, [true, false, true]);
}

#[test]
fn a_client_that_the_kernel_let_in_is_reset_where_the_gateway_refuses() {
    let mut plan = plan(free_port(), "");
    // As of a Gateway on another machine: whether it listens is not seen.
    plan.force = true;
    let relay = Relay::start(plan).expect("a relay");
    let client = TcpStream::connect(relay.address).expect("a connection");
    assert_eq!(end_of(&client), Err(ErrorKind::ConnectionReset));
    relay.stop();
    let (seen, tally) = heard(relay);
    assert_eq!((tally.connections, tally.not_reached), (0, 1));
    let observed = observed(&seen);
    assert_eq!(observed.findings[0].code, Code::NotListening);
}

#[test]
fn no_client_is_let_into_a_stuck_accept_queue() {
    if !SEES_ALL {
        return skipped("accept queues are seen on Linux only");
    }
    let gateway = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let port = gateway.local_addr().expect("its address").port();
    let waiting = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a place in the queue");
    let relay = relay(port, "");
    eventually("it listens", || TcpStream::connect(relay.address).is_ok());
    let client = TcpStream::connect(relay.address).expect("a connection");
    assert_eq!(end_of(&client), Err(ErrorKind::ConnectionReset));
    relay.stop();
    let (seen, tally) = heard(relay);
    assert_eq!(tally.connections, 0);
    let is_stuck = |it: &Seen| matches!(it, Seen::Refused(Refusal::Stuck(_)));
    assert!(seen.iter().any(is_stuck));
    assert!(observed(&seen).stuck.is_some());
    drop(waiting);
}

#[test]
fn more_sessions_than_a_gateway_has_clients_are_carried_and_not_without_end() {
    let tapped = Tapped::start("");
    let open: Vec<_> = (0..MOST_SESSIONS).map(|_| tapped.connect()).collect();
    let late = TcpStream::connect(tapped.relay.address).expect("a connection");
    assert_eq!(end_of(&late), Err(ErrorKind::ConnectionReset));
    drop(open);
    eventually("there is room again", || {
        let mut client = TcpStream::connect(tapped.relay.address).expect("a connection");
        client
            .set_read_timeout(Some(Duration::from_millis(50)))
            .expect("a time-out");
        let read = client.read(&mut [0]).map_err(|error| error.kind());
        read != Err(ErrorKind::ConnectionReset)
    });
    let (_, tally) = tapped.end();
    assert_eq!(tally.most_at_once, MOST_SESSIONS);
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let mut plan = plan(free_port(), "");
    plan.listen = taken.local_addr().expect("its address");
    assert!(Relay::start(plan).is_err());
}

#[test]
fn a_gateway_that_keeps_its_end_after_a_cut_does_not_keep_the_relay_from_its_own() {
    let tapped = Tapped::start("1s:cut");
    let (mut client, gateway) = tapped.connect();
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).expect("the cut");
    // The session is given a moment to end at the Gateway too when the relay is told to end.
    let (told, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (_, tally) = tapped.end();
        let _ = told.send(tally);
    });
    ended.recv_timeout(PATIENCE).expect("the relay ends");
    drop(gateway);
}
