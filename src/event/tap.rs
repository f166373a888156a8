//! What happens at a relay: it listens or not, clients come and go, a drill does a step.

use serde::{Deserialize, Serialize};

use super::Speaker;

/// A relay has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TapStart {
    /// The address that clients connect to, `host:port`.
    pub address: String,
    /// The Gateway, `host:port`.
    pub target: String,
    /// The drill, as it is typed; null for none.
    pub fault: Option<String>,
}

/// Whether a relay lets clients in from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TapDoor {
    /// Whether its port listens; where it does not, clients are refused.
    pub open: bool,
    /// Why it does not; empty where it does.
    pub reason: String,
}

/// Something happened to a client of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TapClient {
    /// When, by the clock of the recording: RFC 3339 in UTC.
    pub at: String,
    /// The number of the connection, from 1; null where the relay itself refused the client.
    pub connection: Option<u64>,
    /// The client's address; only where it connects.
    pub client: Option<String>,
    /// What happened.
    pub change: TapClientChange,
    /// The side that did it.
    pub side: Speaker,
    /// How, in words: FIN, RST, time-out, or why it was refused; null where there is no more to say.
    pub how: Option<String>,
}

/// What can happen to a client of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum TapClientChange {
    /// It connects.
    Connects,
    /// It is connected to the Gateway.
    Connected,
    /// It was refused.
    Refused,
    /// A side closed.
    Closed,
    /// A side has read nothing for a while: what the other one sends waits.
    NotReading,
    /// It reads again.
    Reads,
}

/// A drill did a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DrillStep {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What it did, as it is typed.
    pub step: String,
}
