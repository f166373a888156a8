//! The figures of a soak as Markdown.

use std::io::{self, Write};

use super::{escaped, table};
use crate::render::figures;
use crate::report::{Attempts, Exec, Soak, Stability};
use crate::text::duration::span;
use crate::text::json::in_millis;
use crate::text::words::counted;

/// Failed runs of the program that are listed.
const RUNS: usize = 20;

/// Writes the counts, the times, the limits and what failed.
pub(super) fn soak(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
    if let Some(reason) = &body.stopped {
        writeln!(out, "**Stopped early:** {}\n", escaped(reason))?;
    }
    counts(body, out)?;
    times(body, out)?;
    limits(body, out)?;
    if let Some(attempts) = &body.attempts {
        failures(attempts, out)?;
    }
    body.exec.as_ref().map_or(Ok(()), |exec| runs(exec, out))
}

fn counts(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Vec::new();
    if let Some(attempts) = &body.attempts {
        let of = format!("{} of {}", attempts.succeeded, attempts.run);
        rows.push(("handshakes that succeeded", of));
        let bound = figures::failure_rate_up_to(attempts.failure_rate_upper_95);
        rows.extend(bound.map(|bound| ("failure rate up to (95 %)", bound)));
    }
    if let Some(stability) = &body.stability {
        rows.extend(held(stability));
        let outages = stability.outages.iter();
        rows.extend(outages.map(|outage| ("lost and back meanwhile", escaped(&outage.words()))));
        let (kept, lost) = (stability.moments.len(), stability.moments_dropped);
        if lost > 0 {
            let figure = format!("{lost}, after the first {kept}");
            rows.push(("moments of the session that were not kept", figure));
        }
    }
    if let Some(exec) = &body.exec {
        rows.push((
            "runs that succeeded",
            format!("{} of {}", exec.succeeded, exec.run),
        ));
        rows.push(("fault", figures::fault(exec.fault).to_owned()));
    }
    if let (Some(before), Some(after)) = (body.zombies.before, body.zombies.after) {
        let counts = format!("{before} before, {after} after");
        rows.push(("half-closed or unaccepted sockets", counts));
    }
    let rows = rows.iter();
    let rows = rows.map(|(what, figure)| format!("| {what} | {figure} |"));
    table("| what | figure |\n|---|---|", rows, out)
}

fn held(stability: &Stability) -> [(&'static str, String); 4] {
    let Stability { pings, fetches, .. } = stability;
    let down = span(in_millis(stability.down));
    let drops = match stability.drops {
        0 => "0".to_owned(),
        drops => format!(
            "{drops}, {}, down for {down}",
            counted(stability.reconnects, "new session")
        ),
    };
    [
        ("session held", span(stability.seconds * 1e3)),
        (
            "pings answered",
            format!("{} of {}", pings.answered, pings.sent),
        ),
        (
            "fetches answered",
            format!("{} of {}", fetches.answered, fetches.sent),
        ),
        ("drops", drops),
    ]
}

fn times(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
    let head = "| milliseconds | min | median | p95 | p99 | max |\n|---|--:|--:|--:|--:|--:|";
    let times = figures::times(body).into_iter();
    let rows = times.map(|(name, it)| {
        let figures = [it.min, it.p50, it.p95, it.p99, it.max];
        let cells = figures.map(|figure| format!("{figure:.3}"));
        format!("| {name} | {} |", cells.join(" | "))
    });
    table(head, rows, out)
}

fn limits(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
    let rows = body.thresholds.iter().map(|threshold| {
        let mark = if threshold.met { "✓" } else { "✗" };
        let (limit, actual) = (figures::limit(threshold), figures::actual(threshold));
        let name = threshold.name;
        format!("| {mark} | `--{name}` | {limit} | {actual} |")
    });
    table("| | limit | | measured |\n|---|---|---|---|", rows, out)
}

fn failures(attempts: &Attempts, out: &mut dyn Write) -> io::Result<()> {
    let head = "| handshakes failed with | times | meaning |\n|---|--:|---|";
    let failures = attempts.failures.iter();
    let rows = failures
        .map(|(code, count)| format!("| `{code}` | {count} | {} |", escaped(code.meaning())));
    table(head, rows, out)
}

fn runs(exec: &Exec, out: &mut dyn Write) -> io::Result<()> {
    let (program, reason) = (escaped(&exec.program), escaped(&exec.reason));
    writeln!(out, "**{program}:** {reason}\n")?;
    let failed: Vec<_> = exec.runs.iter().filter(|run| !run.succeeded).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let traces = figures::traces(&failed);
    write!(out, "| failed run | how it ended | after |")?;
    for (name, _) in &traces {
        write!(out, " {name} |")?;
    }
    writeln!(out, "\n|--:|---|--:|{}", "--:|".repeat(traces.len()))?;
    for run in failed.iter().take(RUNS) {
        let after = span(in_millis(run.elapsed));
        write!(out, "| {} | {} | {after} |", run.run, figures::ended(run))?;
        for (_, count) in &traces {
            let count = count(run).map_or_else(|| "–".to_owned(), |it| it.to_string());
            write!(out, " {count} |")?;
        }
        writeln!(out)?;
    }
    if failed.len() > RUNS {
        writeln!(out, "\nand {} more", failed.len() - RUNS)?;
    }
    writeln!(out)
}
