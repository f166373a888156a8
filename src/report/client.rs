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
    /// Whether nothing that was asked would have kept the client from connecting.
    pub would_connect: bool,
    /// How long the client would have taken to connect or to fail; null where that is not known.
    #[serde(rename = "elapsed_ms", with = "OptionalMillis")]
    pub elapsed: Option<Duration>,
    /// The requests of its start-up that were not made; `--as-is` makes them.
    pub not_asked: Vec<&'static str>,
    /// The requests of its start-up that were never finished, which it logs and forgives.
    pub unfinished: Vec<&'static str>,
    /// The judgement in one sentence.
    pub says: String,
}
