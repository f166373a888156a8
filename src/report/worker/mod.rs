//! The lines of `ibdoc worker`: what it takes and what it answers.

mod answer;
mod data;
mod request;

pub use self::answer::*;
pub use self::data::*;
pub use self::request::*;
pub use crate::event::WorkerId;

use serde::{Deserialize, Serialize};

/// What a worker has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Worker {
    /// Lines that were commands.
    pub commands: u64,
    /// How many of them were answered with success.
    pub succeeded: u64,
    /// Sessions that were made.
    pub sessions: u32,
    /// How often the other side has ended a session.
    pub drops: u32,
    /// How often a session was made anew.
    pub reconnects: u32,
}
