//! The part of a report that belongs to `zombies`.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use crate::event::CensusCount;
use crate::event::Side;
use crate::machine::listener::Listener;
use crate::machine::pid::Pid;
use crate::text::json::{Millis, OptionalMillis};

/// The census of half-closed and unaccepted sockets.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Zombies {
    /// The Gateway ports that were looked at.
    pub ports: Vec<u16>,
    /// The processes that listen on them.
    pub listeners: Vec<Listener>,
    /// How many sockets there are in each state, over all ports.
    pub sockets: CensusCount,
    /// Each half-closed or unaccepted socket.
    pub zombies: Vec<Zombie>,
    /// Processes that were ended.
    pub killed: Vec<Killed>,
    /// Sockets that were shut down without a kill.
    pub healed: Vec<Healed>,
    /// Half-closed and unaccepted sockets at the end.
    pub remaining: usize,
    /// Whether something was done and the machine was looked at again, so that the counts are those
    /// afterwards.
    #[serde(skip)]
    pub is_after: bool,
}

/// One half-closed or unaccepted socket.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Zombie {
    /// The socket's own address.
    pub local: SocketAddr,
    /// The address of the other end.
    pub remote: SocketAddr,
    /// On which side of the Gateway's port it is.
    pub side: Side,
    /// Whether a program ever accepted it (always true on the client's side); null where
    /// this system cannot tell.
    pub accepted: Option<bool>,
    /// How long ago the last segment of the other end came; null where this system cannot tell.
    #[serde(rename = "age_ms", with = "OptionalMillis")]
    pub age: Option<Duration>,
    /// Whether the age is only how long ibdoc has watched the socket, which is older.
    #[serde(rename = "age_at_least")]
    pub is_older: bool,
    /// Bytes unread; after the other end's FIN it counts one more.
    pub recv_queue: Option<u32>,
    /// Its inode; 0 while no program has accepted it.
    pub inode: Option<u64>,
    /// The processes that hold it.
    pub holders: Vec<Holder>,
    /// What `--kill` does about it.
    pub action: Action,
    /// Why `--kill` does that, or does nothing.
    pub reason: String,
    /// Whether a kill or a shutdown was carried out, and the socket had gone afterwards.
    pub cleared: bool,
}

/// What is done about a zombie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Its holders are ended by `--kill`.
    Kill,
    /// Its holders are left alone.
    Spare,
    /// There is nothing that could be done about it.
    None,
}

/// A process that holds a zombie.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holder {
    /// The pid of the process.
    pub pid: Pid,
    /// When the process started, in the operating system's own count; null when unreadable.
    pub started: Option<u64>,
    /// The name of the process.
    pub name: Option<String>,
    /// The name of its user, or the id where no local account has it.
    pub user: Option<String>,
    /// What kind of client it is.
    pub class: Class,
    /// Why the process is of that class.
    pub reason: String,
}

/// A process that was ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Killed {
    /// The pid of the process.
    pub pid: Pid,
    /// The name of the process.
    pub name: String,
    /// The signal that ended the process.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["TERM", "KILL"])))]
    pub signal: &'static str,
    /// How long it took from the first signal to the end of the process.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
}

/// A socket that was shut down in a program which lives on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Healed {
    /// The socket's own address.
    pub local: SocketAddr,
    /// The Gateway's address.
    pub remote: SocketAddr,
    /// The pid of the program that holds it.
    pub pid: Pid,
    /// The name of that program.
    pub name: String,
}

/// What kind of client a process is, in the order of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", schemars(transform = crate::text::json::open))]
pub enum Class {
    /// ibdoc, a Gateway, a relay, the system's or another user's: never touched.
    Protected,
    /// It has a TCP connection that is up, to any peer.
    Connected,
    /// A service manager or a container runtime is in charge of it.
    Service,
    /// Its parent is running.
    Supervised,
    /// It has a terminal that a user may be looking at, or a living process is connected to it by a
    /// unix socket, as the display of a window is.
    Interactive,
    /// It was detached on purpose: ended only when named.
    Detached,
    /// The process that started it has gone.
    Orphan,
    /// A rule could not be answered.
    Unknown,
}

impl Class {
    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Connected => "connected",
            Self::Service => "service",
            Self::Supervised => "supervised",
            Self::Interactive => "interactive",
            Self::Detached => "detached",
            Self::Orphan => "orphan",
            Self::Unknown => "unknown",
        }
    }
}
