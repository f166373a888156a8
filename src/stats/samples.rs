//! Durations in a histogram of bounded size, and what is read from it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// One bar of a histogram of durations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bin {
    /// From this many milliseconds on.
    pub from_ms: f64,
    /// Up to this many, exclusive; the last bar ends at the longest duration and includes it.
    pub to_ms: f64,
    /// How many durations lie in between.
    pub count: u64,
}

/// About how many bars a histogram has.
const BINS: usize = 12;

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
            crate::text::json::in_millis(self.min),
            crate::text::json::in_millis(self.max),
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

    /// Adds the durations of `others`.
    pub fn add(&mut self, others: &Self) {
        let added = self.histogram.add(&others.histogram);
        debug_assert!(added.is_ok(), "{added:?}");
        self.min = self.min.min(others.min);
        self.max = self.max.max(others.max);
        self.sum += others.sum;
    }

    /// Bars of equal width, whose edges are round numbers; the last takes what lies far above the
    /// others. None when there is no sample.
    pub fn bins(&self) -> Vec<Bin> {
        let Some(summary) = self.summary() else {
            return Vec::new();
        };
        let top = summary.p99.min(2.0 * summary.p95);
        let width = readable((top - summary.min) / BINS as f64);
        let first = (summary.min / width).floor();
        let mut bins: Vec<Bin> = Vec::new();
        let edge = |number: usize| rounded((first + number as f64) * width);
        // The first bar is always there, also where rounding puts its edge above its only sample.
        while bins.is_empty() || (edge(bins.len()) <= top && bins.len() < 2 * BINS) {
            bins.push(Bin {
                from_ms: edge(bins.len()),
                to_ms: edge(bins.len() + 1),
                count: 0,
            });
        }
        for recorded in self.histogram.iter_recorded() {
            let value = recorded.value_iterated_to() as f64 / 1e3;
            let place = bins.partition_point(|bin| bin.to_ms <= value);
            let last = bins.len() - 1;
            bins[place.min(last)].count += recorded.count_since_last_iteration();
        }
        if let Some(last) = bins.last_mut() {
            last.to_ms = last.to_ms.max(summary.max);
        }
        bins
    }

    /// The longest duration that is not out of the ordinary: the upper quartile and three times
    /// the distance between the quartiles (Tukey's outer fence), never nearer to the median than
    /// a millisecond. None with fewer than eight samples.
    pub fn fence(&self) -> Option<Duration> {
        if self.len() < 8 {
            return None;
        }
        let at = |q: f64| self.histogram.value_at_quantile(q);
        let (lower, median, upper) = (at(0.25), at(0.5), at(0.75));
        let fence = (upper + 3 * (upper - lower)).max(median + 1000);
        Some(Duration::from_micros(fence))
    }
}

/// The next of 1, 2 and 5 times a power of ten; at least a microsecond.
pub(crate) fn readable(width: f64) -> f64 {
    let power = 10_f64.powf(width.max(1e-3).log10().floor());
    let factor = width.max(1e-3) / power;
    let step = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|step| factor <= *step + 1e-9);
    power * step.unwrap_or(10.0)
}

fn rounded(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_lone_sample_has_a_bar_wherever_it_lies() {
        for micros in (1..20_000).step_by(11) {
            let mut samples = Samples::default();
            samples.record(Duration::from_micros(micros));
            let bins = samples.bins();
            assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 1, "{micros}");
        }
    }

    #[test]
    fn a_histogram_counts_every_sample_once_and_keeps_far_ones_in_the_last_bar() {
        let mut samples = Samples::default();
        for ms in 10..110 {
            samples.record(Duration::from_millis(ms));
        }
        samples.record(Duration::from_secs(60));
        let bins = samples.bins();
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 101);
        assert!((8..=24).contains(&bins.len()), "{bins:?}");
        assert!(
            bins.windows(2)
                .all(|it| (it[0].to_ms - it[1].from_ms).abs() < 1e-9)
        );
        assert!((bins[0].from_ms - 10.0).abs() < 1e-9, "{bins:?}");
        assert!((bins[bins.len() - 1].to_ms - 60_000.0).abs() < 1e-9);
        assert_eq!(Samples::default().bins(), []);
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_samples_every_one_is_in_a_bar(
            micros in proptest::collection::vec(0_u64..3_000_000_000, 1..60),
            shift in 0_u32..32,
        ) {
            let mut samples = Samples::default();
            for micros in &micros {
                samples.record(Duration::from_micros(micros >> shift));
            }
            let bins = samples.bins();
            let count: u64 = bins.iter().map(|bin| bin.count).sum();
            proptest::prop_assert_eq!(count, samples.len());
            proptest::prop_assert!(bins.len() <= 2 * BINS);
            proptest::prop_assert!(bins.iter().all(|bin| bin.from_ms < bin.to_ms), "{:?}", bins);
        }
    }

    #[test]
    fn equal_samples_make_one_bar() {
        let mut samples = Samples::default();
        for _ in 0..5 {
            samples.record(Duration::from_micros(250));
        }
        let bins = samples.bins();
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 5);
        assert_eq!(
            bins.iter().filter(|bin| bin.count > 0).count(),
            1,
            "{bins:?}"
        );
    }

    #[test]
    fn only_a_far_sample_is_beyond_the_fence() {
        let mut samples = Samples::default();
        for ms in 10..30 {
            samples.record(Duration::from_millis(ms));
        }
        let fence = samples.fence().unwrap();
        assert!(fence > Duration::from_millis(30) && fence < Duration::from_millis(60));
        assert_eq!(Samples::default().fence(), None);
    }

    #[test]
    fn samples_taken_in_count_like_ones_recorded() {
        let (mut all, mut other) = (Samples::default(), Samples::default());
        for ms in 1..=50 {
            all.record(Duration::from_millis(ms));
            other.record(Duration::from_millis(50 + ms));
        }
        all.add(&other);
        all.add(&Samples::default());
        let summary = all.summary().unwrap();
        assert!((summary.min - 1.0).abs() < 1e-9 && (summary.max - 100.0).abs() < 1e-9);
        assert!((summary.mean - 50.5).abs() < 1e-9, "{summary:?}");
    }
}
