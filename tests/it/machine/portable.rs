//! The portable sources held against the Linux ones on the same sockets.

#![cfg(target_os = "linux")]

use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process;
use ibdoc::machine::process::{Facts, Ownership, ProcessSource, Search, portable};
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::{Ports, Snapshot, SocketTable, TcpState, system};

use crate::helpers::command::skipped;
use crate::machine::facts::{bot, facts};
use crate::machine::table::eventually;

type Row = (SocketAddr, SocketAddr, TcpState);

fn rows(snapshot: &Snapshot) -> Vec<Row> {
    let row =
        |socket: &ibdoc::machine::sockets::Socket| (socket.local, socket.remote, socket.state);
    let mut rows: Vec<Row> = snapshot.sockets.iter().map(row).collect();
    rows.sort_unstable();
    rows
}

/// A program that listens as a JVM does, with one connection that stays and one that was left half
/// closed.
struct Load {
    address: SocketAddr,
    /// The other ends of the two.
    peer: SocketAddr,
    left: SocketAddr,
    _kept: (TcpListener, [TcpStream; 3]),
}

impl Load {
    fn new() -> Self {
        let gateway = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).expect("a free port");
        let port = gateway.local_addr().expect("an address").port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let staying = TcpStream::connect(address).expect("a connection");
        let (first, _) = gateway.accept().expect("accepted");
        let leaving = TcpStream::connect(address).expect("a connection");
        let left = leaving.local_addr().expect("an address");
        let (second, _) = gateway.accept().expect("accepted");
        drop(leaving);
        // The FIN may be acknowledged 40 ms later than it arrives.
        eventually("FIN_WAIT2", || {
            let row = system().find(left, address).expect("a table")?;
            (row.state == TcpState::FinWait2).then_some(())
        });
        Self {
            address,
            peer: staying.local_addr().expect("an address"),
            left,
            _kept: (gateway, [staying, first, second]),
        }
    }

    fn rows(&self, table: &dyn SocketTable) -> Snapshot {
        table
            .snapshot(&Ports::from([self.address.port()]))
            .expect("a snapshot")
    }
}

#[test]
fn both_sources_see_the_same_sockets() {
    let load = Load::new();
    let (address, peer, left) = (load.address, load.peer, load.left);
    let second = sockets::portable::Portable;
    let (linux, portable) = (load.rows(&*system()), load.rows(&second));
    assert_eq!(rows(&linux), rows(&portable));
    for expected in [
        (address, peer, TcpState::Established),
        (peer, address, TcpState::Established),
        (address, left, TcpState::CloseWait),
        (left, address, TcpState::FinWait2),
    ] {
        assert!(rows(&linux).contains(&expected), "{expected:?}");
    }
    assert_eq!(linux.degraded, None);
    assert!(portable.degraded.is_some(), "it says what it cannot tell");
    let find = |table: &dyn SocketTable| table.find(address, left).unwrap().unwrap();
    let (known, unknown) = (find(&*system()), find(&second));
    assert!(known.recv_queue.is_some() && known.age.is_some() && known.accepted() == Some(true));
    assert_eq!((unknown.recv_queue, unknown.age), (None, None));
    assert_eq!(unknown.inode, known.inode);
    let by_table = |table: &dyn SocketTable| table.listener(address).unwrap().unwrap().local;
    assert_eq!(by_table(&*system()), by_table(&second));
    let by_rows = |table: &dyn SocketTable| {
        let listeners = table.listeners().unwrap();
        listeners.listener_for(address).map(|row| row.local)
    };
    assert_eq!(by_rows(&*system()), by_rows(&second));
}

#[test]
fn both_sources_see_the_same_owners() {
    let load = Load::new();
    let (second, own) = (sockets::portable::Portable, Pid(std::process::id()));
    let find = |table: &dyn SocketTable| table.find(load.address, load.left).unwrap().unwrap();
    // A child that another test is just starting has everything until it becomes its program.
    eventually("this process as the only holder", || {
        let sockets = [find(&*system())];
        let owners = process::system().owners(&sockets, Search::Every).unwrap();
        (owners.of(0, &sockets[0]) == Ownership::Held(&[own])).then_some(())
    });
    let named = find(&second).pids;
    assert!(named.is_some_and(|pids| pids.contains(&own)));
    eventually("the same from the other source", || {
        let sockets = [find(&second)];
        let owners = portable::Portable.owners(&sockets, Search::Every).unwrap();
        (owners.of(0, &sockets[0]) == Ownership::Held(&[own])).then_some(())
    });
    let all = load.rows(&second).sockets;
    let held = portable::Portable.held(own, &all).unwrap().unwrap();
    let expected = "a listener and three ends; the fourth is the kernel's";
    assert_eq!(held.len(), 4, "{expected}");
}

#[test]
fn both_sources_say_the_same_about_a_process() {
    let directory = tempfile::tempdir().unwrap();
    let Some(bot) = bot(directory.path()) else {
        return skipped("no python3");
    };
    let linux = facts(&*process::system(), bot.pid());
    let portable = facts(&portable::Portable, bot.pid());
    assert_eq!(portable.name, linux.name);
    assert_eq!(portable.executable, linux.executable);
    assert_eq!(
        (&portable.argv0, &portable.script),
        (&linux.argv0, &linux.script)
    );
    assert_eq!((portable.uid, portable.parent), (linux.uid, linux.parent));
    assert_eq!(
        (portable.state, portable.session),
        (linux.state, linux.session)
    );
    assert_eq!(portable.marks, linux.marks);
    let pids = |facts: &Facts| -> Vec<Pid> {
        facts
            .ancestors
            .iter()
            .flatten()
            .map(|ancestor| ancestor.pid)
            .collect()
    };
    assert_eq!(pids(&portable), pids(&linux));
    // What sysinfo cannot tell is unknown, not assumed.
    assert_eq!(
        (portable.jvm, portable.terminal, portable.ignores_hangup),
        (None, None, None)
    );
    assert_eq!(portable.stdio, [None; 3]);
    assert!(!format!("{portable:?}").contains("hunter2"));
}

#[test]
fn a_process_that_has_ended_is_none_in_both_sources() {
    let mut child = Command::new("true").spawn().unwrap();
    let pid = Pid(child.id());
    child.wait().unwrap();
    for source in [&*process::system(), &portable::Portable] {
        assert!(source.identify(pid).unwrap().is_none());
        assert!(source.facts(pid).unwrap().is_none());
        assert!(source.held(pid, &[]).unwrap().is_none());
    }
}
