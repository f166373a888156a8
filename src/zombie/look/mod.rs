//! One look at the machine: the sockets of the Gateway ports, who holds them, who they are.

mod own;
pub(crate) mod queues;
mod reader;
mod scope;
pub(crate) mod twice;
pub(crate) mod unread;
mod unseen;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use self::own::{own, typist, unknown};
pub(crate) use self::reader::Reader;
pub(crate) use self::scope::{Scope, other_namespace};
pub(crate) use self::unseen::{Unseen, is_elsewhere, unseen};
use super::class::{judge, unit_of};
use super::sockets::resets_when_closed;
use super::unit::Unit;
use super::{
    Census, Context, Criteria, FirstLook, Listening, Snapshot, StuckSocket, Subject, is_outgoing,
    is_unread, is_zombie, side, unhealable,
};
use crate::event::Side;
use crate::machine::World;
use crate::machine::listener::Listener;
use crate::machine::path;
use crate::machine::pid::Pid;
use crate::machine::process::{
    Facts, Owners, Ownership, ProcessError, ProgramKind, Search, Users, kind,
};
use crate::machine::role::Role;
use crate::machine::sockets::{self, Ports, Socket, TableError, TcpState};
use crate::report::MayEnd;

/// Looks at a machine, more than once where something is ended.
pub(crate) struct Observer<'a> {
    pub(crate) world: &'a World,
    /// The first look, by which sockets get ages that the table does not tell.
    pub(crate) first: Option<FirstLook>,
}

impl<'a> Observer<'a> {
    /// One that has not looked yet.
    pub(crate) const fn new(world: &'a World) -> Self {
        Self { world, first: None }
    }

    /// Looks and judges; errs if the socket table could not be read.
    pub(crate) fn look(&self, criteria: &Criteria) -> Result<Census, TableError> {
        Ok(Census::judge(self.gather(criteria)?, criteria))
    }

    /// Looks; errs if the socket table could not be read.
    pub(crate) fn gather(&self, criteria: &Criteria) -> Result<Snapshot, TableError> {
        let now = Instant::now();
        let mut table = self.world.table.snapshot(&criteria.ports)?;
        let (rows, owners) = owned(&mut table.sockets, self.world, criteria);
        let unreadable = owners.iter().flat_map(|owners| owners.unreadable.clone());
        let unreadable: BTreeSet<Pid> = unreadable.collect();
        let mut snapshot = held(table, rows, owners, self.world, &criteria.ports);
        self.complete(&mut snapshot, &unreadable, criteria);
        if let Some(first) = &self.first {
            first.add_ages(&mut snapshot, now);
        }
        Ok(snapshot)
    }

    /// Adds who the holders are, and where nothing speaks for them every other holder.
    fn complete(&self, snapshot: &mut Snapshot, unreadable: &BTreeSet<Pid>, criteria: &Criteria) {
        let is_empty = snapshot.stuck.is_empty() && snapshot.unread.is_empty();
        if is_empty && snapshot.degraded.is_empty() && criteria.named.is_none() {
            return;
        }
        snapshot.own = own(self.world, criteria.user);
        snapshot.typist = typist(&snapshot.own);
        snapshot.users = Users::local();
        snapshot.can_heal = cfg!(target_os = "linux") && !self.world.is_portable;
        // A living session with a Gateway on any port spares, and is more than a connection.
        let of_gateways = self.world.gateway_ports_among(snapshot.programs.as_ref());
        let known = snapshot.gateway_ports.iter().chain(of_gateways.iter());
        snapshot.gateway_ports = known.collect();
        let reader = Reader::new(self.world);
        reader.meet(snapshot);
        let (processes, ports) = (&snapshot.processes, &snapshot.ports);
        snapshot
            .stuck
            .retain(|row| !is_line_to_ibkr(row, processes, ports));
        // A child that was just being started has gone by now: its parent is the one that listens.
        for listening in &mut snapshot.listening {
            if listening.who.pid.is_some() && listening.who.name.is_none() {
                listening.who = self.world.who_listens(&listening.row);
            }
        }
        snapshot.unreadable = near(snapshot, unreadable, &reader);
        let rows = rows_of_candidates(snapshot, criteria);
        let mut kept = snapshot.stuck.iter();
        if !rows.is_empty() || kept.any(|row| snapshot.resetting(row).is_some()) {
            find_every_holder(snapshot, &rows, &reader);
        }
        self.add_gateway_groups(snapshot);
        let user = snapshot.own.uid;
        // What another user has sent, only root can see.
        let is_seen = |row: &StuckSocket| !row.hidden || user == Some(0) || row.socket.uid == user;
        if snapshot
            .stuck
            .iter()
            .any(|row| row.is_unheld() && is_seen(row))
        {
            snapshot.receivers = self.world.processes.receivers();
        }
        // Of those that were named and hold nothing half closed is told who they are.
        let others = snapshot.receivers.clone();
        for pid in criteria.named.iter().flatten().chain(&others) {
            if !snapshot.processes.contains_key(pid) {
                let named = reader.subject(*pid, &snapshot.own, &snapshot.gateway_ports);
                snapshot.processes.extend(named.map(|named| (*pid, named)));
            }
        }
    }

    /// Adds in which control groups Gateways run, where a holder is in a container or a service.
    fn add_gateway_groups(&self, snapshot: &mut Snapshot) {
        let units = snapshot.processes.iter();
        let units = units.filter_map(|(pid, it)| Some((*pid, unit_of(it, &snapshot.own)?)));
        let units: Vec<(Pid, Unit)> = units.collect();
        if units.is_empty() {
            return;
        }
        let known = snapshot.programs.as_ref();
        let gateways = self.world.processes.gateways_among(known);
        let gateways = gateways.into_iter().flatten();
        let groups = gateways.filter_map(|gateway| gateway.facts.cgroup);
        snapshot.gateway_groups = groups.collect();
        for (pid, unit) in units {
            let is_beside = snapshot.has_gateway(&unit);
            if let Some(subject) = snapshot.processes.get_mut(&pid) {
                subject.is_beside_gateway = is_beside;
            }
        }
    }
}

/// The rows that matter here and a holder of each. A process that has ended since the table was
/// read leaves sockets without one: what has gone with it is forgotten.
fn owned(
    sockets: &mut Vec<Socket>,
    world: &World,
    criteria: &Criteria,
) -> (Vec<Socket>, Result<Owners, ProcessError>) {
    let ports = &criteria.ports;
    let matters = |row: &&Socket| {
        row.state == TcpState::Listen && ports.contains(row.local.port())
            || is_zombie(row, ports)
            || is_unread(row, ports, criteria.min_age)
            || resets_when_closed(row, ports)
    };
    loop {
        let rows: Vec<Socket> = sockets.iter().filter(matters).cloned().collect();
        // Of what only listens one holder is enough.
        let is_stuck = rows.iter().any(|row| row.state != TcpState::Listen);
        let search = if is_stuck {
            Search::Related
        } else {
            Search::First
        };
        let owners = world.processes.owners(&rows, search);
        let gone = owners.iter().flat_map(|owners| world.gone(&rows, owners));
        let gone: Vec<Socket> = gone.cloned().collect();
        if gone.is_empty() {
            return (rows, owners);
        }
        sockets.retain(|row| !gone.contains(row));
    }
}

/// Each row with its holder, as far as one was found.
fn held(
    table: sockets::Snapshot,
    rows: Vec<Socket>,
    owners: Result<Owners, ProcessError>,
    world: &World,
    ports: &Ports,
) -> Snapshot {
    let mut degraded: Vec<String> = table.degraded.into_iter().collect();
    let mut owners = owners.unwrap_or_else(|error| {
        degraded.push(error.to_string());
        Owners {
            invisible: true,
            ..Owners::default()
        }
    });
    let programs = owners.programs.take();
    let holders = |index: usize| owners.holders.get(index).cloned().unwrap_or_default();
    let rows = rows.into_iter().enumerate();
    let (listening, rows): (Vec<_>, Vec<_>) =
        rows.partition(|(_, row)| row.state == TcpState::Listen);
    let listening = listening.into_iter().map(|(index, row)| Listening {
        who: world.listener_held_by(&row, holders(index).first().copied()),
        long_queue: None,
        wake: holders(index)
            .first()
            .and_then(|pid| path::stopped(world, *pid)),
        row,
        up: None,
    });
    let listening: Vec<Listening> = listening.collect();
    let listeners: Vec<Listener> = listening.iter().map(|l| l.who.clone()).collect();
    let held = rows.into_iter().map(|(index, socket)| StuckSocket {
        side: side(&socket, ports, &listeners),
        holders: holders(index),
        every: false,
        hidden: owners.of(index, &socket) == Ownership::Hidden,
        is_older: false,
        socket,
    });
    let (stuck, others): (Vec<_>, Vec<_>) = held.partition(|row| is_zombie(&row.socket, ports));
    let is_resetting = |row: &StuckSocket| resets_when_closed(&row.socket, ports);
    let (resetting, unread) = others.into_iter().partition(is_resetting);
    Snapshot {
        programs,
        stuck,
        unread,
        resetting,
        ports: ports.clone(),
        gateway_ports: gateway_ports(ports),
        sockets: table.sockets,
        listening,
        unreadable_count: owners.unreadable.len(),
        own: unknown(),
        degraded,
        ..Snapshot::default()
    }
}

/// Those of these processes that are above or below a holder: they may have its sockets too, which stands
/// against a heal. Everything about all of them takes a third of a millisecond each.
fn near(snapshot: &Snapshot, unreadable: &BTreeSet<Pid>, reader: &Reader<'_>) -> Vec<Facts> {
    let of_holder = |holder: &Subject| {
        let above = holder.facts.ancestors.iter().flatten().map(|id| id.pid);
        let below = holder.facts.children.iter().flatten().copied();
        above.chain(below).collect::<Vec<Pid>>()
    };
    let family: BTreeSet<Pid> = snapshot.processes.values().flat_map(of_holder).collect();
    let unread = family.intersection(unreadable);
    unread.filter_map(|pid| reader.facts(*pid)).collect()
}

/// The rows of which each known holder may be ended or healed by what was asked for; where nothing was,
/// those that a bare `--kill` would clear. Every other holder takes a walk over all descriptors: of the
/// rest those related to a holder are known, which a plan names in one command.
fn rows_of_candidates(snapshot: &Snapshot, criteria: &Criteria) -> Vec<usize> {
    let own = snapshot.own_as_any();
    let judged = judge(&snapshot.processes, &own, &snapshot.gateway_ports);
    let context = Context::alone(&own, &snapshot.gateway_ports);
    let healable = snapshot.processes.iter().filter(|_| criteria.heal);
    let healable = healable.filter(|(_, subject)| unhealable(subject, &context).is_none());
    let healable: BTreeSet<Pid> = healable.map(|(pid, _)| *pid).collect();
    let is_candidate = |pid: &Pid| {
        let judged = judged.get(pid).map(|judged| judged.answer);
        let may_end = match judged {
            Some(MayEnd::Orphan) => true,
            Some(MayEnd::IfNamed) => criteria.kill,
            Some(MayEnd::Never) | None => false,
        };
        may_end || healable.contains(pid)
    };
    let rows = snapshot.stuck.iter().enumerate();
    rows.filter(|(_, row)| !row.holders.is_empty() && row.holders.iter().all(is_candidate))
        .map(|(at, _)| at)
        .collect()
}

/// Looks for every holder of these rows and of those that an end of a client clears, and for how long the listeners have been up.
fn find_every_holder(snapshot: &mut Snapshot, rows: &[usize], reader: &Reader<'_>) {
    let stuck = rows.iter().map(|at| &snapshot.stuck[*at].socket);
    let doomed = stuck.chain(snapshot.resetting.iter().map(|row| &row.socket));
    let listening = snapshot.listening.iter().map(|listening| &listening.row);
    let sockets: Vec<Socket> = doomed.chain(listening).cloned().collect();
    let owners = match reader.world.processes.owners(&sockets, Search::Every) {
        Ok(owners) => owners,
        Err(error) => return snapshot.degraded.push(error.to_string()),
    };
    let mut holders = owners.holders.into_iter();
    let stuck = snapshot.stuck.iter_mut().enumerate();
    let stuck = stuck.filter(|(at, _)| rows.binary_search(at).is_ok());
    let doomed = stuck.map(|(_, row)| row).chain(&mut snapshot.resetting);
    for row in doomed {
        // One that was seen a moment ago still counts.
        row.holders.extend(holders.next().unwrap_or_default());
        row.holders.sort_unstable();
        row.holders.dedup();
        row.every = !owners.invisible && owners.missed.is_none();
    }
    snapshot.invisible = owners.invisible;
    for (listening, pids) in snapshot.listening.iter_mut().zip(holders) {
        // A child that is just being started holds it too, and has not been up for long.
        let ups = pids.iter().filter_map(|pid| reader.facts(*pid)?.up);
        listening.up = ups.max();
    }
    reader.meet(snapshot);
    snapshot.degraded.extend(owners.missed);
    snapshot.unreadable = owners
        .unreadable
        .iter()
        .filter_map(|pid| reader.facts(*pid))
        .collect();
}

/// A Gateway's connection to IBKR's servers, which listen on 4001 too.
fn is_line_to_ibkr(row: &StuckSocket, processes: &BTreeMap<Pid, Subject>, ports: &Ports) -> bool {
    let is_gateway = |pid: &Pid| {
        let kind = processes.get(pid).map(|subject| kind(&subject.facts, None));
        matches!(kind, Some(ProgramKind::Gateway | ProgramKind::Tws))
    };
    row.side == Side::Client
        && is_outgoing(&row.socket, ports)
        && row.holders.iter().any(is_gateway)
}

/// The ports of the census and every known one.
pub(crate) fn gateway_ports(ports: &Ports) -> Ports {
    let known = Role::ALL.iter().map(|(port, _)| *port);
    ports.iter().chain(known).collect()
}
