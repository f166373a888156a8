//! What recordings show, as text.

use crate::report::Trace;
use crate::text::words::counted;

/// In one line.
pub(super) fn summary(body: &Trace) -> String {
    let sessions = body.sessions.len() as u64 + body.sessions_dropped;
    let messages: u64 = body
        .sessions
        .iter()
        .map(|it| it.sent.messages + it.received.messages)
        .sum();
    format!(
        "{} with {}, every request finished",
        counted(sessions, "session"),
        counted(messages, "message")
    )
}
