//! Process ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A process id as this system gives it, in the pid namespace of ibdoc.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One process and no later one with the same pid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId {
    /// Its pid.
    pub pid: Pid,
    /// When it started: clock ticks since boot on Linux, seconds since 1970 elsewhere.
    pub started: u64,
}
