//! Whether a client may be let through: is the Gateway there, and does it accept?
//!
//! The kernel completes a client's connection before a program hears of it, so the only true refusal
//! is not to listen. Of a Gateway of this machine the socket table tells whether it listens, without a
//! connection; the relay listens as long as it does. Of one on another machine nothing can be known
//! without a connection, and none is made merely to look: there a client that cannot be passed on is
//! reset (docs/KERNEL.md, A transparent relay).

use std::cell::RefCell;
use std::net::SocketAddr;

use crate::handshake::connect::is_local;
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::path::{self, Path};
use crate::tap::seen::Refusal;

/// The number of a listening socket, and the way from there.
type Way = (Option<u64>, Option<Path>);

/// What stands between the relay and the Gateway.
pub(super) struct Gate {
    world: World,
    addresses: Vec<SocketAddr>,
    /// The way from the first address that is listened on, and the number of its listening socket.
    way: RefCell<Option<Way>>,
    force: bool,
}

impl Gate {
    pub(super) fn new(addresses: Vec<SocketAddr>, force: bool) -> Self {
        Self {
            world: World::open(),
            addresses,
            way: RefCell::default(),
            force,
        }
    }

    /// Whether every address of the Gateway is one of this machine, so that it can be seen listening.
    pub(super) fn is_here(&self) -> bool {
        !self.addresses.is_empty() && self.addresses.iter().all(|it| is_local(it.ip()))
    }

    /// Whether clients can be passed on, as far as that is seen without a connection; errs with why not.
    pub(super) fn look(&self) -> Result<(), String> {
        if self.force || !self.is_here() {
            return Ok(());
        }
        let mut blind = None;
        for address in &self.addresses {
            match self.world.table.listener(*address) {
                Ok(Some(row)) => {
                    // The way is traced once for each listener: it is searched among all processes.
                    let known = self.way.borrow().as_ref().map(|way| way.0);
                    if known != Some(row.inode) {
                        let way = path::trace(&self.world, *address);
                        self.way.replace(Some((row.inode, way)));
                    }
                    return Ok(());
                }
                Ok(None) => {}
                Err(error) => blind = Some(error.to_string()),
            }
        }
        let names: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        match blind {
            Some(error) => Err(format!(
                "it cannot be seen whether anything listens on {names}: {error}"
            )),
            None if self.is_forwarded() => Ok(()),
            None => Err(format!("nothing listens on {names}")),
        }
    }

    /// Whether nothing is seen to listen, and the packet filter forwards the port; looked up once.
    fn is_forwarded(&self) -> bool {
        let known = self.way.borrow().as_ref().map(|way| way.0.is_some());
        if known != Some(false) {
            let mut ways = self.addresses.iter();
            let way = ways.find_map(|it| path::trace(&self.world, *it));
            self.way.replace(Some((None, way)));
        }
        let way = self.way.borrow();
        way.as_ref().is_some_and(|way| way.1.is_some())
    }

    /// Whether one more connection may be made to this address: not into a queue that is stuck, also
    /// behind a relay.
    pub(super) async fn admits(&self, address: SocketAddr) -> Result<(), Refusal> {
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
