//! The requests of a recorded session.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::{Millis, OptionalMillis};

/// One request of a recorded session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceRequest {
    /// The message id.
    pub id: u32,
    /// The name in IB's sources.
    pub name: String,
    /// What was asked, in words.
    pub words: String,
    /// The request id; null where the message carries none.
    pub request_id: Option<i32>,
    /// When it was asked.
    pub asked: Option<String>,
    /// The same, from the first chunk of the session.
    #[serde(rename = "start_ms", with = "Millis")]
    pub start: Duration,
    /// Until the first answer; null where none came.
    #[serde(rename = "first_ms", with = "OptionalMillis")]
    pub first: Option<Duration>,
    /// Until its end; null where it has none.
    #[serde(rename = "elapsed_ms", with = "OptionalMillis")]
    pub elapsed: Option<Duration>,
    /// How it ended.
    pub end: RequestEnd,
    /// For how long nothing came for it at its end, or at the end of the recording; null where it
    /// ended well, or was cancelled after an answer.
    #[serde(rename = "silent_ms", with = "OptionalMillis")]
    pub silent: Option<Duration>,
    /// How many messages answered it.
    pub answers: u64,
    /// IB's number and words of the error that it was answered with, or the last notice about it.
    pub notice: Option<String>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum RequestEnd {
    /// Its answer was complete.
    Ended,
    /// An error answered it.
    Refused,
    /// The client ended it.
    Cancelled,
    /// It is a subscription that nobody ended.
    LeftOpen,
    /// It is a subscription to which nothing came.
    Silent,
    /// Its answer was never complete.
    Unfinished,
    /// The client asked the same again before its answer was complete.
    AskedAgain,
    /// Its answer may be among what is missing in the recording.
    NotRecorded,
}

/// All requests of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceKind {
    /// The message id.
    pub id: u32,
    /// The name in IB's sources.
    pub name: String,
    /// How many were made.
    pub count: u64,
    /// How many had a complete answer.
    pub ended: u64,
    /// How many were answered with an error.
    pub refused: u64,
    /// How many never had a complete answer.
    pub unfinished: u64,
    /// How many are subscriptions that nobody ended.
    pub left_open: u64,
    /// The mean time until the end; null where none ended.
    #[serde(rename = "mean_ms", with = "OptionalMillis")]
    pub mean: Option<Duration>,
    /// The longest time until the end.
    #[serde(rename = "max_ms", with = "OptionalMillis")]
    pub max: Option<Duration>,
}
