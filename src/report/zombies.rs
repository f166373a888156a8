//! The part of a report that belongs to `zombies`.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::CensusCount;
use crate::event::Side;
use crate::machine::HeldPort;
use crate::machine::listener::Listener;
use crate::machine::pid::Pid;
use crate::text::json::{Lasting, Millis, OptionalMillis, lasting};
use crate::text::words::{counted, joined, plural};

/// The census of half-closed and unaccepted sockets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Zombies {
    /// The Gateway ports that were looked at.
    pub ports: Vec<u16>,
    /// The processes that listen on them.
    pub listeners: Vec<Listener>,
    /// What keeps a port on which nothing listens: a relay that does not reuse addresses cannot
    /// bind it.
    #[serde(default)]
    pub held_ports: Vec<HeldPort>,
    /// How many sockets there are in each state, over all ports.
    pub sockets: CensusCount,
    /// Each half-closed or unaccepted socket.
    pub zombies: Vec<Zombie>,
    /// What can be done, for each process that holds some of them.
    pub plan: Vec<Step>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// The command that clears it, as it is typed; null if there is none.
    pub command: Option<String>,
    /// Whether a kill or a shutdown was carried out, and the socket had gone afterwards.
    pub cleared: bool,
}

/// What `--kill` does about a zombie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Its holders are ended by `--kill`.
    Kill,
    /// Its holders are left alone.
    Spare,
    /// There is nothing that could be done about it.
    None,
}

/// What a step of the plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum StepAction {
    /// `--heal` shuts the sockets down, and the process lives on.
    Heal,
    /// The process is ended by `--kill`.
    Kill,
    /// The process is ended by `--kill` when it is named with `--pid`.
    KillNamed,
    /// ibdoc itself does nothing about it.
    None,
}

/// Whether a process may be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MayEnd {
    /// Never, whatever is named.
    Never,
    /// Only when it is named with `--pid`.
    IfNamed,
    /// It is certainly left over: by `--kill` alone.
    Orphan,
}

/// One thing to do: a process that holds zombies, what it is, and the command that clears them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// The process; null where its owner could not be seen.
    pub pid: Option<Pid>,
    /// Its name and the script that it runs.
    pub name: Option<String>,
    /// The name of its user, or the id where no local account has it.
    pub user: Option<String>,
    /// For how long it has been running; null when unreadable.
    #[serde(rename = "up_ms", with = "OptionalMillis")]
    pub up: Option<Duration>,
    /// How many half-closed or unaccepted sockets of these ports it holds.
    pub sockets: usize,
    /// Whether it may be ended; null where its owner could not be seen.
    pub answer: Option<MayEnd>,
    /// Who is in charge of it, such as `tmux pane %3` or `bot.service`; null where nothing shows.
    pub in_charge: Option<String>,
    /// Why this is what can be done.
    pub reason: String,
    /// What ending it costs; null where it is not to be ended or costs nothing.
    pub cost: Option<String>,
    /// What is done first.
    pub action: StepAction,
    /// The whole command that does it; null if there is none.
    pub command: Option<String>,
    /// What else clears the sockets; null if nothing does.
    pub otherwise: Option<Otherwise>,
}

/// A second way to clear sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Otherwise {
    /// What is done.
    pub action: StepAction,
    /// The whole command that does it.
    pub command: String,
}

/// A process that holds a zombie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Holder {
    /// The pid of the process.
    pub pid: Pid,
    /// When the process started, in the operating system's own count; null when unreadable.
    pub started: Option<u64>,
    /// The name of the process.
    pub name: Option<String>,
    /// The name of its user, or the id where no local account has it.
    pub user: Option<String>,
    /// Whether it may be ended.
    pub answer: MayEnd,
    /// What kind of client it is.
    pub class: Class,
    /// Why the process is of that class.
    pub reason: String,
}

/// A process that was ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Killed {
    /// The pid of the process.
    pub pid: Pid,
    /// The name of the process.
    pub name: String,
    /// The signal that ended the process.
    #[cfg_attr(test, schemars(extend("enum" = ["TERM", "KILL"])))]
    #[serde(deserialize_with = "lasting")]
    pub signal: Lasting,
    /// How long it took from the first signal to the end of the process.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
}

/// A socket that was shut down in a program which lives on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// What kind of client a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Class {
    /// ibdoc, a Gateway, a relay, the system's or another user's: never touched.
    Protected,
    /// It has a connection that is up, or listens for some; with a living API session it is never
    /// touched.
    Connected,
    /// A service manager or a container runtime is in charge of it.
    Service,
    /// Its parent is running, or a debugger is attached to it.
    Supervised,
    /// It has a terminal that is open, the leader of its session is running, or a living process has
    /// the other end of its output or of a unix socket, as the display of a window has.
    Interactive,
    /// Nothing tells whether it was detached on purpose or left over.
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

impl Zombies {
    /// In one line.
    pub(super) fn sentence(&self) -> String {
        let ports = &self.ports;
        let ports = format!("{} {}", plural(ports.len(), "port"), joined(ports));
        let ended = match self.killed.len() {
            0 => String::new(),
            ended => format!("{} ended; ", counted(ended, "process")),
        };
        match self.remaining {
            0 => format!("{ended}no half-closed or unaccepted socket on {ports}"),
            left => {
                let young = counted(left, "socket");
                format!("{ended}nothing stands still on {ports}; {young} younger than --min-age")
            }
        }
    }
}
