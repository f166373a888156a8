//! A series over time in bounded memory: stretches of equal length, and how far it drifts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::in_millis;

/// The most stretches: a picture has no room for more.
const STRETCHES: usize = 512;
/// The fewest values in a quarter: fewer say nothing about a drift.
const QUARTER: usize = 5;

/// Values in their order, in at most 512 stretches of equal length.
#[derive(Clone, Debug)]
pub struct Trend {
    stretches: Vec<Stretch>,
    /// Values in a full stretch.
    width: u32,
}

/// Consecutive values of a series, taken together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stretch {
    /// The number of its first, counted from 1.
    pub from: u32,
    /// How many it takes together.
    pub count: u32,
    /// Those of them that failed or were missed.
    pub failed: u32,
    /// When the first of them ended, since the series began.
    pub at_ms: f64,
    /// The shortest duration; null when none of them has one.
    pub min_ms: Option<f64>,
    /// Their arithmetic mean.
    pub mean_ms: Option<f64>,
    /// The longest.
    pub max_ms: Option<f64>,
    /// How many of them have a duration.
    #[serde(skip)]
    timed: u32,
}

/// The typical duration at the beginning and at the end of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Drift {
    /// Median of the first quarter, in milliseconds; of the means of its stretches where the
    /// series has more than 512 values.
    pub first_quarter_ms: f64,
    /// Median of the last quarter, in milliseconds, counted in the same way.
    pub last_quarter_ms: f64,
    /// How much longer the last are than the first, as a fraction; negative when shorter.
    pub change: f64,
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            stretches: Vec::new(),
            width: 1,
        }
    }
}

impl Trend {
    /// Adds the next value, which ended at `at`; one without a duration may still be a success.
    pub fn push(&mut self, at: Duration, duration: Option<Duration>, failed: bool) {
        let value = duration.map(in_millis);
        let one = Stretch {
            from: self
                .stretches
                .last()
                .map_or(1, |last| last.from + last.count),
            count: 1,
            failed: u32::from(failed),
            at_ms: in_millis(at),
            min_ms: value,
            mean_ms: value,
            max_ms: value,
            timed: u32::from(value.is_some()),
        };
        match self.stretches.last_mut() {
            Some(last) if last.count < self.width => last.take(&one),
            _ => {
                if self.stretches.len() == STRETCHES {
                    self.halve();
                }
                self.stretches.push(one);
            }
        }
    }

    fn halve(&mut self) {
        let pairs = self.stretches.chunks(2);
        self.stretches = pairs.filter_map(Stretch::joined).collect();
        self.width *= 2;
    }

    /// The stretches, in their order.
    pub fn stretches(&self) -> Vec<Stretch> {
        let rounded = |value: Option<f64>| value.map(|value| (value * 1e3).round() / 1e3);
        let tidy = |stretch: &Stretch| Stretch {
            mean_ms: rounded(stretch.mean_ms),
            ..*stretch
        };
        self.stretches.iter().map(tidy).collect()
    }

    /// The first quarter against the last; nothing when there are too few values.
    pub fn drift(&self) -> Option<Drift> {
        let means: Vec<f64> = self.stretches.iter().filter_map(|it| it.mean_ms).collect();
        let quarter = means.len() / 4;
        if quarter < QUARTER {
            return None;
        }
        let first = median(&means[..quarter])?;
        let last = median(&means[means.len() - quarter..])?;
        (first > 0.0).then(|| Drift {
            first_quarter_ms: first,
            last_quarter_ms: last,
            change: ((last / first - 1.0) * 1e3).round() / 1e3,
        })
    }
}

impl Stretch {
    /// Consecutive stretches as one; `None` of none.
    pub(crate) fn joined(stretches: &[Self]) -> Option<Self> {
        let (first, others) = stretches.split_first()?;
        let mut whole = *first;
        for next in others {
            whole.take(next);
        }
        Some(whole)
    }

    /// Takes the next stretch in.
    fn take(&mut self, next: &Self) {
        let sum = |stretch: &Self| stretch.mean_ms.unwrap_or(0.0) * f64::from(stretch.timed);
        let timed = self.timed + next.timed;
        self.mean_ms = (timed > 0).then(|| (sum(self) + sum(next)) / f64::from(timed));
        self.min_ms = [self.min_ms, next.min_ms]
            .into_iter()
            .flatten()
            .reduce(f64::min);
        self.max_ms = [self.max_ms, next.max_ms]
            .into_iter()
            .flatten()
            .reduce(f64::max);
        self.timed = timed;
        self.count += next.count;
        self.failed += next.failed;
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some((f64::midpoint(lower, upper) * 1e3).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn a_million_values_stay_bounded_and_every_one_is_counted() {
        let mut trend = Trend::default();
        for number in 0..1_000_000_u64 {
            let failed = number % 1000 == 0;
            trend.push(ms(number), (!failed).then(|| ms(1 + number % 7)), failed);
        }
        let stretches = trend.stretches();
        assert!(stretches.len() <= STRETCHES && stretches.len() > STRETCHES / 2);
        let total: u32 = stretches.iter().map(|it| it.count).sum();
        let failed: u32 = stretches.iter().map(|it| it.failed).sum();
        assert_eq!((total, failed), (1_000_000, 1000));
        assert!(
            stretches
                .windows(2)
                .all(|it| it[0].from + it[0].count == it[1].from)
        );
        let all = |it: &Stretch| it.min_ms == Some(1.0) && it.max_ms == Some(7.0);
        assert!(stretches.iter().all(all), "{stretches:?}");
        assert!(
            stretches
                .iter()
                .all(|it| (it.mean_ms.unwrap() - 4.0).abs() < 0.05)
        );
    }

    #[test]
    fn a_drift_is_the_last_quarter_against_the_first() {
        let mut trend = Trend::default();
        for number in 0..40 {
            trend.push(
                ms(number),
                Some(ms(if number < 20 { 10 } else { 15 })),
                false,
            );
        }
        let drift = trend.drift().unwrap();
        assert!((drift.first_quarter_ms - 10.0).abs() < 1e-9);
        assert!((drift.change - 0.5).abs() < 1e-9, "{drift:?}");
    }

    #[test]
    fn few_values_have_no_drift_and_none_have_no_stretch() {
        let mut trend = Trend::default();
        assert!(trend.stretches().is_empty() && trend.drift().is_none());
        for number in 0..19 {
            trend.push(ms(number), Some(ms(number)), false);
        }
        assert_eq!(trend.drift(), None);
        assert_eq!(trend.stretches().len(), 19);
    }
}
