//! A report as GitHub-flavoured Markdown, for the summary of a CI job.

use std::io::{self, Write};

use super::{figures, headline, not_asked};
use crate::finding::Finding;
use crate::report::{Attempts, Body, Exec, Report, Soak, Stability};
use crate::text::json::in_millis;
use crate::text::printable::scrub;
use crate::text::words::counted;

/// Failed runs of the program that are listed.
const RUNS: usize = 20;

/// Writes the verdict, the figures, the limits and what to do.
pub fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (word, summary) = headline(report);
    writeln!(out, "## {word} {}\n", escaped(&summary))?;
    if let Some(line) = not_asked(report) {
        writeln!(out, "{}\n", escaped(&line))?;
    }
    if let Some(error) = &report.error {
        writeln!(out, "**Could not look:** {}\n", escaped(error))?;
    }
    if let Some(Body::Soak(body)) = &report.body {
        soak(body, out)?;
    }
    for finding in &report.findings {
        write_finding(finding, out)?;
    }
    let took = figures::span(in_millis(report.elapsed));
    let (version, command) = (report.version, report.command);
    let started = &report.started_at;
    writeln!(
        out,
        "<sub>ibdoc {version}, {command}, started {started}, took {took}</sub>"
    )
}

fn soak(body: &Soak, out: &mut dyn Write) -> io::Result<()> {
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

/// A table of its head and its rows; nothing where there is no row.
fn table(
    head: &str,
    rows: impl IntoIterator<Item = String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows: Vec<String> = rows.into_iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "{head}\n{}\n", rows.join("\n"))
}

fn held(stability: &Stability) -> [(&'static str, String); 4] {
    let Stability { pings, fetches, .. } = stability;
    let down = figures::span(in_millis(stability.down));
    let drops = match stability.drops {
        0 => "0".to_owned(),
        drops => format!(
            "{drops}, {}, down for {down}",
            counted(stability.reconnects, "new session")
        ),
    };
    [
        ("session held", figures::span(stability.seconds * 1e3)),
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
        let after = figures::span(in_millis(run.elapsed));
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

fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let mark = figures::mark(finding.severity);
    let (subject, summary) = (escaped(&finding.subject), escaped(&finding.summary));
    writeln!(
        out,
        "### {mark} `{}` {subject}\n\n{summary}\n",
        finding.code
    )?;
    for evidence in &finding.evidence {
        writeln!(out, "- {}", escaped(evidence))?;
    }
    if !finding.evidence.is_empty() {
        writeln!(out)?;
    }
    for (place, remedy) in (1..).zip(&finding.remedies) {
        writeln!(out, "{place}. {}", escaped(remedy))?;
    }
    if !finding.remedies.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Text in which nothing is markup, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let text = scrub(text);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        match character {
            '\n' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // No mention, link or emoji that GitHub makes by itself.
            '@' => escaped.push_str("&#64;"),
            ':' if next == '/' || next.is_alphabetic() => escaped.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '|' | '#' | '$' => {
                escaped.extend(['\\', character]);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let hostile = "<b>|`x`| ![a](http://b) @c :d: e: f\n# d \u{202e}&amp; www";
        let text = escaped(hostile);
        assert_eq!(
            text,
            "&lt;b&gt;\\|\\`x\\`\\| !\\[a\\](http&#58;//b) &#64;c &#58;d: e: f \\# d �&amp;amp; www"
        );
    }
}
