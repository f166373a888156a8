//! The checks of the doctor.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::{Lasting, Millis, lasting};

/// How a check of the doctor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// Nothing is wrong.
    Ok,
    /// It works, but needs attention.
    Attention,
    /// It does not work.
    Failed,
    /// It was not made: an earlier check makes it useless, or an option leaves it out.
    Skipped,
    /// It could not be looked at.
    Unknown,
}

/// One check of the doctor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// The name of the check, such as `gateway` or `handshake`.
    #[serde(deserialize_with = "lasting")]
    pub name: Lasting,
    /// How it ended.
    pub status: CheckStatus,
    /// What was seen, in a sentence.
    pub summary: String,
    /// How long it took.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
}
