//! What a drill of tap did to a session.

use super::Session;
use crate::trace::chunk::{DrillSpan, Timestamp};
use crate::trace::drill::Step;

/// Steps that a session keeps.
const MOST: usize = 50;

/// What a drill did while a session was open, or before and still did.
#[derive(Debug, Default)]
pub(in crate::trace) struct Drilled {
    /// Its steps, the oldest first.
    pub(in crate::trace) steps: Vec<(Timestamp, String)>,
    /// Whether any still worked when the session was closed.
    pub(in crate::trace) lasts: bool,
}

impl Session {
    /// A drill of tap did this to it.
    pub(in crate::trace) fn drilled(&mut self, step: &Step) {
        let is_its_own = self.ends.source == step.source;
        if is_its_own && self.close.first().is_none() && self.drills.steps.len() < MOST {
            self.drills.steps.push((step.at, step.words.clone()));
            self.drills.lasts = match step.span {
                DrillSpan::Lasts => true,
                DrillSpan::Once => self.drills.lasts,
                DrillSpan::Over => false,
            };
        }
    }
}
