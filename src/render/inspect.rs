//! What clients do, for people: a block for each client, a line for each change of a watch.

use std::io::{self, Write};
use std::time::Duration;

use super::{Page, Paint, wrapped};
use crate::event::{Conduct, ConductSeen};
use crate::finding::verdict::Severity;
use crate::report::{Inspect, InspectedClient, InspectedConnection};
use crate::text::duration::{shown, shown_long};
use crate::text::words::{counted, joined};

/// Writes a block for each client.
pub(super) fn text(body: &Inspect, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    for client in &body.clients {
        writeln!(out)?;
        write_client(client, paint, out)?;
    }
    if body.unseen > 0 && !body.clients.is_empty() {
        let hidden = counted(body.unseen, "connection");
        let line = format!("{hidden} of programs that cannot be seen: root sees them");
        writeln!(out)?;
        wrapped(&line, "  ", "  ", out)?;
    }
    Ok(())
}

fn write_client(client: &InspectedClient, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    let (mark, severity) = mark(client.conduct);
    writeln!(
        out,
        "{} {} (pid {})",
        paint.mark(severity, mark),
        client.name,
        client.pid
    )?;
    wrapped(&client.reason, "    ", "    ", out)?;
    let of_user = client.user.as_ref().map(|user| format!("user {user}"));
    let in_charge = client.in_charge.as_ref().map(|it| format!("under {it}"));
    let up = client.up.map(|up| format!("up {}", shown_long(up)));
    let who = [of_user, in_charge, up].into_iter().flatten();
    let cpu = client
        .cpu
        .map(|cpu| format!("{:.0} % of a processor", cpu * 100.0));
    let memory = client
        .memory_bytes
        .map(|bytes| format!("{} of memory", size(bytes)));
    let threads = client.threads.map(|threads| counted(threads, "thread"));
    let open = client
        .descriptors
        .map(|open| match client.descriptor_limit {
            Some(limit) => format!("{open} of {limit} descriptors"),
            None => counted(open, "descriptor"),
        });
    let all = who.chain([threads, cpu, memory, open].into_iter().flatten());
    wrapped(&joined(all), "    ", "    ", out)?;
    for connection in &client.connections {
        wrapped(&in_words(connection), "    · ", "      ", out)?;
        let says_more = connection.reason != client.reason && !connection.half_closed;
        if says_more {
            wrapped(&connection.reason, "      ", "      ", out)?;
        }
    }
    match &client.hidden {
        Some(hidden) => wrapped(hidden, "    ", "    ", out),
        None => Ok(()),
    }
}

fn mark(conduct: Conduct) -> (&'static str, Option<Severity>) {
    match conduct {
        Conduct::Reads => ("✓", None),
        Conduct::Unknown => ("?", Some(Severity::Warning)),
        _ => ("!", Some(Severity::Warning)),
    }
}

/// One connection in a sentence of figures.
fn in_words(it: &InspectedConnection) -> String {
    let (local, remote) = (it.local, it.remote);
    let half_closed = it.half_closed.then(|| "half closed".to_owned());
    let age = age(it.age_at_least, it.age_at_most);
    let received = it
        .bytes_received
        .map(|bytes| format!("{} received", size(bytes)));
    let last = it
        .last_received
        .map(|ago| format!("the last {} ago", shown(ago)));
    let unread = it
        .unread_bytes
        .map(|bytes| format!("{} unread", size(bytes.into())));
    let sent = it.bytes_sent.map(|bytes| format!("{} sent", size(bytes)));
    let waiting = it.unacknowledged_bytes.filter(|bytes| *bytes > 0);
    let waiting = waiting.map(|bytes| format!("{} not acknowledged", size(bytes.into())));
    let trip = it
        .round_trip
        .map(|trip| format!("round trip {}", shown(trip)));
    let again = it.segments_again.filter(|count| *count > 0);
    let again = again.map(|count| format!("{} sent again", counted(count, "segment")));
    let all = [
        half_closed,
        age,
        received,
        last,
        unread,
        sent,
        waiting,
        trip,
        again,
    ];
    format!("{local} to {remote}: {}", joined(all.into_iter().flatten()))
}

/// Between which ages it is: no system tells when a connection was made.
fn age(least: Option<Duration>, most: Option<Duration>) -> Option<String> {
    match (least.map(shown_long), most.map(shown_long)) {
        (Some(least), Some(most)) if least == most => Some(format!("up {least}")),
        (Some(least), Some(most)) => Some(format!("up {least} to {most}")),
        (Some(least), None) => Some(format!("up at least {least}")),
        (None, most) => most.map(|most| format!("up at most {most}")),
    }
}

/// Bytes in the largest unit of which there is at least one.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    let unit = UNITS.iter().find(|(_, unit)| bytes >= *unit);
    match unit {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} B"),
    }
}

/// Writes the line of a change and hands it over at once. With `quiet` only what leaves something
/// unread is told.
pub fn conduct(
    seen: &ConductSeen,
    quiet: bool,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_silent = seen.conduct.is_some_and(Conduct::is_silent);
    if quiet && !is_silent {
        return Ok(());
    }
    let word = seen.conduct.map_or("gone", Conduct::name);
    let unread = seen.unread_bytes.filter(|bytes| is_silent && *bytes > 0);
    let unread = unread.map(|bytes| format!(", {} unread", size(bytes.into())));
    let line = format!(
        "{word:<16}  {} (pid {}) {} to {}: {}{}",
        seen.name,
        seen.pid,
        seen.local,
        seen.remote,
        seen.reason,
        unread.unwrap_or_default()
    );
    let page = &mut Page::new(paint, out);
    wrapped(
        &line,
        &format!("{:>8}  ", shown_long(seen.at)),
        "          ",
        page,
    )?;
    page.flush()
}
