//! Counts, percentiles and confidence bounds, as pure functions.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF};

/// Durations collected in a histogram of bounded size, exact to 0.1 %.
#[derive(Clone, Debug)]
pub struct Samples {
    histogram: Histogram<u32>,
    min: Duration,
    max: Duration,
    sum: Duration,
}

/// A year; longer durations count as one.
const LONGEST_MICROS: u64 = 366 * 24 * 3600 * 1_000_000;

/// Quantiles of a set of durations, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The shortest.
    pub min: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
}

impl Default for Samples {
    fn default() -> Self {
        // Three significant digits over microseconds; it grows with the longest value seen.
        let histogram = Histogram::new(3).expect("three digits are a legal precision");
        Self {
            histogram,
            min: Duration::MAX,
            max: Duration::ZERO,
            sum: Duration::ZERO,
        }
    }
}

impl Samples {
    /// Adds one duration.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let recorded = self.histogram.record(micros.clamp(1, LONGEST_MICROS));
        debug_assert!(recorded.is_ok(), "{recorded:?}");
        self.min = self.min.min(duration);
        self.max = self.max.max(duration);
        self.sum += duration;
    }

    /// How many were recorded.
    pub fn len(&self) -> u64 {
        self.histogram.len()
    }

    /// Whether none was recorded.
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }

    /// The quantiles, or nothing when there is no sample.
    pub fn summary(&self) -> Option<Summary> {
        if self.is_empty() {
            return None;
        }
        let (min, max) = (
            crate::event::in_millis(self.min),
            crate::event::in_millis(self.max),
        );
        let quantile = |q: f64| (self.histogram.value_at_quantile(q) as f64 / 1e3).clamp(min, max);
        let mean = self.sum.as_secs_f64() * 1e3 / self.len() as f64;
        Some(Summary {
            min,
            p50: quantile(0.50),
            p90: quantile(0.90),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max,
            mean: (mean * 1e3).round() / 1e3,
        })
    }
}

/// The exact one-sided 95 % upper bound (Clopper–Pearson) of a failure rate, as a fraction;
/// nothing when nothing was tried.
pub fn failure_rate_upper_95(failed: u32, tried: u32) -> Option<f64> {
    if tried == 0 {
        return None;
    }
    if failed >= tried {
        return Some(1.0);
    }
    let beta = Beta::new(f64::from(failed) + 1.0, f64::from(tried - failed)).ok()?;
    Some(beta.inverse_cdf(0.95))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_textbook_one() {
        let bound = |failed, tried| failure_rate_upper_95(failed, tried).unwrap();
        assert!((bound(0, 10) - 0.258_866).abs() < 1e-5);
        assert!((bound(4, 12) - 0.609).abs() < 1e-3);
        assert!((bound(3, 3) - 1.0).abs() < f64::EPSILON);
        assert_eq!(failure_rate_upper_95(0, 0), None);
    }

    #[test]
    fn quantiles_lie_between_the_extremes_and_on_the_right_samples() {
        let mut samples = Samples::default();
        for ms in 1..=100 {
            samples.record(Duration::from_millis(ms));
        }
        let summary = samples.summary().unwrap();
        assert!((summary.min - 1.0).abs() < 1e-9 && (summary.max - 100.0).abs() < 1e-9);
        assert!((summary.p50 - 50.0).abs() < 0.05, "{summary:?}");
        assert!((summary.p95 - 95.0).abs() < 0.1, "{summary:?}");
        assert!((summary.mean - 50.5).abs() < 1e-9);
    }

    #[test]
    fn one_sample_is_its_own_summary_and_none_is_nothing() {
        let mut samples = Samples::default();
        assert_eq!(samples.summary(), None);
        samples.record(Duration::from_micros(1234));
        let summary = samples.summary().unwrap();
        assert!((summary.p50 - 1.234).abs() < 1e-9 && (summary.max - 1.234).abs() < 1e-9);
    }
}
