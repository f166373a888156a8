//! The sockets on the port of one Gateway and along the way behind it, counted.

use std::net::SocketAddr;

use super::sockets::{count, is_zombie};
use crate::event::CensusCount;
use crate::machine::World;
use crate::machine::path::{self, End, Path, Place};
use crate::machine::sockets::Ports;

/// Connections on the port of a Gateway on this machine and on those behind it, and how many of
/// their ends are half closed or not accepted; nothing where they cannot be seen, such as behind a
/// relay whose other side is not in sight, or where who listens is not.
pub fn census_on_path(world: &World, local: Option<SocketAddr>) -> Option<(CensusCount, usize)> {
    let local = local?;
    let path = path::trace(world, local);
    let is_unseen =
        |path: &Path| matches!(path.end, End::OutOfSight | End::Unknown) && path.behind().is_none();
    if path.as_ref().is_some_and(is_unseen) {
        return None;
    }
    let hops = path.iter().flat_map(|path| &path.hops);
    let mut ports = vec![(Place::Own, Ports::from([local.port()]))];
    for hop in hops {
        let port = hop.address.port();
        match ports.iter_mut().find(|(seat, _)| *seat == hop.seat) {
            Some((_, known)) => *known = known.iter().chain([port]).collect(),
            None => ports.push((hop.seat, Ports::from([port]))),
        }
    }
    let mut all = CensusCount::default();
    let mut stuck = 0;
    for (seat, ports) in ports {
        let read = seat.with_table(world, |table| table.snapshot(&ports))?;
        let sockets = read.ok()?.sockets;
        let counted = count(&sockets, &ports);
        // One that a relay passes on is one connection.
        if seat == Place::Own {
            all.established = count(&sockets, &Ports::from([local.port()])).established;
        }
        all.close_wait += counted.close_wait;
        all.unaccepted += counted.unaccepted;
        let zombies = sockets.iter();
        stuck += zombies.filter(|it| is_zombie(it, &ports)).count();
    }
    Some((all, stuck))
}
