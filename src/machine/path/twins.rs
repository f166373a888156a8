//! Listeners that share an address (`SO_REUSEPORT`): the kernel gives a connection to any of them.

use std::net::SocketAddr;

use super::hops::{Path, Place};
use super::obstacle::{Obstacle, Trouble, obstacle};
use super::trace::trace_from;
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::sockets::{Ports, Socket, TcpState};

/// So many are looked at beside the first.
const MOST_TWINS: usize = 4;

/// The first obstacle on a path, and where there is none on that of a listener which shares the
/// address and may get the connection as well.
pub async fn obstacle_at(world: &World, address: SocketAddr, path: &Path) -> Option<Obstacle> {
    let found = Box::pin(obstacle(world, path, false)).await;
    if path.forwarded {
        return found;
    }
    let twins = twins(world, address);
    let trace = |row: &Socket| trace_from(world, address, (Place::Own, address, row.clone()), None);
    let paths: Vec<Path> = twins.iter().map(trace).collect();
    if found.as_ref().is_some_and(Obstacle::blocks) {
        let other = paths.first();
        return found
            .map(|found| other.map_or(found.clone(), |other| found.beside(address, other)));
    }
    for (row, twin) in twins.iter().zip(&paths) {
        let on_path = match Box::pin(obstacle(world, twin, false)).await {
            Some(obstacle) => Some(obstacle),
            None => Box::pin(queue(world, row, twin)).await,
        };
        if let Some(obstacle) = on_path.filter(Obstacle::blocks) {
            return Some(obstacle.beside(address, path));
        }
    }
    found
}

impl Obstacle {
    /// With the way of another listener that shares the address.
    fn beside(self, address: SocketAddr, other: &Path) -> Self {
        let port = address.port();
        let path = format!(
            "{}; {other}: both listen on port {port} (SO_REUSEPORT), and a connection goes to either",
            self.path
        );
        Self { path, ..self }
    }
}

/// The listeners that share the address with the one that is found for it.
pub(super) fn twins(world: &World, address: SocketAddr) -> Vec<Socket> {
    let Ok(Some(first)) = world.table.listener(address) else {
        return Vec::new();
    };
    let rows = world.table.listeners().map(|rows| rows.sockets);
    let is_twin = |row: &Socket| {
        row.state == TcpState::Listen && row.local == first.local && row.inode != first.inode
    };
    let rows = rows.unwrap_or_default().into_iter().filter(is_twin);
    rows.take(MOST_TWINS).collect()
}

/// The queue of a twin, which no look by address finds.
async fn queue(world: &World, row: &Socket, twin: &Path) -> Option<Obstacle> {
    let table = world.table.as_ref();
    let snapshot = table.snapshot(&Ports::from([row.local.port()])).ok()?;
    let queue = accept_queue::watch_from(table, row, &snapshot.sockets).await;
    Some(Obstacle {
        hop: twin.hops.first()?.clone(),
        is_first: true,
        trouble: Trouble::Stuck(queue.ok()??),
        path: twin.to_string(),
    })
}
