//! The limits that decide the verdict of a soak, each met or missed.

use std::time::Duration;

use super::args::Limits;
use crate::event::Footprint;
use crate::report::{Stability, Threshold, Unit};
use crate::stats::Samples;
use crate::text::json::in_millis;

/// What the limits are held against; `None` for what was not planned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured<'a> {
    /// Runs that succeeded, and all of them.
    pub(super) runs: Option<(u32, u32)>,
    /// Times of the handshakes: connect, and until ready.
    pub(super) handshakes: Option<(&'a Samples, &'a Samples)>,
    /// Whether a session was to be held.
    pub(super) hold_begun: bool,
    /// Its figures; `None` when it could not be made.
    pub(super) stability: Option<&'a Stability>,
    /// Sockets left in the Gateway; `None` where that cannot be seen.
    pub(super) left: Option<u32>,
}

/// Each limit that applies to what was planned, in the order of the options.
pub(super) fn thresholds(limits: &Limits, measured: &Measured<'_>) -> Vec<Threshold> {
    let mut all = Vec::new();
    if let Some((succeeded, run)) = measured.runs {
        let rate = (run > 0).then(|| f64::from(succeeded) / f64::from(run));
        all.push(Threshold {
            name: "min-success",
            limit: limits.min_success,
            actual: rate,
            unit: Unit::Fraction,
            met: rate.is_some_and(|rate| rate >= limits.min_success),
        });
    }
    if let Some((connect, ready)) = measured.handshakes {
        let (connect, ready) = (connect.summary(), ready.summary());
        all.extend(at_most_ms(
            "max-connect-p95",
            limits.max_connect_p95,
            connect.map(|it| it.p95),
        ));
        all.extend(at_most_ms(
            "max-ready-p95",
            limits.max_ready_p95,
            ready.map(|it| it.p95),
        ));
        all.extend(at_most_ms(
            "max-ready",
            limits.max_ready,
            ready.map(|it| it.max),
        ));
    }
    if measured.hold_begun {
        all.extend(held_thresholds(limits, measured.stability));
    }
    // Where it cannot be seen, it is a limit only if one was typed.
    if measured.left.is_some() || limits.max_leaked.is_some() {
        let limit = limits.max_leaked.unwrap_or(0);
        all.push(at_most("max-leaked", limit, measured.left));
    }
    all
}

fn held_thresholds(limits: &Limits, held: Option<&Stability>) -> Vec<Threshold> {
    let mut all = vec![
        at_most(
            "max-missed-pings",
            limits.max_missed_pings,
            held.map(|it| it.pings.missed),
        ),
        at_most(
            "max-missed-fetches",
            limits.max_missed_fetches,
            held.map(|it| it.fetches.missed),
        ),
        at_most("max-drops", limits.max_drops, held.map(|it| it.drops)),
    ];
    let ping = held.and_then(|held| held.pings.rtt_ms);
    all.extend(at_most_ms(
        "max-ping-p95",
        limits.max_ping_p95,
        ping.map(|it| it.p95),
    ));
    all
}

fn at_most(name: &'static str, limit: u32, actual: Option<u32>) -> Threshold {
    Threshold {
        name,
        limit: f64::from(limit),
        actual: actual.map(f64::from),
        unit: Unit::Count,
        met: actual.is_some_and(|actual| actual <= limit),
    }
}

fn at_most_ms(
    name: &'static str,
    limit: Option<Duration>,
    actual: Option<f64>,
) -> Option<Threshold> {
    let limit = in_millis(limit?);
    Some(Threshold {
        name,
        limit,
        actual,
        unit: Unit::Ms,
        met: actual.is_some_and(|actual| actual <= limit),
    })
}

/// What is left of our own connections, of which so many were reset before they were accepted;
/// nothing where that cannot be seen.
pub(super) fn left(footprint: &Footprint, unaccepted: u32) -> Option<u32> {
    // These keep their places in the queue until it is accepted from again.
    let queue = footprint.accept_queue;
    let grown = queue
        .after
        .unwrap_or(0)
        .saturating_sub(queue.before.unwrap_or(0));
    footprint
        .sockets_left
        .map(|left| left + grown.min(unaccepted))
}
