//! What was lost and came back while a session was held: the link to IBKR, a data farm.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::duration::shown_long;
use crate::text::json::Millis;
use crate::text::words::counted;

/// The kinds of what a Gateway loses without its API session ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum OutageKind {
    /// The Gateway's connection to IBKR (1100 or 2110, until 1101 or 1102).
    Upstream,
    /// A market data farm (2103, until 2104).
    MarketData,
    /// A farm of historical data (2105, until 2106).
    HistoricalData,
    /// The farm of security definitions (2157, until 2158).
    SecurityDefinitions,
}

impl OutageKind {
    /// In words, with the name of the farm.
    pub fn words(self, name: &str) -> String {
        let kind = match self {
            OutageKind::Upstream => return "the Gateway's connection to IBKR".to_owned(),
            OutageKind::MarketData => "market data farm",
            OutageKind::HistoricalData => "historical data farm",
            OutageKind::SecurityDefinitions => "security definition farm",
        };
        format!("{kind} {name}").trim_end().to_owned()
    }
}

/// How often one of them was lost, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outage {
    /// What was lost.
    pub what: OutageKind,
    /// The farm in the Gateway's words, at most 40 characters; empty for the connection to IBKR.
    pub name: String,
    /// How often it was lost.
    pub lost: u32,
    /// How often it came back.
    pub returned: u32,
    /// How long it was down in all; down at the end counts until the end.
    #[serde(rename = "down_ms", with = "Millis")]
    pub down: Duration,
    /// The longest time that it was down.
    #[serde(rename = "longest_ms", with = "Millis")]
    pub longest: Duration,
    /// Whether it was still down when the last session ended.
    pub down_at_end: bool,
}

impl Outage {
    /// Its figures in a line.
    pub fn words(&self) -> String {
        let at_end = if self.down_at_end {
            "down at the end"
        } else {
            "up at the end"
        };
        format!(
            "{}: lost {}, back {}, down for {} in all, {} at the longest, {at_end}",
            self.what.words(&self.name),
            counted(self.lost, "time"),
            counted(self.returned, "time"),
            shown_long(self.down),
            shown_long(self.longest),
        )
    }

    /// Adds what a later session showed of the same.
    pub fn add(&mut self, later: &Self) {
        self.lost += later.lost;
        self.returned += later.returned;
        self.down += later.down;
        self.longest = self.longest.max(later.longest);
        self.down_at_end = later.down_at_end;
    }
}
