//! What a worker has done, and its last line.

use std::time::Duration;

use super::output::Output;
use crate::event::Footprint;
use crate::finding::Finding;
use crate::report::worker::Worker;

/// How long the last lines may take to be written.
pub(super) const LAST_LINES: Duration = Duration::from_secs(2);

/// What a worker has done, and where its last line goes.
#[derive(Debug)]
pub struct Ended {
    /// Commands and sessions, counted.
    pub worker: Worker,
    /// What was wrong at the end.
    pub findings: Vec<Finding>,
    /// What was done to the Gateway.
    pub footprint: Footprint,
    /// Whether stdout took everything.
    pub has_reader: bool,
    pub(super) output: Output,
}

impl Ended {
    /// Writes the last line; whether it was taken.
    pub async fn last_line(&self, line: Vec<u8>) -> bool {
        self.output.line(line);
        self.output.drained(LAST_LINES).await
    }
}
