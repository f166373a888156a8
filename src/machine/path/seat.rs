//! In which network namespace of this machine an address is.

use std::net::IpAddr;

use super::hops::Place;
use crate::machine::World;
use crate::machine::local::is_local;
use crate::machine::pid::Pid;

/// The network namespace that has this address, as seen from another one.
pub(super) fn place_of(world: &World, from: Place, ip: IpAddr) -> Option<Place> {
    if has(world, from, ip) {
        return Some(from);
    }
    let seen_from = match from {
        Place::Own => Pid(std::process::id()),
        Place::Of(pid) => pid,
    };
    // Another machine behind a router may have the same address.
    if ip.is_loopback() || ip.is_unspecified() || world.processes.is_routed(seen_from, ip) {
        return None;
    }
    let own = world
        .processes
        .facts(Pid(std::process::id()))
        .ok()
        .flatten();
    let own = own.and_then(|own| own.net_namespace);
    let others = world.processes.network_namespaces().into_iter();
    let others = others.map(|(inode, pid)| {
        if Some(inode) == own {
            Place::Own
        } else {
            Place::Of(pid)
        }
    });
    let mut having = others.filter(|other| has(world, *other, ip));
    // Two that have the same address cannot be told apart.
    having.next().filter(|_| having.next().is_none())
}

fn has(world: &World, place: Place, ip: IpAddr) -> bool {
    match place {
        Place::Own => is_local(ip),
        Place::Of(pid) => ip.is_loopback() || world.processes.has_address(pid, ip),
    }
}
