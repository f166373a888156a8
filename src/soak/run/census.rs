//! The sockets on the port of the Gateway, counted.

use std::net::SocketAddr;

use crate::event::CensusCount;
use crate::machine::World;
use crate::machine::sockets::Ports;
use crate::report::SoakZombies;
use crate::zombie;

/// Connections on the port of a Gateway on this machine, and how many of their ends are half
/// closed or not accepted; nothing where they cannot be seen.
pub(super) fn census(world: &World, local: Option<SocketAddr>) -> Option<(CensusCount, usize)> {
    let ports: Ports = std::iter::once(local?.port()).collect();
    let sockets = world.table.snapshot(&ports).ok()?.sockets;
    let zombies = sockets.iter();
    let zombies = zombies.filter(|socket| zombie::is_zombie(socket, &ports));
    Some((zombie::count(&sockets, &ports), zombies.count()))
}

/// The same counts with those of a later look.
pub(super) fn seen_later(zombies: SoakZombies, after: Option<usize>) -> SoakZombies {
    let ours = zombies
        .ours
        .map(|ours| usize::try_from(ours).unwrap_or(usize::MAX));
    SoakZombies {
        after,
        others: after
            .zip(ours)
            .map(|(after, ours)| after.saturating_sub(ours)),
        ..zombies
    }
}
