//! The limits that decide the verdict of a soak, each met or missed.

use std::time::Duration;

use super::args::Limits;
use crate::event::Footprint;
use crate::report::{Stability, Threshold, Unit};
use crate::soak::run::Soaked;
use crate::text::json::in_millis;

/// Each limit that applies to what was planned, in the order of the options.
pub(super) fn thresholds(limits: &Limits, soaked: &Soaked) -> Vec<Threshold> {
    let mut all = Vec::new();
    let attempts = soaked.attempts.as_ref();
    let exec = soaked.exec();
    let runs = exec.map(|it| (it.succeeded, it.run));
    let runs = runs.or(attempts.map(|it| (it.succeeded, it.run)));
    if let Some((succeeded, run)) = runs {
        let rate = (run > 0).then(|| f64::from(succeeded) / f64::from(run));
        all.push(Threshold {
            name: "min-success",
            limit: limits.min_success,
            actual: rate,
            unit: Unit::Fraction,
            met: rate.is_some_and(|rate| rate >= limits.min_success),
        });
    }
    let mut at_most_ms =
        |name, limit, actual: Option<f64>| all.extend(at_most_ms(name, limit, actual));
    if let Some(attempts) = attempts {
        let (connect, ready) = (attempts.connect_ms, attempts.ready_ms);
        let connect_p95 = connect.map(|it| it.p95);
        at_most_ms("max-connect-p95", limits.max_connect_p95, connect_p95);
        at_most_ms(
            "max-ready-p95",
            limits.max_ready_p95,
            ready.map(|it| it.p95),
        );
        at_most_ms("max-ready", limits.max_ready, ready.map(|it| it.max));
    }
    if soaked.hold_begun {
        all.extend(held_thresholds(limits, soaked.stability.as_ref()));
    }
    let ours = left(&soaked.footprint, soaked.unaccepted);
    let left = match exec {
        Some(exec) => ours.zip(exec.left).map(|(ours, left)| ours + left),
        None => ours,
    };
    // Where it cannot be seen, it is a limit only if one was typed.
    if left.is_some() || limits.max_leaked.is_some() {
        all.push(at_most("max-leaked", limits.max_leaked.unwrap_or(0), left));
    }
    all
}

/// The limits of a session that was to be held; without figures when it could not be made.
fn held_thresholds(limits: &Limits, held: Option<&Stability>) -> Vec<Threshold> {
    let pings = held.map(|it| it.pings.missed);
    let fetches = held.map(|it| it.fetches.missed);
    let ping = held.and_then(|it| it.pings.rtt_ms).map(|it| it.p95);
    let mut all = vec![
        at_most("max-missed-pings", limits.max_missed_pings, pings),
        at_most("max-missed-fetches", limits.max_missed_fetches, fetches),
        at_most("max-drops", limits.max_drops, held.map(|it| it.drops)),
    ];
    all.extend(at_most_ms("max-ping-p95", limits.max_ping_p95, ping));
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
fn left(footprint: &Footprint, unaccepted: u32) -> Option<u32> {
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
