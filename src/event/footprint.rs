//! What a run did to the Gateway.

use schemars::JsonSchema;
use serde::Serialize;

/// What a run did to the Gateway, measured from the socket table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Footprint {
    /// TCP connections made.
    pub connections: u32,
    /// Of these, still up, half closed or not accepted at the other end; null where that
    /// cannot be seen (another machine, a relay, a forwarded port).
    pub sockets_left: Option<u32>,
    /// The Gateway's accept queue.
    pub accept_queue: AcceptQueue,
}

/// The length of the accept queue before and after, null where it cannot be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AcceptQueue {
    /// Connections waiting before the first of ours.
    pub before: Option<u32>,
    /// Connections waiting at the end.
    pub after: Option<u32>,
}
