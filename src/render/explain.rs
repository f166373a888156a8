//! Explanations of codes.

use std::io::{self, Write};

use super::wrapped;
use crate::finding::verdict::Severity;
use crate::report::{Explain, Explanation};

/// Writes the one that was asked for in full, or the list.
pub(super) fn text(body: &Explain, out: &mut dyn Write) -> io::Result<()> {
    match body.explanations.as_slice() {
        [one] => full(one, out),
        several => list(several, out),
    }
}

fn full(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
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
    section("What to do", &explanation.remedies, "  → ", out)
}

fn section(title: &str, lines: &[String], mark: &str, out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    lines
        .iter()
        .try_for_each(|line| wrapped(line, mark, "    ", out))
}

fn list(explanations: &[Explanation], out: &mut dyn Write) -> io::Result<()> {
    for explanation in explanations {
        let head = format!("{:<30}", explanation.code);
        wrapped(&explanation.meaning, &head, &" ".repeat(30), out)?;
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
