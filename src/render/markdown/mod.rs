//! A report as GitHub-flavoured Markdown, for the summary of a CI job and for an issue.

mod commands;
mod compare;
mod inspect;
mod soak;
mod trace;
mod watch;

use std::io::{self, Write};

use super::{figures, not_asked};
use crate::finding::Finding;
use crate::machine::host::Host;
use crate::report::{Body, Report};
use crate::text::duration::span;
use crate::text::json::in_millis;
use crate::text::printable::scrub;
use crate::text::words::{counted, joined};

/// Writes the verdict, the figures, the limits and what to do.
pub fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (word, summary) = report.headline();
    writeln!(out, "## {word} {}\n", escaped(&summary))?;
    if let Some(line) = not_asked(report) {
        writeln!(out, "{}\n", escaped(&line))?;
    }
    if let Some(error) = &report.error {
        writeln!(out, "**Could not look:** {}\n", escaped(error))?;
    }
    match &report.body {
        Some(Body::Soak(body)) => soak::soak(body, out)?,
        Some(Body::Trace(body)) => trace::trace(body, out)?,
        Some(Body::Tap(body)) => trace::tap(body, out)?,
        Some(Body::Compare(body)) => compare::compare(body, out)?,
        Some(Body::Doctor(body)) => commands::doctor(body, out)?,
        Some(Body::Handshake(body)) => commands::handshake(body, out)?,
        Some(Body::Probe(body)) => commands::probe(body, out)?,
        Some(Body::Zombies(body)) => commands::zombies(body, out)?,
        Some(Body::Inspect(body)) => inspect::inspect(body, out)?,
        Some(Body::Watch(body)) => watch::watch(body, out)?,
        // What is said of the others is in the headline.
        _ => {}
    }
    for finding in &report.findings {
        write_finding(finding, out)?;
    }
    let took = span(in_millis(report.elapsed));
    let (version, command) = (report.version, report.command);
    let started = &report.started_at;
    let system = escaped(&joined(system(&report.host)));
    writeln!(
        out,
        "<sub>ibdoc {version}, {command}, started {started}, took {took}; {system}</sub>"
    )
}

/// The facts of the machine that help to understand a report; its name is left out, because an issue
/// is read by everybody.
fn system(host: &Host) -> Vec<String> {
    let cpus = host.cpus.map(|cpus| counted(cpus, "processor"));
    let kernel = host
        .kernel
        .as_ref()
        .map(|kernel| format!("kernel {kernel}"));
    let container = host.container.unwrap_or(false);
    let container = container.then(|| "in a container".to_owned());
    let facts = [host.system.clone(), kernel, host.architecture.clone()];
    facts
        .into_iter()
        .chain([cpus, container])
        .flatten()
        .collect()
}

/// A table of its head and its rows; nothing where there is no row.
pub(in crate::render) fn table(
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
pub(in crate::render) fn escaped(text: &str) -> String {
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
