//! What is known of a host before a handshake with it: its addresses, and the connections that were
//! made to it ahead.

use std::net::SocketAddr;
use std::ops::Range;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::connect::{ConnectFailure, connect};
use super::resolve::ResolveError;
use crate::target::Target;

/// A connection that was made, or tried, ahead of the handshake that it is for.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) address: SocketAddr,
    pub(super) time: Range<Instant>,
    pub(super) result: Result<TcpStream, ConnectFailure>,
}

impl Made {
    /// Connects and takes the time.
    pub(super) async fn connect(address: SocketAddr, until: Instant) -> Self {
        let start = Instant::now();
        let result = connect(address, until).await;
        Self {
            address,
            time: start..Instant::now(),
            result,
        }
    }
}

/// What is known of a host before a handshake with it.
#[derive(Debug, Default)]
pub struct Ahead {
    /// What its name was resolved to; the ports of these addresses mean nothing.
    resolved: Option<(String, Result<Vec<SocketAddr>, ResolveError>)>,
    pub(super) made: Vec<Made>,
    /// Whether each known port of the host is tried: no remedy sends to another one of them then.
    pub(super) is_of_all_ports: bool,
}

impl Ahead {
    /// The name was resolved to this, and is not asked for again.
    pub fn of(host: &str, resolved: Result<Vec<SocketAddr>, ResolveError>) -> Self {
        Self {
            resolved: Some((host.to_owned(), resolved)),
            ..Self::default()
        }
    }

    /// As one of all known ports of the host.
    #[must_use]
    pub fn of_all_ports(mut self) -> Self {
        self.is_of_all_ports = true;
        self
    }

    /// The addresses of this target, where they are known.
    pub(super) fn addresses(
        &self,
        target: &Target,
    ) -> Option<Result<Vec<SocketAddr>, ResolveError>> {
        let (host, resolved) = self.resolved.as_ref()?;
        (*host == target.host).then(|| {
            resolved
                .as_ref()
                .map(|addresses| at(addresses, target.port))
                .map_err(Clone::clone)
        })
    }

    /// The connection to this address that was made ahead.
    pub(super) fn take(&mut self, address: SocketAddr) -> Option<Made> {
        let at = self.made.iter().position(|made| made.address == address)?;
        Some(self.made.swap_remove(at))
    }
}

/// These addresses with this port.
pub fn at(addresses: &[SocketAddr], port: u16) -> Vec<SocketAddr> {
    let at = |address: &SocketAddr| {
        let mut address = *address;
        address.set_port(port);
        address
    };
    addresses.iter().map(at).collect()
}
