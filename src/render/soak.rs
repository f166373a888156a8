//! The figures of a soak.

use std::io::{self, Write};

use super::{counted, exec, plural, table, wrapped, write_table};
use crate::report::{Attempts, Soak, Stability, Threshold};
use crate::stats::Summary;

/// In one line.
pub(super) fn summary(body: &Soak) -> String {
    let mut parts = Vec::new();
    if let Some(exec) = &body.exec {
        parts.push(exec::summary(exec));
    } else if let Some(attempts) = &body.attempts {
        let noun = plural(attempts.run, "handshake");
        parts.push(format!(
            "{} of {} {noun} succeeded",
            attempts.succeeded, attempts.run
        ));
    }
    if let Some(stability) = &body.stability {
        let pings = &stability.pings;
        let held = format!("{} of {} pings answered", pings.answered, pings.sent);
        parts.push(format!("{held} in {:.0} s", stability.seconds));
    }
    if body.interrupted {
        parts.push("interrupted".to_owned());
    } else if body.stopped.is_some() {
        parts.push("stopped early".to_owned());
    }
    format!("{}: {}", body.address, parts.join(", "))
}

/// Writes counts, times, failures and thresholds.
pub(super) fn text(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    if let Some(reason) = &body.stopped {
        wrapped(&format!("stopped: {reason}"), "  ", "  ", out)?;
    }
    if let Some(exec) = &body.exec {
        exec::text(exec, out)?;
        writeln!(out)?;
    }
    if let Some(attempts) = &body.attempts {
        write_attempts(attempts, out)?;
    }
    if let Some(stability) = &body.stability {
        write_stability(stability, out)?;
    }
    write_times(body, out)?;
    writeln!(out)?;
    if let (Some(before), Some(after)) = (body.zombies.before, body.zombies.after) {
        let what = "half-closed or unaccepted sockets on the port";
        writeln!(out, "  {what}: {before} before, {after} after")?;
    }
    for threshold in &body.thresholds {
        let mark = if threshold.met { "✓" } else { "✗" };
        let limit = threshold_value(threshold, Some(threshold.limit));
        let actual = threshold_value(threshold, threshold.actual);
        writeln!(out, "  {mark} {} {limit}: {actual}", threshold.name)?;
    }
    Ok(())
}

/// Rates as percentages, counts as they are.
fn threshold_value(threshold: &Threshold, value: Option<f64>) -> String {
    match value {
        None => "unknown".to_owned(),
        Some(rate) if threshold.name == "min-success" => format!("{:.1} %", rate * 100.0),
        Some(count) => count.to_string(),
    }
}

fn write_attempts(attempts: &Attempts, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  handshakes: {} planned, {} run, {} succeeded, {} failed",
        attempts.planned, attempts.run, attempts.succeeded, attempts.failed
    )?;
    if let Some(bound) = attempts.failure_rate_upper_95 {
        let percent = (bound * 100.0).ceil();
        let of = format!("{} of {}", attempts.succeeded, attempts.run);
        writeln!(
            out,
            "  {of} still allows a failure rate up to {percent} % (95 % confidence)"
        )?;
    }
    for (code, count) in &attempts.failures {
        writeln!(out, "  failed with {code}: {}", counted(*count, "time"))?;
    }
    Ok(())
}

fn write_stability(stability: &Stability, out: &mut dyn Write) -> io::Result<()> {
    let Stability { pings, fetches, .. } = stability;
    writeln!(
        out,
        "  held {:.1} s: {} of {} pings and {} of {} fetches answered, {}",
        stability.seconds,
        pings.answered,
        pings.sent,
        fetches.answered,
        fetches.sent,
        counted(stability.drops, "drop")
    )
}

fn write_times(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<(&str, Option<Summary>)> = Vec::new();
    if let Some(attempts) = &body.attempts {
        rows.push(("ready", attempts.ready_ms));
        rows.extend(
            attempts
                .stages
                .iter()
                .map(|(name, times)| (name.name(), Some(*times))),
        );
    }
    if let Some(stability) = &body.stability {
        rows.push(("ping", stability.pings.rtt_ms));
        rows.push(("fetch", stability.fetches.elapsed_ms));
    }
    let mut table = table(&["MILLISECONDS", "MIN", "MEDIAN", "P95", "MAX"]);
    for (name, times) in rows {
        let Some(times) = times else { continue };
        let figures = [times.min, times.p50, times.p95, times.max];
        let cells = figures.iter().map(|figure| format!("{figure:.3}"));
        table.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    if table.row_count() > 0 {
        writeln!(out)?;
        write_table(&table, out)?;
    }
    Ok(())
}
