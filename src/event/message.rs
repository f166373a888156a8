//! One message of a recorded session.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::OptionalMillis;

/// The side of a session that speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The client.
    Client,
    /// TWS or the Gateway.
    Gateway,
}

impl Speaker {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Speaker::Client => Speaker::Gateway,
            Speaker::Gateway => Speaker::Client,
        }
    }

    /// The side in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Speaker::Client => "the client",
            Speaker::Gateway => "the Gateway",
        }
    }
}

/// What a message is to the request it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum MessageRole {
    /// It begins the session: the greeting of either side.
    Greeting,
    /// It asks.
    Asks,
    /// It ends a request, or the subscription that a request began.
    Cancels,
    /// It is part of the answer to a request.
    Answers,
    /// It ends the answer to a request.
    Ends,
    /// It is an error or a notice.
    Notice,
    /// It answers no request that is known.
    Unasked,
    /// Its kind is not known.
    Unknown,
}

/// One message of a recorded session, by its kind, its request id and what it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceMessage {
    /// When, by the clock of the recording: RFC 3339, with `Z` where it is UTC; null where the
    /// recording has no times.
    pub at: Option<String>,
    /// The number of the session in the report.
    pub session: u32,
    /// The side that sent it.
    pub from: Speaker,
    /// The message id, without the offset of protobuf; 0 for a greeting.
    pub id: u32,
    /// The name in IB's sources; null for a kind that is not known.
    pub name: Option<String>,
    /// The request that it makes or answers; null where it carries no id.
    pub request_id: Option<i32>,
    /// What it is to its request.
    pub role: MessageRole,
    /// How long after the request it came; null for what answers none.
    #[serde(rename = "elapsed_ms", with = "OptionalMillis")]
    pub elapsed: Option<Duration>,
    /// Its length, in bytes.
    pub bytes: u64,
    /// IB's number and words, if it is an error or a notice.
    pub notice: Option<String>,
    /// Its fields; only with `--full`, and never of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub fields: Option<String>,
}
