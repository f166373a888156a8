//! The part of a report that belongs to `watch`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::privacy::Accounts;
use crate::event::{CodeCounts, State, StateChange};
use crate::finding::Code;
use crate::machine::vitals::VitalSigns;
use crate::stats::{Bucket, Summary};
use crate::text::json::{Millis, OptionalMillis};
use crate::text::words::plural;

/// Gateways that were watched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Watch {
    /// When this was made, in seconds since 1970.
    pub at_seconds: f64,
    /// The announced restart, as it was typed; null where none is.
    pub restart_at: Option<String>,
    /// How often ibdoc itself did not run for a while: it was stopped, or the machine slept.
    pub lost_times: u32,
    /// For how long in all.
    #[serde(rename = "lost_ms", with = "Millis")]
    pub lost: Duration,
    /// The command of `--on-change`.
    pub hook: Hook,
    /// The Gateways, in the order in which they were typed.
    pub targets: Vec<Watched>,
}

/// What became of the runs of the command of `--on-change`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hook {
    /// Runs that ended with status 0.
    pub succeeded: u32,
    /// Runs that did not start, ended otherwise, or were ended at their deadline.
    pub failed: u32,
    /// Events for which it was not run, because too many were waiting.
    pub skipped: u32,
}

/// One Gateway that was watched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Watched {
    /// The Gateway, as `host:port`.
    pub address: String,
    /// Its state.
    pub state: State,
    /// The finding that the state rests on; null where it is healthy.
    pub code: Option<Code>,
    /// Why, in one sentence.
    pub reason: String,
    /// Since when, as a time of day (RFC 3339, UTC).
    pub since: String,
    /// How long it was in each state, in seconds.
    pub seconds: BTreeMap<State, f64>,
    /// Its changes, in their order: the first 100 and the last 900.
    pub changes: Vec<StateChange>,
    /// How many changes came between those.
    pub changes_dropped: u32,
    /// The held sessions.
    pub sessions: Sessions,
    /// The time requests on them.
    pub pings: WatchPings,
    /// The stages of all handshakes where they passed, by their names.
    pub stages: BTreeMap<String, Times>,
    /// The fresh handshakes.
    pub fresh: Fresh,
    /// The circuit breaker.
    pub breaker: BreakerFigures,
    /// The sockets on the port; null where they cannot be seen.
    pub sockets: Option<WatchSockets>,
    /// The Gateway's JVM between the last two looks; null where its counters cannot be read.
    #[serde(default)]
    pub vitals: Option<VitalSigns>,
    /// Errors and notices by IB's number, at most 100 numbers.
    pub notices: BTreeMap<String, u32>,
    /// Errors and notices with numbers beyond those.
    pub notices_beyond: u32,
    /// When the Gateway last answered, in seconds since 1970; null before it did.
    pub last_success_seconds: Option<f64>,
    /// Connections that were made to it.
    pub connections: u32,
}

/// The sessions that were held on one Gateway, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sessions {
    /// Whether one is up.
    pub up: bool,
    /// How long the one that is up has been, in seconds.
    pub age_seconds: Option<f64>,
    /// How long all of them were, in seconds.
    pub held_seconds: f64,
    /// How many were made.
    pub made: u32,
    /// How many of these followed another one.
    pub reconnects: u32,
    /// How many tries to make one failed, by finding code.
    pub failures: CodeCounts,
    /// How many ended, by finding code.
    pub drops: CodeCounts,
}

/// The time requests on the held sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WatchPings {
    /// How many were answered.
    pub answered: u32,
    /// How many stayed unanswered, as did their repeat.
    pub missed: u32,
    /// The last round trip.
    #[serde(rename = "last_ms", with = "OptionalMillis")]
    pub last: Option<Duration>,
    /// The round trips.
    pub rtt_ms: Option<Summary>,
    /// How the round trips are spread.
    pub times: Times,
}

/// How durations are spread over fixed buckets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Times {
    /// How many there are.
    pub count: u64,
    /// Their sum in seconds.
    pub sum_seconds: f64,
    /// How many are at most so long, the shortest bucket first.
    pub buckets: Vec<Bucket>,
}

/// The fresh handshakes beside a held session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fresh {
    /// How many were made.
    pub run: u32,
    /// How many of these brought no accounts.
    pub failed: u32,
}

/// The states of a circuit breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BreakerState {
    /// Connections are made.
    #[default]
    Closed,
    /// None is made for a while.
    Open,
    /// One is made, which decides.
    HalfOpen,
}

impl BreakerState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// The circuit breaker of one Gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BreakerFigures {
    /// Its state.
    pub state: BreakerState,
    /// Failures in a row.
    pub failures: u32,
    /// How often it has opened.
    pub opened: u32,
    /// Tries that it let through when it was half open.
    pub probes: u32,
    /// In how long the next connection may be made; null while a session is up.
    #[serde(rename = "next_try_ms", with = "OptionalMillis")]
    pub next_try: Option<Duration>,
}

/// The sockets on the port of a Gateway of this machine, as the last look found them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WatchSockets {
    /// Whether the port is listened on.
    pub listening: bool,
    /// Connections that wait to be accepted; null where that cannot be seen.
    pub accept_queue: Option<u32>,
    /// The limit of the accept queue.
    pub accept_queue_limit: Option<u32>,
    /// Connections that are up and accepted, at the Gateway's end.
    pub established: u32,
    /// Connections that no program has accepted.
    pub unaccepted: u32,
    /// Half-closed sockets at the Gateway's end.
    pub close_wait_gateway: u32,
    /// Half-closed sockets at the ends of clients.
    pub close_wait_client: u32,
    /// Clients on this machine, ibdoc's own connections among them.
    pub clients: u32,
    /// Bytes that these have not read.
    pub unread_bytes: u64,
}

impl Watch {
    /// How the Gateways do, in a sentence.
    pub(super) fn sentence(&self) -> String {
        match self.targets.as_slice() {
            [one] => format!("{}: {}", one.address, one.reason),
            several => {
                let healthy = several.iter().filter(|it| it.state == State::Healthy);
                let all = several.len();
                format!(
                    "{} of {all} {} healthy",
                    healthy.count(),
                    plural(all, "Gateway")
                )
            }
        }
    }

    pub(super) fn hide(&mut self, accounts: &Accounts) {
        for target in &mut self.targets {
            accounts.hide_all([&mut target.address, &mut target.reason]);
            let changes = target.changes.iter_mut();
            accounts.hide_all(changes.flat_map(|change| [&mut change.target, &mut change.reason]));
        }
    }
}
