//! The part of a report that belongs to `soak`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::event::{AttemptSummary, CodeCounts, StageName};
use crate::stats::Summary;

/// Many handshakes and one held session.
#[derive(Clone, Debug, Serialize)]
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
    /// Why it stopped before its plan was done.
    pub stopped: Option<String>,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// The handshakes of a soak.
#[derive(Clone, Debug, Serialize)]
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
    /// The last runs, at most 1,000.
    pub runs: Vec<AttemptSummary>,
}

/// The held session of a soak.
#[derive(Clone, Debug, Serialize)]
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
}

/// Time requests on a held session.
#[derive(Clone, Debug, Serialize)]
pub struct Pings {
    /// Asked; a repeat counts as the same.
    pub sent: u32,
    /// Answered, the repeat included.
    pub answered: u32,
    /// Round trips, from the first request of each.
    pub rtt_ms: Option<Summary>,
}

/// Fetches on a held session.
#[derive(Clone, Debug, Serialize)]
pub struct Fetches {
    /// Asked.
    pub sent: u32,
    /// Answered up to their end marker.
    pub answered: u32,
    /// Until their end marker.
    pub elapsed_ms: Option<Summary>,
}

/// Half-closed and unaccepted sockets on the soaked port, all programs' together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SoakZombies {
    /// Before the first handshake; null where it cannot be seen.
    pub before: Option<usize>,
    /// After the last; null where it cannot be seen.
    pub after: Option<usize>,
    /// Of our own connections, by address pair, per handshake; null where it cannot be seen.
    pub left_per_attempt: Option<f64>,
}

/// A limit that decides the verdict of a soak.
#[derive(Clone, Debug, Serialize)]
pub struct Threshold {
    /// The option that sets it, without the dashes.
    pub name: &'static str,
    /// The limit.
    pub limit: f64,
    /// What was measured; null when it could not be.
    pub actual: Option<f64>,
    /// Whether the limit was kept.
    pub met: bool,
}
