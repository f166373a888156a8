//! The figures of a soak, for people.

mod histogram;
mod stability;

use std::io::{self, Write};

use super::{Page, Table, exec, figures, shortened, wrapped};
use crate::report::{Attempts, Soak, SoakZombies, Threshold};
use crate::text::duration::shown;
use crate::text::words::counted;

/// What fits into a line of so many columns with the finding's code, and what does not.
pub(super) fn headline(body: &Soak, code: &str, columns: usize) -> (String, Vec<String>) {
    let mut parts = body.parts().into_iter();
    let room = columns.saturating_sub(code.chars().count());
    let mut line = shortened(&parts.next().unwrap_or_default(), room);
    let mut rest = Vec::new();
    for part in parts {
        let length = line.chars().count() + part.chars().count() + 2;
        if rest.is_empty() && length <= room {
            line = format!("{line}, {part}");
        } else {
            rest.push(part);
        }
    }
    (format!("{line}{code}"), rest)
}

/// Writes counts, limits, times and what happened when.
pub(super) fn text(body: &Soak, out: &mut Page<'_>) -> io::Result<()> {
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
        stability::write(stability, out)?;
    }
    let program = body.exec.as_ref().and_then(|exec| exec.left);
    write_sockets(&body.zombies, program, out)?;
    write_thresholds(&body.thresholds, out)?;
    write_times(body, out)?;
    if let Some(attempts) = &body.attempts {
        histogram::write("ready", &attempts.histogram, out)?;
        write_unusual(attempts, out)?;
    }
    if let Some(stability) = &body.stability {
        stability::write_moments(stability, out)?;
    }
    Ok(())
}

fn write_attempts(attempts: &Attempts, out: &mut Page<'_>) -> io::Result<()> {
    let counts = format!(
        "handshakes: {} planned, {} run, {} succeeded, {} failed",
        attempts.planned, attempts.run, attempts.succeeded, attempts.failed
    );
    wrapped(&counts, "  ", "    ", out)?;
    figures::write_bound(
        attempts.succeeded,
        attempts.run,
        attempts.failure_rate_upper_95,
        out,
    )?;
    for (code, count) in &attempts.failures {
        writeln!(out, "  failed with {code}: {}", counted(*count, "time"))?;
    }
    Ok(())
}

/// The stuck sockets, and how many of them the `program` is known to have left.
fn write_sockets(
    zombies: &SoakZombies,
    program: Option<u32>,
    out: &mut Page<'_>,
) -> io::Result<()> {
    let (Some(before), Some(after)) = (zombies.before, zombies.after) else {
        return Ok(());
    };
    let whose = match (zombies.ours, zombies.others) {
        (Some(ours), Some(others)) if after > 0 => {
            let left = usize::try_from(program.unwrap_or(0)).unwrap_or(usize::MAX);
            let left = left.min(others);
            let rest = others - left;
            let of_program = match left {
                0 => String::new(),
                left => format!("{left} of the program, "),
            };
            format!(" ({ours} of ibdoc's, {of_program}{rest} of others)")
        }
        (None, _) => " on this port; what is left behind it is not known".to_owned(),
        _ => String::new(),
    };
    let what = "half-closed or unaccepted sockets";
    let counts = format!("{what}: {before} before, {after} after{whose}");
    wrapped(&counts, "  ", "    ", out)
}

fn write_thresholds(thresholds: &[Threshold], out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    for threshold in thresholds {
        let mark = if threshold.met { "✓" } else { "✗" };
        let limit = threshold.unit.words(threshold.limit);
        let actual = figures::actual(threshold);
        writeln!(out, "  {mark} {} {limit}: {actual}", threshold.name)?;
    }
    Ok(())
}

fn write_times(body: &Soak, out: &mut Page<'_>) -> io::Result<()> {
    let header = [
        "MILLISECONDS",
        "MIN",
        "P50",
        "P90",
        "P95",
        "P99",
        "MAX",
        "MEAN",
    ];
    let mut table = Table::new(header, &["MEAN", "P99", "P90", "MIN"]);
    // The times of the program's runs stand with its counts.
    let times = figures::times(body).into_iter();
    for (name, it) in times.filter(|(name, _)| *name != figures::PROGRAM) {
        let figures = [it.min, it.p50, it.p90, it.p95, it.p99, it.max, it.mean];
        let [min, p50, p90, p95, p99, max, mean] = figures.map(three_digits);
        table.add([name.to_owned(), min, p50, p90, p95, p99, max, mean]);
    }
    if !table.is_empty() {
        writeln!(out)?;
        table.write(out)?;
    }
    Ok(())
}

/// As many decimals as leave three digits that count; microseconds at most.
fn three_digits(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.3}"),
        ms if ms < 100.0 => format!("{ms:.1}"),
        ms => format!("{ms:.0}"),
    }
}

/// Outliers by their attempt, and whether it grew slower.
fn write_unusual(attempts: &Attempts, out: &mut Page<'_>) -> io::Result<()> {
    let drift = attempts.drift.filter(figures::is_notable);
    if attempts.outliers.is_empty() && drift.is_none() {
        return Ok(());
    }
    writeln!(out)?;
    for outlier in &attempts.outliers {
        let line = format!(
            "attempt {} stands out: ready after {}, {} of it in {}",
            outlier.attempt,
            shown(outlier.ready),
            shown(outlier.stage_elapsed),
            outlier.stage.name()
        );
        wrapped(&line, "  ", "    ", out)?;
    }
    let Some(drift) = drift else { return Ok(()) };
    let direction = if drift.change > 0.0 {
        "slower"
    } else {
        "faster"
    };
    let line = format!(
        "it grew {direction}: ready after {} ms in the first quarter, {} ms in the last (median)",
        three_digits(drift.first_quarter_ms),
        three_digits(drift.last_quarter_ms)
    );
    wrapped(&line, "  ", "    ", out)
}
