//! What `ibdoc worker` tells unasked.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::finding::Code;
use crate::text::json::{Millis, OptionalMillis};

/// The id of a command: any text or number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WorkerId {
    /// A number.
    Number(Number),
    /// A text of at most 200 characters.
    Text(String),
}

/// The other side has ended the session of `ibdoc worker`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dropped {
    /// The address of the Gateway.
    pub address: String,
    /// The finding that follows.
    pub code: Code,
    /// How the other side ended it, in words.
    pub message: String,
    /// How long the session was up.
    #[serde(rename = "session_ms", with = "Millis")]
    pub session: Duration,
    /// Whether new connections are made by themselves.
    pub reconnects: bool,
}

/// `ibdoc worker` has a session again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reconnected {
    /// The address of the Gateway.
    pub address: String,
    /// The client id.
    pub client_id: i32,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// The managed accounts, in full.
    pub accounts: Vec<String>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// How long there was no session.
    #[serde(rename = "down_ms", with = "Millis")]
    pub down: Duration,
    /// Connections that were made meanwhile, with this one.
    pub tries: u32,
}

/// A new session of `ibdoc worker` could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReconnectFailed {
    /// The address of the Gateway.
    pub address: String,
    /// The principal finding; null where this machine could not look or connect.
    pub code: Option<Code>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Half-closed and unaccepted sockets on the port before it; null where they cannot be seen.
    pub zombies: Option<u32>,
    /// Connections that were made since the drop.
    pub tries: u32,
    /// When the next look or connection follows; null where none does.
    #[serde(rename = "next_ms", with = "OptionalMillis")]
    pub next: Option<Duration>,
}

/// The process that keeps the session has ended, and another one was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Restarted {
    /// How the process ended, in words.
    pub reason: String,
    /// The pid of the new process; null where it is not started again.
    pub pid: Option<u32>,
    /// How often it was started again in the last ten minutes.
    pub restarts: u32,
    /// The commands that were lost; each is answered with an error too.
    pub ids: Vec<WorkerId>,
}

/// Events that were not written because stdout is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventsSkipped {
    /// How many there were.
    pub count: u64,
}
