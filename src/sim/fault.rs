//! The single faults of a simulated Gateway, and how each is written.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use super::ScenarioError;

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Accepts, and never says a byte.
    Silent,
    /// Closes every connection as soon as it is accepted.
    CloseOnAccept,
    /// Says of every client id that it is taken.
    ClientIdInUse,
    /// Sends the accounts only so long after the start, also when they are asked for.
    AccountsLate(
        /// How long.
        Duration,
    ),
    /// Never sends the accounts.
    AccountsMissing,
    /// Keeps its end open after the client closed, as leaky Gateways do, until a reset.
    NeverCloses,
    /// Closes every Nth connection as soon as it is accepted.
    Flaky(
        /// N.
        NonZeroU64,
    ),
}

impl FromStr for Fault {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        Ok(match (name, value) {
            ("silent", None) => Self::Silent,
            ("close-on-accept", None) => Self::CloseOnAccept,
            ("client-id-in-use", None) => Self::ClientIdInUse,
            ("accounts-late", Some(value)) => Self::AccountsLate(seconds("accounts-late", value)?),
            ("accounts-missing", None) => Self::AccountsMissing,
            ("never-closes", None) => Self::NeverCloses,
            ("flaky", Some(value)) => Self::Flaky(count("flaky", value)?),
            _ => return Err(ScenarioError::Unknown(text.to_owned())),
        })
    }
}

fn seconds(name: &'static str, value: &str) -> Result<Duration, ScenarioError> {
    let seconds = value
        .parse()
        .ok()
        .and_then(|value| Duration::try_from_secs_f64(value).ok());
    seconds.ok_or_else(|| ScenarioError::Value {
        name,
        expected: "a number of seconds such as 2 or 0.5",
        value: value.to_owned(),
    })
}

fn count(name: &'static str, value: &str) -> Result<NonZeroU64, ScenarioError> {
    value.parse().map_err(|_| ScenarioError::Value {
        name,
        expected: "a whole number from 1 up",
        value: value.to_owned(),
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("silent"),
            Self::CloseOnAccept => f.write_str("close-on-accept"),
            Self::ClientIdInUse => f.write_str("client-id-in-use"),
            Self::AccountsLate(delay) => write!(f, "accounts-late={}", delay.as_secs_f64()),
            Self::AccountsMissing => f.write_str("accounts-missing"),
            Self::NeverCloses => f.write_str("never-closes"),
            Self::Flaky(n) => write!(f, "flaky={n}"),
        }
    }
}
