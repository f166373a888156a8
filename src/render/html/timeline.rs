//! A held session over time: round trips, when it was up, what was missed, what came.

use std::time::Duration;

use maud::{Markup, html};

use super::census::census;
use super::charts::histogram;
use super::moments::{key, mark, moments};
use super::picture::{Picture, in_margin, px};
use super::plot::{percent, span};
use super::trend::Trend;
use crate::event::MomentKind;
use crate::render::figures;
use crate::report::Stability;
use crate::text::json::in_millis;
use crate::text::words::counted;

/// Above the round trips.
const TOP: f64 = 8.0;
/// From one lane to the next.
const LANE: f64 = 28.0;

/// The whole of a held session.
pub(super) fn session(stability: &Stability) -> Markup {
    html! {
        (timeline(stability))
        @if !stability.pings.histogram.is_empty() {
            (histogram("Round trips of the pings", "pings", &stability.pings.histogram))
        }
        @if stability.censuses.len() > 1 { (census(&stability.censuses)) }
        (moments(stability))
    }
}

/// Until the last thing that is known of it.
fn end(stability: &Stability) -> f64 {
    let last = stability.moments.last().map_or(Duration::ZERO, |it| it.at);
    let ping = stability.pings.trend.last().map_or(0.0, |it| it.at_ms);
    let whole = stability.seconds * 1e3 + in_millis(stability.down);
    whole.max(in_millis(last)).max(ping).max(1.0)
}

fn timeline(stability: &Stability) -> Markup {
    let end = end(stability);
    let trend = Trend {
        stretches: &stability.pings.trend,
        end,
    };
    let lanes = lanes(stability);
    let plot = if trend.is_timed() { 150.0 } else { 0.0 };
    let middle = |place: usize| TOP + plot + LANE * (place as f64 + 0.75);
    let bottom = middle(lanes.len()) - 6.0;
    let inside = html! {
        (trend.lines(TOP, plot))
        (ups_and_downs(stability, end, middle(0)))
        @for (place, (_, kinds)) in lanes.iter().enumerate() {
            @for moment in stability.moments.iter().filter(|it| kinds.contains(&it.kind)) {
                (mark(moment, end, middle(place)))
            }
        }
        (trend.axis(bottom + 14.0))
    };
    let under = html! {
        p.legend {
            (trend.legend("mean round trip"))
            span { i.key-up {} "session held" }
            @if stability.drops > 0 { span { i.key-down {} "no session" } }
            @for kind in lanes.iter().flat_map(|(_, kinds)| *kinds).filter(|kind| has_any(stability, &[**kind])) {
                span { (key(*kind)) (figures::moment(*kind)) }
            }
        }
        @if !trend.stretches.is_empty() { (trend.table("pings")) }
    };
    let picture = Picture {
        caption: &format!("Round trips and what happened{}", trend.scale().note()),
        alternative: &format!(
            "Round trips of pings, {}; {}",
            trend.described(),
            counted(stability.drops, "drop")
        ),
        id: "session",
        height: bottom + 20.0,
        margin: Some(html! {
            (trend.names(TOP, plot))
            @for (place, (name, _)) in lanes.iter().enumerate() { (in_margin(middle(place), name)) }
        }),
        inside,
        under,
    };
    picture.figure()
}

/// The lanes under the round trips, without those that would be empty.
fn lanes(stability: &Stability) -> Vec<(&'static str, &'static [MomentKind])> {
    use MomentKind::{Drop, MissedFetch, MissedPing, Notice, ReconnectFailed, Up};
    let all: [(_, &[MomentKind]); 3] = [
        ("session", &[Up, Drop, ReconnectFailed]),
        ("missed", &[MissedPing, MissedFetch]),
        ("notices", &[Notice]),
    ];
    let mut lanes = all.to_vec();
    lanes.retain(|(name, kinds)| *name == "session" || has_any(stability, kinds));
    lanes
}

fn has_any(stability: &Stability, kinds: &[MomentKind]) -> bool {
    stability.moments.iter().any(|it| kinds.contains(&it.kind))
}

/// When there was a session, as long as its ups and drops are known.
fn spells(stability: &Stability, end: f64) -> Vec<(f64, f64, bool)> {
    let mut spells = Vec::new();
    let (mut from, mut up) = (0.0, true);
    for moment in &stability.moments {
        let at = in_millis(moment.at);
        let now = match moment.kind {
            MomentKind::Up => true,
            MomentKind::Drop => false,
            _ => continue,
        };
        if now != up {
            spells.push((from, at, up));
            (from, up) = (at, now);
        }
    }
    // Whether it was up beyond the last moment that was kept is not known.
    let known = match stability.moments.last() {
        Some(last) if stability.moments_dropped > 0 => in_millis(last.at),
        _ => end,
    };
    spells.push((from, known, up));
    spells
}

fn ups_and_downs(stability: &Stability, end: f64, y: f64) -> Markup {
    html! {
        @for (from, to, up) in spells(stability, end) {
            @let class = if up { "up" } else { "down" };
            rect class=(class) x=(percent(from / end)) width=(percent((to - from) / end))
                y=(px(y - 5.0)) height="10" {
                title { @if up { "session up" } @else { "no session" } ", " (span(from)) " to " (span(to)) }
            }
        }
    }
}
