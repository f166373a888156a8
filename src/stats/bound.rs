//! How many failures a run of successes still allows.

use statrs::distribution::{Beta, ContinuousCDF};

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
}
