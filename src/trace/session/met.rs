//! One message of a session, as it is met.

use std::time::Duration;

use crate::event::{MessageRole, Speaker};
use crate::trace::chunk::{ConnectionId, Timestamp};
use crate::wire::Frame;

/// One message, as it is met.
#[derive(Debug)]
pub struct Met<'a> {
    /// When.
    pub at: Timestamp,
    /// The number of the session.
    pub session: u32,
    /// Its connection.
    pub connection: ConnectionId,
    /// The side that sent it.
    pub from: Speaker,
    /// The message; `None` for a greeting.
    pub frame: Option<&'a Frame>,
    /// The request that it makes or answers.
    pub request_id: Option<i32>,
    /// What it is to its request.
    pub role: MessageRole,
    /// How long after the request it came.
    pub elapsed: Option<Duration>,
    /// Its length on the wire, in bytes.
    pub bytes: u64,
    /// What a greeting, an error or a notice says.
    pub words: Option<String>,
    /// The accounts that it names; only where it is the list of them.
    pub accounts: &'a [String],
}

/// Where messages go as they are met.
pub type Tell<'a> = &'a mut dyn FnMut(&Met<'_>);
