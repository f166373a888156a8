//! Whether a client may be let through: is the Gateway there, and does it accept?
//!
//! The kernel completes a client's connection before a program hears of it, so the only true refusal
//! is not to listen. Of a Gateway of this machine the socket table tells whether it listens, without a
//! connection; the relay listens as long as it does. Of one on another machine nothing can be known
//! without a connection, and none is made merely to look: there a client that cannot be passed on is
//! reset (docs/KERNEL.md, A transparent relay).

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::handshake::connect::is_local;
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::path::{self, Path};
use crate::tap::seen::Refusal;

/// So old a proof that the accept queue was empty serves for one connection, two looks of the door: none
/// that has come since has waited for the second after which a queue may be called stuck. A look costs as
/// much as a tenth of a handshake.
const SERVES: Duration = Duration::from_millis(400);

/// The number of a listening socket, and the way from there.
type Way = (Option<u64>, Option<Path>);

/// When the accept queue of an address was seen to be empty.
type Emptied = Rc<Cell<Option<(SocketAddr, Instant)>>>;

/// What stands between the relay and the Gateway.
pub(super) struct Gate {
    world: World,
    addresses: RefCell<Vec<SocketAddr>>,
    /// The way from the first address that is listened on, and the number of its listening socket.
    way: RefCell<Option<Way>>,
    force: bool,
    emptied: RefCell<Emptied>,
}

/// The place in the accept queue of one connection.
#[derive(Debug)]
pub(super) struct Place {
    address: SocketAddr,
    since: Instant,
    emptied: Emptied,
}

impl Place {
    /// The Gateway has said something on the connection, so it has accepted it, and all before it: a
    /// queue is taken from in order.
    pub(super) fn is_left(&self) {
        self.emptied.set(Some((self.address, self.since)));
    }
}

impl Gate {
    pub(super) fn new(addresses: Vec<SocketAddr>, force: bool) -> Self {
        Self {
            world: World::open(),
            addresses: RefCell::new(addresses),
            way: RefCell::default(),
            force,
            emptied: RefCell::default(),
        }
    }

    /// Whether every address of the Gateway is one of this machine, so that it can be seen listening.
    fn is_here(&self) -> bool {
        let addresses = self.addresses.borrow();
        !addresses.is_empty() && addresses.iter().all(|it| is_local(it.ip()))
    }

    /// The Gateway has these addresses now.
    pub(super) fn leads_to(&self, addresses: &[SocketAddr]) {
        self.addresses.replace(addresses.to_vec());
    }

    /// Whether clients can be passed on, as far as that is seen without a connection; errs with why not.
    pub(super) async fn look(&self) -> Result<(), String> {
        if self.force || !self.is_here() {
            return Ok(());
        }
        let addresses = self.addresses.borrow().clone();
        let mut blind = None;
        for address in &addresses {
            match self.world.table.listener(*address) {
                Ok(Some(row)) => {
                    // The way is traced once for each listener: it is searched among all processes.
                    let known = self.way.borrow().as_ref().map(|way| way.0);
                    if known != Some(row.inode) {
                        let way = trace(*address).await;
                        self.way.replace(Some((row.inode, way)));
                    } else if row.recv_queue == Some(0) && !self.leads_on() {
                        let now = Instant::now();
                        self.emptied.borrow().set(Some((*address, now)));
                    }
                    return Ok(());
                }
                Ok(None) => {}
                Err(error) => blind = Some(error.to_string()),
            }
        }
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        match blind {
            Some(error) => Err(format!(
                "it cannot be seen whether anything listens on {names}: {error}"
            )),
            None if self.is_forwarded(&addresses).await => Ok(()),
            None => Err(format!("nothing listens on {names}")),
        }
    }

    /// Whether nothing is seen to listen, and the packet filter forwards the port; looked up once.
    async fn is_forwarded(&self, addresses: &[SocketAddr]) -> bool {
        let known = self.way.borrow().as_ref().map(|way| way.0.is_some());
        if known != Some(false) {
            let mut way = None;
            for address in addresses {
                way = way.or(trace(*address).await);
            }
            self.way.replace(Some((None, way)));
        }
        let way = self.way.borrow();
        way.as_ref().is_some_and(|way| way.1.is_some())
    }

    /// Whether the listener is a relay, behind which is another queue.
    fn leads_on(&self) -> bool {
        let way = self.way.borrow();
        let path = way.as_ref().and_then(|way| way.1.as_ref());
        path.is_none_or(|path| path.forwarded || path.hops.len() != 1)
    }

    /// The place for one more connection to this address: none in a queue that is stuck, also behind a
    /// relay.
    pub(super) async fn admits(&self, address: SocketAddr) -> Result<Place, Refusal> {
        let known = self.emptied.borrow().get();
        if !known.is_some_and(|(known, at)| known == address && at.elapsed() <= SERVES) {
            self.watch(address).await?;
        }
        let place = Place {
            address,
            since: Instant::now(),
            emptied: Emptied::default(),
        };
        self.emptied.replace(Rc::clone(&place.emptied));
        Ok(place)
    }

    /// Watches each accept queue on the way that is not empty.
    async fn watch(&self, address: SocketAddr) -> Result<(), Refusal> {
        if self.force || !is_local(address.ip()) {
            return Ok(());
        }
        self.queue(&*self.world.table, address).await?;
        let hops = {
            let way = self.way.borrow();
            let path = way.as_ref().and_then(|way| way.1.as_ref());
            path.map(|path| path.hops.clone()).unwrap_or_default()
        };
        for hop in hops {
            match hop.table() {
                Some(table) => self.queue(table.as_ref(), hop.address).await?,
                None if hop.address != address && hop.is_here() => {
                    self.queue(&*self.world.table, hop.address).await?;
                }
                None => {}
            }
        }
        Ok(())
    }

    async fn queue(
        &self,
        table: &dyn crate::machine::sockets::SocketTable,
        address: SocketAddr,
    ) -> Result<(), Refusal> {
        let queue = accept_queue::watch(table, address).await;
        match queue {
            // Without a look no connection is made: it might take the last place.
            Err(error) => Err(Refusal::Ours(error.to_string())),
            Ok(Some(queue)) if !queue.admits() => Err(Refusal::Stuck(Box::new(queue))),
            Ok(_) => Ok(()),
        }
    }
}

/// The way from an address, searched on another thread: it takes a while on a machine with many
/// processes, and the sessions go on meanwhile.
async fn trace(address: SocketAddr) -> Option<Path> {
    let traced = spawn_blocking(move || path::trace(&World::open(), address));
    traced.await.ok().flatten()
}
