//! The beginning of a run.

use serde::Serialize;

use crate::machine::host::Host;

/// A run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Start {
    /// The name and version of the contract by which the lines are read.
    pub schema: &'static str,
    /// The version of ibdoc.
    pub version: &'static str,
    /// The command, as typed.
    pub command: &'static str,
    /// Whether the Gateway is the embedded simulated one.
    pub simulated: bool,
    /// The pid of ibdoc.
    pub pid: u32,
    /// The machine on which it runs.
    pub host: Host,
}
