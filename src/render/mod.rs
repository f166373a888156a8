//! Reports and events into any writer: text and pages for people, JSON and XML for scripts.

mod compare;
mod doctor;
mod exec;
mod explain;
mod figures;
pub mod file;
mod handshake;
mod html;
mod inspect;
mod junit;
mod markdown;
mod not_asked;
mod page;
mod paint;
mod probe;
mod prom;
mod soak;
mod state;
mod table;
mod tap;
#[cfg(test)]
mod tests;
mod trace;
mod watch;
mod zombie_plan;
mod zombies;

use std::io::{self, Write};

use crate::event::{Event, Footprint};
use crate::finding::Finding;
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::report;
use crate::report::{Body, EventLine, Last, LastLine, Line, Report};
use crate::text::words::{counted, joined};

pub use doctor::check;
pub use html::html;
pub use inspect::conduct;
pub use junit::junit;
pub use markdown::markdown;
use not_asked::not_asked;
use page::Page;
pub use paint::Paint;
pub use prom::{prom, watch_metrics};
pub use state::{gateways_watched, lost_time, state_change};
use table::Table;
pub use tap::{drill, tap_client, tap_door, tap_start};
pub use trace::message;
pub use watch::{change, start as watch_start};

/// A format that the files of `--report` can have.
#[derive(Clone, Copy, Debug)]
pub struct FileFormat {
    /// The end of such a file's name, in lower case.
    pub ending: &'static str,
    /// The commands that have such files; all where it is empty.
    pub commands: &'static [&'static str],
    /// Writes a report in this format.
    pub write: fn(&Report, &mut dyn Write) -> io::Result<()>,
}

/// The formats of report files: which names `--report` takes, its help and its errors.
pub const FORMATS: [FileFormat; 5] = [
    FileFormat {
        ending: ".json",
        commands: &[],
        write: json,
    },
    FileFormat {
        ending: ".junit.xml",
        commands: &["doctor", "probe", "handshake", "zombies", "soak", "health"],
        write: junit,
    },
    FileFormat {
        ending: ".md",
        commands: &[],
        write: markdown,
    },
    FileFormat {
        ending: ".html",
        commands: &["doctor", "soak", "tap", "trace"],
        write: html,
    },
    FileFormat {
        ending: ".prom",
        commands: &[
            "doctor",
            "probe",
            "handshake",
            "zombies",
            "inspect",
            "soak",
            "health",
            "watch",
        ],
        write: prom,
    },
];

/// Writes a report as one JSON document, indented.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// Writes an event as one line of JSON.
///
/// `client` is the client library whose handshake it belongs to, with `--as`; `time` is the time of
/// day in RFC 3339.
pub fn ndjson_event(
    event: &Event,
    client: Option<&str>,
    time: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let has_its_own = matches!(
        event,
        Event::Watching(_) | Event::Socket(_) | Event::State(_) | Event::LostTime(_)
    );
    let line = EventLine {
        time: (!has_its_own).then_some(time),
        event,
        client,
    };
    serde_json::to_writer(&mut *out, &Line::Event(line))?;
    writeln!(out)?;
    out.flush()
}

/// Writes a report as the last line of an ndjson stream.
pub fn ndjson_report(report: &Report, time: &str, out: &mut dyn Write) -> io::Result<()> {
    let last = Last::Report(report);
    let last = LastLine { last, time };
    serde_json::to_writer(&mut *out, &Line::Last(last))?;
    writeln!(out)
}

/// Writes the one line that matters, and nothing when healthy.
pub fn quiet(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    // A health check that ends with 0 says nothing, also where something needs attention.
    let passed = matches!(report.body, Some(Body::Health(_)))
        && report.exit_status == Some(ExitStatus::Healthy);
    if (report.verdict == Verdict::Healthy || passed) && !report.interrupted {
        return Ok(());
    }
    let page = &mut Page::new(paint, out);
    write_line(report, paint, page)?;
    page.flush()
}

fn write_line(report: &Report, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    let (word, summary) = report.headline();
    writeln!(out, "{} {summary}", paint.verdict(report.verdict, &word))
}

/// Writes a report for people: the verdict in one line, then what it rests on. Where the first line
/// has left the terminal by then, the last one says the verdict again.
pub fn text(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(paint, out);
    match &report.body {
        Some(Body::Health(_)) => write_line(report, paint, page)?,
        Some(Body::Explain(body)) => explain::text(body, page)?,
        _ => {
            write_report(report, paint, page)?;
            if page.has_scrolled() {
                writeln!(page)?;
                write_headline(report, paint, page)?;
            }
        }
    }
    page.flush()
}

fn write_report(report: &Report, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    if let Some(Body::Doctor(_)) = &report.body {
        // The checks were shown as they ended.
        writeln!(out)?;
    }
    write_headline(report, paint, out)?;
    write_soak_rest(report, out)?;
    match not_asked(report) {
        // A script that looks for it finds it in one line.
        Some(line) if !out.is_on_terminal() => writeln!(out, "  {line}")?,
        Some(line) => wrapped(&line, "  ", "    ", out)?,
        None => {}
    }
    match &report.body {
        Some(Body::Probe(body)) => probe::text(body, out)?,
        Some(Body::Handshake(body)) => handshake::text(body, paint, out)?,
        Some(Body::Zombies(body)) => zombies::text(body, out)?,
        Some(Body::Inspect(body)) => inspect::text(body, paint, out)?,
        Some(Body::Soak(body)) => soak::text(body, out)?,
        Some(Body::Compare(body)) => compare::text(body, out)?,
        Some(Body::Watch(body)) => state::text(body, out)?,
        Some(Body::Trace(body)) => trace::text(body, out)?,
        Some(Body::Tap(body)) => tap::text(body, out)?,
        // The headline says all of it.
        _ => {}
    }
    for finding in &report.findings {
        writeln!(out)?;
        write_finding(finding, paint, out)?;
    }
    footprint(&report.footprint, out)
}

fn write_headline(report: &Report, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    let (word, summary) = report.headline();
    if let Some(Body::Soak(body)) = &report.body {
        let (line, _) = soak_headline(report, body, &word, out);
        return writeln!(out, "{} {line}", paint.verdict(report.verdict, &word));
    }
    let indent = " ".repeat(word.chars().count() + 1);
    let options = textwrap::Options::new(out.columns() - indent.len())
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(&summary, options);
    let word = paint.verdict(report.verdict, &word);
    writeln!(out, "{word} {}", lines.join(&format!("\n{indent}")))
}

/// What fits into the one line of a soak's verdict, and what does not.
fn soak_headline(
    report: &Report,
    body: &report::Soak,
    word: &str,
    out: &Page<'_>,
) -> (String, Vec<String>) {
    let columns = out.columns() - word.chars().count() - 1;
    soak::headline(body, &report.headline_code(), columns)
}

/// What did not fit into the one line of a soak's verdict.
fn write_soak_rest(report: &Report, out: &mut Page<'_>) -> io::Result<()> {
    let Some(Body::Soak(body)) = &report.body else {
        return Ok(());
    };
    let (word, _) = report.headline();
    let (_, rest) = soak_headline(report, body, &word, out);
    let simulated = report.simulated.then(|| "simulated".to_owned());
    let parts = std::iter::once(body.address.clone())
        .chain(simulated)
        .chain(rest);
    wrapped(&joined(parts), "  ", "  ", out)
}

fn write_finding(finding: &Finding, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    let mark = figures::mark(finding.severity);
    let head = paint.severity(finding.severity, &format!("{mark} {}", finding.code));
    writeln!(out, "{head}  {}", finding.subject)?;
    wrapped(&finding.summary, "    ", "    ", out)?;
    for evidence in &finding.evidence {
        wrapped(evidence, "    · ", "      ", out)?;
    }
    for remedy in &finding.remedies {
        wrapped(remedy, "    → ", "      ", out)?;
    }
    Ok(())
}

fn footprint(footprint: &Footprint, out: &mut Page<'_>) -> io::Result<()> {
    if footprint.connections == 0 {
        return Ok(());
    }
    let left = match footprint.sockets_left {
        Some(left) => format!("{} left", counted(left, "socket")),
        None => "sockets left: unknown, the Gateway's end of them is not seen".to_owned(),
    };
    let queue = match (footprint.accept_queue.before, footprint.accept_queue.after) {
        (Some(before), Some(after)) => format!("; accept queue {before} before, {after} after"),
        _ => String::new(),
    };
    let connections = counted(footprint.connections, "connection");
    let first = match footprint.asked_first {
        0 => String::new(),
        first => format!(" ({first} to the Gateway itself, before the relay)"),
    };
    writeln!(out)?;
    wrapped(
        &format!("footprint: {connections}{first}, {left}{queue}"),
        "  ",
        "  ",
        out,
    )
}

/// Wraps a paragraph at the text's width; bytes from outside were cleaned where they came in.
fn wrapped(text: &str, first: &str, rest: &str, out: &mut Page<'_>) -> io::Result<()> {
    let options = textwrap::Options::new(out.columns())
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(first)
        .subsequent_indent(rest);
    for line in textwrap::wrap(text, options) {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Wraps what an event says on a terminal only: other readers take it by lines.
fn told(text: &str, first: &str, rest: &str, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(paint, out);
    if page.is_on_terminal() {
        wrapped(text, first, rest, page)?;
    } else {
        writeln!(page, "{first}{text}")?;
    }
    page.flush()
}

/// What fits into so many columns.
fn shortened(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(columns.saturating_sub(1)).collect();
    short.push('…');
    short
}
