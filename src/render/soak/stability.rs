//! The held session of a soak: its figures, and what happened when.

use std::io::{self, Write};

use super::super::{Page, figures, wrapped};
use crate::event::{Moment, MomentKind};
use crate::finding::ib_code::is_routine;
use crate::report::Stability;
use crate::text::duration::{clock, shown};
use crate::text::words::counted;

/// Moments that are shown; the report files have them all.
const SHOWN: usize = 20;

/// Writes the counts.
pub(super) fn write(stability: &Stability, out: &mut Page<'_>) -> io::Result<()> {
    let Stability { pings, fetches, .. } = stability;
    let line = format!(
        "held {:.1} s: {} of {} pings and {} of {} fetches answered, {}",
        stability.seconds,
        pings.answered,
        pings.sent,
        fetches.answered,
        fetches.sent,
        counted(stability.drops, "drop")
    );
    wrapped(&line, "  ", "    ", out)?;
    if let Some(gap) = pings.longest_gap {
        writeln!(
            out,
            "  longest time between two answered pings: {}",
            shown(gap)
        )?;
    }
    if stability.drops > 0 {
        let line = format!(
            "{} after a drop, {} without one",
            counted(stability.reconnects, "new session"),
            clock(stability.down)
        );
        wrapped(&line, "  ", "    ", out)?;
    }
    if !stability.up_at_end {
        writeln!(out, "  when the time was over there was no session")?;
    }
    for outage in &stability.outages {
        wrapped(&outage.words(), "  ", "    ", out)?;
    }
    Ok(())
}

/// Writes what happened and when; a session that was up and nothing else is no news.
pub(super) fn write_moments(stability: &Stability, out: &mut Page<'_>) -> io::Result<()> {
    // That a farm is up is news where one was down before.
    let mut was_down = false;
    let is_news = |moment: &&Moment| {
        was_down |= matches!(moment.number, Some(2103 | 2105 | 2157));
        let is_back = matches!(moment.number, Some(2104 | 2106 | 2158));
        (was_down && is_back) || !moment.number.is_some_and(is_routine)
    };
    let moments: Vec<&Moment> = stability.moments.iter().filter(is_news).collect();
    if moments.iter().all(|moment| moment.kind == MomentKind::Up) {
        return Ok(());
    }
    writeln!(out, "\n  what happened while it was held")?;
    for moment in moments.iter().take(SHOWN) {
        let at = clock(moment.at);
        let code = moment.code.map(|code| format!(" [{code}]"));
        let line = format!("{}{}", words(moment), code.unwrap_or_default());
        wrapped(&line, &format!("  {at:>11}  "), &" ".repeat(15), out)?;
    }
    let more = moments.len().saturating_sub(SHOWN);
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    let more = more.saturating_add(stability.moments_dropped);
    if more > 0 {
        writeln!(out, "               and {more} more (--json, --report)")?;
    }
    Ok(())
}

fn words(moment: &Moment) -> String {
    let what = match moment.kind {
        MomentKind::Up => return moment.text.clone(),
        MomentKind::ReconnectFailed => "still down",
        kind => figures::moment(kind),
    };
    match moment.number {
        Some(_) => format!("the Gateway says: {}", moment.words()),
        None => format!("{what}: {}", moment.text),
    }
}
