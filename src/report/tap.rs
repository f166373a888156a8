//! The part of a report that belongs to `tap`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Trace;
use crate::text::json::Millis;
use crate::text::words::counted;

/// What a relay carried, and what that shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tap {
    /// The address on which it listened.
    pub address: String,
    /// The Gateway, as `host:port`.
    pub target: String,
    /// Clients that were connected to the Gateway.
    pub connections: u32,
    /// Clients for which the Gateway could not be reached.
    pub not_reached: u32,
    /// Clients that the relay itself refused: since an accept queue was stuck, or too many sessions went
    /// on. Those that were refused while it did not listen are not seen.
    pub refused: u32,
    /// The most sessions at once.
    pub most_at_once: u32,
    /// Bytes that were carried, and neither decoded nor recorded, since that lagged.
    pub uncopied_bytes: u64,
    /// The recording; null where none was wanted.
    pub recording: Option<TapFile>,
    /// The capture; null where none was wanted.
    pub capture: Option<TapFile>,
    /// The drill, as it is typed; null for none.
    pub fault: Option<String>,
    /// Whether the drill was given up since an account was no paper account.
    pub drill_given_up: bool,
    /// The command that was run; null for none.
    pub program: Option<TapProgram>,
    /// The sessions, and how the clients took a drill.
    pub trace: Trace,
}

/// A file that a relay wrote.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TapFile {
    /// The newest file.
    pub file: String,
    /// Bytes written, those of earlier files too.
    pub bytes: u64,
    /// How often a new file was begun since one was full.
    pub rotations: u32,
    /// Why it was given up; null where it was not.
    pub error: Option<String>,
}

/// A command that was run with a relay.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TapProgram {
    /// What it is called.
    pub program: String,
    /// Its exit status; null when a signal ended it, or it was ended with the relay.
    pub exit_status: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// From its start to its end.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
}

impl Tap {
    /// In one line.
    pub(super) fn sentence(&self) -> String {
        match (self.connections, self.trace.recoveries.as_slice()) {
            (0, _) => "no client was connected".to_owned(),
            (_, []) => self.trace.sentence(),
            (_, [one]) if one.back.is_some() => one.summary.clone(),
            (_, [_]) => format!("{}, in a drill", self.trace.sentence()),
            (_, several) => {
                let back = several.iter().filter(|it| it.back.is_some()).count();
                let lost = counted(several.len() as u64, "session");
                format!("the drill ended {lost}, and the clients of {back} were back")
            }
        }
    }
}
