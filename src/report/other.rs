//! The parts of a report that belong to `doctor`, `health`, `explain` and `sim`.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Login;
use crate::event::{Check, Query};
use crate::finding::verdict::Severity;
use crate::machine::path::Path;
use crate::machine::vitals::VitalSigns;
use crate::text::json::OptionalMillis;

/// What the doctor examined and found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Doctor {
    /// The target as `host:port`.
    pub address: String,
    /// The principal finding as a paragraph; null when nothing is wrong.
    pub diagnosis: Option<String>,
    /// The way from the listener to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// The vital signs of the Gateway's Java virtual machine; null where they are not seen.
    #[serde(default)]
    pub vitals: Option<VitalSigns>,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What the log of the Gateway tells of its login; null where none was read.
    #[serde(default)]
    pub login: Option<Login>,
    /// The requests that were not made, by their names in reports: whether they would be answered is
    /// not known.
    pub not_asked: Vec<Query>,
}

/// The answer of a health check.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// The address that was connected to, or the target where none was.
    pub address: String,
    /// The way from the listener to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// The vital signs of the Gateway's Java virtual machine; null where they are not seen.
    #[serde(default)]
    pub vitals: Option<VitalSigns>,
    /// Whether the exit status is 0.
    pub healthy: bool,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", with = "OptionalMillis")]
    pub connect: Option<Duration>,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", with = "OptionalMillis")]
    pub ready: Option<Duration>,
    /// The requests that were not made, by their names in reports: whether they would be answered is
    /// not known.
    pub not_asked: Vec<Query>,
}

/// What finding codes, IB's numbers and lines of logs mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explain {
    /// Who uses the words that were typed, and when; null for a code, a number, or the list.
    pub reading: Option<String>,
    /// The code that was asked for, what the words can mean (the likeliest first), or all codes.
    pub explanations: Vec<Explanation>,
}

/// What one code means.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// A finding code, a number of IB's, or a range of numbers such as 510-578.
    pub code: String,
    /// How severe a finding is; null for IB's numbers.
    pub severity: Option<Severity>,
    /// Whether a number of IB's travels on the wire; null for findings.
    pub on_wire: Option<bool>,
    /// What the code means, in one sentence.
    pub meaning: String,
    /// By what the finding is recognised; null for IB's numbers.
    pub seen: Option<String>,
    /// What usually causes it, the likeliest first.
    pub causes: Vec<String>,
    /// What to do, in the order in which to try it.
    pub remedies: Vec<String>,
    /// The findings that a number leads to, or the numbers and ranges that lead to a finding.
    pub related: Vec<String>,
}

/// A simulated Gateway that ran on its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sim {
    /// The address it listened on.
    pub address: SocketAddr,
    /// The newest API version that it spoke.
    pub server_version: u16,
    /// The scenario it followed, as it is typed.
    pub scenario: String,
}
