//! The state of a Gateway that is watched, and its changes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::Code;
use crate::finding::verdict::Verdict;
use crate::text::json::{Millis, OptionalMillis};

/// How a Gateway that is watched does, in ascending order of severity.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The held session answers, and nothing else is wrong.
    Healthy,
    /// The held session answers, and something needs attention; or it is down within an announced
    /// restart.
    Attention,
    /// This machine could not look, or has not yet.
    #[default]
    Unknown,
    /// No session answers.
    Down,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Healthy, Self::Attention, Self::Unknown, Self::Down];

    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Attention => "attention",
            Self::Unknown => "unknown",
            Self::Down => "down",
        }
    }

    /// The verdict that says the same.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Healthy => Verdict::Healthy,
            Self::Attention => Verdict::Attention,
            Self::Unknown => Verdict::Unknown,
            Self::Down => Verdict::Failed,
        }
    }
}

/// Why a line about a state is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum ChangeKind {
    /// The state or its code has changed.
    Changed,
    /// The state is healthy again.
    Recovered,
    /// The state has lasted on; only for the command of `--on-change`.
    Reminder,
}

impl ChangeKind {
    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Recovered => "recovered",
            Self::Reminder => "reminder",
        }
    }
}

/// A change of the state of one Gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StateChange {
    /// When, as a time of day (RFC 3339, UTC).
    pub time: String,
    /// The Gateway, as `host:port`.
    pub target: String,
    /// Why this is told.
    pub kind: ChangeKind,
    /// The state from now on.
    pub state: State,
    /// The state before.
    pub previous: State,
    /// The finding that the state rests on; null where it is healthy.
    pub code: Option<Code>,
    /// Why, in one sentence.
    pub reason: String,
    /// How long the state before had lasted; of a reminder, how long this one has.
    #[serde(rename = "lasted_ms", with = "Millis")]
    pub lasted: Duration,
    /// How long the Gateway had not been healthy; only of a recovery.
    #[serde(rename = "troubled_ms", with = "OptionalMillis", default)]
    pub troubled: Option<Duration>,
    /// Whether an announced restart lowers the severity.
    #[serde(default)]
    pub announced: bool,
}

/// A watch of Gateways begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GatewaysWatched {
    /// The Gateways, as `host:port`.
    pub targets: Vec<String>,
    /// Where metrics are served; null where they are not.
    pub metrics: Option<String>,
}

/// Time in which ibdoc itself did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LostTime {
    /// When it ran again, as a time of day (RFC 3339, UTC).
    pub time: String,
    /// For how long nothing was watched.
    #[serde(rename = "lost_ms", with = "Millis")]
    pub lost: Duration,
}
