//! Where a relay passes on, by the connections that it and its children hold.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::hops::Place;
use crate::machine::World;
use crate::machine::listener::Listener;
use crate::machine::local::is_local;
use crate::machine::pid::Pid;
use crate::machine::process::{ProgramKind, RelayTarget, Search};
use crate::machine::role::Role;
use crate::machine::sockets::{Ports, Socket, TcpState, Wanted};

/// The connections of one process: those that came in on the relay's port, and those that it made.
#[derive(Default)]
struct Ends {
    came: usize,
    /// Those that came in on any of its ports.
    all_came: usize,
    made: Vec<SocketAddr>,
    listens: BTreeSet<u16>,
}

/// The only target to which the holders of a listener are connected; `None` if there is none or
/// several, or they listen on several ports and none serves this one alone.
///
/// A program that is no known relay counts as one only where it passes on to a Gateway: each
/// connection that came in has one that it made.
pub(super) fn connected_to(
    world: &World,
    place: Place,
    listener: &Listener,
    row: &Socket,
) -> Option<RelayTarget> {
    let port = listener.port;
    let read = |wanted: Wanted<'_>| place.with_table(world, |table| table.read(wanted))?.ok();
    // What passes nothing on needs neither the whole table nor a search for its owners.
    if listener.kind == ProgramKind::Other {
        let on_port = read(Wanted::Ports(&Ports::from([port])))?.sockets;
        if !is_used(port, &on_port) {
            return None;
        }
    }
    let open = read(Wanted::Open)?.sockets;
    let ends: Vec<Ends> = holders(world, listener, row)
        .into_iter()
        .filter_map(|pid| ends(world, pid, port, &open))
        .collect();
    let ports: BTreeSet<u16> = ends
        .iter()
        .flat_map(|ends| ends.listens.iter().copied())
        .collect();
    // A child that has one connection of each side shows by itself to which port they belong.
    let serves = |ends: &&Ends| ports.len() <= 1 || ends.came > 0 && ends.listens.len() <= 1;
    let made = || {
        ends.iter()
            .filter(serves)
            .flat_map(|ends| ends.made.iter().copied())
    };
    let target = only(made)?;
    if listener.kind == ProgramKind::Other {
        let came: usize = ends.iter().map(|ends| ends.came).sum();
        let passes_on = came > 0 && made().count() == came;
        let table = place.with_table(world, |table| table.listener(target).ok().flatten())??;
        let kind = world.who_listens(&table).kind;
        let is_gateway = matches!(kind, ProgramKind::Gateway | ProgramKind::Tws);
        if !passes_on || !is_gateway {
            return None;
        }
    }
    RelayTarget::new(&target.ip().to_string(), &target.port().to_string())
}

/// Whether a connection that came in on this port is among these sockets.
pub fn is_used(port: u16, sockets: &[Socket]) -> bool {
    let mut rows = sockets.iter();
    rows.any(|row| row.local.port() == port && row.state == TcpState::Established)
}

/// Whether the holders of a listener, which are no known relay, may pass on what comes to it: they
/// are connected to a Gateway, or to an address of another machine or network namespace, by one
/// connection for each that came in.
pub(super) fn may_pass_on(world: &World, place: Place, listener: &Listener, row: &Socket) -> bool {
    let open = place.with_table(world, |table| table.read(Wanted::Open));
    let Some(open) = open.and_then(Result::ok) else {
        return false;
    };
    let ends: Vec<Ends> = holders(world, listener, row)
        .into_iter()
        .filter_map(|pid| ends(world, pid, listener.port, &open.sockets))
        .collect();
    let came: usize = ends.iter().map(|ends| ends.all_came).sum();
    let made: Vec<SocketAddr> = ends.iter().flat_map(|ends| ends.made.clone()).collect();
    let listens_once = ends.iter().all(|ends| ends.listens.len() <= 1);
    let leads_on = |address: &SocketAddr| {
        // A wildcard's row is found for another machine's address too.
        if place == Place::Own && !is_local(address.ip()) {
            return true;
        }
        let row = place.with_table(world, |table| table.listener(*address).ok().flatten());
        row.flatten().is_none_or(|row| {
            let kind = world.who_listens(&row).kind;
            matches!(kind, ProgramKind::Gateway | ProgramKind::Tws)
        })
    };
    let is_paired = listens_once || made.len() == came;
    came > 0 && is_paired && made.iter().any(leads_on)
}

/// Where the process is connected to.
pub(super) fn peers(world: &World, place: Place, pid: Pid) -> Vec<SocketAddr> {
    let open = place.with_table(world, |table| table.read(Wanted::Open));
    let open = open.and_then(Result::ok).map(|open| open.sockets);
    let ends = open.and_then(|open| ends(world, pid, 0, &open));
    ends.map(|ends| ends.made).unwrap_or_default()
}

/// Who holds a listener, with the children of those that fork one for each connection.
fn holders(world: &World, listener: &Listener, row: &Socket) -> BTreeSet<Pid> {
    let owners = world
        .processes
        .owners(std::slice::from_ref(row), Search::Every);
    let held = owners
        .ok()
        .into_iter()
        .flat_map(|owners| owners.holders)
        .flatten();
    let mut pids: BTreeSet<Pid> = held.chain(listener.pid).collect();
    if let Some(pid) = listener.pid {
        pids.extend(world.processes.descendants(pid).unwrap_or_default());
    }
    pids
}

fn ends(world: &World, pid: Pid, port: u16, open: &[Socket]) -> Option<Ends> {
    let held = world.processes.held(pid, open).ok()??;
    let listens: BTreeSet<u16> = held
        .iter()
        .filter(|row| row.state == TcpState::Listen)
        .map(|row| row.local.port())
        .collect();
    let mut ends = Ends {
        listens,
        ..Ends::default()
    };
    for row in held.iter().filter(|row| row.state == TcpState::Established) {
        let local = row.local.port();
        ends.all_came += usize::from(ends.listens.contains(&local) || local == port);
        if local == port {
            ends.came += 1;
        } else if !ends.listens.contains(&local) {
            ends.made.push(row.remote);
        }
    }
    Some(ends)
}

/// The only address, or the only one with the port of a Gateway.
fn only<I: Iterator<Item = SocketAddr>>(made: impl Fn() -> I) -> Option<SocketAddr> {
    let all: BTreeSet<SocketAddr> = made().collect();
    let is_known = |address: &&SocketAddr| Role::of_port(address.port()).is_some();
    let known: Vec<&SocketAddr> = all.iter().filter(is_known).collect();
    match (all.len(), known.as_slice()) {
        (1, _) => all.first().copied(),
        (_, [one]) => Some(**one),
        _ => None,
    }
}
