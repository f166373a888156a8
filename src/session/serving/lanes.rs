//! What is still owed on each lane: answers to requests that were given up. No other request is sent
//! there before they came, or will not come any more: a late answer is never taken for another's.

use std::time::Duration;

use tokio::time::Instant;

use super::ask::{LANES, Lane};

/// A time request that comes sooner after another one is dropped without a word (docs/PROTOCOL.md,
/// Limits and hazards).
const TIME_PACE: Duration = Duration::from_millis(1100);

/// The state of one lane.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Answers that may still come.
    owed: u32,
    /// When something was first heard after that: a Gateway that says nothing at all owes everything.
    heard: Option<Instant>,
    /// When a request was last sent.
    sent: Option<Instant>,
}

/// The state of every lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes([State; LANES]);

impl Lane {
    /// An answer that has not come for so long, while the Gateway sent other things, was dropped.
    fn late(self) -> Duration {
        match self {
            Lane::Time => Duration::from_secs(5),
            Lane::Accounts | Lane::Positions | Lane::Summary => Duration::from_secs(30),
        }
    }
}

impl Lanes {
    /// When the lane takes the next request; `None` as long as nothing at all was heard.
    pub(super) fn free_at(&self, lane: Lane, now: Instant) -> Option<Instant> {
        let state = &self.0[lane as usize];
        let paced = match (lane, state.sent) {
            (Lane::Time, Some(sent)) => sent + TIME_PACE,
            _ => now,
        };
        if state.owed == 0 {
            return Some(paced);
        }
        state.heard.map(|heard| paced.max(heard + lane.late()))
    }

    /// A request was sent.
    pub(super) fn send(&mut self, lane: Lane, now: Instant) {
        let state = &mut self.0[lane as usize];
        state.sent = Some(now);
        state.owed = 0;
    }

    /// A repeat was sent.
    pub(super) fn repeat(&mut self, lane: Lane, now: Instant) {
        self.0[lane as usize].sent = Some(now);
    }

    /// So many answers may still come to requests that nobody waits for any more.
    pub(super) fn owe(&mut self, lane: Lane, answers: u32) {
        let state = &mut self.0[lane as usize];
        state.owed = answers;
        state.heard = None;
    }

    /// Something was heard, of whatever kind.
    pub(super) fn heard(&mut self, now: Instant) {
        for state in self.0.iter_mut().filter(|state| state.owed > 0) {
            state.heard.get_or_insert(now);
        }
    }

    /// A row came that belongs to no request on the wire: its end is still under way.
    pub(super) fn late_row(&mut self, lane: Lane, now: Instant) {
        let state = &mut self.0[lane as usize];
        if state.owed > 0 {
            state.heard = Some(now);
        }
    }

    /// An end marker came to which no request is on the wire.
    pub(super) fn late_end(&mut self, lane: Lane) {
        let state = &mut self.0[lane as usize];
        state.owed = state.owed.saturating_sub(1);
    }

    /// Whether answers are owed there.
    pub(super) fn owes(&self, lane: Lane) -> bool {
        self.0[lane as usize].owed > 0
    }
}
