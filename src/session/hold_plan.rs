//! How a session is held, and what became of it.

use std::time::Duration;

use tokio::time::Instant;

use crate::finding::Code;
use crate::stats::Samples;

/// How a session is held.
#[derive(Clone, Copy, Debug)]
pub struct HoldPlan {
    /// For how long.
    pub duration: Duration,
    /// When that time began: with an earlier session, or as soon as this one is held.
    pub since: Option<Instant>,
    /// Between time requests; never under 1.1 s.
    pub ping_every: Duration,
    /// Between fetches.
    pub fetch_every: Duration,
    /// Until a fetch counts as unanswered.
    pub fetch_timeout: Duration,
}

impl HoldPlan {
    /// The usual intervals: a time request every 5 s, a fetch every 15 s.
    pub fn lasting(duration: Duration, fetch_timeout: Duration) -> Self {
        Self {
            duration,
            since: None,
            ping_every: Duration::from_secs(5),
            fetch_every: Duration::from_secs(15),
            fetch_timeout,
        }
    }
}

/// Why the holding of a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldEnd {
    /// The time was over.
    Done,
    /// It was asked to stop.
    Interrupted,
    /// The other side ended the connection.
    Dropped {
        /// In what way.
        how: String,
        /// The finding it makes.
        code: Code,
    },
}

/// What became of a held session.
#[derive(Clone, Debug)]
pub struct Held {
    /// When it was ready to be held.
    pub began: Instant,
    /// How long it was held.
    pub elapsed: Duration,
    /// Time requests; a repeat counts as the same.
    pub pings_sent: u32,
    /// Answered time requests.
    pub pings_answered: u32,
    /// Time requests whose repeat stayed unanswered too.
    pub pings_missed: u32,
    /// Round trips, from the first request of each.
    pub round_trips: Samples,
    /// Fetches asked.
    pub fetches_sent: u32,
    /// Fetches answered up to their end marker.
    pub fetches_answered: u32,
    /// Until the end marker.
    pub fetch_times: Samples,
    /// Whether the last fetch was still under way at the end.
    pub fetch_cut_off: bool,
    /// What the Gateway said when it refused fetches, the first few.
    pub refusals: Vec<String>,
    /// Why it ended.
    pub end: HeldEnd,
}
