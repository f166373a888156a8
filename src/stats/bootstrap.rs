//! How far two medians are apart: a bootstrap interval that comes out the same each time.

use serde::{Deserialize, Serialize};

/// How often both samples are drawn anew.
const DRAWS: usize = 10_000;
/// Where the draws begin, the same for every comparison.
const SEED: u64 = 0x1bd0_c000;

/// An interval in which a difference lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How sure it is, a fraction such as 0.95.
    pub confidence: f64,
}

impl Interval {
    /// Whether zero lies outside, so that there is a difference.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The median, that of two in the middle being their mean; nothing without a value.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    sorted
        .get(middle - 1)
        .map(|lower| f64::midpoint(*lower, upper))
}

/// The percentile bootstrap interval of the median of `b` less that of `a`; nothing where one of
/// them is empty.
pub fn difference_of_medians(a: &[f64], b: &[f64], confidence: f64) -> Option<Interval> {
    let (mut a, mut b) = (Urn::new(a)?, Urn::new(b)?);
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut draw = || b.median_of_a_draw(&mut random) - a.median_of_a_draw(&mut random);
    let mut differences: Vec<f64> = std::iter::repeat_with(&mut draw).take(DRAWS).collect();
    differences.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval {
        low: quantile(&differences, tail),
        high: quantile(&differences, 1.0 - tail),
        confidence,
    })
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The value below which this part of the sorted ones lies, in between two of them by the distance.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = part.clamp(0.0, 1.0) * last as f64;
    let (below, rest) = (place.floor(), place.fract());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and the number of values"
    )]
    let below = below as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * rest
}

/// A sample from which as many values are drawn as it has, each put back.
struct Urn {
    sorted: Vec<f64>,
    /// How often each was drawn.
    drawn: Vec<u32>,
}

impl Urn {
    fn new(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values);
        let drawn = vec![0; sorted.len()];
        (!sorted.is_empty()).then_some(Self { sorted, drawn })
    }

    fn median_of_a_draw(&mut self, random: &mut fastrand::Rng) -> f64 {
        let size = self.sorted.len();
        self.drawn.fill(0);
        for _ in 0..size {
            self.drawn[random.usize(..size)] += 1;
        }
        let upper = self.at(size / 2);
        let lower = if size % 2 == 1 {
            upper
        } else {
            self.at(size / 2 - 1)
        };
        f64::midpoint(lower, upper)
    }

    /// The value at this place of the sorted draw.
    fn at(&self, place: usize) -> f64 {
        let mut before = 0;
        let mut values = self.sorted.iter().zip(&self.drawn);
        let value = values.find(|(_, count)| {
            before += **count as usize;
            before > place
        });
        value.map_or(f64::NAN, |(value, _)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(from: f64, size: u32) -> Vec<f64> {
        (0..size)
            .map(|step| from + f64::from(step * 7 % size))
            .collect()
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_middle_ones() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_shift_is_inside_of_the_interval_and_zero_is_not() {
        let (a, b) = (spread(100.0, 40), spread(160.0, 40));
        let interval = difference_of_medians(&a, &b, 0.95).unwrap();
        assert!(interval.low < 60.0 && 60.0 < interval.high, "{interval:?}");
        assert!(interval.excludes_zero());
        let back = difference_of_medians(&b, &a, 0.95).unwrap();
        assert!(back.high < 0.0, "{back:?}");
    }

    #[test]
    fn the_same_samples_give_the_same_interval_around_zero() {
        let a = spread(5.0, 21);
        let interval = difference_of_medians(&a, &a, 0.99).unwrap();
        assert_eq!(difference_of_medians(&a, &a, 0.99), Some(interval));
        assert!(interval.low < 0.0 && interval.high > 0.0, "{interval:?}");
        assert!(!interval.excludes_zero());
    }

    #[test]
    fn more_confidence_is_a_wider_interval() {
        let (a, b) = (spread(1.0, 30), spread(4.0, 25));
        let narrow = difference_of_medians(&a, &b, 0.8).unwrap();
        let wide = difference_of_medians(&a, &b, 0.999).unwrap();
        assert!(wide.low < narrow.low && narrow.high < wide.high);
    }

    #[test]
    fn one_value_each_has_no_width_and_none_has_no_interval() {
        let interval = difference_of_medians(&[1.0], &[3.0], 0.95).unwrap();
        assert!((interval.low - 2.0).abs() < 1e-12 && (interval.high - 2.0).abs() < 1e-12);
        assert_eq!(difference_of_medians(&[], &[3.0], 0.95), None);
    }
}
