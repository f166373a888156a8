//! A session that is over.

use super::chunk::Timestamp;
use super::diagnosis::{About, Found};
use super::session::Told;
use crate::report::{TraceClock, TraceSession};

/// A session that is over: its part of the report, and what was found in it.
#[derive(Debug)]
pub struct Finished {
    /// Its part of the report.
    pub session: TraceSession,
    /// What is wrong with it, the principal finding first.
    pub(super) findings: Vec<Found>,
    pub(super) clock: TraceClock,
    pub(super) first: Timestamp,
    /// When its first side closed, or its recording ended.
    pub(super) over: Timestamp,
    /// When accounts and id were there.
    pub(super) ready: Option<Timestamp>,
    /// The steps of a drill of tap that was on, or struck it, each with its time.
    pub(super) steps: Vec<(Timestamp, String)>,
    /// Whether a tap recorded it.
    pub(super) is_of_tap: bool,
    /// Whether a drill still worked when it was closed.
    pub(super) is_still_drilled: bool,
    /// What a drill said to the client or withheld.
    pub(super) told: Vec<Told>,
    /// Whether accounts and id came; true where its beginning was not recorded.
    pub(super) is_ready: bool,
}

impl Finished {
    /// Whether a drill of tap was on, or struck it.
    pub(super) fn is_drilled(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Whether a drill ended it.
    pub(super) fn is_cut(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|it| it.is_made && matches!(it.about, About::Close(_) | About::Id(_)))
    }
}
