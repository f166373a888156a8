//! What recordings show, as text: each session with its waterfall, its requests and its close.

mod message;
mod session;

use std::io::{self, Write};

use super::{Page, counted, joined, wrapped};
use crate::report::{RecordingKind, Trace, TraceClock, TraceSource};

pub use message::message;
pub(super) use message::time_of_day;
pub(super) use session::{close, who};

/// Sessions that are shown in full; each of the others is one line.
const IN_FULL: usize = 20;

/// Writes the recordings, the sessions and the stories.
pub(super) fn text(body: &Trace, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    for source in &body.sources {
        wrapped(&source_line(source), "  ", "    ", out)?;
    }
    if !body.sessions.is_empty() {
        writeln!(out, "  {}", clock(body.clock))?;
    }
    for note in &body.notes {
        wrapped(note, "  ", "  ", out)?;
    }
    for (place, it) in body.sessions.iter().enumerate() {
        if place < IN_FULL {
            session::text(it, out)?;
        } else {
            session::line(it, out)?;
        }
    }
    if body.sessions_dropped > 0 {
        writeln!(out, "\n  and {} more sessions", body.sessions_dropped)?;
    }
    if !body.drill.is_empty() {
        writeln!(out)?;
        let steps = joined(&body.drill);
        wrapped(&format!("drill: {steps}"), "  ", "    ", out)?;
        for summary in body.judged() {
            wrapped(summary, "    · ", "      ", out)?;
        }
    }
    for story in &body.stories {
        writeln!(out)?;
        let reconnects = counted(story.reconnects, "reconnect");
        wrapped(
            &format!("{}: {reconnects}", story.client),
            "  ",
            "    ",
            out,
        )?;
        for line in &story.lines {
            wrapped(line, "    · ", "      ", out)?;
        }
    }
    Ok(())
}

/// One recording in a line.
pub(super) fn source_line(source: &TraceSource) -> String {
    let (kind, unit) = match source.kind {
        RecordingKind::Log => ("DEBUG log", "line"),
        RecordingKind::Tap => ("recording of tap", "line"),
        RecordingKind::Pcap => ("pcap", "packet"),
        RecordingKind::Pcapng => ("pcapng", "packet"),
        RecordingKind::Unknown => ("no recording that is known", "line"),
    };
    let mut parts = vec![
        format!("{}: {kind}", source.name),
        counted(source.records, unit),
        counted(source.bytes, "byte"),
    ];
    if source.unreadable > 0 {
        parts.push(format!("{} not readable", source.unreadable));
    }
    if source.cut_off {
        parts.push(format!("ends amid a {unit}"));
    }
    joined(parts)
}

/// What the times are.
pub(super) fn clock(clock: TraceClock) -> &'static str {
    match clock {
        TraceClock::Utc => "times are UTC",
        TraceClock::Local => "times are those of the log, which names no zone",
        TraceClock::TimeOfDay => "times are those of the log, which names no year",
        TraceClock::None => "the log has no times: only the order is known",
    }
}
