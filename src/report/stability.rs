//! The part of a soak's report that tells of the held session.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{CensusCount, Moment, Outage};
use crate::stats::{Bin, Stretch, Summary};
use crate::text::duration::clock;
use crate::text::json::{Millis, OptionalMillis};
use crate::text::words::{counted, plural};

/// The held session of a soak.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stability {
    /// How long the session was held.
    pub seconds: f64,
    /// The time requests.
    pub pings: Pings,
    /// The requests for positions and account summaries, in turn.
    pub fetches: Fetches,
    /// How often the other side ended the session.
    pub drops: u32,
    /// How often a new session was made after a drop.
    pub reconnects: u32,
    /// How long there was no session, between a drop and the new one.
    #[serde(rename = "down_ms", with = "Millis")]
    pub down: Duration,
    /// Whether there was a session when the time was over.
    pub up_at_end: bool,
    /// Drops, new sessions, notices and what was missed, in their order, at most 1,000.
    pub moments: Vec<Moment>,
    /// How many moments came beyond those.
    pub moments_dropped: u32,
    /// What the Gateway lost and got back meanwhile without the session ending, at most 64.
    pub outages: Vec<Outage>,
    /// What the socket table showed meanwhile, in at most 256 looks.
    pub censuses: Vec<Census>,
}

/// One look at the socket table while a session was held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Census {
    /// When, counted from the start of the held session.
    #[serde(rename = "at_ms", with = "Millis")]
    pub at: Duration,
    /// How many sockets were on the port.
    #[serde(flatten)]
    pub count: CensusCount,
}

/// Time requests on a held session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pings {
    /// How many were asked; a repeat does not count again.
    pub sent: u32,
    /// How many were answered, at once or when repeated.
    pub answered: u32,
    /// How many stayed unanswered, as did their repeat.
    pub missed: u32,
    /// The round trips, counted from the first request of each.
    pub rtt_ms: Option<Summary>,
    /// The longest time between two answers; null with fewer than two.
    #[serde(rename = "longest_gap_ms", with = "OptionalMillis")]
    pub longest_gap: Option<Duration>,
    /// How the round trips are spread.
    pub histogram: Vec<Bin>,
    /// The round trips over time, in at most 512 stretches.
    pub trend: Vec<Stretch>,
}

/// Fetches on a held session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fetches {
    /// How many were asked.
    pub sent: u32,
    /// How many were answered up to their end marker.
    pub answered: u32,
    /// How many were not answered in time, or were refused.
    pub missed: u32,
    /// How long their end markers took.
    pub elapsed_ms: Option<Summary>,
}

impl Stability {
    /// What is to be known first.
    pub(super) fn parts(&self) -> Vec<String> {
        let pings = &self.pings;
        let of = plural(pings.sent, "ping");
        let held = format!("{} of {} {of}", pings.answered, pings.sent);
        let mut parts = vec![format!("{held} in {}", clock_whole(self.seconds))];
        if self.drops > 0 {
            parts.push(counted(self.drops, "drop"));
        }
        if !self.up_at_end {
            parts.push("down at the end".to_owned());
        }
        parts
    }
}

/// Whole seconds as words.
fn clock_whole(seconds: f64) -> String {
    match seconds.round() {
        seconds if seconds < 60.0 => format!("{seconds} s"),
        seconds => clock(Duration::from_secs_f64(seconds)),
    }
}
