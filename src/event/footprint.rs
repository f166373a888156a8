//! What a run did to the Gateway.

use serde::{Deserialize, Serialize};

/// What a run did to the Gateway, measured from the socket table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Footprint {
    /// TCP connections made.
    pub connections: u32,
    /// Those of them to the Gateway's own port behind a relay, before one through the relay: from a
    /// Gateway that does not answer, the reset of one takes it away.
    #[serde(default)]
    pub asked_first: u32,
    /// Those of them that are still up, half-closed or not accepted at the other end; null where that
    /// cannot be seen (another machine, a relay, a forwarded port).
    pub sockets_left: Option<u32>,
    /// The Gateway's accept queue.
    pub accept_queue: AcceptQueue,
}

impl Footprint {
    /// Of a command that makes no connection.
    pub const NONE: Self = Self {
        connections: 0,
        asked_first: 0,
        sockets_left: Some(0),
        accept_queue: AcceptQueue {
            before: None,
            after: None,
        },
    };
}

/// The length of the accept queue before and after, null where it cannot be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AcceptQueue {
    /// Connections that waited before ibdoc's first one.
    pub before: Option<u32>,
    /// Connections that waited when the command ended.
    pub after: Option<u32>,
}
