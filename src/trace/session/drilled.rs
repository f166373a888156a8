//! What a drill of tap did to a session.

use std::collections::BTreeSet;

use super::{Notice, Session};
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
    /// What it said to the client or withheld, and what the client did then.
    pub(in crate::trace) told: Vec<Told>,
}

/// A notice that a drill said to a client, or that it passed on nothing of a side.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Told {
    pub(in crate::trace) at: Timestamp,
    /// The step, as it is typed.
    pub(in crate::trace) words: String,
    /// When the drill ended it, where it lasted.
    pub(in crate::trace) until: Option<Timestamp>,
    /// The subscriptions that stood then, by their message ids.
    pub(in crate::trace) had: BTreeSet<u32>,
    /// What the client asked from then on.
    pub(in crate::trace) asked: BTreeSet<u32>,
}

impl Drilled {
    /// The client asks this.
    pub(super) fn asks(&mut self, id: u32) {
        for told in &mut self.told {
            told.asked.insert(id);
        }
    }
}

impl Session {
    /// The notices that a drill said, each with the place of its step: the first of its number after it.
    pub(in crate::trace) fn said_by_drill(&self) -> Vec<(&Notice, usize)> {
        let mut said: Vec<(&Notice, usize)> = Vec::new();
        for (place, (at, words)) in self.drills.steps.iter().enumerate() {
            let Some(number) = words.strip_prefix("say=") else {
                continue;
            };
            let mut later = self.notices.iter().filter(|it| it.at >= *at);
            let is_it = |it: &&Notice| {
                let is_new = !said.iter().any(|(known, _)| std::ptr::eq(*known, *it));
                it.request_id < 0 && is_new && it.code.to_string() == number
            };
            said.extend(later.find(is_it).map(|it| (it, place)));
        }
        said
    }

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
            if step.words.starts_with("say=") || step.words.starts_with("stall=") {
                self.drills.told.push(Told {
                    at: step.at.max(self.first),
                    words: step.words.clone(),
                    until: None,
                    had: self.requests.standing(),
                    asked: BTreeSet::new(),
                });
            }
            if step.span == DrillSpan::Over {
                let told = self.drills.told.iter_mut();
                let open = told.filter(|it| it.until.is_none() && it.words.starts_with("stall="));
                open.for_each(|it| it.until = Some(step.at));
            }
        }
    }
}
