//! Ways that were traced before: a soak has one, and makes thousands of connections along it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::hops::{End, Hop, Path, Place};
use super::obstacle::{Obstacle, obstacle};
use super::trace::trace;
use super::twins::{obstacle_at, twins};
use crate::machine::World;
use crate::machine::local::is_local;
use crate::machine::process::ProgramKind;
use crate::machine::sockets::Socket;

/// After this time a way is traced anew although nothing on it is seen to have changed: a relay may
/// read its configuration again, and rules of the packet filter are read as often.
const FRESH: Duration = Duration::from_secs(10);

/// The ways of some connections, each traced anew only where what it stands on has changed.
#[derive(Clone, Debug, Default)]
pub struct Ways(BTreeMap<SocketAddr, Known>);

/// A way and what it stands on.
#[derive(Clone, Debug)]
struct Known {
    traced: Instant,
    path: Option<Path>,
    /// The number of the listening socket of each hop.
    sockets: Vec<Option<u64>>,
    /// Whether no other listener shares its address.
    is_alone: bool,
    /// Whether the Gateway has answered along it since.
    has_answered: bool,
}

impl Ways {
    /// The way from an address, as [`trace`] finds it; `row` is the listener there, where it was just
    /// read.
    pub fn trace(
        &mut self,
        world: &World,
        address: SocketAddr,
        row: Option<&Socket>,
    ) -> Option<Path> {
        let known = self.0.get(&address);
        if let Some(known) = known.filter(|it| it.stands(world, address, row)) {
            return known.path.clone();
        }
        let path = trace(world, address);
        if keeps(path.as_ref(), address) {
            let known = Known {
                traced: Instant::now(),
                sockets: sockets(world, path.as_ref(), None),
                is_alone: twins(world, address).is_empty(),
                path: path.clone(),
                has_answered: false,
            };
            self.0.insert(address, known);
        } else {
            self.0.remove(&address);
        }
        path
    }

    /// The first obstacle on the way from an address, as [`obstacle_at`] finds it.
    pub async fn obstacle(
        &self,
        world: &World,
        address: SocketAddr,
        path: &Path,
    ) -> Option<Obstacle> {
        match self.0.get(&address) {
            Some(known) if known.is_alone => {
                Box::pin(obstacle(world, path, known.has_answered)).await
            }
            _ => obstacle_at(world, address, path).await,
        }
    }

    /// Notes that the Gateway has answered along the way from an address.
    pub fn answered(&mut self, address: SocketAddr) {
        if let Some(known) = self.0.get_mut(&address) {
            known.has_answered = true;
        }
    }

    /// Lets the way from an address be traced anew, after a failure.
    pub fn forget(&mut self, address: SocketAddr) {
        self.0.remove(&address);
    }

    /// Whether the Gateway has answered along the way from an address, and nothing has failed since, in
    /// the time for which a way is kept.
    pub fn has_answered(&self, address: SocketAddr) -> bool {
        let known = self.0.get(&address);
        known.is_some_and(|known| known.has_answered && known.traced.elapsed() < FRESH)
    }
}

impl Known {
    fn stands(&self, world: &World, address: SocketAddr, row: Option<&Socket>) -> bool {
        let first = row.map(|row| (address, row));
        self.traced.elapsed() < FRESH && sockets(world, self.path.as_ref(), first) == self.sockets
    }
}

/// Whether a way stands as long as its listeners do; not one whose end is known by the connections
/// of the moment, or where something may begin to listen.
fn keeps(path: Option<&Path>, address: SocketAddr) -> bool {
    let Some(path) = path else {
        return !is_local(address.ip());
    };
    let last = path.hops.last().map(|hop| hop.kind);
    let has_known_end = match path.end {
        End::Reached | End::OutOfSight => true,
        End::Unknown => last == Some(ProgramKind::Unknown),
        End::NothingListens | End::Loop => false,
    };
    has_known_end && !path.hops.iter().any(Hop::may_be_relay)
}

/// The numbers of the listening sockets of a way; `read` is the row of an address in ibdoc's own
/// network namespace.
fn sockets(
    world: &World,
    path: Option<&Path>,
    read: Option<(SocketAddr, &Socket)>,
) -> Vec<Option<u64>> {
    let hops = path.iter().flat_map(|path| &path.hops);
    let socket = |hop: &Hop| {
        let is_read = |it: &(SocketAddr, &Socket)| hop.seat == Place::Own && it.0 == hop.address;
        if let Some((_, row)) = read.filter(is_read) {
            return row.inode;
        }
        let row = hop
            .seat
            .with_table(world, |table| table.listener(hop.address));
        row?.ok()??.inode
    };
    hops.map(socket).collect()
}
