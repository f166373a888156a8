//! What a drill of tap did to a session.

use super::Session;
use crate::trace::drill::Step;

/// Steps that a session keeps.
const MOST: usize = 50;

impl Session {
    /// A drill of tap did this to it.
    pub(in crate::trace) fn drilled(&mut self, step: &Step) {
        let is_its_own = self.ends.source == step.source;
        if is_its_own && self.close.first().is_none() && self.drills.len() < MOST {
            self.drills.push((step.at, step.words.clone()));
        }
    }
}
