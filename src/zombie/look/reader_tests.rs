//! A second look at holders, with processes that let go between the two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::*;
use crate::event::Side;
use crate::machine::process::{Jvm, Owners, ProcessError, ProcessSource, Programs};
use crate::machine::sockets::{SocketTable, TableError, TcpState};
use crate::zombie::Criteria;
use crate::zombie::look::Observer;

const CHILD: Pid = Pid(600);
const PARENT: Pid = Pid(500);

/// Each process with the inodes that it holds; a search finds the newest holder first.
struct Processes {
    holds: BTreeMap<Pid, BTreeSet<u64>>,
    /// A child that is being started: a search finds it, and so often, and then it has let go.
    starting: Mutex<u32>,
}

impl ProcessSource for Processes {
    fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError> {
        Ok(Some(ProcessId { pid, started: 1 }))
    }

    fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
        let name = if pid == CHILD { "sleep" } else { "bot" };
        let id = ProcessId { pid, started: 1 };
        // Another user's, so that nothing more is read.
        Ok(Some(Facts {
            uid: Some(7),
            jvm: Some(Jvm::Name),
            ..Facts::unknown(id, name.to_owned())
        }))
    }

    fn owners(&self, sockets: &[Socket], search: Search) -> Result<Owners, ProcessError> {
        let mut starting = self.starting.lock().unwrap();
        let is_starting = *starting > 0;
        *starting = starting.saturating_sub(1);
        let holder = |socket: &Socket| {
            let inode = socket.inode.unwrap();
            let holders = self.holds.iter().filter(|(_, held)| held.contains(&inode));
            let mut holders = holders.map(|(pid, _)| *pid);
            if search == Search::Every {
                return holders.collect();
            }
            let found = holders.next_back();
            let found = if is_starting { Some(CHILD) } else { found };
            found.into_iter().collect()
        };
        Ok(Owners {
            holders: sockets.iter().map(holder).collect(),
            ..Owners::default()
        })
    }

    fn held<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
        let held = self.holds.get(&pid).cloned().unwrap_or_default();
        let is_held = |socket: &&Socket| socket.inode.is_some_and(|inode| held.contains(&inode));
        Ok(Some(sockets.iter().filter(is_held).collect()))
    }

    fn candidates(&self, _: Option<&Programs>) -> Result<Vec<Pid>, ProcessError> {
        Ok(Vec::new())
    }
}

struct Table(Vec<Socket>);

impl SocketTable for Table {
    fn read(&self, _: Wanted<'_>) -> Result<sockets::Snapshot, TableError> {
        Ok(sockets::Snapshot {
            sockets: self.0.clone(),
            source: Source::InetDiag,
            degraded: None,
        })
    }
}

fn end(local: &str, remote: &str, state: TcpState) -> Socket {
    Socket {
        inode: Some(4711),
        ..Socket::unknown(local.parse().unwrap(), remote.parse().unwrap(), state)
    }
}

/// A machine on which a search finds the starting child so often before it finds the holder.
fn world(rows: &[Socket], starting: u32) -> World {
    let holds = BTreeMap::from([(PARENT, BTreeSet::from([4711]))]);
    of(rows, holds, starting)
}

fn of(rows: &[Socket], holds: BTreeMap<Pid, BTreeSet<u64>>, starting: u32) -> World {
    let processes = Processes {
        holds,
        starting: Mutex::new(starting),
    };
    World::new(Box::new(Table(rows.to_vec())), Box::new(processes))
}

/// Who is said to hold a half-closed socket that the first search found at the child.
fn met(starting: u32) -> (Vec<Pid>, Vec<Pid>) {
    let socket = end("127.0.0.1:50000", "127.0.0.1:4002", TcpState::CloseWait);
    let world = world(std::slice::from_ref(&socket), starting);
    let mut snapshot = Snapshot {
        stuck: vec![StuckSocket {
            side: Side::Client,
            holders: vec![CHILD],
            every: false,
            hidden: false,
            is_older: false,
            socket,
        }],
        ports: Ports::from([4002]),
        gateway_ports: Ports::from([4002]),
        ..Snapshot::default()
    };
    Reader::new(&world).meet(&mut snapshot);
    let known = snapshot.processes.keys().copied().collect();
    (snapshot.stuck[0].holders.clone(), known)
}

#[test]
fn a_child_that_has_let_go_of_a_half_closed_socket_is_not_named_its_holder() {
    assert_eq!(met(0), (vec![PARENT], vec![PARENT]));
    // Also where the second search finds another child that is just being started.
    assert_eq!(met(1), (vec![PARENT], vec![PARENT]));
}

#[test]
fn every_holder_is_found_of_a_clients_end_that_clears_the_gateways_half() {
    let near = end("127.0.0.1:50000", "127.0.0.1:4002", TcpState::FinWait2);
    let near = Socket {
        recv_queue: Some(5),
        ..near
    };
    let far = Socket {
        inode: Some(12),
        ..end("127.0.0.1:4002", "127.0.0.1:50000", TcpState::CloseWait)
    };
    let held = |gateway: &[Socket]| {
        let rows: Vec<Socket> = gateway.iter().chain([&near]).cloned().collect();
        let holds = [(PARENT, 4711), (CHILD, 4711), (Pid(300), 12)];
        let holds = holds.map(|(pid, inode)| (pid, BTreeSet::from([inode])));
        let world = of(&rows, BTreeMap::from(holds), 0);
        let criteria = Criteria {
            ports: Ports::from([4002]),
            ..Criteria::default()
        };
        let snapshot = Observer::new(&world).gather(&criteria).unwrap();
        snapshot.resetting[0].holders.clone()
    };
    assert_eq!(held(&[far]), [PARENT, CHILD]);
    // Nothing is kept that its end would clear.
    assert_eq!(held(&[]), [CHILD]);
}

#[test]
fn a_client_of_a_gateway_is_named_by_who_still_holds_its_connection() {
    let rows = [
        end("127.0.0.1:50000", "127.0.0.1:4002", TcpState::Established),
        Socket {
            inode: Some(12),
            ..end("127.0.0.1:4002", "127.0.0.1:50000", TcpState::Established)
        },
    ];
    let address = "127.0.0.1:4002".parse().unwrap();
    let named = |starting| {
        let clients = world(&rows, starting).clients_of(address, true).unwrap();
        let program = clients.programs.first().cloned();
        program.map(|program| (program.pid, program.name))
    };
    assert_eq!(named(0), Some((PARENT, "bot".to_owned())));
    assert_eq!(named(1), Some((PARENT, "bot".to_owned())));
}
