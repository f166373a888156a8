//! A relay: the lines of its live view, and its report.

use std::io::{self, Write};

use super::trace::{self, time_of_day};
use super::watch::INDENT;
use super::{Page, Paint, told, wrapped};
use crate::event::{DrillStep, TapClient, TapClientChange, TapDoor, TapStart};
use crate::report::{Tap, TapFile};
use crate::text::duration::shown_long;
use crate::text::words::{counted, joined};

/// Where clients connect to.
pub fn tap_start(start: &TapStart, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "listening on {} for {}", start.address, start.target)
}

/// Whether clients are let in.
pub fn tap_door(door: &TapDoor, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if door.open {
        writeln!(out, "clients are let in")
    } else {
        told(&door.reason, "clients are refused: ", INDENT, paint, out)
    }
}

/// What happened to a client.
pub fn tap_client(it: &TapClient, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let number = it.connection.map_or_else(String::new, |it| it.to_string());
    let how = it.how.as_deref().unwrap_or_default();
    let side = it.side.words();
    let words = match it.change {
        TapClientChange::Connects => {
            format!("{} connects", it.client.as_deref().unwrap_or("a client"))
        }
        TapClientChange::Connected => "connected to the Gateway".to_owned(),
        TapClientChange::Refused => format!("a client was refused: {how}"),
        TapClientChange::Closed => format!("{side} closed ({how})"),
        TapClientChange::NotReading => format!("{side} does not read"),
        TapClientChange::Reads => format!("{side} reads again"),
    };
    let first = format!("{:<13} {number} · ", time_of_day(&it.at));
    told(&words, &first, INDENT, paint, out)
}

/// What a drill did.
pub fn drill(step: &DrillStep, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let time = time_of_day(&step.at);
    told(
        &step.step,
        &format!("{time:<13} drill: "),
        INDENT,
        paint,
        out,
    )
}

/// What it did, one fact each.
pub(super) fn facts(body: &Tap) -> Vec<String> {
    let mut facts = vec![format!("{} for {}", body.address, body.target)];
    let mut clients = vec![format!("{} connected", counted(body.connections, "client"))];
    if body.connections > 1 {
        clients.push(format!("{} at once at most", body.most_at_once));
    }
    if body.not_reached > 0 {
        clients.push(format!(
            "{} when the Gateway was not there",
            body.not_reached
        ));
    }
    if body.refused > 0 {
        clients.push(format!("{} refused by the relay itself", body.refused));
    }
    facts.push(joined(clients));
    if body.uncopied_bytes > 0 {
        facts.push(format!(
            "{} carried and not decoded: that lagged, and nothing waits for it",
            counted(body.uncopied_bytes, "byte")
        ));
    }
    for (kind, file) in [("recording", &body.recording), ("capture", &body.capture)] {
        facts.extend(file.as_ref().map(|file| file_fact(kind, file)));
    }
    if let Some(fault) = &body.fault {
        let given_up = if body.drill_given_up {
            "; given up: an account is no paper account, and --live was not given"
        } else {
            ""
        };
        facts.push(format!("drill: {fault}{given_up}"));
    }
    if let Some(program) = &body.program {
        let end = match (program.exit_status, program.signal) {
            (Some(status), _) => format!("ended with status {status}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "was ended with the relay".to_owned(),
        };
        let after = shown_long(program.elapsed);
        facts.push(format!("{} {end} after {after}", program.program));
    }
    facts
}

fn file_fact(kind: &str, file: &TapFile) -> String {
    let mut parts = vec![
        format!("{kind}: {}", file.file),
        counted(file.bytes, "byte"),
    ];
    if file.rotations > 0 {
        parts.push(counted(file.rotations + 1, "file"));
    }
    if let Some(error) = &file.error {
        parts.push(format!("given up: {error}"));
    }
    joined(parts)
}

/// Writes what it did, the sessions and how the clients took a drill.
pub(super) fn text(body: &Tap, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    for fact in facts(body) {
        wrapped(&fact, "  ", "    ", out)?;
    }
    if body.trace.sessions.is_empty() {
        return Ok(());
    }
    trace::text(&body.trace, out)
}
