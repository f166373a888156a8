//! From an address to the Gateway: each relay's target is looked for until a listener is no relay.

use std::net::{IpAddr, SocketAddr};

use super::behind::{connected_to, may_pass_on};
use super::container;
use super::hops::{End, Hop, Path, Place};
use super::name;
use super::seat::place_of;
use crate::machine::World;
use crate::machine::forward;
use crate::machine::listener::Listener;
use crate::machine::local::is_local;
use crate::machine::pid::Pid;
use crate::machine::process::{ProgramKind, RelayTarget};
use crate::machine::sockets::Socket;

/// More relays one behind the other are not followed.
const MOST_HOPS: usize = 16;

/// The way from an address of this machine; `None` if nothing is seen to listen on it, or where it is
/// forwarded, or the table cannot be read. From the address of a container of this machine only where
/// a Gateway, or a relay to nothing, is seen at its end: any other network namespace counts as another
/// machine.
pub fn trace(world: &World, address: SocketAddr) -> Option<Path> {
    let first = first(world, address)?;
    let path = trace_from(world, address, first, None);
    let last = path.hops.last()?;
    let is_gateway = matches!(last.kind, ProgramKind::Gateway | ProgramKind::Tws);
    let is_known = is_gateway || path.end == End::NothingListens;
    (is_known || is_local(address.ip())).then_some(path)
}

/// The way from a listener in ibdoc's own network namespace on, whatever the packet filter forwards.
pub fn trace_behind(world: &World, row: Socket, listener: Listener) -> Path {
    let address = row.connectable();
    trace_from(world, address, (Place::Own, address, row), Some(listener))
}

/// The way from an address on from this listener; who it is, is searched for where it is not known.
pub(super) fn trace_from(
    world: &World,
    address: SocketAddr,
    first: Found,
    mut known: Option<Listener>,
) -> Path {
    let mut path = Path {
        hops: Vec::new(),
        forwarded: first.1 != address,
        end: End::Unknown,
        target: None,
        session_from: None,
        back_to: None,
        target_place: Place::Own,
        may_differ: false,
    };
    let mut next = Some(first);
    let mut passed = Vec::new();
    while let Some((place, address, row)) = next.take() {
        // The number of a socket is its own on the whole machine.
        let identity = (row.local, row.inode);
        path.back_to = passed.iter().position(|passed| *passed == identity);
        if path.back_to.is_some() {
            path.end = End::Loop;
            path.target = Some(address.to_string());
            break;
        }
        passed.push(identity);
        let listener = known.take().unwrap_or_else(|| world.who_listens(&row));
        path.hops.push(hop(world, place, address, &listener));
        if path.hops.len() == MOST_HOPS {
            break;
        }
        next = follow(world, &mut path, place, &listener, &row);
    }
    path
}

/// Whether the program that listens on an address, which is no known relay, is seen to be able to
/// pass on what comes to it, while a connection to it is open.
pub fn is_passed_on(world: &World, address: SocketAddr) -> bool {
    let Some((place, _, row)) = first(world, address) else {
        return false;
    };
    let listener = world.who_listens(&row);
    listener.may_be_relay() && may_pass_on(world, place, &listener, &row)
}

fn hop(world: &World, seat: Place, address: SocketAddr, listener: &Listener) -> Hop {
    Hop {
        address,
        pid: listener.pid,
        name: listener.name.clone(),
        kind: listener.kind,
        place: words_of(world, seat, listener.pid),
        seat,
    }
}

/// A network namespace in words, by a process that is in it; `None` for ibdoc's own.
pub(super) fn words_of(world: &World, seat: Place, owner: Option<Pid>) -> Option<String> {
    let Place::Of(pid) = seat else {
        return None;
    };
    let facts = |pid| world.processes.facts(pid).ok().flatten();
    let own = facts(Pid(std::process::id()));
    let there = facts(owner.unwrap_or(pid));
    Some(container::place(there.as_ref(), own.as_ref()))
}

/// A listener: where it is, under which address, and its row.
pub(super) type Found = (Place, SocketAddr, Socket);

/// Who takes a connection to an address of this machine: a listener, or the one to which the packet
/// filter forwards it.
fn first(world: &World, address: SocketAddr) -> Option<Found> {
    // A wildcard's row is found for another machine's address too.
    if !is_local(address.ip()) {
        if world.processes.is_behind_device(address.ip()) {
            return None;
        }
        let place = place_of(world, Place::Own, address.ip())?;
        let row = place.with_table(world, |table| table.listener(address).ok().flatten())?;
        return Some((place, address, row?));
    }
    let target = match world.table.listener(address).ok()? {
        Some(row) => match forward::past_listener(address) {
            Some(target) => target,
            None => return Some((Place::Own, address, row)),
        },
        None => forward::target(address)?,
    };
    let place = place_of(world, Place::Own, target.ip())?;
    let row = place.with_table(world, |table| table.listener(target).ok().flatten())?;
    Some((place, target, row?))
}

/// The listener to which this one passes on; notes in `path` why there is none.
fn follow(
    world: &World,
    path: &mut Path,
    place: Place,
    listener: &Listener,
    row: &Socket,
) -> Option<Found> {
    path.end = match listener.kind {
        ProgramKind::Gateway | ProgramKind::Tws => End::Reached,
        // The simulated Gateway passes nothing on, and is asked thousands of times by a soak.
        ProgramKind::Other if !listener.may_be_relay() => End::Reached,
        ProgramKind::Other if connected_to(world, place, listener, row).is_none() => End::Reached,
        ProgramKind::Other | ProgramKind::Relay | ProgramKind::Unknown => End::Unknown,
    };
    if path.end == End::Reached {
        return None;
    }
    let pid = listener.pid?;
    let target = target(world, path, place, (listener, row), pid)?;
    path.target = Some(target.to_string());
    let from = if target.is_remote {
        far_end(world, place, pid)
    } else {
        Some(place)
    };
    let Some(from) = from else {
        path.end = End::OutOfSight;
        return None;
    };
    let found = locate(
        world,
        path,
        from,
        &addresses(world, place, pid, &target),
        target.port,
    );
    if found.is_some() {
        path.target = None;
    }
    found
}

/// Where a relay passes on to, by what its process was told or by its connections; notes in `path`
/// what is known where that is not certain.
fn target(
    world: &World,
    path: &mut Path,
    place: Place,
    (listener, row): (&Listener, &Socket),
    pid: Pid,
) -> Option<RelayTarget> {
    let typed = world.processes.relay_target(pid, listener.port);
    let is_tunnel = listener.name.as_deref().is_some_and(is_tunnel);
    match typed {
        // What a file says now is no proof of what the relay read at its start.
        Some(typed) if typed.may_differ => {
            let connected = connected_to(world, place, listener, row);
            path.may_differ = connected.is_none();
            path.target = Some(typed.to_string());
            connected
        }
        Some(typed) if is_tunnel || !addresses(world, place, pid, &typed).is_empty() => Some(typed),
        // The connections of a tunnel lead to its other end, not to the Gateway.
        _ if is_tunnel => {
            path.session_from = session_from(world, place, listener, pid).map(Box::new);
            if path.session_from.is_some() {
                path.end = End::OutOfSight;
            }
            None
        }
        typed => {
            let connected = connected_to(world, place, listener, row);
            path.target = typed.as_ref().map(ToString::to_string);
            connected
        }
    }
}

/// Whether a program of this name carries connections to another machine and makes them there.
fn is_tunnel(name: &str) -> bool {
    ["ssh", "sshd", "autossh", "dropbear"]
        .iter()
        .any(|tunnel| name.starts_with(tunnel))
}

/// The addresses of a relay's target, by itself, by the relay's own file of hosts, or by this machine's
/// resolver: a container has another one.
fn addresses(world: &World, place: Place, pid: Pid, target: &RelayTarget) -> Vec<IpAddr> {
    let known = target.addresses();
    if !known.is_empty() {
        return known;
    }
    let known = world.processes.hosts(pid, &target.host);
    if known.is_empty() && place == Place::Own && !target.is_remote {
        return name::resolved(&target.host);
    }
    known
}

/// The machine whose session of ssh a listener belongs to (`ssh -R`): what comes to it is passed on
/// there. `None` of a listener of another program, and of several machines.
fn session_from(world: &World, place: Place, listener: &Listener, pid: Pid) -> Option<IpAddr> {
    let is_server = listener
        .name
        .as_deref()
        .is_some_and(|name| name.starts_with("sshd"));
    let mut peers = is_server
        .then(|| super::behind::peers(world, place, pid))?
        .into_iter()
        .map(|peer| peer.ip());
    let first = peers.next()?;
    peers.all(|other| other == first).then_some(first)
}

/// The network namespace of this machine in which a tunnel ends: that of the server to which an ssh
/// client is connected; `None` where that is another machine. The server listens there itself, and
/// is no relay to another one.
fn far_end(world: &World, place: Place, pid: Pid) -> Option<Place> {
    let mut ends = super::behind::peers(world, place, pid)
        .into_iter()
        .map(|server| {
            let end = place_of(world, place, server.ip())?;
            let row = end.with_table(world, |table| table.listener(server).ok().flatten());
            let listener = world.who_listens(&row.flatten()?);
            (listener.name.as_deref() == Some("sshd")).then_some(end)
        });
    let end = ends.next()??;
    ends.all(|other| other == Some(end)).then_some(end)
}

/// Who listens where a relay passes on: in its own network namespace, or in the only other one that
/// has the address.
fn locate(
    world: &World,
    path: &mut Path,
    place: Place,
    addresses: &[IpAddr],
    port: u16,
) -> Option<Found> {
    let mut seat = None;
    for ip in addresses {
        let Some(in_place) = place_of(world, place, *ip) else {
            continue;
        };
        seat = seat.or(Some(in_place));
        let address = SocketAddr::new(*ip, port);
        let row = in_place.with_table(world, |table| table.listener(address));
        match row {
            Some(Ok(Some(row))) => return Some((in_place, address, row)),
            Some(Ok(None)) => {
                let found = forwarded(world, in_place, address);
                if found.is_some() {
                    return found;
                }
            }
            // The table could not be read: nothing is known.
            Some(Err(_)) | None => return None,
        }
    }
    path.end = if seat.is_some() {
        End::NothingListens
    } else {
        End::OutOfSight
    };
    path.target_place = seat.unwrap_or_default();
    None
}

/// The listener to which the packet filter of another network namespace leads what comes to an address
/// there on which nothing listens.
fn forwarded(world: &World, place: Place, address: SocketAddr) -> Option<Found> {
    if place == Place::Own {
        return None;
    }
    let target = place.within(|| forward::of_incoming(address))??;
    let row = place.with_table(world, |table| table.listener(target).ok().flatten());
    Some((place, target, row.flatten()?))
}
