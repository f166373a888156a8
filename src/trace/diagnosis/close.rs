//! A session that worked and was ended by the other side.

use super::{Look, shown};
use crate::diagnosis::last_words;
use crate::diagnosis::notices::{port_change, port_changed};
use crate::event::Speaker;
use crate::finding::{Code, Finding};
use crate::handshake::clients::shown_for;
use crate::text::words::{counted, listed};
use crate::trace::chunk::Closing;

/// How many requests that were under way are named.
const NAMED: usize = 5;

/// The finding of a session that its client did not end.
pub(super) fn assess(look: &Look<'_>) -> Option<Finding> {
    let session = look.session;
    let first = session.close.first()?;
    if first.side == Speaker::Client && first.how != Closing::TimedOut {
        return None;
    }
    if session.close_is_unsure() {
        return None;
    }
    let lasted = shown(first.at.since(session.first));
    let (who, at) = (look.who(), look.at(first.at));
    let subject = session.subject();
    let cause = look.cause(first.at, None);
    let mut finding = match (port_change(&look.notices), first.how) {
        (Some((notice, port)), _) => port_changed(&subject, notice, port),
        (None, Closing::TimedOut) => {
            let summary =
                format!("{who} lost the other end{at}, after {lasted}: it did not answer");
            look.finding(Code::Network, summary)
        }
        (None, _) => {
            let lost = format!("the Gateway ended the session of {who}{at}, after {lasted}");
            match cause.filter(|it| last_words::code(it.code) == Code::UpstreamLost) {
                Some(cause) => {
                    let summary = format!("{}, and then {lost}", last_words::said(cause));
                    let mut finding = look.finding(Code::UpstreamLost, summary);
                    finding.severity = Code::Dropped.severity();
                    finding
                }
                None => look.finding(Code::Dropped, lost),
            }
        }
    };
    finding.evidence.push(how(look));
    let waiting = session.requests.kept.all().into_iter();
    let waiting = waiting.filter(|it| it.end == crate::report::RequestEnd::Unfinished);
    let waiting: Vec<String> = waiting.map(|it| it.request.title()).collect();
    if !waiting.is_empty() {
        let named = &waiting[..waiting.len().min(NAMED)];
        let more = waiting.len() - named.len();
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        let requests = counted(waiting.len(), "request");
        let line = format!("{requests} not finished then: {}{more}", listed(named));
        finding.evidence.push(line);
    }
    let upstream = cause.filter(|_| finding.code == Code::UpstreamLost);
    look.add_words(&mut finding, first.at, upstream);
    finding.evidence.extend(look.said());
    Some(finding.with_all_evidence(shown_for(Code::Dropped)))
}

/// Who closed first and how, and what the other side did.
pub(super) fn how(look: &Look<'_>) -> String {
    let close = &look.session.close;
    let Some(first) = close.first() else {
        return String::new();
    };
    let (side, at) = (first.side.words(), look.at(first.at));
    let began = match first.how {
        Closing::Unseen => format!("{side} closed first{at}; how is not to be seen in a log"),
        how => format!("{side} closed first{at}, by {how}"),
    };
    match close.other() {
        Some(other) if other.how != Closing::Unseen => {
            let after = shown(other.at.since(first.at));
            format!(
                "{began}; {} followed {after} later, by {}",
                other.side.words(),
                other.how
            )
        }
        None if first.how == Closing::Fin => {
            let left = shown(look.session.last.since(first.at));
            let other = first.side.other().words();
            format!("{began}; {other} did not close in the {left} that were recorded after")
        }
        _ => began,
    }
}
