//! The socket table on real sockets: what the kernel says in each situation of a sick Gateway.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use ibdoc::machine::sockets::linux::{Linux, ProcNet};
use ibdoc::machine::sockets::{Ports, Snapshot, Socket, SocketTable, Source, TcpState, system};
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, connect, listen, socket_with, sockopt,
};

/// Every Linux source, so that each test holds for the fallback too.
pub(crate) fn sources() -> [(Source, Box<dyn SocketTable>); 2] {
    [
        (Source::InetDiag, Box::new(Linux::default())),
        (Source::ProcNet, Box::new(ProcNet::default())),
    ]
}

/// Looks until `found` is satisfied; the deadline only bounds a failing test.
pub(crate) fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + crate::helpers::command::PATIENCE;
    loop {
        if let Some(value) = found() {
            return value;
        }
        assert!(Instant::now() < deadline, "never seen: {what}");
        std::thread::yield_now();
    }
}

fn ports(address: SocketAddr) -> Ports {
    Ports::from([address.port()])
}

fn row(table: &dyn SocketTable, local: SocketAddr, remote: SocketAddr, state: TcpState) -> Socket {
    eventually(state.name(), || {
        let row = table.find(local, remote).unwrap();
        row.filter(|row| row.state == state)
    })
}

/// A socket that no child inherits.
pub(crate) fn tcp(family: AddressFamily) -> OwnedFd {
    let flags = SocketFlags::CLOEXEC;
    socket_with(family, SocketType::STREAM, flags, None).unwrap()
}

/// A listener whose accept queue holds `backlog` connections, on IPv4 loopback.
pub(crate) fn listener(backlog: i32) -> TcpListener {
    let fd = tcp(AddressFamily::INET);
    bind(&fd, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    listen(&fd, backlog).unwrap();
    TcpListener::from(fd)
}

/// A listener as Java makes it: IPv6, every address, IPv4 too.
fn dual_stack() -> TcpListener {
    let fd = tcp(AddressFamily::INET6);
    sockopt::set_ipv6_v6only(&fd, false).unwrap();
    bind(&fd, &"[::]:0".parse::<SocketAddr>().unwrap()).unwrap();
    listen(&fd, 50).unwrap();
    TcpListener::from(fd)
}

fn rows(snapshot: &Snapshot, state: TcpState) -> Vec<&Socket> {
    let sockets = snapshot.sockets.iter();
    sockets.filter(|socket| socket.state == state).collect()
}

#[test]
fn a_client_that_left_a_connection_which_was_accepted_and_kept() {
    let gateway = listener(5);
    let address = gateway.local_addr().unwrap();
    let client = TcpStream::connect(address).unwrap();
    let (_kept, peer) = gateway.accept().unwrap();
    std::io::Write::write_all(&mut &client, b"17 bytes greeting").unwrap();
    drop(client);
    let table = system();
    let end = row(&*table, address, peer, TcpState::CloseWait);
    // 17 bytes and the FIN.
    assert_eq!(end.recv_queue, Some(18));
    assert_eq!(end.bytes_received, Some(18));
    assert_eq!(end.accepted(), Some(true));
    assert!(end.age.unwrap() < Duration::from_secs(10));
    assert!(end.cookie.is_some_and(|cookie| cookie != 0));
    assert_eq!(end.uid, Some(rustix::process::getuid().as_raw()));
    let other = row(&*table, peer, address, TcpState::FinWait2);
    assert_eq!((other.inode, other.accepted()), (Some(0), None));
}

#[test]
fn a_client_that_left_before_anybody_accepted_it() {
    let gateway = listener(5);
    let address = gateway.local_addr().unwrap();
    let client = TcpStream::connect(address).unwrap();
    let peer = client.local_addr().unwrap();
    let here = row(&*system(), address, peer, TcpState::Established);
    assert_eq!((here.inode, here.accepted()), (Some(0), Some(false)));
    drop(client);
    for (source, table) in sources() {
        let end = row(&*table, address, peer, TcpState::CloseWait);
        assert_eq!(
            (end.inode, end.accepted(), end.recv_queue),
            (Some(0), Some(false), Some(1)),
            "{source:?}"
        );
    }
    let end = row(&*system(), address, peer, TcpState::CloseWait);
    assert_eq!(end.bytes_received, Some(1), "the FIN and nothing else");
}

#[test]
fn a_reset_leaves_no_row_but_still_takes_a_place_in_the_queue() {
    let gateway = listener(5);
    let address = gateway.local_addr().unwrap();
    let client = TcpStream::connect(address).unwrap();
    let peer = client.local_addr().unwrap();
    sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    drop(client);
    let table = system();
    eventually("the end of both rows", || {
        let gone = table.find(address, peer).unwrap().is_none()
            && table.find(peer, address).unwrap().is_none();
        gone.then_some(())
    });
    let listening = table.listener(address).unwrap().unwrap();
    assert_eq!(listening.accept_queue(), Some((1, 5)));
}

#[test]
fn a_dual_stack_gateway_is_found_by_its_ipv4_address_in_every_way() {
    let gateway = dual_stack();
    let port = gateway.local_addr().unwrap().port();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let client = TcpStream::connect(address).unwrap();
    let peer = client.local_addr().unwrap();
    let (_kept, seen) = gateway.accept().unwrap();
    assert!(seen.is_ipv6(), "the Gateway itself sees ::ffff:127.0.0.1");
    for (source, table) in sources() {
        for asked in [
            address,
            seen_from(address),
            SocketAddr::from(([0, 0, 0, 0], port)),
        ] {
            let listening = table.listener(asked).unwrap().expect("a listener");
            assert_eq!(
                listening.local,
                "[::]:0"
                    .parse()
                    .map(|any: SocketAddr| { SocketAddr::new(any.ip(), port) })
                    .unwrap(),
                "{source:?} {asked}"
            );
        }
        let end = row(&*table, seen_from(address), seen, TcpState::Established);
        assert_eq!((end.local, end.remote), (address, peer), "{source:?}");
        let snapshot = table.snapshot(&ports(address)).unwrap();
        assert_eq!(snapshot.source, source);
        assert_eq!(
            rows(&snapshot, TcpState::Established).len(),
            2,
            "{source:?}"
        );
        assert_eq!(rows(&snapshot, TcpState::Listen).len(), 1, "{source:?}");
        assert!(snapshot.row(address, peer).is_some() && snapshot.row(peer, address).is_some());
    }
}

/// The IPv4-mapped form, as a JVM shows it.
fn seen_from(address: SocketAddr) -> SocketAddr {
    let SocketAddr::V4(v4) = address else {
        return address;
    };
    SocketAddr::from((v4.ip().to_ipv6_mapped(), v4.port()))
}

#[test]
fn a_connection_that_waits_for_a_full_queue_is_seen_as_syn_sent() {
    let gateway = listener(0);
    let address = gateway.local_addr().unwrap();
    let _first = TcpStream::connect(address).unwrap();
    let fd = tcp(AddressFamily::INET);
    rustix::io::ioctl_fionbio(&fd, true).unwrap();
    assert!(connect(&fd, &address).is_err(), "still under way");
    let stuck = eventually("SYN_SENT", || {
        let snapshot = system().snapshot(&ports(address)).unwrap();
        rows(&snapshot, TcpState::SynSent)
            .first()
            .map(|row| (*row).clone())
    });
    assert_eq!((stuck.remote, stuck.age), (address, None));
    let listening = system().listener(address).unwrap().unwrap();
    assert_eq!(listening.accept_queue_full(), Some(true));
}

#[test]
fn no_ports_means_no_rows() {
    assert!(
        system()
            .snapshot(&Ports::default())
            .unwrap()
            .sockets
            .is_empty()
    );
}
