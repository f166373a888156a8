//! Whether two shares differ: Fisher's exact test, two-sided.

/// So much larger than the observed table's a chance may be, by rounding alone, and count as equal.
const EQUAL: f64 = 1.0 + 1e-7;
/// Chances below this, beside a likeliest table's of 1, do not change a sum of 64-bit numbers.
const NOTHING: f64 = 1e-300;

/// So many out of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many of all.
    pub part: u32,
    /// All, at least `part`.
    pub all: u32,
}

/// The two-sided p-value of Fisher's exact test that `a` and `b` are shares of the same rate: the
/// chance of a table that is as unlikely as this one or more so, when the sums are what they are.
pub fn fisher_exact(a: Share, b: Share) -> f64 {
    let table = Table::new(a, b);
    let mode = table.mode();
    let Some(observed) = table.beside(mode, u64::from(a.part)) else {
        return 0.0;
    };
    let (mut all, mut unlikely) = (0.0, 0.0);
    let mut take = |weight: f64| {
        all += weight;
        if weight <= observed * EQUAL {
            unlikely += weight;
        }
    };
    take(1.0);
    table.upwards(mode).for_each(|(_, weight)| take(weight));
    table.downwards(mode).for_each(|(_, weight)| take(weight));
    (unlikely / all).min(1.0)
}

/// The smallest p-value that two samples of these sizes can give, as all against none.
pub fn least_p(a: u32, b: u32) -> f64 {
    let none = Share { part: 0, all: b };
    fisher_exact(Share { part: a, all: a }, none)
}

/// The tables with the same sums, told apart by the first share's part.
struct Table {
    /// Size of the first sample.
    first: u64,
    /// Size of the second one.
    second: u64,
    /// Parts of both together.
    parts: u64,
}

impl Table {
    fn new(a: Share, b: Share) -> Self {
        Self {
            first: u64::from(a.all),
            second: u64::from(b.all),
            parts: u64::from(a.part) + u64::from(b.part),
        }
    }

    fn smallest(&self) -> u64 {
        self.parts.saturating_sub(self.second)
    }

    fn largest(&self) -> u64 {
        self.parts.min(self.first)
    }

    /// The likeliest part of the first share.
    fn mode(&self) -> u64 {
        let (parts, first) = (u128::from(self.parts), u128::from(self.first));
        let sizes = first + u128::from(self.second);
        let mode = (parts + 1) * (first + 1) / (sizes + 2);
        let mode = u64::try_from(mode).unwrap_or(u64::MAX);
        mode.clamp(self.smallest(), self.largest())
    }

    /// How much likelier the part `part + 1` is than `part`.
    fn ratio(&self, part: u64) -> f64 {
        let float = |number: u64| number as f64;
        let more = float(self.first - part) * float(self.parts - part);
        let fewer = float(part + 1) * float(self.second + part + 1 - self.parts);
        more / fewer
    }

    /// The parts above `mode` and their chances beside its own.
    fn upwards(&self, mode: u64) -> impl Iterator<Item = (u64, f64)> {
        let mut weight = 1.0;
        let weights = (mode..self.largest()).map(move |part| {
            weight *= self.ratio(part);
            (part + 1, weight)
        });
        weights.take_while(|(_, weight)| *weight > NOTHING)
    }

    /// The parts below `mode` and their chances beside its own.
    fn downwards(&self, mode: u64) -> impl Iterator<Item = (u64, f64)> {
        let mut weight = 1.0;
        let weights = (self.smallest()..mode).rev().map(move |part| {
            weight /= self.ratio(part);
            (part, weight)
        });
        weights.take_while(|(_, weight)| *weight > NOTHING)
    }

    /// The chance of `part` beside that of the likeliest; `None` where it is next to nothing.
    fn beside(&self, mode: u64, part: u64) -> Option<f64> {
        let is_it = |(other, _): &(u64, f64)| *other == part;
        let weight = match part.cmp(&mode) {
            std::cmp::Ordering::Equal => return Some(1.0),
            std::cmp::Ordering::Greater => self.upwards(mode).find(is_it),
            std::cmp::Ordering::Less => self.downwards(mode).find(is_it),
        };
        weight.map(|(_, weight)| weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(a: u32, of_a: u32, b: u32, of_b: u32) -> f64 {
        fisher_exact(Share { part: a, all: of_a }, Share { part: b, all: of_b })
    }

    #[test]
    fn the_p_value_is_the_textbook_one() {
        // Fisher's lady: she told three of four cups of each kind.
        assert!((p(3, 4, 1, 4) - 0.485_714_285_714).abs() < 1e-12);
        assert!((p(1, 9, 11, 14) - 0.002_759_456).abs() < 1e-8);
        assert!((p(30, 30, 24, 30) - 0.023_720_704).abs() < 1e-8);
    }

    #[test]
    fn equal_shares_never_differ_and_no_sample_says_anything() {
        for (part, all) in [(0, 0), (0, 5), (5, 5), (7, 100), (3, 4_000_000)] {
            assert!(
                (p(part, all, part, all) - 1.0).abs() < 1e-12,
                "{part} of {all}"
            );
        }
        assert!((p(0, 0, 3, 9) - 1.0).abs() < 1e-12);
        assert!((least_p(3, 3) - 0.1).abs() < 1e-12);
        assert!((least_p(0, 50) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_largest_counts_are_answered_at_once() {
        assert!(p(u32::MAX, u32::MAX, 0, u32::MAX) < 1e-300);
        assert!((p(2_000_000_000, u32::MAX, 2_000_000_000, u32::MAX) - 1.0).abs() < 1e-9);
    }

    proptest::proptest! {
        #[test]
        fn it_is_a_chance_and_the_same_from_both_sides(
            a in 0_u32..60, more_a in 0_u32..60, b in 0_u32..60, more_b in 0_u32..60,
        ) {
            let there = p(a, a + more_a, b, b + more_b);
            proptest::prop_assert!((0.0..=1.0).contains(&there));
            let back = p(b, b + more_b, a, a + more_a);
            proptest::prop_assert!((there - back).abs() < 1e-9);
            let failed = p(more_a, a + more_a, more_b, b + more_b);
            proptest::prop_assert!((there - failed).abs() < 1e-9);
        }
    }
}
