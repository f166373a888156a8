//! What else is to be known of sessions, and is nobody's fault.

use std::collections::BTreeSet;

use super::diagnosis::shown;
use crate::handshake::clients::USUAL_LIMIT;
use crate::report::{RequestEnd, TraceRequest, TraceSession};
use crate::text::words::listed;
use crate::wire::messages::{Ends, asked};

/// Notes of one kind.
const NOTES: usize = 10;

/// The notes of all sessions.
pub(super) fn notes(sessions: &[TraceSession]) -> Vec<String> {
    let own = || sessions.iter().filter(|it| it.same_as.is_none());
    let missing = own().filter(|it| it.received.missing > 0).map(|it| {
        let (bytes, number) = (it.received.missing, it.session);
        format!("session {number}: {bytes} bytes of the Gateway are missing in the recording; what was in them is not known")
    });
    let silent = own().filter_map(|it| {
        let silent = it.requests.iter().filter(|it| is_silent(it));
        let silent: BTreeSet<String> = silent.map(|it| format!("{} ({})", it.words, it.id)).collect();
        let longest = it.requests.iter().filter(|it| is_silent(it)).filter_map(|it| it.silent).max()?;
        let (number, longest) = (it.session, shown(longest));
        let what = listed(&Vec::from_iter(silent));
        Some(format!(
            "session {number}: nothing came to {what} for up to {longest}; a market that is closed sends nothing"
        ))
    });
    missing.take(NOTES).chain(silent.take(NOTES)).collect()
}

/// Whether it is a subscription whose answers are the market's affair, and none came.
fn is_silent(it: &TraceRequest) -> bool {
    let row = asked(it.id);
    let is_endless = row.is_some_and(|row| matches!(row.ends, Ends::Stream([], _)) || it.id == 1);
    let is_over = matches!(it.end, RequestEnd::Silent | RequestEnd::Cancelled);
    is_endless && is_over && it.notice.is_none() && it.silent >= Some(USUAL_LIMIT)
}
