//! The part of a handshake's report that tells of a client library.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::{Lasting, OptionalMillis, all_lasting, lasting};

/// What becomes of a client library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Outcome {
    /// It connects: everything that it asks was asked, and it forgives what was not answered.
    Connects,
    /// Nothing that was asked keeps it from connecting, and not everything was asked.
    Incomplete,
    /// It does not connect.
    Fails,
    /// It was not tried, or ibdoc did not wait as long as it does.
    Unknown,
}

/// Whether a client library would have connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judgement {
    /// The client's name.
    #[serde(deserialize_with = "lasting")]
    pub client: Lasting,
    /// The range of versions that it announces.
    pub announced: String,
    /// The version that was negotiated.
    pub server_version: Option<u16>,
    /// Whether nothing that was asked would have kept the client from connecting.
    pub would_connect: bool,
    /// What becomes of the client.
    pub outcome: Outcome,
    /// How long the client would have taken to connect or to fail; null where that is not known.
    #[serde(rename = "elapsed_ms", with = "OptionalMillis")]
    pub elapsed: Option<Duration>,
    /// The requests of its start-up that were not made; `--as-is` makes them.
    #[serde(deserialize_with = "all_lasting")]
    pub not_asked: Vec<Lasting>,
    /// The requests of its start-up that were never finished.
    #[serde(deserialize_with = "all_lasting")]
    pub unfinished: Vec<Lasting>,
    /// The requests of its start-up that were answered with an error.
    #[serde(deserialize_with = "all_lasting")]
    pub refused: Vec<Lasting>,
    /// The judgement in one sentence.
    pub says: String,
}
