//! The pictures of all handshakes together: latency over time, histogram.

use maud::{Markup, html};

use super::picture::{Picture, in_margin, px};
use super::plot::{percent, span, tick};
use super::tables::{columns, scrolled};
use super::trend::Trend;
use crate::report::Attempts;
use crate::stats::Bin;
use crate::text::words::joined;

/// The times until ready, in the order in which they were measured.
pub(super) fn latency(attempts: &Attempts) -> Markup {
    let trend = Trend::whole(&attempts.trend);
    let (top, plot) = (8.0, if trend.is_timed() { 190.0 } else { 0.0 });
    let failed = attempts.failed > 0;
    let bottom = if failed {
        top + plot + 32.0
    } else {
        top + plot
    };
    let picture = Picture {
        caption: &format!(
            "Time until ready over the course of the soak{}",
            trend.scale().note()
        ),
        alternative: &trend.described(),
        id: "latency",
        height: bottom + 22.0,
        margin: Some(html! {
            (trend.names(top, plot))
            @if failed { (in_margin(top + plot + 18.0, "failed")) }
        }),
        inside: html! {
            (trend.lines(top, plot))
            @if failed { (trend.failures(top + plot + 10.0, 16.0)) }
            (trend.axis(bottom + 16.0))
        },
        under: html! {
            p.legend {
                (trend.legend("mean"))
                @if failed { span { i.key-missed {} "failed" } }
            }
            (trend.table("handshakes"))
        },
    };
    picture.figure()
}

/// How durations are spread.
pub(super) fn histogram(caption: &str, id: &str, bins: &[Bin]) -> Markup {
    let (plot, base) = (140.0, 158.0);
    let most = bins.iter().map(|it| it.count).max().unwrap_or(1).max(1) as f64;
    let wide = 1.0 / bins.len().max(1) as f64;
    let x = |place: usize| place as f64 * wide;
    let every = bins.len().div_ceil(4).max(1);
    let few = bins.len() <= 14;
    let inside = html! {
        @for (place, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.count > 0) {
            @let height = (plot * bin.count as f64 / most).max(2.0);
            rect.column x=(percent(x(place) + wide * 0.06)) width=(percent(wide * 0.88))
                y=(px(base - height)) height=(px(height)) rx="2" {
                    title { (interval(bin)) ": " (bin.count) }
                }
            @if few || bin.count as f64 >= most {
                text.count x=(percent(x(place) + wide / 2.0)) y=(px(base - height - 5.0))
                    text-anchor="middle" { (bin.count) }
            }
        }
        line.base x1="0" x2="100%" y1=(px(base)) y2=(px(base)) {}
        @for (place, bin) in bins.iter().enumerate().step_by(every) {
            text.tick x=(percent(x(place))) y=(px(base + 16.0)) { (tick(bin.from_ms)) }
        }
    };
    let total: u64 = bins.iter().map(|it| it.count).sum();
    let alternative = bins
        .iter()
        .filter(|it| it.count > 0)
        .map(|it| format!("{}: {}", interval(it), it.count));
    let alternative = format!("{total} in all; {}", joined(alternative));
    let under = html! {
        @if let Some(last) = tail(bins) {
            p.legend { "The last bar takes all from " (span(last.from_ms)) " to " (span(last.to_ms)) "." }
        }
        details {
            summary { "As a table" }
            (scrolled(caption, &html! { table {
                (columns(&["from", "to", "count"]))
                tbody { @for bin in bins { tr {
                    td { (span(bin.from_ms)) } td { (span(bin.to_ms)) } td { (bin.count) }
                } } }
            } }))
        }
    };
    let picture = Picture {
        caption,
        alternative: &alternative,
        id,
        height: base + 22.0,
        margin: None,
        inside,
        under,
    };
    picture.figure()
}

fn interval(bin: &Bin) -> String {
    format!("{} to {}", span(bin.from_ms), span(bin.to_ms))
}

/// The last bar, where it is wider than the others.
fn tail(bins: &[Bin]) -> Option<&Bin> {
    let (first, last) = (bins.first()?, bins.last()?);
    let width = |bin: &Bin| bin.to_ms - bin.from_ms;
    (width(last) > 1.5 * width(first)).then_some(last)
}
