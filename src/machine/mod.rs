//! This machine as ibdoc sees it: its socket table, its processes, and who listens where.

pub mod accept_queue;
pub mod activity;
mod ask;
mod clients;
pub mod container;
mod forward;
mod gateway;
#[cfg(target_os = "linux")]
pub mod heal;
mod held_port;
pub mod host;
pub mod inspect;
pub mod kill;
pub mod listener;
pub mod local;
pub mod netns;
pub mod path;
pub mod pid;
pub mod process;
pub mod role;
pub mod sockets;
pub mod vitals;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

pub use self::clients::{ClientProgram, Clients};
pub use self::gateway::{RunningGateway, ports_with};
pub use self::held_port::{HeldPort, held_ports};

use self::listener::Listener;
use self::pid::Pid;
use self::process::{Owners, Ownership, ProcessSource, ProgramKind, Programs, Search};
use self::role::Role;
use self::sockets::{Ports, Socket, SocketTable, TcpState};

/// The two tables of this machine.
pub struct World {
    /// The TCP sockets.
    pub table: Box<dyn SocketTable>,
    /// The processes.
    pub processes: Box<dyn ProcessSource>,
    /// Whether both are read through the portable libraries.
    pub is_portable: bool,
    /// Owners of LISTEN rows by inode: naming an owner is what costs.
    listeners: RefCell<BTreeMap<u64, Listener>>,
}

/// How often the holder of a LISTEN row is searched for.
const SEARCHES: u32 = 3;

impl World {
    /// The machine through its best sources.
    pub fn open() -> Self {
        Self::new(sockets::system(), process::system())
    }

    /// The machine through the portable libraries.
    #[cfg(feature = "portable")]
    pub fn portable() -> Self {
        let table = Box::new(sockets::portable::Portable);
        Self {
            is_portable: true,
            ..Self::new(table, Box::new(process::portable::Portable))
        }
    }

    /// The machine as these sources see it.
    pub fn new(table: Box<dyn SocketTable>, processes: Box<dyn ProcessSource>) -> Self {
        let listeners = RefCell::default();
        Self {
            table,
            processes,
            is_portable: cfg!(not(target_os = "linux")),
            listeners,
        }
    }

    /// Who holds a LISTEN row; kind `unknown` without a pid when its owner cannot be seen.
    pub fn who_listens(&self, row: &Socket) -> Listener {
        let known = row
            .inode
            .and_then(|inode| self.listeners.borrow().get(&inode).cloned());
        let mut listener = known.unwrap_or_else(|| self.identify(row));
        (listener.accept_queue, listener.backlog) = row.accept_queue().unzip();
        if let (Some(inode), Some(_)) = (row.inode, listener.pid) {
            self.listeners.borrow_mut().insert(inode, listener.clone());
        }
        listener
    }

    /// Searched for again where the holder that was found was a child that was just being started.
    fn identify(&self, row: &Socket) -> Listener {
        let search = || {
            let owners = self
                .processes
                .owners(std::slice::from_ref(row), Search::First);
            let pid = owners
                .ok()
                .and_then(|owners| owners.holders.first()?.first().copied());
            self.listener_held_by(row, pid)
        };
        let settled = |listener: &Listener| listener.pid.is_none() || listener.name.is_some();
        (1..SEARCHES)
            .map(|_| search())
            .find(settled)
            .unwrap_or_else(search)
    }

    /// The facts of a process that still holds the socket after they were read. A child that is
    /// being started holds its parent's sockets until it runs a program of its own, which was once
    /// taken for the listener.
    pub fn facts_of_holder(&self, row: &Socket, pid: Pid) -> Option<process::Facts> {
        let facts = self.processes.facts(pid).ok().flatten()?;
        let held = self.processes.held(pid, std::slice::from_ref(row)).ok();
        let has_let_go = held.flatten().is_some_and(|held| held.is_empty());
        (!has_let_go).then_some(facts)
    }

    /// A LISTEN row whose holder is known, or was looked for in vain: one that may not be read may still
    /// show as a relay by its command line.
    pub fn listener_held_by(&self, row: &Socket, pid: Option<Pid>) -> Listener {
        // The table of another network namespace may have the same port.
        let is_here = || !self.has_gone(row);
        let pid = pid.or_else(|| is_here().then(|| self.processes.relay_by_arguments(row))?);
        let port = row.local.port();
        let (accept_queue, backlog) = row.accept_queue().unzip();
        let facts = pid.and_then(|pid| self.facts_of_holder(row, pid));
        let kind = facts.as_ref().map(|facts| process::kind(facts, Some(port)));
        Listener {
            address: row.connectable(),
            port,
            pid,
            name: facts.map(|facts| facts.name),
            kind: kind.unwrap_or(ProgramKind::Unknown),
            accept_queue,
            backlog,
        }
    }

    /// Those of `rows` without a holder among `owners` because they have gone since the table was
    /// read, or another socket has their addresses now: that their holders are hidden would be false.
    pub fn gone<'a>(&self, rows: &'a [Socket], owners: &Owners) -> Vec<&'a Socket> {
        let is_held = |index: usize| matches!(owners.of(index, &rows[index]), Ownership::Held(_));
        let rows = rows.iter().enumerate();
        let unowned = rows.filter(|(index, row)| !is_held(*index) && row.inode.unwrap_or(0) != 0);
        unowned
            .map(|(_, row)| row)
            .filter(|row| self.has_gone(row))
            .collect()
    }

    /// Whether the socket of this row is not in the table any more; false where that cannot be told.
    fn has_gone(&self, row: &Socket) -> bool {
        let is_row = |now: &Socket| now.local == row.local && now.inode == row.inode;
        if row.state == TcpState::Listen {
            let now = self.table.listeners();
            now.is_ok_and(|now| !now.sockets.iter().any(is_row))
        } else {
            let now = self.table.find(row.local, row.remote);
            now.is_ok_and(|now| !now.as_ref().is_some_and(is_row))
        }
    }

    /// Every recognised Gateway and TWS process, on which ports it listens, and whether those can be
    /// seen from here; none when processes cannot be read.
    pub fn running_gateways(&self) -> Vec<RunningGateway> {
        self.running_gateways_among(None)
    }

    /// The same, where it is known what the processes run.
    pub fn running_gateways_among(&self, known: Option<&Programs>) -> Vec<RunningGateway> {
        let gateways = self.processes.gateways_among(known).unwrap_or_default();
        if gateways.is_empty() {
            return Vec::new();
        }
        let rows = self.table.listeners().ok();
        let rows = rows.as_ref().map(|rows| rows.sockets.as_slice());
        let own = self.processes.facts(Pid(std::process::id())).ok().flatten();
        let own = own.and_then(|own| own.net_namespace);
        let describe = |gateway: process::Gateway| {
            let facts = gateway.facts;
            let held = rows.map(|rows| self.processes.held(facts.id.pid, rows));
            let held = held.and_then(|held| held.ok().flatten());
            let namespaces = own.zip(facts.net_namespace);
            let of_user = |row: &&Socket| facts.uid.is_some() && row.uid == facts.uid;
            let is_elsewhere = namespaces.is_some_and(|(ours, theirs)| ours != theirs);
            let there = is_elsewhere.then(|| self.ports_there(facts.id.pid));
            RunningGateway {
                ports_there: there.flatten(),
                pid: facts.id.pid,
                kind: gateway.kind,
                up: facts.up,
                is_stopped: facts.state == Some(process::RunState::Stopped),
                ports: held.map(|held| ports_of(held.into_iter())),
                user_ports: ports_of(rows.unwrap_or_default().iter().filter(of_user)),
                is_elsewhere,
            }
        };
        gateways.into_iter().map(describe).collect()
    }

    /// The ports on which a process listens in its own network namespace; `None` where its sockets
    /// or its descriptors cannot be read.
    fn ports_there(&self, pid: Pid) -> Option<Vec<u16>> {
        let rows = sockets::in_namespace_of(pid)?.listeners().ok()?.sockets;
        let held = self.processes.held(pid, &rows).ok()??;
        Some(ports_of(held.into_iter()))
    }

    /// The known ports and every port on which a recognised Gateway or TWS listens.
    pub fn gateway_ports(&self) -> Ports {
        self.gateway_ports_among(None)
    }

    /// The same, where it is known what the processes run.
    pub fn gateway_ports_among(&self, known: Option<&Programs>) -> Ports {
        ports_with(&self.running_gateways_among(known))
    }

    /// Who listens on the known ports; nothing when the table cannot be read.
    pub fn known_listeners(&self) -> Vec<Listener> {
        let known: Ports = Role::ALL.iter().map(|(port, _)| *port).collect();
        self.listeners_on(&known).unwrap_or_default()
    }

    /// Who listens on these ports, ascending; a port has several where several addresses have.
    pub fn listeners_on(&self, ports: &Ports) -> Result<Vec<Listener>, sockets::TableError> {
        let snapshot = self.table.listeners()?;
        let mut rows: Vec<&Socket> = snapshot.sockets.iter().collect();
        rows.retain(|row| ports.contains(row.local.port()));
        rows.sort_by_key(|row| (row.local.port(), row.local.is_ipv6(), row.local));
        // A program with a socket for each family of a wildcard is one listener; two that share an
        // address (SO_REUSEPORT) have a queue each.
        let families = |row: &&Socket| (row.connectable(), row.local.is_ipv6());
        rows.dedup_by(|two, one| {
            let ((at, six), (other, other_six)) = (families(two), families(one));
            at == other && six != other_six
        });
        let rows = rows.into_iter();
        let rows = rows.map(|row| (row.local, self.who_listens(row)));
        Ok(listener::told_apart(rows.collect()))
    }
}

/// The ports of these LISTEN rows, ascending.
fn ports_of<'a>(rows: impl Iterator<Item = &'a Socket>) -> Vec<u16> {
    let ports: BTreeSet<u16> = rows.map(|row| row.local.port()).collect();
    ports.into_iter().collect()
}
