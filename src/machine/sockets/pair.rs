//! The two addresses that tell one connection from all others.

use std::net::SocketAddr;

use super::socket::Socket;

/// Both addresses of a connection, as one of its ends has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressPair {
    /// The address of this end.
    pub local: SocketAddr,
    /// The address of the other end.
    pub remote: SocketAddr,
}

impl AddressPair {
    /// The addresses of this row.
    pub fn of(row: &Socket) -> Self {
        Self {
            local: row.local,
            remote: row.remote,
        }
    }

    /// The same connection as its other end has it.
    #[must_use]
    pub fn from_other_end(self) -> Self {
        Self {
            local: self.remote,
            remote: self.local,
        }
    }
}
