//! The part of a handshake's report that tells of a client library.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::text::json::optional_millis;

/// Whether a client library would have connected.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
    #[serde(rename = "elapsed_ms", serialize_with = "optional_millis")]
    #[schemars(with = "Option<f64>")]
    pub elapsed: Option<Duration>,
    /// The judgement in one sentence.
    pub says: String,
}
