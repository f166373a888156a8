//! The reports that a soak writes while it goes on, so that one is left when it is killed.

use std::time::Duration;

use tokio::time::Instant;

use super::census::census;
use super::{Course, Soaked, Stop};
use crate::soak::program as runs;

/// What is done with what a soak has shown so far, and how often.
pub struct Saving<'a> {
    every: Duration,
    last: Instant,
    save: &'a mut dyn FnMut(Soaked),
}

impl<'a> Saving<'a> {
    /// Calls `save` once in each `every`, where the course of the soak allows it.
    pub fn new(every: Duration, save: &'a mut dyn FnMut(Soaked)) -> Self {
        let last = Instant::now();
        Self { every, last, save }
    }

    /// When the next report is due.
    pub(super) fn due(&self) -> Instant {
        self.last + self.every
    }

    pub(super) fn save(&mut self, soaked: Soaked) {
        (self.save)(soaked);
        self.last = Instant::now();
    }
}

impl std::fmt::Debug for Saving<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut told = formatter.debug_struct("Saving");
        told.field("every", &self.every).finish_non_exhaustive()
    }
}

impl Course<'_, '_> {
    /// Saves what was run so far, if that is due.
    pub(super) fn save_if_due(&mut self, program: Option<&runs::Tally>) {
        let due = self.saving.as_ref().map(Saving::due);
        if due.is_none_or(|due| Instant::now() < due) {
            return;
        }
        let so_far = self.so_far(program);
        if let Some(saving) = &mut self.saving {
            saving.save(so_far);
        }
    }

    /// What was shown so far by a soak that goes on.
    pub(super) fn so_far(&self, program: Option<&runs::Tally>) -> Soaked {
        let after = census(self.world, self.plan.local());
        let after = after.map(|(_, zombies)| zombies);
        self.soaked(after, program.cloned(), Some(Stop::Unfinished))
    }
}
