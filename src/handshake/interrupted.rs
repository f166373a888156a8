//! A handshake that a signal ended, or the end of a watch: what is known by then stays.

use std::time::Duration;

use tokio::time::Instant;

use super::Attempt;
use crate::event::{Events, StageName, StageStatus};
use crate::finding::verdict::ExitStatus;
use crate::text::duration::shown;

/// Where a signal ended a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The exit status that stands for the signal, or another one where none came.
    pub status: ExitStatus,
    /// The stage that had not ended.
    pub stage: &'static str,
    /// How long that stage had gone on.
    pub after: Duration,
}

impl Interrupted {
    /// In words, with no full stop.
    pub fn words(&self) -> String {
        let signal = self.status.signal().unwrap_or("the end of the command");
        let (stage, after) = (self.stage, shown(self.after));
        format!("interrupted by {signal} in {stage}, which had not ended after {after}")
    }
}

impl Attempt {
    /// Notes the signal that ended it, and that its connection was reset.
    pub(super) fn interrupt(&mut self, status: ExitStatus, stage: StageName, events: Events<'_>) {
        let record = &mut self.record;
        self.interrupted = Some(Interrupted {
            status,
            stage: stage.name(),
            after: record.since_last_stage(),
        });
        let connect = record.stage(StageName::Connect);
        let is_open = connect.is_some_and(|stage| stage.status == StageStatus::Ok);
        if is_open && record.close.is_none() {
            record.end_with_reset(false, Instant::now(), events);
        }
    }
}
