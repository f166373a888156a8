//! What a drill does at one moment.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Action;
use crate::event::Speaker;

/// What is done to the clients now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tap) struct State {
    /// Whether new clients are refused.
    pub(in crate::tap) refuses: bool,
    /// The Gateway's messages that are left out, by id.
    pub(in crate::tap) drops: BTreeSet<u32>,
    /// How much later everything arrives.
    pub(in crate::tap) delay: Option<Duration>,
    /// Whether every client id counts as taken.
    pub(in crate::tap) id_taken: bool,
    stalls: [bool; 2],
    /// How many times every session was ended.
    pub(in crate::tap) cuts: u32,
    /// The notices that were said, in order.
    pub(in crate::tap) said: Vec<i32>,
}

impl State {
    /// Does one action.
    pub(in crate::tap) fn act(&mut self, action: Action) {
        match action {
            Action::Cut => self.cuts += 1,
            Action::Refuse => self.refuses = true,
            Action::Pass => self.pass(),
            Action::Drop(id) => drop(self.drops.insert(id)),
            Action::Delay(delay) => self.delay = Some(delay),
            Action::Stall(side) => self.stalls[side as usize] = true,
            Action::Say(number) => self.said.push(number),
            Action::IdTaken => self.id_taken = true,
        }
    }

    /// Ends what lasts; what was done stays counted.
    pub(in crate::tap) fn pass(&mut self) {
        *self = Self {
            cuts: self.cuts,
            said: std::mem::take(&mut self.said),
            ..Self::default()
        };
    }

    /// Whether nothing of this side is passed on.
    pub(in crate::tap) fn stalls(&self, side: Speaker) -> bool {
        self.stalls[side as usize]
    }
}
