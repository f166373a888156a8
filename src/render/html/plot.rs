//! Where a value lies in a picture, and the marks on its axes.

use crate::stats::readable;
use crate::text::duration;

/// Beyond this many times the median a linear axis would press all the others flat.
const FAR: f64 = 20.0;

/// An axis of durations in milliseconds, from 0 on or logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// From 0 to this.
    Linear(f64),
    /// From the first to the second, both above 0.
    Log(f64, f64),
}

impl Scale {
    /// The axis on which all of these can be read.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.filter(|value| *value > 0.0).collect();
        values.sort_by(f64::total_cmp);
        let (Some(&least), Some(&most)) = (values.first(), values.last()) else {
            return Scale::Linear(1.0);
        };
        if most > FAR * values[values.len() / 2] {
            let power = 10_f64.powf(least.log10().floor());
            let from = [5.0, 2.0, 1.0].map(|factor| factor * power);
            let from = from.into_iter().find(|it| *it <= least).unwrap_or(power);
            return Scale::Log(from, most * 1.15);
        }
        Scale::Linear(most * 1.05)
    }

    /// Where `value` lies, 0 to 1.
    pub(super) fn place(self, value: f64) -> f64 {
        let place = match self {
            Scale::Linear(to) => value / to,
            Scale::Log(from, to) => (value.max(from) / from).ln() / (to / from).ln(),
        };
        place.clamp(0.0, 1.0)
    }

    /// The values to name, at most six.
    pub(super) fn ticks(self) -> Vec<f64> {
        match self {
            Scale::Linear(to) => {
                let step = readable(to / 4.0);
                let steps = (0..6).map(|place| f64::from(place) * step);
                steps.take_while(|value| *value <= to).collect()
            }
            Scale::Log(from, to) => {
                let powers = |factors: &[f64]| -> Vec<f64> {
                    let all = (-4..=11)
                        .flat_map(|power| factors.iter().map(move |it| it * 10_f64.powi(power)));
                    all.filter(|value| (from * 0.999..=to).contains(value))
                        .collect()
                };
                [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]]
                    .into_iter()
                    .map(powers)
                    .find(|ticks| ticks.len() <= 6)
                    .unwrap_or_else(|| powers(&[1.0]).into_iter().step_by(2).collect())
            }
        }
    }

    /// How the axis runs, where that has to be said.
    pub(super) fn note(self) -> &'static str {
        match self {
            Scale::Linear(_) => "",
            Scale::Log(..) => ", logarithmic scale",
        }
    }
}

/// Milliseconds for a reader, number and unit on one line.
pub(super) fn span(ms: f64) -> String {
    together(&duration::span(ms))
}

/// Words that stay on one line.
pub(super) fn together(words: &str) -> String {
    words.replace(' ', "\u{a0}")
}

/// A tick's duration without needless digits.
pub(super) fn tick(ms: f64) -> String {
    let short = |value: f64| format!("{}", (value * 1e3).round() / 1e3);
    match ms {
        0.0 => "0".to_owned(),
        ms if ms < 1e3 => format!("{} ms", short(ms)),
        ms if ms < 120e3 => format!("{} s", short(ms / 1e3)),
        ms => span(ms),
    }
}

/// A part of the width, as an attribute.
pub(super) fn percent(part: f64) -> String {
    format!("{}%", (part.clamp(0.0, 1.0) * 1e4).round() / 1e2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_far_value_makes_the_axis_logarithmic_and_the_others_stay_legible() {
        let near = [0.3, 0.3, 0.4, 0.5, 0.6];
        let linear = Scale::of(near.into_iter());
        assert!(matches!(linear, Scale::Linear(_)), "{linear:?}");
        let log = Scale::of(near.into_iter().chain([5000.0]));
        assert_eq!(log, Scale::Log(0.2, 5750.0));
        assert!(log.place(0.6) - log.place(0.3) > 0.05);
        assert!((log.place(0.2)).abs() < 1e-9 && (log.place(9e9) - 1.0).abs() < 1e-9);
        assert_eq!(Scale::of(std::iter::empty()), Scale::Linear(1.0));
    }

    #[test]
    fn ticks_are_few_and_round() {
        assert_eq!(Scale::Linear(0.9).ticks(), [0.0, 0.5]);
        assert_eq!(Scale::Linear(42.0).ticks(), [0.0, 20.0, 40.0]);
        assert_eq!(Scale::Log(0.2, 5750.0).ticks(), [1.0, 10.0, 100.0, 1000.0]);
        for exponent in -3..9 {
            let top = 1.3 * 10_f64.powi(exponent);
            let scales = [Scale::Linear(top), Scale::Log(top / 1e5, top)];
            for ticks in scales.map(Scale::ticks) {
                assert!((2..=6).contains(&ticks.len()), "{top}: {ticks:?}");
            }
        }
        assert_eq!(
            [0.0, 0.5, 200.0, 2500.0].map(tick),
            ["0", "0.5 ms", "200 ms", "2.5 s"]
        );
    }
}
