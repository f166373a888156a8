//! The part of a report that belongs to `soak`.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::Exec;
use crate::event::{AttemptSummary, CensusCount, CodeCounts, Moment, Stage, StageName};
use crate::stats::{Bin, Drift, Stretch, Summary};
use crate::text::json::{millis, optional_millis};

/// Many handshakes and one held session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Soak {
    /// `host:port`.
    pub address: String,
    /// The handshakes; null when none were planned.
    pub attempts: Option<Attempts>,
    /// The held session; null when none was planned or reached.
    pub stability: Option<Stability>,
    /// Half-closed and unaccepted sockets on the port.
    pub zombies: SoakZombies,
    /// The limits that decide the verdict.
    pub thresholds: Vec<Threshold>,
    /// The user's own program under soak; only with `--exec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Exec")]
    pub exec: Option<Exec>,
    /// Why it stopped before its plan was done.
    pub stopped: Option<String>,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// The handshakes of a soak.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Attempts {
    /// How many were asked for.
    pub planned: u32,
    /// How many ran to their end.
    pub run: u32,
    /// Those without a finding of severity error.
    pub succeeded: u32,
    /// The others.
    pub failed: u32,
    /// Exact one-sided 95 % upper bound of the failure rate, a fraction; null when none ran.
    pub failure_rate_upper_95: Option<f64>,
    /// TCP connect times.
    pub connect_ms: Option<Summary>,
    /// From the start of the connect until accounts and id were there.
    pub ready_ms: Option<Summary>,
    /// Every stage that passed, by name.
    pub stages: BTreeMap<StageName, Summary>,
    /// Failures by finding code.
    pub failures: CodeCounts,
    /// How the times until ready are spread.
    pub histogram: Vec<Bin>,
    /// Successes that took far longer than the others, the longest first, at most 10.
    pub outliers: Vec<Outlier>,
    /// Whether it grew slower; null with too few handshakes.
    pub drift: Option<Drift>,
    /// The times until ready over the course of the soak, in at most 512 stretches.
    pub trend: Vec<Stretch>,
    /// A success that took about as long as half of them; null when none succeeded.
    pub typical: Option<Waterfall>,
    /// The success that took longest.
    pub slowest: Option<Waterfall>,
    /// At most 1,000 runs: the failed ones first, then the others, the last ones of each.
    pub runs: Vec<AttemptSummary>,
}

/// A handshake that took far longer than the others (beyond Tukey's outer fence).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Outlier {
    /// Which handshake, counted from 1.
    pub attempt: u32,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub ready: Duration,
    /// The stage that took the most of it.
    pub stage: StageName,
    /// How long that stage took.
    #[serde(rename = "stage_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub stage_elapsed: Duration,
}

/// The stages of one handshake, one after the other.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Waterfall {
    /// Which handshake, counted from 1.
    pub attempt: u32,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub ready: Duration,
    /// Every stage, in order.
    pub stages: Vec<Stage>,
}

/// The held session of a soak.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Stability {
    /// How long the session was held.
    pub seconds: f64,
    /// Time requests.
    pub pings: Pings,
    /// Positions and account summaries in turn.
    pub fetches: Fetches,
    /// Times that the other side ended the session.
    pub drops: u32,
    /// Times that a new session was made after a drop.
    pub reconnects: u32,
    /// Time without a session, between a drop and the new one.
    #[serde(rename = "down_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub down: Duration,
    /// Whether there was a session when the time was over.
    pub up_at_end: bool,
    /// Drops, new sessions, notices and what was missed, in their order, at most 1,000.
    pub moments: Vec<Moment>,
    /// Moments beyond those.
    pub moments_dropped: u32,
    /// What the socket table showed meanwhile, in at most 256 looks.
    pub censuses: Vec<Census>,
}

/// One look at the socket table while a session was held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Census {
    /// Since the session was held.
    #[serde(rename = "at_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub at: Duration,
    /// What was on the port.
    #[serde(flatten)]
    pub count: CensusCount,
}

/// Time requests on a held session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Pings {
    /// Asked; a repeat counts as the same.
    pub sent: u32,
    /// Answered, the repeat included.
    pub answered: u32,
    /// Unanswered, as was the repeat.
    pub missed: u32,
    /// Round trips, from the first request of each.
    pub rtt_ms: Option<Summary>,
    /// The longest time between two answers; null with fewer than two.
    #[serde(rename = "longest_gap_ms", serialize_with = "optional_millis")]
    #[schemars(with = "Option<f64>")]
    pub longest_gap: Option<Duration>,
    /// How the round trips are spread.
    pub histogram: Vec<Bin>,
    /// The round trips over time, in at most 512 stretches.
    pub trend: Vec<Stretch>,
}

/// Fetches on a held session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Fetches {
    /// Asked.
    pub sent: u32,
    /// Answered up to their end marker.
    pub answered: u32,
    /// Not answered in time, or refused.
    pub missed: u32,
    /// Until their end marker.
    pub elapsed_ms: Option<Summary>,
}

/// Half-closed and unaccepted sockets on the soaked port, all programs' together.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SoakZombies {
    /// Before the first handshake; null where it cannot be seen.
    pub before: Option<usize>,
    /// After the last; null where it cannot be seen.
    pub after: Option<usize>,
    /// Of our own connections, by address pair, at the end; null where it cannot be seen.
    pub ours: Option<u32>,
    /// Of other programs, at the end; null where it cannot be seen.
    pub others: Option<usize>,
    /// Of our own connections, by address pair, per handshake; null where it cannot be seen.
    pub left_per_attempt: Option<f64>,
}

/// A limit that decides the verdict of a soak.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Threshold {
    /// The option that sets it, without the dashes.
    pub name: &'static str,
    /// The limit.
    pub limit: f64,
    /// What was measured; null when it could not be.
    pub actual: Option<f64>,
    /// In what both are counted.
    pub unit: Unit,
    /// Whether the limit was kept.
    pub met: bool,
}

/// In what a threshold is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = crate::text::json::open)]
pub enum Unit {
    /// A part of the whole, 0 to 1.
    Fraction,
    /// Milliseconds.
    Ms,
    /// A number of things.
    Count,
}
