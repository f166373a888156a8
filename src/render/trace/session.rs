//! One recorded session as text.

use std::io::{self, Write};
use std::time::Duration;

use crate::event::{Speaker, Stage, StageStatus};
use crate::render::{Page, Table, counted, joined, wrapped};
use crate::report::{ClosingKind, RequestEnd, TraceRequest, TraceSession, TraceSide};
use crate::text::duration::{shown, shown_long};

/// Requests that are listed; the report has them all.
const LISTED: usize = 30;
/// Errors and notices that are listed.
const NOTICES: usize = 12;

/// Writes the whole of a session.
pub(super) fn text(it: &TraceSession, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    line(it, out)?;
    field("client", &format!("{}: {}", it.who.title, it.who.by), out)?;
    if !it.who.start_up.is_empty() {
        field("asked first", &joined(&it.who.start_up), out)?;
    }
    if let Some(version) = it.server_version {
        let assumed = if it.version_assumed {
            ", assumed: not recorded"
        } else {
            ""
        };
        field("version", &format!("{version}{assumed}"), out)?;
    }
    if let Some(accounts) = &it.accounts {
        let more = accounts.len().saturating_sub(8);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        field(
            "accounts",
            &format!("{}{more}", joined(accounts.iter().take(8))),
            out,
        )?;
    }
    writeln!(out)?;
    waterfall(&it.stages, out)?;
    requests(it, out)?;
    notices(it, out)?;
    measured(it, out)?;
    for words in &it.said {
        field("log", words, out)?;
    }
    field("close", &close(it), out)
}

/// A session in one line.
pub(super) fn line(it: &TraceSession, out: &mut Page<'_>) -> io::Result<()> {
    let began = it
        .began
        .as_deref()
        .map_or_else(String::new, |at| format!(", {at}"));
    let (sent, received) = (it.sent.messages, it.received.messages);
    let same = it.same_as.map_or_else(String::new, |number| {
        format!(", which is session {number} in another recording")
    });
    let head = format!(
        "session {}{same}{began}, {}: {}, {sent} messages →, {received} ←",
        it.session,
        shown_long(it.elapsed),
        who(it)
    );
    wrapped(&head, "  ", "    ", out)
}

/// Whose session it is, in a few words.
pub(in crate::render) fn who(it: &TraceSession) -> String {
    let id = it
        .who
        .client_id
        .map_or_else(String::new, |id| format!(" with client id {id}"));
    let from = it
        .client
        .as_deref()
        .map_or_else(String::new, |at| format!(" from {at}"));
    let to = it
        .gateway
        .as_deref()
        .map_or_else(String::new, |at| format!(" to {at}"));
    format!("{}{id}{from}{to}", it.who.title)
}

fn field(name: &str, value: &str, out: &mut Page<'_>) -> io::Result<()> {
    let name = format!("    {name:<12} ");
    wrapped(value, &name, "                 ", out)
}

fn waterfall(stages: &[Stage], out: &mut Page<'_>) -> io::Result<()> {
    for stage in stages {
        let mark = match stage.status {
            StageStatus::Ok => "✓",
            StageStatus::Failed | StageStatus::Timeout => "✗",
            StageStatus::Skipped => "–",
        };
        let detail = stage.detail.as_deref().unwrap_or_default();
        let (name, start, took) = (stage.name.name(), shown(stage.start), shown(stage.elapsed));
        let words = match stage.status {
            StageStatus::Timeout => format!("not ended after {took}"),
            _ => format!("{took:>10}"),
        };
        let line = format!("{mark} {name:<21} at {start:>9} {words}  {detail}");
        wrapped(&line, "    ", "        ", out)?;
    }
    Ok(())
}

fn requests(it: &TraceSession, out: &mut Page<'_>) -> io::Result<()> {
    if it.requests.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut rows = Table::new(
        ["request", "id", "asked", "took", "answers", "end"],
        &["answers"],
    );
    // What did not end well is not left out.
    let troubled = |it: &&TraceRequest| is_troubled(it.end);
    let quiet = it.requests.iter().filter(|it| !troubled(it));
    let room = LISTED.saturating_sub(it.requests.iter().filter(troubled).count());
    let last = quiet.clone().nth(room).map(|it| it.start);
    let shown_ones = it
        .requests
        .iter()
        .filter(|it| is_troubled(it.end) || last.is_none_or(|last| it.start < last));
    let shown_ones: Vec<&TraceRequest> = shown_ones.collect();
    for request in &shown_ones {
        rows.add(row(request));
    }
    rows.write(out)?;
    let more = (it.requests.len() - shown_ones.len()) as u64 + it.requests_dropped;
    if more > 0 {
        writeln!(out, "    and {more} more, which ended well")?;
    }
    Ok(())
}

fn is_troubled(end: RequestEnd) -> bool {
    matches!(end, RequestEnd::Refused | RequestEnd::Unfinished)
}

fn row(it: &TraceRequest) -> [String; 6] {
    let asked = it
        .asked
        .as_deref()
        .map(|at| at.split_once('T').map_or(at, |(_, time)| time));
    let asked = asked.unwrap_or_default().trim_end_matches('Z');
    [
        format!("{} ({})", it.words, it.id),
        it.request_id.map_or_else(String::new, |id| id.to_string()),
        asked.to_owned(),
        it.elapsed.map_or_else(String::new, shown),
        it.answers.to_string(),
        end_words(it),
    ]
}

/// How a request ended, in words.
fn end_words(it: &TraceRequest) -> String {
    let silent = it
        .silent
        .map_or_else(String::new, |it| format!(", nothing for {}", shown(it)));
    match it.end {
        RequestEnd::Ended => "ended".to_owned(),
        RequestEnd::Refused => {
            let notice = it.notice.as_deref().unwrap_or_default();
            format!("refused: {notice}")
        }
        RequestEnd::Cancelled => "cancelled".to_owned(),
        RequestEnd::LeftOpen => "subscription left open".to_owned(),
        RequestEnd::Silent => format!("subscription without a message{silent}"),
        RequestEnd::Unfinished => format!("✗ never finished{silent}"),
        RequestEnd::AskedAgain => format!("asked again{silent}"),
        RequestEnd::NotRecorded => "not known: the recording has a gap".to_owned(),
    }
}

fn notices(it: &TraceSession, out: &mut Page<'_>) -> io::Result<()> {
    if !it.notices.is_empty() {
        writeln!(out)?;
    }
    for notice in it.notices.iter().take(NOTICES) {
        let about = notice
            .request
            .as_deref()
            .map_or_else(String::new, |it| format!(" to {it}"));
        let at = notice
            .at
            .as_deref()
            .map_or("", |at| at.split_once('T').map_or(at, |(_, time)| time));
        let (at, code) = (at.trim_end_matches('Z'), notice.code);
        field(
            "notice",
            &format!("{at} {code} {}{about}", notice.message),
            out,
        )?;
    }
    let more = it.notices.len().saturating_sub(NOTICES) as u64 + it.notices_dropped;
    if more > 0 {
        field("", &format!("and {more} more"), out)?;
    }
    Ok(())
}

fn measured(it: &TraceSession, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    let at = it
        .most_at
        .as_deref()
        .map_or_else(String::new, |at| format!(" at {at}"));
    let over = match it.seconds_over_limit {
        0 => String::new(),
        seconds => format!(", over the limit in {}", counted(seconds, "second")),
    };
    let rate = format!(
        "at most {} messages a second{at}, of 50{over}",
        it.most_a_second
    );
    field("rate", &rate, out)?;
    for (name, side) in [("client", &it.sent), ("Gateway", &it.received)] {
        if let Some(words) = side_words(name, side) {
            field("measured", &words, out)?;
        }
    }
    let unknown = it
        .unknown
        .iter()
        .map(|it| format!("{} of kind {}", it.count, it.id));
    let unknown: Vec<String> = unknown.collect();
    if !unknown.is_empty() {
        field("unknown", &joined(unknown), out)?;
    }
    Ok(())
}

/// What was measured of a side, without what is nothing.
fn side_words(name: &str, side: &TraceSide) -> Option<String> {
    let mut parts = Vec::new();
    if side.longest_silence > Duration::ZERO {
        let since = side
            .silent_since
            .as_deref()
            .map_or_else(String::new, |at| format!(" from {at}"));
        parts.push(format!(
            "silent for up to {}{since}",
            shown_long(side.longest_silence)
        ));
    }
    if side.not_reading_since.is_some() {
        let unread = side
            .unread_bytes
            .map_or_else(String::new, |it| format!(", {it} bytes or more unread"));
        parts.push(format!(
            "read nothing for {}{unread}",
            shown_long(side.not_reading)
        ));
    }
    for (bytes, words) in [
        (side.repeated_bytes, "bytes sent again"),
        (side.unacknowledged_bytes, "bytes never acknowledged"),
        (side.missing, "bytes missing in the recording"),
        (side.unreadable, "bytes that are no message"),
    ] {
        if bytes > 0 {
            parts.push(format!("{bytes} {words}"));
        }
    }
    (!parts.is_empty()).then(|| format!("{name}: {}", joined(parts)))
}

/// Who closed first and how, and what the other side did.
pub(in crate::render) fn close(it: &TraceSession) -> String {
    let Some(close) = &it.close else {
        return "still open at the end of the recording".to_owned();
    };
    let first = side(close.first);
    let at = close
        .at
        .as_deref()
        .map_or_else(String::new, |at| format!(" at {at}"));
    let how = how(close.how).map_or_else(String::new, |how| format!(" by {how}"));
    if close.is_unsure {
        return format!(
            "{first} closed{at}{how}; {} may have closed before: the last of it is missing",
            side(close.first.other())
        );
    }
    let other = match (close.other, close.other_after) {
        (Some(other), Some(after)) if !close.by_log => {
            let how = self::how(other).map_or_else(String::new, |how| format!(" by {how}"));
            format!(
                "; {} {} later{how}",
                side(close.first.other()),
                shown(after)
            )
        }
        (None, _) if close.how == ClosingKind::Fin => {
            format!("; {} did not", side(close.first.other()))
        }
        _ => String::new(),
    };
    format!("{first} first{at}{how}{other}")
}

fn side(side: Speaker) -> &'static str {
    match side {
        Speaker::Client => "the client",
        Speaker::Gateway => "the Gateway",
    }
}

fn how(how: ClosingKind) -> Option<&'static str> {
    match how {
        ClosingKind::Fin => Some("FIN"),
        ClosingKind::Rst => Some("RST"),
        ClosingKind::TimeOut => Some("time-out"),
        ClosingKind::Unseen => None,
    }
}
