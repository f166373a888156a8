//! Recorded sessions: requests as bars, both sides, notices and the close over one axis of time.
//!
//! However many messages there are, the page stays legible: messages are counted in stretches of
//! time, and beyond some dozens of requests only those that did not end well and the longest have a
//! bar.

use maud::{Markup, html};

use super::picture::{Picture, ends, in_margin, px};
use super::plot::{percent, span};
use crate::render::tap::facts;
use crate::render::trace::{clock, close, source_line, who};
use crate::report::{RequestEnd, Tap, Trace, TraceRequest, TraceSession};
use crate::text::json::in_millis;

/// Sessions that are drawn.
const DRAWN: usize = 20;
/// Requests that have a bar.
const BARS: usize = 60;
/// From one bar to the next.
const ROW: f64 = 26.0;
/// The height of the counts of one side.
const LANE: f64 = 34.0;

/// Everything that a relay shows.
pub(super) fn tap(body: &Tap) -> Markup {
    html! {
        section {
            h2 { "Relay" }
            ul { @for line in facts(body) { li { (line) } } }
        }
        (sections(&body.trace))
    }
}

/// Everything that recordings show.
pub(super) fn sections(body: &Trace) -> Markup {
    html! {
        section {
            h2 { "Recordings" }
            @if !body.sources.is_empty() {
                ul { @for source in &body.sources { li { (source_line(source)) } } }
            }
            p.note { (clock(body.clock)) "." }
            @for note in &body.notes { p.note { (note) } }
        }
        @if !body.drill.is_empty() {
            section {
                h2 { "Drill" }
                ul { @for step in &body.drill { li { (step) } } }
                @for summary in body.judged() { p { (summary) "." } }
            }
        }
        @for story in &body.stories {
            section {
                h2 { "Reconnects" }
                p { (story.client) }
                ul { @for line in &story.lines { li { (line) } } }
            }
        }
        @for it in body.sessions.iter().take(DRAWN) { (session(it)) }
        @if body.sessions.len() > DRAWN {
            p.note { "The first " (DRAWN) " of " (body.sessions.len()) " sessions are drawn." }
        }
    }
}

fn session(it: &TraceSession) -> Markup {
    html! {
        section {
            h2 { "Session " (it.session) }
            p { (who(it)) "; " (it.who.by) "." }
            @if let Some(began) = &it.began { p.note { "Began " (began) "." } }
            (timeline(it))
            p.note { "Closed: " (close(it)) "." }
            (table(it))
            @if !it.notices.is_empty() { (notices(it)) }
        }
    }
}

/// The requests that have a bar: those that did not end well, and the longest.
fn bars(it: &TraceSession) -> Vec<&TraceRequest> {
    let mut bars: Vec<&TraceRequest> = it.requests.iter().collect();
    bars.sort_by_key(|it| {
        (
            !is_wrong(it.end),
            std::cmp::Reverse(it.elapsed.or(it.silent)),
        )
    });
    bars.truncate(BARS);
    bars.sort_by_key(|it| it.start);
    bars
}

fn is_wrong(end: RequestEnd) -> bool {
    matches!(end, RequestEnd::Refused | RequestEnd::Unfinished)
}

/// The end of the timeline: what still waited when nothing more came goes on to the end of the recording.
fn end_of(it: &TraceSession) -> f64 {
    let requests = it.requests.iter();
    let waited =
        requests.filter_map(|it| Some(it.start + it.first.unwrap_or_default() + it.silent?));
    let end = waited.max().unwrap_or_default().max(it.elapsed);
    in_millis(end).max(0.001)
}

fn timeline(it: &TraceSession) -> Markup {
    let end = end_of(it);
    let bars = bars(it);
    let rows = 2.0 * LANE + 24.0;
    let bottom = rows + ROW * bars.len() as f64;
    let most = it.activity.client.iter().chain(&it.activity.gateway).max();
    let most = most.copied().unwrap_or(1).max(1);
    let stretch = in_millis(it.activity.stretch);
    let inside = html! {
        (counts(&it.activity.client, 4.0, stretch, end, most))
        (counts(&it.activity.gateway, 4.0 + LANE, stretch, end, most))
        @for notice in &it.notices {
            @let x = percent(in_millis(notice.start) / end);
            line.missed x1=(x) x2=(x) y1=(px(rows - 18.0)) y2=(px(rows - 6.0)) {
                title { (notice.code) " " (notice.message) }
            }
        }
        @if it.close.is_some() {
            @let x = percent(closed_at(it) / end);
            line.ready x1=(x) x2=(x) y1="0" y2=(px(bottom)) { title { "closed" } }
        }
        // Their words stay readable above the line.
        @for (place, request) in bars.iter().enumerate() {
            (bar(request, rows + ROW * place as f64, end))
        }
        (ends(bottom + 16.0, end))
    };
    let words = format!(
        "{} messages of the client and {} of the Gateway in {}; {} requests",
        it.sent.messages,
        it.received.messages,
        span(end),
        it.requests.len()
    );
    let picture = Picture {
        caption: &format!("Messages, notices and requests over {}", span(end)),
        alternative: &words,
        id: &format!("session-{}", it.session),
        height: bottom + 22.0,
        margin: Some(html! {
            (in_margin(4.0 + LANE * 0.6, "client"))
            (in_margin(4.0 + LANE * 1.6, "Gateway"))
            @if !it.notices.is_empty() { (in_margin(rows - 14.0, "notices")) }
        }),
        inside,
        under: html! {
            p.legend {
                span { i.key-band {} "messages in " (span(stretch)) ", at most " (most) }
                @if !it.notices.is_empty() { span { i.key-missed {} "error or notice" } }
                @if it.close.is_some() { span { i.key-ready {} "closed" } }
                @if bars.len() < it.requests.len() {
                    span { (bars.len()) " of " (it.requests.len()) " requests have a bar" }
                }
            }
        },
    };
    picture.figure()
}

/// When the first side closed, from the beginning of the session.
fn closed_at(it: &TraceSession) -> f64 {
    let stage = it
        .stages
        .iter()
        .find(|it| it.name == crate::event::StageName::Close);
    stage.map_or(in_millis(it.elapsed), |stage| in_millis(stage.start))
}

/// How many messages came in each stretch, as columns.
fn counts(counts: &[u64], top: f64, stretch: f64, end: f64, most: u64) -> Markup {
    let room = LANE - 6.0;
    html! {
        @for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            // Counts differ by orders of magnitude: by their logarithm the few are seen too.
            @let high = room * (1.0 + *count as f64).ln() / (1.0 + most as f64).ln();
            @let from = stretch * place as f64 / end;
            @let wide = (stretch / end).max(0.002).min(1.0 - from.min(0.998));
            rect.column x=(percent(from)) width=(percent(wide)) y=(px(top + room - high)) height=(px(high)) {
                title { (count) " messages at " (span(stretch * place as f64)) }
            }
        }
        line.base x1="0" x2="100%" y1=(px(top + room)) y2=(px(top + room)) {}
    }
}

fn bar(it: &TraceRequest, y: f64, end: f64) -> Markup {
    let from = in_millis(it.start) / end;
    let took = it
        .elapsed
        .or_else(|| Some(it.first.unwrap_or_default() + it.silent?));
    let wide = took.map_or(1.0 - from, |took| in_millis(took) / end);
    let class = match it.end {
        RequestEnd::Refused | RequestEnd::Unfinished => "bar wrong",
        RequestEnd::LeftOpen | RequestEnd::Cancelled => "bar after",
        _ => "bar",
    };
    let (word, figure) = match (it.end, it.elapsed) {
        (RequestEnd::Unfinished, _) => (" ✗ never finished", it.silent.map(in_millis)),
        (RequestEnd::Refused, elapsed) => (" ✗ refused", elapsed.map(in_millis)),
        (RequestEnd::LeftOpen, elapsed) => (" (goes on)", elapsed.map(in_millis)),
        (_, elapsed) => ("", elapsed.map(in_millis)),
    };
    let id = it
        .request_id
        .map_or_else(String::new, |id| format!(" {id}"));
    html! {
        text.label x="0" y=(px(y + 11.0)) { (it.words) (id) (word) }
        @if let Some(figure) = figure {
            text.figure x="100%" y=(px(y + 11.0)) text-anchor="end" { (span(figure)) }
        }
        rect.track x="0" y=(px(y + 15.0)) width="100%" height="6" rx="2" {}
        line.least x1=(percent(from)) x2=(percent(from)) y1=(px(y + 15.0)) y2=(px(y + 21.0)) {}
        rect class=(class) x=(percent(from)) y=(px(y + 15.0)) width=(percent(wide)) height="6" rx="2" {
            title { (it.name) (id) @if let Some(notice) = &it.notice { ": " (notice) } }
        }
    }
}

/// All requests by kind.
fn table(it: &TraceSession) -> Markup {
    html! {
        @if !it.kinds.is_empty() {
            details {
                summary { "Requests by kind" }
                div.wide tabindex="0" { table {
                    thead { tr {
                        @for name in ["kind", "made", "ended", "refused", "unfinished", "left open", "mean", "longest"] {
                            th { (name) }
                        }
                    } }
                    tbody { @for kind in &it.kinds { tr {
                        td { code { (kind.name) } }
                        td { (kind.count) } td { (kind.ended) } td { (kind.refused) }
                        td { (kind.unfinished) } td { (kind.left_open) }
                        td { @if let Some(mean) = kind.mean { (span(in_millis(mean))) } }
                        td { @if let Some(max) = kind.max { (span(in_millis(max))) } }
                    } } }
                } }
            }
        }
    }
}

fn notices(it: &TraceSession) -> Markup {
    html! {
        details {
            summary { "Errors and notices" }
            div.wide tabindex="0" { table.words {
                tbody { @for notice in &it.notices { tr {
                    td.nowrap { @if let Some(at) = &notice.at { (at) } }
                    td { (notice.code) }
                    td { (notice.message) @if let Some(it) = &notice.request { " (" (it) ")" } }
                } } }
            } }
            @if it.notices_dropped > 0 { p.note { "and " (it.notices_dropped) " more" } }
        }
    }
}
