//! Durations over time: the band from the shortest to the longest, the mean, and failures.

use std::fmt::Write;

use maud::{Markup, html};

use super::picture::{ends, in_margin, px, stretched};
use super::plot::{Scale, percent, span, tick};
use super::tables::{columns, or_dash, scrolled};
use crate::stats::Stretch;

/// Up to so many stretches each has a dot of its own.
const DOTS: usize = 90;
/// Rows of the table that says the same.
const ROWS: usize = 24;
/// The picture's own width, which is stretched to the page's.
const WIDTH: f64 = 1000.0;

/// Durations over time, up to `end` milliseconds.
pub(super) struct Trend<'a> {
    pub(super) stretches: &'a [Stretch],
    pub(super) end: f64,
}

impl<'a> Trend<'a> {
    /// One that ends with its last stretch.
    pub(super) fn whole(stretches: &'a [Stretch]) -> Self {
        let end = stretches.last().map_or(1.0, |last| last.at_ms);
        Self {
            stretches,
            end: end.max(1.0),
        }
    }

    /// The axis on which all durations can be read.
    pub(super) fn scale(&self) -> Scale {
        let of = |it: &Stretch| [it.min_ms, it.mean_ms, it.max_ms];
        Scale::of(self.stretches.iter().flat_map(of).flatten())
    }

    /// Whether anything has a duration.
    pub(super) fn is_timed(&self) -> bool {
        self.stretches.iter().any(|it| it.mean_ms.is_some())
    }

    fn x(&self, stretch: &Stretch) -> f64 {
        (stretch.at_ms / self.end).clamp(0.0, 1.0)
    }

    /// The names of the lines, for the margin.
    pub(super) fn names(&self, top: f64, height: f64) -> Markup {
        let scale = self.scale();
        let y = |ms: f64| top + height * (1.0 - scale.place(ms));
        html! {
            @if self.is_timed() { @for ms in scale.ticks() { (in_margin(y(ms), &tick(ms))) } }
        }
    }

    /// The lines, from `top` on and of this height.
    pub(super) fn lines(&self, top: f64, height: f64) -> Markup {
        if !self.is_timed() {
            return html! {};
        }
        let scale = self.scale();
        let y = |ms: f64| top + height * (1.0 - scale.place(ms));
        let (mut band, mut mean) = (String::new(), String::new());
        let timed = |it: &Stretch| it.mean_ms.is_some();
        for run in self.stretches.chunk_by(|a, b| timed(a) == timed(b)) {
            if !run.first().is_some_and(timed) {
                continue;
            }
            let points = |of: fn(&Stretch) -> Option<f64>| {
                run.iter()
                    .filter_map(move |it| Some((self.x(it) * WIDTH, y(of(it)?))))
            };
            let lower: Vec<_> = points(|it| it.min_ms).collect();
            let around = points(|it| it.max_ms).chain(lower.into_iter().rev());
            band.push_str(&path(around));
            band.push('Z');
            mean.push_str(&path(points(|it| it.mean_ms)));
            // A lone value is a dot.
            mean.push_str("h0");
        }
        let whole = top + height;
        let dots = self.stretches.len() <= DOTS;
        html! {
            @for ms in scale.ticks() {
                line.grid x1="0" x2="100%" y1=(px(y(ms))) y2=(px(y(ms))) {}
            }
            (stretched(WIDTH, whole, &html! { path.band d=(band) {} path.mean d=(mean) {} }))
            @for (stretch, ms) in self.dots(dots) {
                circle.dot cx=(percent(self.x(stretch))) cy=(px(y(ms))) r="2.5" {
                    title { (named(stretch)) ": " (span(ms)) }
                }
            }
        }
    }

    fn dots(&self, wanted: bool) -> impl Iterator<Item = (&Stretch, f64)> {
        let some = if wanted { self.stretches } else { &[] };
        some.iter().filter_map(|it| Some((it, it.mean_ms?)))
    }

    /// A stroke for each stretch in which something failed, as long as the part of it that did.
    pub(super) fn failures(&self, y: f64, height: f64) -> Markup {
        let failed = self.stretches.iter().filter(|it| it.failed > 0);
        html! {
            @for it in failed {
                @let x = percent(self.x(it));
                @let part = (f64::from(it.failed) / f64::from(it.count)).max(0.25);
                line.missed x1=(x) x2=(x) y1=(px(y + height * (1.0 - part))) y2=(px(y + height)) {
                    title { (named(it)) ": " (it.failed) " of " (it.count) " failed" }
                }
            }
        }
    }

    /// The axis of time.
    pub(super) fn axis(&self, y: f64) -> Markup {
        html! {
            (ends(y, self.end))
            text.tick x="50%" y=(px(y)) text-anchor="middle" { (span(self.end / 2.0)) }
        }
    }

    /// What the lines mean.
    pub(super) fn legend(&self, mean: &str) -> Markup {
        let taken_together = self.stretches.iter().any(|it| it.count > 1);
        html! {
            @if taken_together {
                span { i.key-mean {} (mean) } span { i.key-band {} "shortest to longest" }
            } @else if self.is_timed() {
                span { i.key-mean {} "each" }
            }
        }
    }

    /// The same in words, for a reader who does not see the picture.
    pub(super) fn described(&self) -> String {
        let shortest = self.stretches.iter().filter_map(|it| it.min_ms);
        let longest = self.stretches.iter().filter_map(|it| it.max_ms);
        let sum = |of: fn(&Stretch) -> u32| -> u64 {
            self.stretches.iter().map(|it| u64::from(of(it))).sum()
        };
        let (count, failed) = (sum(|it| it.count), sum(|it| it.failed));
        let over = span(self.end);
        match (shortest.reduce(f64::min), longest.reduce(f64::max)) {
            (Some(least), Some(most)) => {
                let (least, most) = (span(least), span(most));
                format!("{count} over {over}: from {least} to {most}, {failed} failed")
            }
            _ => format!("{count} over {over}, {failed} failed"),
        }
    }

    /// The same as a table, in few rows.
    pub(super) fn table(&self, noun: &str) -> Markup {
        let each = self.stretches.len().div_ceil(ROWS).max(1);
        html! {
            details {
                summary { "As a table" }
                (scrolled(&format!("{noun} over time"), &html! { table {
                    (columns(&[noun, "after", "shortest", "mean", "longest", "failed"]))
                    tbody { @for it in self.stretches.chunks(each).filter_map(Stretch::joined) {
                        tr {
                            td { (named(&it)) }
                            td { (span(it.at_ms)) }
                            @for ms in [it.min_ms, it.mean_ms, it.max_ms] { td { (or_dash(ms, span)) } }
                            td { (it.failed) }
                        }
                    } }
                } }))
            }
        }
    }
}

fn named(stretch: &Stretch) -> String {
    match stretch.count {
        0 | 1 => stretch.from.to_string(),
        count => format!(
            "{}–{}",
            stretch.from,
            stretch.from.saturating_add(count - 1)
        ),
    }
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (place, (x, y)) in points.enumerate() {
        let command = if place == 0 { 'M' } else { 'L' };
        // Writing to memory does not fail.
        let _ = write!(path, "{command}{x:.1},{y:.1}");
    }
    path
}
