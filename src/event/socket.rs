//! What was seen of sockets: how many are stuck, on which side, and what became of one.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::machine::pid::{Pid, ProcessId};
use crate::text::json::Millis;

/// Half-closed and unaccepted sockets seen on a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CensusCount {
    /// Connections that are up and accepted, counted once each at the Gateway's end.
    pub established: usize,
    /// Sockets in CLOSE_WAIT, on whichever side.
    pub close_wait: usize,
    /// Connections that no program has accepted at the Gateway's end.
    pub unaccepted: usize,
}

/// On which side of the Gateway's port a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Its local port is the Gateway's.
    Gateway,
    /// Its remote port is the Gateway's.
    Client,
    /// Its local port is the Gateway's, and a relay listens there.
    Relay,
}

/// A process that holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Owner {
    /// The pid of the process.
    pub pid: Pid,
    /// The name of the process and of the script that it runs.
    pub name: String,
    /// When the process started, in the operating system's own count; together with the pid it
    /// names one process, because pids are reused.
    #[serde(skip)]
    pub started: u64,
}

impl Owner {
    /// Pid and start time as one id.
    pub const fn id(&self) -> ProcessId {
        ProcessId {
            pid: self.pid,
            started: self.started,
        }
    }
}

/// What happened to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum What {
    /// It stood in the table when the watch began.
    Present,
    /// It appeared since the look before.
    Appeared,
    /// The other end has closed, perhaps before the socket was seen for the first time.
    HalfClosed,
    /// A program has accepted it, or another program holds it now.
    OwnerGained,
    /// The program that held it holds it no more.
    OwnerLost,
    /// It has gone, or the kernel is finishing it alone.
    Gone,
}

impl What {
    /// The word of the JSON contract.
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// When, counted from the start of the watch.
    #[serde(rename = "at_ms", with = "Millis")]
    pub at: Duration,
    /// When, as a time of day (RFC 3339, UTC).
    pub time: String,
    /// What happened to the socket.
    pub what: What,
    /// On which side of the Gateway's port it is.
    pub side: Side,
    /// The socket's own address.
    pub local: SocketAddr,
    /// The address of the other end.
    pub remote: SocketAddr,
    /// Its TCP state when it was seen last.
    pub state: &'static str,
    /// The process that held it when it was last seen open; null if none was ever seen.
    pub owner: Option<Owner>,
    /// The process that held the other end when that was last seen open; null if none was ever
    /// seen.
    pub peer: Option<Owner>,
    /// Whether what happened to the other end of the same connection in the same look says more: a
    /// reader wants one line for each connection.
    #[serde(skip)]
    pub is_told_by_other_end: bool,
}

/// A watch begins: what stands on the ports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WatchStart {
    /// The ports that are watched.
    pub ports: Vec<u16>,
    /// When the watch began, as a time of day (RFC 3339, UTC).
    pub time: String,
    /// Connections that are up and accepted, counted once each at the Gateway's end.
    pub established: usize,
    /// Sockets in CLOSE_WAIT, on whichever side.
    pub close_wait: usize,
    /// Connections that no program has accepted at the Gateway's end.
    pub unaccepted: usize,
}
