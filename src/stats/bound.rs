//! How many failures a run of successes still allows.

/// The confidence is 95 %: a larger failure rate would have shown so few failures in fewer
/// than this share of all runs.
const DOUBT: f64 = 0.05;

/// The exact one-sided 95 % upper bound (Clopper–Pearson) of a failure rate, as a fraction;
/// nothing when nothing was tried.
pub fn failure_rate_upper_95(failed: u32, tried: u32) -> Option<f64> {
    if tried == 0 {
        return None;
    }
    if failed >= tried {
        return Some(1.0);
    }
    let observed = Observed::new(failed, tried);
    let (mut low, mut high) = (observed.failed / observed.tried, 1.0);
    // Each step halves the interval; after 53 a fraction has no digits left.
    for _ in 0..53 {
        let middle = f64::midpoint(low, high);
        if observed.chance_at(middle) > DOUBT {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// How many of how many have failed.
struct Observed {
    failed: f64,
    tried: f64,
    /// The logarithm of the number of ways to choose the failed ones.
    ln_ways: f64,
}

impl Observed {
    fn new(failed: u32, tried: u32) -> Self {
        let (few, all) = (failed.min(tried - failed), f64::from(tried));
        let factor = |chosen: u32| (all - f64::from(few) + f64::from(chosen)) / f64::from(chosen);
        Self {
            failed: f64::from(failed),
            tried: all,
            ln_ways: (1..=few).map(|chosen| factor(chosen).ln()).sum(),
        }
    }

    /// The chance of this many failures or fewer (the binomial distribution) at a failure rate
    /// of at least the observed one: from there on each smaller number is less likely.
    fn chance_at(&self, rate: f64) -> f64 {
        let (mut failed, passed) = (self.failed, self.tried - self.failed);
        let mut chance = (self.ln_ways + failed * rate.ln() + passed * (-rate).ln_1p()).exp();
        let mut sum = chance;
        while failed > 0.0 && chance > sum * f64::EPSILON {
            chance *= failed / (self.tried - failed + 1.0) * (1.0 - rate) / rate;
            sum += chance;
            failed -= 1.0;
        }
        sum
    }
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
    fn the_bound_without_a_failure_is_the_root_of_the_doubt() {
        for tried in [1, 2, 59, 60, 10_000, 4_000_000_000] {
            let bound = failure_rate_upper_95(0, tried).unwrap();
            let expected = -(DOUBT.ln() / f64::from(tried)).exp_m1();
            assert!((bound - expected).abs() < 1e-14, "{tried}: {bound}");
        }
    }

    #[test]
    fn the_bound_of_many_trials_is_that_of_the_normal_distribution() {
        for (failed, tried) in [(50_000_u32, 100_000_u32), (999_000, 1_000_000)] {
            let bound = failure_rate_upper_95(failed, tried).unwrap();
            let (rate, tried) = (f64::from(failed) / f64::from(tried), f64::from(tried));
            let near = rate + 1.644_854 * (rate * (1.0 - rate) / tried).sqrt();
            assert!((bound - near).abs() < 3.0 / tried, "{bound}, {near}");
        }
    }
}
