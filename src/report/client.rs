//! The part of a handshake's report that tells of a client library.

use std::time::Duration;

use serde::Serialize;

use crate::text::json::OptionalMillis;

/// Whether a client library would have connected.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judgement {
    /// The client's name.
    pub client: &'static str,
    /// The range of versions that it announces.
    pub announced: String,
    /// The version that was negotiated.
    pub server_version: Option<u16>,
    /// Whether the client would have connected.
    pub would_connect: bool,
    /// How long the client would have taken; null where that is not known.
    #[serde(rename = "elapsed_ms", with = "OptionalMillis")]
    pub elapsed: Option<Duration>,
    /// The judgement in one sentence.
    pub says: String,
}
