//! A message of a recorded session as one line.

use std::io::{self, Write};

use crate::event::{MessageRole, Speaker, TraceMessage};
use crate::render::{Page, Paint, watch, wrapped};
use crate::text::duration::shown;

/// Writes a message and hands it over at once, because a reader of a live view waits for each.
pub fn message(message: &TraceMessage, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(paint, out);
    let time = message.at.as_deref().map_or("", time_of_day);
    let arrow = match message.from {
        Speaker::Client => "→",
        Speaker::Gateway => "←",
    };
    let session = message.session;
    let first = format!("{time:<13} {session} {arrow} ");
    wrapped(&words(message), &first, "                    ", page)?;
    page.flush()
}

/// `10:43:25.584` of `2026-11-27T10:43:25.584Z`.
pub(in crate::render) fn time_of_day(time: &str) -> &str {
    watch::time_of_day(time).trim_end_matches('Z')
}

fn words(message: &TraceMessage) -> String {
    let name = match (&message.name, message.role) {
        (_, MessageRole::Greeting) => "greeting".to_owned(),
        (Some(name), _) => name.clone(),
        (None, _) => format!("unknown kind {}", message.id),
    };
    let id = message
        .request_id
        .map_or_else(String::new, |id| format!(" {id}"));
    let after = message.elapsed.map(shown);
    let role = match (message.role, after) {
        (MessageRole::Ends, Some(after)) => format!("  ends after {after}"),
        (MessageRole::Cancels, Some(after)) => format!("  cancels after {after}"),
        (MessageRole::Notice, Some(after)) => format!("  after {after}"),
        _ => String::new(),
    };
    let notice = message
        .notice
        .as_ref()
        .map_or_else(String::new, |words| format!("  {words}"));
    let fields = message
        .fields
        .as_ref()
        .map_or_else(String::new, |it| format!("  {it}"));
    format!("{name}{id}{role}{notice}{fields}")
}
