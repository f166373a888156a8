//! What clients do with what a Gateway sends them.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::machine::pid::Pid;
use crate::text::json::Millis;

/// What a client does with what comes on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Conduct {
    /// It reads, or there was nothing to read.
    Reads,
    /// Its loop sleeps.
    Sleeps,
    /// Its loop computes.
    Computes,
    /// Its loop is ready to run and gets no processor.
    Starved,
    /// Its loop waits for another socket, or for this one to take what it sends.
    WaitsForSocket,
    /// Its loop waits for a lock or another thread.
    WaitsForLock,
    /// Its loop waits for something else: a child, a pipe, a terminal, a disk.
    WaitsForOther,
    /// Its loop works, and the program does not read this connection.
    Paused,
    /// The process is stopped.
    Stopped,
    /// It does not read, and why cannot be told.
    NotReading,
    /// It could not be looked at well enough.
    Unknown,
}

impl Conduct {
    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Sleeps => "sleeps",
            Self::Computes => "computes",
            Self::Starved => "starved",
            Self::WaitsForSocket => "waits-for-socket",
            Self::WaitsForLock => "waits-for-lock",
            Self::WaitsForOther => "waits-for-other",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::NotReading => "not-reading",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it leaves unread what comes.
    pub const fn is_silent(self) -> bool {
        !matches!(self, Self::Reads | Self::Unknown)
    }
}

/// What a client does with one connection, in a watch: when the watch begins, and when it changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConductSeen {
    /// When, counted from the start of the watch.
    #[serde(rename = "at_ms", with = "Millis")]
    pub at: Duration,
    /// The pid of the client.
    pub pid: Pid,
    /// The name of the client and of the script that it runs.
    pub name: String,
    /// The client's address.
    pub local: SocketAddr,
    /// The Gateway's address.
    pub remote: SocketAddr,
    /// What it does; null when the connection has gone.
    pub conduct: Option<Conduct>,
    /// The same in words.
    pub reason: String,
    /// Bytes that lie unread.
    pub unread_bytes: Option<u32>,
}
