//! Durations counted in fixed buckets, as monitoring systems add them up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The upper bounds of the buckets in seconds.
const BOUNDS: [f64; 13] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0,
];

/// How many durations are at most so long.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bucket {
    /// The bound in seconds, inclusive.
    pub le_seconds: f64,
    /// How many are at most so long.
    pub count: u64,
}

/// Durations counted in fixed buckets.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Buckets {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (count, bound) in self.counts.iter_mut().zip(BOUNDS) {
            *count += u64::from(seconds <= bound);
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum in seconds.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The buckets, each with what the shorter ones have.
    pub fn buckets(&self) -> Vec<Bucket> {
        let bound = |(le_seconds, count)| Bucket { le_seconds, count };
        BOUNDS.into_iter().zip(self.counts).map(bound).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_the_shorter_ones_hold() {
        let mut buckets = Buckets::default();
        for millis in [1, 5, 6, 20_000] {
            buckets.record(Duration::from_millis(millis));
        }
        let counts: Vec<u64> = buckets.buckets().iter().map(|it| it.count).collect();
        assert_eq!(counts[..3], [1, 2, 3]);
        assert_eq!((counts.last(), buckets.count()), (Some(&3), 4));
        assert!((buckets.sum() - 20.012).abs() < 1e-9);
    }
}
