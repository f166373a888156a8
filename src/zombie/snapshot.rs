//! What one look at the machine has gathered, as plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::class::{is_relay, is_suspended, who};
use super::typed::Typist;
use super::unit::{Unit, unit};
use super::{Context, Subject, count};
use crate::event::{CensusCount, Side};
use crate::machine::accept_queue::LongQueue;
use crate::machine::listener::{Listener, told_apart};
use crate::machine::path::Wake;
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Facts, ProgramKind, Programs, Users};
use crate::machine::sockets::{AddressPair, Ports, Socket, TcpState};

/// A LISTEN row and who holds it.
#[derive(Clone, Debug)]
pub struct Listening {
    /// The row.
    pub row: Socket,
    /// Its owner.
    pub who: Listener,
    /// Its accept queue, if connections wait for long; only a watch of it tells.
    pub long_queue: Option<LongQueue>,
    /// What would let its owner go on, if that is stopped.
    pub wake: Option<Wake>,
    /// How long its owner has been running, which is not since when it listens; `None` if unknown
    /// or not looked at.
    pub up: Option<Duration>,
}

/// A socket that is stuck in some way, and who holds it.
#[derive(Clone, Debug)]
pub struct StuckSocket {
    /// The row.
    pub socket: Socket,
    /// On which side of the Gateway's port it is.
    pub side: Side,
    /// Those who hold it, as far as they were looked for.
    pub holders: Vec<Pid>,
    /// Whether every process that can be read was looked at, and none can be out of view.
    pub every: bool,
    /// Whether no holder was found although a process may hold it.
    pub hidden: bool,
    /// Whether its age is only how long ibdoc has watched it: it is older.
    pub is_older: bool,
}

impl StuckSocket {
    /// Whether no process is seen to have the end of a client as a descriptor, as while it is on its way
    /// through a unix socket.
    pub(super) fn is_unheld(&self) -> bool {
        let is_file = self.socket.inode.is_some_and(|inode| inode != 0);
        self.side == Side::Client && self.holders.is_empty() && is_file
    }
}

/// One look at the sockets of the Gateway ports and at their holders.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The ports of the census.
    pub ports: Ports,
    /// Every port that counts as a Gateway's: these and the known ones.
    pub gateway_ports: Ports,
    /// Every socket on the ports of the census.
    pub sockets: Vec<Socket>,
    /// Who listens.
    pub listening: Vec<Listening>,
    /// Half-closed and unaccepted sockets.
    pub stuck: Vec<StuckSocket>,
    /// Connections that are up and whose client leaves bytes unread.
    pub unread: Vec<StuckSocket>,
    /// Clients' ends that are reset when their holders end, which clears the Gateway's halves.
    pub resetting: Vec<StuckSocket>,
    /// The processes in whose unix sockets descriptors wait to be received, where a socket is unheld.
    pub receivers: Vec<Pid>,
    /// What the processes run, where that was read to find who holds the sockets.
    pub programs: Option<Programs>,
    /// The processes that hold one of those, by pid.
    pub processes: BTreeMap<Pid, Subject>,
    /// The control groups of running Gateways, read where a holder is in a container or a service.
    pub gateway_groups: Vec<Cgroup>,
    /// Processes whose descriptors could not be read: the family of holders, or all where every holder was
    /// looked for.
    pub unreadable: Vec<Facts>,
    /// Whether this system has the means to shut a socket down in the process that holds it.
    pub can_heal: bool,
    /// Processes may hold those sockets that `/proc` does not show at all (`hidepid`, a container).
    pub invisible: bool,
    /// How many processes could not be read in the first look.
    pub unreadable_count: usize,
    /// ibdoc itself.
    pub own: Facts,
    /// Who types.
    pub typist: Typist,
    /// The names of users.
    pub users: Users,
    /// Why the tables say less than they should.
    pub degraded: Vec<String>,
}

/// What tells one socket from a later one with its addresses.
pub(super) type SocketKey = (AddressPair, Option<u64>);

/// The key of this socket.
pub(super) fn key(socket: &Socket) -> SocketKey {
    (AddressPair::of(socket), socket.inode)
}

impl Snapshot {
    /// What a process is judged against that is judged alone.
    pub const fn context(&self) -> Context<'_> {
        Context::alone(&self.own, &self.gateway_ports)
    }

    /// ibdoc as it would judge in the name of whoever owns a holder: what another user's process were
    /// to that user is told too.
    pub(super) fn own_as_any(&self) -> Facts {
        let users = self.processes.values();
        let users = users.filter_map(|subject| subject.facts.uid);
        Facts {
            users: self.own.users.as_ref().map(|_| users.collect()),
            ..self.own.clone()
        }
    }

    /// The connections of clients on these ports.
    pub fn count(&self) -> CensusCount {
        count(&self.sockets, &self.ports)
    }

    /// The sockets whose holders are read.
    pub(super) fn held(&self) -> impl Iterator<Item = &StuckSocket> {
        let rows = self.stuck.iter().chain(&self.unread);
        rows.chain(&self.resetting)
    }

    /// The client's end of a socket that a Gateway or relay keeps, if an end of the client clears both.
    pub(super) fn resetting(&self, kept: &StuckSocket) -> Option<&StuckSocket> {
        let client = AddressPair::of(&kept.socket).from_other_end();
        let mut rows = self.resetting.iter();
        let row = rows.find(|row| AddressPair::of(&row.socket) == client);
        // A reset leaves the place that one not accepted has in the queue.
        row.filter(|_| kept.socket.accepted() != Some(false))
    }

    /// Whether this process is known as a relay, and is no client itself.
    pub(super) fn is_relay(&self, pid: Pid) -> bool {
        let subject = self.processes.get(&pid);
        subject.is_some_and(is_relay)
    }

    /// Whether this process is stopped, so that SIGCONT lets it go on.
    pub(super) fn is_stopped(&self, pid: Pid) -> bool {
        let subject = self.processes.get(&pid);
        subject.is_some_and(|subject| is_suspended(&subject.facts))
    }

    /// Whether a Gateway runs in this container or service: a restart of the one is a restart of the other, which
    /// may cost a login.
    pub(super) fn has_gateway(&self, one: &Unit) -> bool {
        const NONE: &Cgroup = &Cgroup {
            path: String::new(),
            others: Vec::new(),
        };
        let mut groups = self.gateway_groups.iter();
        let own = self.own.cgroup.as_ref().unwrap_or(NONE);
        groups.any(|group| unit(group, own).as_ref() == Some(one))
    }

    /// What lets the listener of a socket at the Gateway's end go on, if that is stopped.
    pub(super) fn wake(&self, stuck: &StuckSocket) -> Option<&Wake> {
        let is_listeners = stuck.side != Side::Client;
        let listening = is_listeners.then(|| self.listener(stuck.socket.local));
        listening.flatten()?.wake.as_ref()
    }

    /// The listener that takes connections to `address`, which is of this machine.
    pub fn listener(&self, address: SocketAddr) -> Option<&Listening> {
        let fitting = self.listening.iter().filter_map(|listening| {
            let score = listening.row.listens_for(address)?;
            Some((score, listening))
        });
        fitting
            // Of two that share an address, the one in whose queue something waits.
            .max_by_key(|(score, listening)| (*score, listening.row.recv_queue))
            .map(|(_, listening)| listening)
    }

    /// The stuck rows by their sockets, of which a process may hold thousands.
    pub(super) fn rows(&self) -> BTreeMap<SocketKey, &StuckSocket> {
        let rows = self.stuck.iter();
        rows.map(|row| (key(&row.socket), row)).collect()
    }

    /// The clients' ends of connections on which the Gateway has only ended its own direction: it still
    /// holds its end and may read. A relay's end says nothing: docker-proxy keeps one for ever.
    pub(super) fn half_duplex(&self) -> BTreeSet<AddressPair> {
        let rows = self.sockets.iter().filter(|row| {
            let is_ended = matches!(row.state, TcpState::FinWait1 | TcpState::FinWait2);
            is_ended && row.inode != Some(0)
        });
        let is_relays = |row: &Socket| {
            let listening = self.listener(row.local);
            listening.is_some_and(|listening| listening.who.kind == ProgramKind::Relay)
        };
        let rows = rows.filter(|row| !is_relays(row));
        rows.map(|row| AddressPair::of(row).from_other_end())
            .collect()
    }

    /// Who listens, by port: each LISTEN row, for each has a queue of its own.
    pub fn listeners(&self) -> Vec<Listener> {
        let rows = self.listening.iter();
        let rows = rows.map(|listening| (listening.row.local, listening.who.clone()));
        told_apart(rows.collect())
    }

    /// A process as it is named in a reason.
    pub(super) fn who(&self, pid: Pid) -> String {
        match self.processes.get(&pid) {
            Some(subject) => who(&subject.facts),
            None => format!("pid {pid}"),
        }
    }
}
