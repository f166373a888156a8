//! Explanations of codes.

use std::io::{self, Write};

use super::{Page, wrapped};
use crate::finding::verdict::Severity;
use crate::report::{Explain, Explanation};

/// Writes what the words say, then the one that was asked for in full, or the list.
pub(super) fn text(body: &Explain, out: &mut Page<'_>) -> io::Result<()> {
    match (&body.reading, body.explanations.as_slice()) {
        (Some(reading), explanations) => {
            wrapped(reading, "", "", out)?;
            possibilities(explanations, out)
        }
        (None, [one]) => full(one, out),
        (None, several) => list(several, out),
    }
}

/// What words can mean: in full where it is one thing.
fn possibilities(explanations: &[Explanation], out: &mut Page<'_>) -> io::Result<()> {
    match explanations {
        [] => Ok(()),
        [one] => {
            writeln!(out)?;
            full(one, out)
        }
        several => {
            writeln!(out, "\nIt can be, the likeliest first")?;
            rows(several, out)?;
            let likeliest = several[0].code.as_str();
            writeln!(out)?;
            let more = format!("`ibdoc explain {likeliest}` tells more, and so for each.");
            wrapped(&more, "", "", out)
        }
    }
}

fn full(explanation: &Explanation, out: &mut Page<'_>) -> io::Result<()> {
    let kind = match (explanation.severity, explanation.on_wire) {
        (Some(severity), _) => format!("finding, {}", severity_name(severity)),
        (None, Some(true)) => "sent by the Gateway".to_owned(),
        (None, _) => "made up by client libraries; it never travels on the wire".to_owned(),
    };
    writeln!(out, "{} ({kind})", explanation.code)?;
    wrapped(&explanation.meaning, "  ", "  ", out)?;
    if let Some(seen) = &explanation.seen {
        writeln!(out, "\nRecognised by")?;
        wrapped(seen, "  ", "  ", out)?;
    }
    section("Usual causes", &explanation.causes, "  · ", out)?;
    section("What to do", &explanation.remedies, "  → ", out)?;
    if explanation.related.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nSee also")?;
    wrapped(&explanation.related.join(", "), "  ", "  ", out)
}

fn section(title: &str, lines: &[String], mark: &str, out: &mut Page<'_>) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    lines
        .iter()
        .try_for_each(|line| wrapped(line, mark, "    ", out))
}

/// Everything: the findings, then the numbers.
fn list(explanations: &[Explanation], out: &mut Page<'_>) -> io::Result<()> {
    let (findings, numbers): (Vec<_>, Vec<_>) = explanations
        .iter()
        .cloned()
        .partition(|explanation| explanation.severity.is_some());
    writeln!(out, "Findings of ibdoc")?;
    rows(&findings, out)?;
    writeln!(out, "\nNumbers of IB's")?;
    rows(&numbers, out)
}

fn rows(explanations: &[Explanation], out: &mut Page<'_>) -> io::Result<()> {
    let longest = explanations.iter().map(|it| it.code.chars().count()).max();
    let column = longest.unwrap_or_default() + 4;
    for explanation in explanations {
        let head = format!("  {:<1$}", explanation.code, column - 2);
        wrapped(&explanation.meaning, &head, &" ".repeat(column), out)?;
    }
    Ok(())
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
