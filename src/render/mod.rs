//! Reports and events into any writer: text and pages for people, JSON and XML for scripts.

mod doctor;
mod exec;
mod explain;
mod figures;
pub mod file;
mod handshake;
mod html;
mod junit;
mod markdown;
mod paint;
mod probe;
mod soak;
#[cfg(test)]
mod tests;
mod watch;
mod zombies;

use std::io::{self, Write};

use crate::event::{Event, Footprint, Query};
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, principal};
use crate::report;
use crate::report::{Body, EventLine, Last, Line, Report};
use crate::text::words::{counted, joined};

pub use doctor::check;
pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use paint::Paint;
pub use watch::{change, start as watch_start};

/// How wide the text is, in columns.
const WIDTH: usize = 80;

/// A format that the files of `--report` can have.
#[derive(Clone, Copy, Debug)]
pub struct FileFormat {
    /// The end of such a file's name, in lower case.
    pub ending: &'static str,
    /// Writes a report in this format.
    pub write: fn(&Report, &mut dyn Write) -> io::Result<()>,
}

/// The formats of report files: which names `--report` takes, its help and its errors.
pub const FORMATS: [FileFormat; 4] = [
    FileFormat {
        ending: ".json",
        write: json,
    },
    FileFormat {
        ending: ".junit.xml",
        write: junit,
    },
    FileFormat {
        ending: ".md",
        write: markdown,
    },
    FileFormat {
        ending: ".html",
        write: html,
    },
];

/// Writes a report as one JSON document, indented.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// Writes an event as one line of JSON.
///
/// `client` is the client library whose handshake it belongs to, with `--as`.
pub fn ndjson_event(event: &Event, client: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Line::Event(EventLine { event, client }))?;
    writeln!(out)?;
    out.flush()
}

/// Writes a report as the last line of an ndjson stream.
pub fn ndjson_report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Line::Last(Last::Report(report)))?;
    writeln!(out)
}

/// Writes the one line that matters, and nothing when healthy.
pub fn quiet(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if report.verdict == Verdict::Healthy {
        return Ok(());
    }
    write_line(report, paint, out)
}

fn write_line(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let (word, summary) = headline(report);
    writeln!(out, "{} {summary}", paint.verdict(report.verdict, &word))
}

/// Writes a report for people: the verdict in one line, then what it rests on.
pub fn text(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    match &report.body {
        Some(Body::Health(_)) => return write_line(report, paint, out),
        Some(Body::Explain(body)) => return explain::text(body, out),
        // The checks were shown as they ended.
        Some(Body::Doctor(_)) => writeln!(out)?,
        _ => {}
    }
    write_headline(report, paint, out)?;
    if let Some(line) = not_asked(report) {
        writeln!(out, "  {line}")?;
    }
    match &report.body {
        Some(Body::Probe(body)) => probe::text(body, out)?,
        Some(Body::Handshake(body)) => handshake::text(body, paint, out)?,
        Some(Body::Zombies(body)) => zombies::text(body, out)?,
        Some(Body::Soak(body)) => soak::text(body, out)?,
        // The headline says all of it.
        _ => {}
    }
    for finding in &report.findings {
        writeln!(out)?;
        write_finding(finding, paint, out)?;
    }
    footprint(&report.footprint, out)
}

/// The verdict with its mark, and what it rests on in one sentence.
fn headline(report: &Report) -> (String, String) {
    let mark = match report.verdict {
        Verdict::Healthy => "✓",
        Verdict::Attention => "!",
        Verdict::Unknown => "?",
        Verdict::Failed => "✗",
    };
    let word = format!("{mark} {}:", report.verdict.name());
    let simulated = if report.simulated { " (simulated)" } else { "" };
    // Where an error says why, it says that too, and a soak says it among its figures.
    let says_so = report.error.is_some() || matches!(&report.body, Some(Body::Soak(_)));
    let interrupted = if report.interrupted && !says_so {
        ", interrupted"
    } else {
        ""
    };
    (word, format!("{}{interrupted}{simulated}", summary(report)))
}

fn write_headline(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let (word, summary) = headline(report);
    if let Some(Body::Soak(body)) = &report.body {
        return write_soak_headline(report, body, &word, paint, out);
    }
    let indent = " ".repeat(word.chars().count() + 1);
    let options = textwrap::Options::new(WIDTH - indent.len())
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(&summary, options);
    let word = paint.verdict(report.verdict, &word);
    writeln!(out, "{word} {}", lines.join(&format!("\n{indent}")))
}

/// The verdict of a soak in one line, and below what did not fit into it.
fn write_soak_headline(
    report: &Report,
    body: &report::Soak,
    word: &str,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let code = code(report);
    let columns = WIDTH - word.chars().count() - 1;
    let (line, rest) = soak::headline(body, &code, columns);
    writeln!(out, "{} {line}", paint.verdict(report.verdict, word))?;
    let simulated = report.simulated.then(|| "simulated".to_owned());
    let parts = std::iter::once(body.address.clone())
        .chain(simulated)
        .chain(rest);
    wrapped(&joined(parts), "  ", "  ", out)
}

/// What a healthy verdict does not cover: the requests that were not made, and the options that make
/// them; a line of its own, never wrapped.
fn not_asked(report: &Report) -> Option<String> {
    let queries = match &report.body {
        Some(Body::Handshake(body)) => &body.not_asked,
        Some(Body::Doctor(body)) => &body.not_asked,
        Some(Body::Soak(body)) => &body.not_asked,
        _ => return None,
    };
    if report.verdict != Verdict::Healthy || queries.is_empty() {
        return None;
    }
    let names = queries.iter().map(|query| query.name().replace('-', " "));
    // A client library asks what it asks; only what can disturb is left to an option.
    let clients = match &report.body {
        Some(Body::Handshake(body)) => body.clients.as_slice(),
        _ => &[],
    };
    let mut options: Vec<&str> = match clients {
        [] => queries.iter().filter_map(|query| option(*query)).collect(),
        clients if clients.iter().all(|it| it.not_asked.is_empty()) => Vec::new(),
        _ => vec!["--as-is"],
    };
    options.dedup();
    let options = match options.as_slice() {
        [] => String::new(),
        options => format!(" ({})", options.join(", ")),
    };
    Some(format!("not asked: {}{options}", joined(names)))
}

/// The option that makes this request, where it is not made without one.
fn option(query: Query) -> Option<&'static str> {
    match query {
        Query::OpenOrders | Query::Orders | Query::CompletedOrders => Some("--orders"),
        Query::AccountUpdates => Some("--account-updates"),
        _ => None,
    }
}

/// The code of the principal finding, behind a sentence of the command's own.
fn code(report: &Report) -> String {
    let finding = principal(&report.findings);
    finding.map_or_else(String::new, |finding| format!(" [{}]", finding.code))
}

fn summary(report: &Report) -> String {
    match (&report.body, &report.error, principal(&report.findings)) {
        (Some(Body::Soak(body)), ..) => format!("{}{}", soak::summary(body), code(report)),
        (Some(Body::Doctor(body)), None, _) => format!("{}{}", doctor::summary(body), code(report)),
        (_, Some(error), Some(finding)) => {
            format!("{error}: {} [{}]", finding.summary, finding.code)
        }
        (_, Some(error), None) => error.clone(),
        (_, _, Some(finding)) => {
            format!(
                "{}: {} [{}]",
                finding.subject, finding.summary, finding.code
            )
        }
        (Some(Body::Probe(body)), ..) => probe::summary(body),
        (Some(Body::Handshake(body)), ..) => handshake::summary(&body.address, body.ready),
        (Some(Body::Health(body)), ..) => handshake::short_summary(&body.address, body.ready),
        (Some(Body::Zombies(body)), ..) => zombies::summary(body),
        (Some(Body::Sim(body)), ..) => format!("the simulator on {} has ended", body.address),
        (Some(Body::Explain(_)) | None, ..) => String::new(),
    }
}

fn write_finding(finding: &Finding, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
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

fn footprint(footprint: &Footprint, out: &mut dyn Write) -> io::Result<()> {
    if footprint.connections == 0 {
        return Ok(());
    }
    let left = match footprint.sockets_left {
        Some(left) => format!("{} left", counted(left, "socket")),
        None => "sockets left: unknown, the other end is out of sight".to_owned(),
    };
    let queue = match (footprint.accept_queue.before, footprint.accept_queue.after) {
        (Some(before), Some(after)) => format!("; accept queue {before} before, {after} after"),
        _ => String::new(),
    };
    let connections = counted(footprint.connections, "connection");
    writeln!(out)?;
    wrapped(
        &format!("footprint: {connections}, {left}{queue}"),
        "  ",
        "  ",
        out,
    )
}

/// Wraps a paragraph at the text's width; bytes from outside were cleaned where they came in.
fn wrapped(text: &str, first: &str, rest: &str, out: &mut dyn Write) -> io::Result<()> {
    let options = textwrap::Options::new(WIDTH)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(first)
        .subsequent_indent(rest);
    for line in textwrap::wrap(text, options) {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
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

/// A borderless table, no wider than the text.
fn table(header: &[&str]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_width(u16::try_from(WIDTH - 1).unwrap_or(u16::MAX))
        .set_header(header.iter().copied());
    table
}

/// Writes a table indented like the rest of the text.
fn write_table(table: &comfy_table::Table, out: &mut dyn Write) -> io::Result<()> {
    for line in table.lines() {
        writeln!(out, " {}", line.trim_end())?;
    }
    Ok(())
}
