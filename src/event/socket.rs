//! What was seen of sockets: how many are stuck, on which side, and what became of one.

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::machine::pid::{Pid, ProcessId};
use crate::text::json::millis;

/// Half-closed and unaccepted sockets seen on a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CensusCount {
    /// Connections that are up and accepted, counted once each at the Gateway's end.
    pub established: usize,
    /// Sockets in CLOSE_WAIT, on whichever side.
    pub close_wait: usize,
    /// Connections at the Gateway's end that no program has accepted.
    pub unaccepted: usize,
}

/// On which side of the Gateway's port a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Its local port is the Gateway's.
    Gateway,
    /// Its remote port is the Gateway's.
    Client,
    /// Its local port is the Gateway's, and a relay listens there.
    Relay,
}

/// Who holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Owner {
    /// Its pid.
    pub pid: Pid,
    /// Its name and what it runs.
    pub name: String,
    /// When it was started, in the units of its source: a pid is given out again.
    #[serde(skip)]
    pub started: u64,
}

impl Owner {
    /// The process itself.
    pub const fn id(&self) -> ProcessId {
        ProcessId {
            pid: self.pid,
            started: self.started,
        }
    }
}

/// What happened to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = crate::text::json::open)]
pub enum What {
    /// It was there at the first look.
    Present,
    /// It is new.
    Appeared,
    /// The other end has closed, perhaps before it was ever seen.
    HalfClosed,
    /// A program has accepted it, or another one holds it now.
    OwnerGained,
    /// No program has it any more, or not this one.
    OwnerLost,
    /// It has gone, or the kernel is finishing it alone.
    Gone,
}

impl What {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Appeared => "appeared",
            Self::HalfClosed => "half-closed",
            Self::OwnerGained => "owner-gained",
            Self::OwnerLost => "owner-lost",
            Self::Gone => "gone",
        }
    }
}

/// One thing that happened to one socket.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// Since the watch began.
    #[serde(rename = "at_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub at: Duration,
    /// What.
    pub what: What,
    /// On which side of the Gateway's port it is.
    pub side: Side,
    /// Its own address.
    pub local: SocketAddr,
    /// The other end's address.
    pub remote: SocketAddr,
    /// Its state, of the last time that it was seen.
    pub state: &'static str,
    /// Who held it when it was last seen open; null if that was never seen.
    pub owner: Option<Owner>,
    /// Who held the other end when that was last seen open; null if that was never seen.
    pub peer: Option<Owner>,
}
