//! The waterfall of a handshake.

use std::io::{self, Write};
use std::time::Duration;

use super::{Page, Paint, Table, shortened, wrapped};
use crate::event::{Stage, StageName, StageStatus};
use crate::finding::verdict::Severity;
use crate::machine::sockets::Transmission;
use crate::report::Handshake;
use crate::report::{Judgement, client::Outcome};
use crate::text::duration::shown;
use crate::text::json::in_millis;

/// Columns of the bars on a page of so many columns.
fn bar_columns(columns: usize) -> usize {
    (columns - 24) / 4
}

/// Columns before the bars: mark, name, milliseconds, gap.
const BEFORE_BAR: usize = 4 + 21 + 12 + 2;

/// Writes the stages with bars, then what the Gateway said.
pub(super) fn text(body: &Handshake, paint: Paint, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    let starts = starts(&body.stages);
    let ends = body.stages.iter().zip(&starts);
    let ends = ends.map(|(stage, start)| *start + stage.elapsed);
    let total = ends.max().unwrap_or_default();
    for (stage, start) in body.stages.iter().zip(starts) {
        write_stage(stage, start, total, paint, out)?;
    }
    write_session(body, out)?;
    match body.clients.as_slice() {
        [] => {}
        [one] => {
            let mark = mark(one.outcome);
            let version = one.server_version.filter(|_| one.outcome != Outcome::Fails);
            let version = version.map(|version| format!(" (version {version})"));
            let says = format!("{}{}", one.says, version.unwrap_or_default());
            writeln!(out)?;
            wrapped(&says, &format!("  {mark} "), "    ", out)?;
        }
        several => compare(several, out)?,
    }
    if body
        .clients
        .iter()
        .any(|client| !client.not_asked.is_empty())
    {
        wrapped(AS_IS, "  ", "  ", out)?;
    }
    Ok(())
}

/// What has to be known before `--as-is` is typed.
const AS_IS: &str = "--as-is asks these too: a Gateway with Read-Only API refuses orders or shows a \
    dialog, and account updates end another program's subscription";

fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Connects => "✓",
        Outcome::Incomplete | Outcome::Unknown => "–",
        Outcome::Fails => "✗",
    }
}

/// What the Gateway said.
/// What was lost on the way, in words; nothing where nothing was.
pub(super) fn losses(body: &Handshake) -> Option<String> {
    let seen = body.network.filter(Transmission::has_losses)?;
    let round_trip = shown(seen.round_trip);
    let losses = seen.losses_in_words();
    Some(format!("{losses}, round trip {round_trip}"))
}

fn write_session(body: &Handshake, out: &mut Page<'_>) -> io::Result<()> {
    let mut stages = body.stages.iter();
    let started = stages.any(|stage| stage.name == StageName::Start);
    if started || body.server_version.is_some() {
        writeln!(out)?;
    }
    if let Some(version) = body.server_version {
        let version = format!("{version} (announced {})", body.announced);
        field("server version", &version, out)?;
    }
    if let Some(time) = &body.connection_time {
        field("connection time", time, out)?;
    }
    if started {
        field("client id", &body.client_id.to_string(), out)?;
    }
    if let Some(accounts) = &body.accounts {
        let listed = &accounts[..accounts.len().min(LISTED)];
        let more = more(accounts.len() - listed.len());
        field("accounts", &format!("{}{more}", listed.join(", ")), out)?;
    }
    if let Some(id) = body.next_order_id {
        field("next order id", &id.to_string(), out)?;
    }
    if let Some(losses) = losses(body) {
        field("network", &losses, out)?;
    }
    for (index, notice) in body.notices.iter().take(LISTED).enumerate() {
        let name = if index == 0 { "notices" } else { "" };
        field(name, &format!("{} {}", notice.code, notice.message), out)?;
    }
    let unlisted = body.notices.len().saturating_sub(LISTED) + body.notices_dropped;
    if unlisted > 0 {
        field("", more(unlisted).trim_start_matches(", "), out)?;
    }
    Ok(())
}

/// The usual clients side by side.
fn compare(clients: &[Judgement], out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    let mut table = Table::new(
        ["CLIENT", "ANNOUNCES", "VERSION", "OUTCOME"],
        &["ANNOUNCES"],
    );
    for client in clients {
        let version = client.server_version.map(|version| version.to_string());
        // The sentence begins with the client's name, which has its own column.
        let says = client.says.trim_start_matches(client.client);
        table.add([
            client.client.to_owned(),
            client.announced.clone(),
            version.unwrap_or_else(|| "-".to_owned()),
            says.trim_start().to_owned(),
        ]);
    }
    table.write(out)
}

/// How many accounts and notices the text lists; the JSON report has more.
const LISTED: usize = 10;

fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(", … and {count} more"),
    }
}

fn field(name: &str, value: &str, out: &mut Page<'_>) -> io::Result<()> {
    wrapped(value, &format!("  {name:<17}"), &" ".repeat(19), out)
}

fn write_stage(
    stage: &Stage,
    start: Duration,
    total: Duration,
    paint: Paint,
    out: &mut Page<'_>,
) -> io::Result<()> {
    let (mark, severity) = match stage.status {
        StageStatus::Ok => ("✓", None),
        StageStatus::Failed | StageStatus::Timeout => ("✗", Some(Severity::Error)),
        StageStatus::Skipped => ("–", Some(Severity::Warning)),
    };
    let mark = paint.mark(severity, mark);
    let name = stage.name.name();
    let millis = milliseconds(stage.elapsed);
    let width = bar_columns(out.columns());
    let bar = bar(start, stage.elapsed, total, width);
    // The findings have the whole text.
    let room = out.columns() - BEFORE_BAR - width - 1;
    let detail = shortened(stage.detail.as_deref().unwrap_or_default(), room);
    let line = format!("  {mark} {name:<21}{millis:>9} ms  {bar:<width$} {detail}");
    writeln!(out, "{}", line.trim_end())
}

/// Two decimals where they matter.
fn milliseconds(duration: Duration) -> String {
    let decimals = if duration < Duration::from_millis(100) {
        2
    } else {
        0
    };
    format!("{:.decimals$}", in_millis(duration))
}

/// When each stage began, without the times in which no stage went on: they are ibdoc's own looks.
fn starts(stages: &[Stage]) -> Vec<Duration> {
    let (mut looks, mut end) = (Duration::ZERO, Duration::ZERO);
    let without = |stage: &Stage| {
        looks += stage.start.saturating_sub(end);
        end = end.max(stage.start + stage.elapsed);
        stage.start.saturating_sub(looks)
    };
    stages.iter().map(without).collect()
}

/// A bar of so many columns at most, from the stage's start to its end, at least one column wide.
fn bar(start: Duration, elapsed: Duration, total: Duration, width: usize) -> String {
    if total.is_zero() {
        return String::new();
    }
    let column = |at: Duration| {
        let column = at.as_micros() * width as u128 / total.as_micros().max(1);
        usize::try_from(column).unwrap_or(width).min(width)
    };
    let from = column(start).min(width - 1);
    let to = column(start + elapsed).max(from + 1);
    format!("{}{}", " ".repeat(from), "█".repeat(to - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(start: u64, elapsed: u64) -> Stage {
        Stage {
            name: StageName::Connect,
            status: StageStatus::Ok,
            start: Duration::from_millis(start),
            elapsed: Duration::from_millis(elapsed),
            detail: None,
            code: None,
        }
    }

    #[test]
    fn bars_leave_out_the_time_in_which_no_stage_went_on() {
        // Resolve, a look of half a second, connect, and two requests side by side.
        let stages = [stage(0, 1), stage(501, 2), stage(503, 10), stage(504, 5)];
        let starts: Vec<u128> = starts(&stages).iter().map(Duration::as_millis).collect();
        assert_eq!(starts, [0, 1, 3, 4]);
    }

    #[test]
    fn a_bar_has_its_place_and_is_always_seen() {
        let ms = Duration::from_millis;
        assert_eq!(bar(ms(0), ms(5), ms(10), 10), "█████");
        assert_eq!(bar(ms(10), ms(0), ms(10), 10), "         █");
        assert_eq!(bar(ms(0), ms(0), ms(0), 10), "");
        assert_eq!([60, 80, 100].map(bar_columns), [9, 14, 19]);
    }
}
