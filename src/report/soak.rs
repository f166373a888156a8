//! The part of a report that belongs to `soak`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::privacy::Accounts;
use super::{Exec, Stability};
use crate::event::{AttemptSummary, CodeCounts, Query, Stage, StageName};
use crate::stats::{Bin, Drift, Stretch, Summary};
use crate::text::json::{Lasting, Millis, lasting};
use crate::text::words::{counted, grouped, plural};

/// Many handshakes and one held session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Soak {
    /// The target as `host:port`.
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
    #[cfg_attr(test, schemars(with = "Exec"))]
    pub exec: Option<Exec>,
    /// The requests that no handshake made, by their names in reports: whether they would be answered
    /// is not known.
    pub not_asked: Vec<Query>,
    /// Why it stopped before its plan was done.
    pub stopped: Option<String>,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// The handshakes of a soak.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attempts {
    /// How many were asked for.
    pub planned: u32,
    /// How many ran to their end.
    pub run: u32,
    /// How many had no finding of severity error.
    pub succeeded: u32,
    /// How many had one.
    pub failed: u32,
    /// Exact one-sided 95 % upper bound of the failure rate, a fraction; null when none ran.
    pub failure_rate_upper_95: Option<f64>,
    /// How long the TCP connects took.
    pub connect_ms: Option<Summary>,
    /// From the start of the connect until accounts and id were there.
    pub ready_ms: Option<Summary>,
    /// How long each stage took where it passed, by its name.
    pub stages: BTreeMap<StageName, Summary>,
    /// Failures by finding code.
    pub failures: CodeCounts,
    /// How the times until ready are spread.
    pub histogram: Vec<Bin>,
    /// Successes that took far longer than the others, the longest first, at most 10.
    pub outliers: Vec<Outlier>,
    /// Whether the handshakes grew slower; null with too few of them.
    pub drift: Option<Drift>,
    /// The times until ready over the course of the soak, in at most 512 stretches.
    pub trend: Vec<Stretch>,
    /// A success that took about as long as half of them; null when none succeeded.
    pub typical: Option<Waterfall>,
    /// The success that took longest.
    pub slowest: Option<Waterfall>,
    /// Some of the times until ready in milliseconds, evenly spread over the soak, at most 512:
    /// what `ibdoc compare` rests on.
    #[serde(default)]
    pub ready_each_ms: Vec<f64>,
    /// The same of each stage where it passed, by its name.
    #[serde(default)]
    pub stages_each_ms: BTreeMap<StageName, Vec<f64>>,
    /// At most 1,000 runs: the failed ones first, then the others, the last ones of each.
    pub runs: Vec<AttemptSummary>,
}

/// A handshake that took far longer than the others (beyond Tukey's outer fence).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outlier {
    /// The number of the handshake, counted from 1.
    pub attempt: u32,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", with = "Millis")]
    pub ready: Duration,
    /// The stage that took the most time.
    pub stage: StageName,
    /// How long that stage took.
    #[serde(rename = "stage_ms", with = "Millis")]
    pub stage_elapsed: Duration,
}

/// The stages of one handshake, one after the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Waterfall {
    /// The number of the handshake, counted from 1.
    pub attempt: u32,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", with = "Millis")]
    pub ready: Duration,
    /// Every stage, in order.
    pub stages: Vec<Stage>,
}

/// Half-closed and unaccepted sockets on the soaked port, all programs' together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SoakZombies {
    /// How many there were before the first handshake; null where it cannot be seen.
    pub before: Option<usize>,
    /// How many there were after the last handshake; null where it cannot be seen.
    pub after: Option<usize>,
    /// Those of ibdoc's own connections at the end, recognised by their addresses; null where it
    /// cannot be seen.
    pub ours: Option<u32>,
    /// Those of other programs at the end; null where it cannot be seen.
    pub others: Option<usize>,
    /// Those of ibdoc's own connections for each handshake; null where it cannot be seen.
    pub left_per_attempt: Option<f64>,
}

/// A limit that decides the verdict of a soak.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Threshold {
    /// The option that sets it, without the dashes.
    #[serde(deserialize_with = "lasting")]
    pub name: Lasting,
    /// The limit.
    pub limit: f64,
    /// What was measured; null when it could not be.
    pub actual: Option<f64>,
    /// The unit of limit and measurement.
    pub unit: Unit,
    /// Whether the limit was kept.
    pub met: bool,
}

impl Threshold {
    /// `at least 99 %`, `at most 2,500 ms`: to the last digit, so that no figure looks like its limit.
    pub fn limit_words(&self) -> String {
        let side = if self.name.starts_with("min-") {
            "at least"
        } else {
            "at most"
        };
        format!("{side} {}", self.unit.words(self.limit))
    }

    /// What was measured, to the last digit too.
    pub fn actual_words(&self) -> Option<String> {
        self.actual.map(|actual| self.unit.words(actual))
    }
}

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Unit {
    /// A part of the whole, 0 to 1.
    Fraction,
    /// Milliseconds.
    Ms,
    /// A plain number.
    Count,
}

impl Unit {
    /// A value with its unit, to the last digit; a part of the whole is never rounded up to all of it.
    pub fn words(self, value: f64) -> String {
        match self {
            // Seven decimals of a percentage are what `--min-success` can tell apart.
            Unit::Fraction => format!("{} %", (value * 1e9 + 1e-3).floor() / 1e7),
            Unit::Ms => format!("{} ms", grouped(value)),
            Unit::Count => grouped(value),
        }
    }
}

impl Soak {
    /// What is to be known first, in one sentence, however long.
    pub(super) fn sentence(&self) -> String {
        format!("{}: {}", self.address, self.parts().join(", "))
    }

    /// What is to be known first, in this order.
    pub fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(exec) = &self.exec {
            parts.extend(exec.parts());
        } else if let Some(attempts) = &self.attempts {
            let noun = plural(attempts.run, "handshake");
            parts.push(format!(
                "{} of {} {noun} succeeded",
                attempts.succeeded, attempts.run
            ));
        }
        if let Some(stability) = &self.stability {
            parts.extend(stability.parts());
        }
        let unmet = self.thresholds.iter().filter(|limit| !limit.met);
        let (missed, unmeasured): (Vec<_>, Vec<_>) =
            unmet.partition(|limit| limit.actual.is_some());
        for (limits, what) in [(missed, "missed"), (unmeasured, "not measured")] {
            if !limits.is_empty() {
                let count = u32::try_from(limits.len()).unwrap_or(u32::MAX);
                parts.push(format!("{} {what}", counted(count, "limit")));
            }
        }
        if self.interrupted {
            parts.push("interrupted".to_owned());
        } else if self.stopped.is_some() {
            parts.push("stopped early".to_owned());
        }
        parts
    }

    pub(super) fn hide(&mut self, accounts: &Accounts) {
        accounts.hide(&mut self.address);
        accounts.hide_all(&mut self.stopped);
        if let Some(attempts) = &mut self.attempts {
            let waterfalls = [&mut attempts.typical, &mut attempts.slowest];
            for waterfall in waterfalls.into_iter().flatten() {
                accounts.hide_in_stages(&mut waterfall.stages);
            }
        }
        if let Some(exec) = &mut self.exec {
            accounts.hide_all([&mut exec.program, &mut exec.reason]);
        }
        if let Some(stability) = &mut self.stability {
            let moments = stability.moments.iter_mut();
            accounts.hide_all(moments.map(|moment| &mut moment.text));
            let outages = stability.outages.iter_mut();
            accounts.hide_all(outages.map(|outage| &mut outage.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_never_looks_like_the_limit_that_it_missed() {
        assert_eq!(Unit::Ms.words(2500.0), "2,500 ms");
        assert_eq!(Unit::Ms.words(2514.331), "2,514.331 ms");
        assert_eq!(Unit::Ms.words(2500.001), "2,500.001 ms");
        assert_eq!(Unit::Count.words(1_234_567.0), "1,234,567");
        assert_eq!(Unit::Fraction.words(1.0), "100 %");
        assert_eq!(Unit::Fraction.words(0.999_999_9), "99.99999 %");
        assert_eq!(Unit::Fraction.words(0.999), "99.9 %");
        assert_eq!(Unit::Fraction.words(2.0 / 3.0), "66.6666666 %");
    }
}
