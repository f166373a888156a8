//! The sessions of one client as one story: how often it connected again, how long it was away, and
//! whether it asked again for what it had subscribed to.

use std::collections::BTreeSet;
use std::time::Duration;

use super::chunk::Timestamp;
use super::clock::said;
use super::diagnosis::shown;
use super::finished::Finished;
use crate::event::Speaker;
use crate::report::{ClosingKind, RequestEnd, TraceClock, TraceSession, TraceStory};
use crate::text::words::{counted, listed};

/// Lines of one story.
const LINES: usize = 60;
/// Stories that are told.
const STORIES: usize = 50;

/// The stories of clients that connected more than once.
pub(super) fn stories(finished: &[Finished]) -> Vec<TraceStory> {
    let mut groups: Vec<(String, Vec<&Finished>)> = Vec::new();
    for it in finished.iter().filter(|it| it.session.same_as.is_none()) {
        let client = client(&it.session);
        // A session beside another one is no reconnect: it begins when that one is over.
        let follows = |sessions: &[&Finished]| {
            let before = sessions.last();
            before.is_some_and(|before| before.over <= it.first && before.clock == it.clock)
        };
        let mut same = groups.iter_mut().filter(|(known, _)| *known == client);
        match same.find(|(_, sessions)| follows(sessions)) {
            Some((_, sessions)) => sessions.push(it),
            None => groups.push((client, vec![it])),
        }
    }
    let several = groups
        .into_iter()
        .filter(|(_, sessions)| sessions.len() > 1);
    several
        .take(STORIES)
        .map(|(client, sessions)| story(client, &sessions))
        .collect()
}

/// Whose session it is: the library, the client id, and where it runs.
pub(super) fn client(session: &TraceSession) -> String {
    client_as(session, session.who.client_id)
}

/// The same with another client id, or without one: what a client is that takes a new id each time.
pub(super) fn client_as(session: &TraceSession, id: Option<i32>) -> String {
    let id = id.map_or_else(String::new, |id| format!(", client id {id}"));
    let host = session.client.as_deref().and_then(|it| it.rsplit_once(':'));
    let host = host.map_or_else(String::new, |(host, _)| format!(", from {host}"));
    let gateway = session
        .gateway
        .as_deref()
        .map_or_else(String::new, |it| format!(", to {it}"));
    // A session that did not get as far as its greeting is of the program beside it.
    let title = match session.who.title.as_str() {
        "an unknown client" => "a client",
        title => title,
    };
    format!("{title}{id}{host}{gateway}")
}

fn story(client: String, sessions: &[&Finished]) -> TraceStory {
    let mut lines = Vec::new();
    let mut longest = None;
    let mut lost: Option<&Finished> = None;
    let mut failed: Vec<&Finished> = Vec::new();
    for it in sessions {
        if !it.is_ready {
            failed.push(it);
            continue;
        }
        if let Some(before) = lost {
            let away = it.first.since(before.over);
            longest = longest.max(Some(away));
            lines.push(back(before, it, away, failed.len()));
        } else if !failed.is_empty() {
            let tries = counted(failed.len(), "try");
            lines.push(format!(
                "{}: {tries} before did not get ready",
                when(it, it.first)
            ));
        }
        failed.clear();
        lines.push(held(it));
        lost = Some(it);
    }
    if let (Some(first), Some(last)) = (failed.first(), failed.last()) {
        let from = when(first, first.first);
        let to = when(last, last.over);
        let code = last
            .findings
            .first()
            .map_or_else(String::new, |it| format!(" ({})", it.finding.code));
        let tries = if failed.len() == 1 {
            "1 try".to_owned()
        } else {
            format!("{} tries", failed.len())
        };
        lines.push(format!(
            "{from}: {tries} until {to} did not get ready{code}"
        ));
    }
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        lines.drain(LINES / 2..LINES / 2 + more);
        lines.insert(LINES / 2, format!("… {more} more lines …"));
    }
    TraceStory {
        client,
        sessions: sessions.iter().map(|it| it.session.session).collect(),
        reconnects: sessions.len() as u64 - 1,
        longest_away: longest,
        lines,
    }
}

/// A moment of a session, in a sentence.
fn when(of: &Finished, at: Timestamp) -> String {
    said(of.clock, at).unwrap_or_else(|| format!("session {}", of.session.session))
}

/// A session that got ready: how long it was held, and who ended it how.
fn held(it: &Finished) -> String {
    let number = it.session.session;
    let lasted = match it.clock {
        TraceClock::None => String::new(),
        _ => format!(", held for {}", shown(it.over.since(it.first))),
    };
    let end = match &it.session.close {
        None => ", and on at the end of the recording".to_owned(),
        Some(close) => {
            let how = match close.how {
                ClosingKind::Fin => " (FIN)",
                ClosingKind::Rst => " (RST)",
                ClosingKind::TimeOut => " (time-out)",
                ClosingKind::Unseen => "",
            };
            let at = when(it, it.over);
            if it.is_cut() {
                return format!(
                    "{}: session {number} ready{lasted}; over{how} at {at}, in a drill",
                    when(it, it.first)
                );
            }
            if close.is_unsure {
                let at = format!("closed{how} at {at}, by which side first is not known");
                return format!(
                    "{}: session {number} ready{lasted}; {at}",
                    when(it, it.first)
                );
            }
            match close.first {
                Speaker::Client => format!("; the client left{how} at {at}"),
                Speaker::Gateway => format!("; the Gateway closed{how} at {at}"),
            }
        }
    };
    format!(
        "{}: session {number} ready{lasted}{end}",
        when(it, it.first)
    )
}

/// That it was back, after how long, and whether it asked again for its subscriptions.
fn back(before: &Finished, now: &Finished, away: Duration, tries: usize) -> String {
    let away = match now.clock {
        TraceClock::None => String::new(),
        _ => format!(" after {}", shown(away)),
    };
    let tries = match tries {
        0 => String::new(),
        1 => " and 1 try that failed".to_owned(),
        tries => format!(" and {tries} tries that failed"),
    };
    let had = kinds(&before.session, true);
    let asked = kinds(&now.session, false);
    let missing: Vec<String> = had
        .iter()
        .filter(|it| !asked.contains(*it))
        .cloned()
        .collect();
    let again = if had.is_empty() {
        String::new()
    } else if missing.is_empty() {
        "; it asked again for what it had subscribed to".to_owned()
    } else {
        format!("; it did not ask again for {}", listed(&missing))
    };
    format!("{}: back{away}{tries}{again}", when(now, now.first))
}

/// The kinds of requests of a session, in words; only the subscriptions that stood at its end, or all.
pub(super) fn kinds(session: &TraceSession, only_open: bool) -> BTreeSet<String> {
    let requests = session.requests.iter();
    let wanted = requests.filter(|it| !only_open || it.end == RequestEnd::LeftOpen);
    wanted
        .map(|it| format!("{} ({})", it.words, it.id))
        .collect()
}
