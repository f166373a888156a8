//! How a session is held, and what became of it.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::Outage;
use crate::finding::Code;
use crate::stats::Samples;

/// How a session is held.
#[derive(Clone, Copy, Debug)]
pub struct HoldPlan {
    /// How long the session is to be held.
    pub duration: Duration,
    /// When that time began: with an earlier session, or as soon as this one is held.
    pub since: Option<Instant>,
    /// The pause between two time requests, at least 1.1 s (docs/PROTOCOL.md, Limits and hazards).
    pub ping_every: Duration,
    /// The pause between two fetches.
    pub fetch_every: Duration,
    /// How long a fetch may take before it counts as unanswered.
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
        /// How the other side ended it.
        how: String,
        /// The finding that follows.
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
    /// How many time requests were sent; a repeat does not count again.
    pub pings_sent: u32,
    /// How many time requests were answered.
    pub pings_answered: u32,
    /// How many time requests stayed unanswered, as did their repeat.
    pub pings_missed: u32,
    /// How many of these the other end's kernel had not even acknowledged.
    pub pings_unheard: u32,
    /// The round trips, counted from the first request of each.
    pub round_trips: Samples,
    /// How many fetches were asked.
    pub fetches_sent: u32,
    /// How many fetches were answered up to their end marker.
    pub fetches_answered: u32,
    /// How long the end markers took.
    pub fetch_times: Samples,
    /// How many fetches without an answer the other end's kernel had not even acknowledged.
    pub fetches_unheard: u32,
    /// Whether the last fetch was still under way at the end.
    pub fetch_cut_off: bool,
    /// How many fetches were answered with an error.
    pub fetches_refused: u32,
    /// The Gateway's words when it refused fetches, the first few.
    pub refusals: Vec<String>,
    /// What the Gateway lost and got back meanwhile, and in the handshake before.
    pub outages: Vec<Outage>,
    /// Why it ended.
    pub end: HeldEnd,
}
