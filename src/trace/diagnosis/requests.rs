//! Requests that were never finished, or were refused.

use std::time::Duration;

use super::opening::then;
use super::{About, Found, Look, PATIENCE, shown};
use crate::diagnosis::last_words;
use crate::event::Speaker;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::handshake::clients::{USUAL_LIMIT, shown_for};
use crate::report::{RequestEnd, TraceClock};
use crate::text::words::listed;
use crate::trace::requests::Over;
use crate::trace::session::query;

/// Findings of one session about single requests; the rest is counted in the last one.
const MOST: usize = 6;
/// How many requests that were finished are named.
const NAMED: usize = 8;
/// The start of the API and the id: their absence is told elsewhere, or harmless.
const NOT_HERE: [u32; 2] = [71, 105];

/// Why an order may have no answer.
const UNSENT: &str =
    "an order that is not transmitted yet waits in the Gateway, and may have no answer";

/// The findings about requests.
pub(super) fn assess(look: &Look<'_>) -> Vec<Found> {
    let all = look.session.requests.kept.all();
    let waited = |over: &&&Over| waited_in_vain(look, over);
    let unfinished: Vec<&Over> = all.iter().filter(waited).copied().collect();
    let which = |over: &Over| (over.request.row.id, over.request.number);
    let mut findings: Vec<Found> = Vec::new();
    for over in unfinished.iter().take(MOST) {
        let about = About::Unfinished(which(over), over.request.asked, over.at);
        findings.push(Found::new(never_finished(look, over, &all), about));
    }
    if let (Some(last), 1..) = (findings.last_mut(), unfinished.len().saturating_sub(MOST)) {
        let more = unfinished.len() - MOST;
        last.finding
            .evidence
            .push(format!("and {more} more requests were not finished"));
    }
    let refused = all.iter().filter(|over| over.end == RequestEnd::Refused);
    // What is wrong with an order is between its client and IBKR, but that the API takes none.
    let refused = refused.filter(|over| !over.request.is_order() || is_read_only(over));
    for over in refused.take(MOST) {
        let finding = refusal(look, over);
        let mut known = findings.iter_mut();
        if let Some(known) = known.find(|it| it.finding.code == finding.code) {
            known.finding.evidence.extend(finding.evidence);
            if let About::Refused(_, times) = &mut known.about {
                times.push(over.at);
            }
        } else {
            let about = About::Refused(which(over), vec![over.at]);
            findings.push(Found::new(finding, about));
        }
    }
    findings
}

/// Whether the client, or the recording, waited long enough for this request.
fn waited_in_vain(look: &Look<'_>, over: &Over) -> bool {
    if NOT_HERE.contains(&over.request.row.id) {
        return false;
    }
    if over.request.is_order() && over.request.notice.is_some() {
        return false;
    }
    let waited = over.at.since(over.request.asked);
    if look.clock == TraceClock::None {
        // How long it was awaited is not known; what the program logged of it is.
        let gave_up = |(_, words): &(_, String)| {
            words.contains("timed out") || words.contains("TimeoutError")
        };
        return over.end == RequestEnd::Unfinished && look.session.said.iter().any(gave_up);
    }
    match (over.end, look.session.close.first()) {
        // Its own finding says that the Gateway closed.
        (RequestEnd::Unfinished, Some(first)) if first.side == Speaker::Gateway => {
            waited >= USUAL_LIMIT
        }
        (RequestEnd::Unfinished, Some(_)) => waited >= PATIENCE,
        (RequestEnd::Unfinished, None) | (RequestEnd::AskedAgain, _) => waited >= USUAL_LIMIT,
        // A client that has waited long enough cancels what has an end. A subscription has none: whether
        // anything comes to it is the market's affair.
        (RequestEnd::Cancelled, _) => {
            let is_unanswered = over.request.answers == 0 && over.request.ended.is_none();
            is_unanswered && !over.request.is_endless() && waited >= USUAL_LIMIT
        }
        _ => false,
    }
}

fn never_finished(look: &Look<'_>, over: &Over, all: &[&Over]) -> Finding {
    let request = &over.request;
    let query = query(request.row.id);
    let title = match request.number {
        Some(id) => format!("{} with request id {id}", request.title()),
        None => request.title(),
    };
    let asked = look.at(request.asked);
    let symptom = symptom(look, over, &asked);
    let cause = look.cause(over.at, query);
    let mut finding = match cause {
        Some(cause) => {
            let summary = format!("{}, and then {symptom}", last_words::said(cause));
            let mut finding = look.finding(last_words::code(cause.code), summary);
            finding.severity = Code::SyncTimeout.severity();
            finding
        }
        None => look.finding(Code::SyncTimeout, symptom),
    };
    if request.is_order() {
        finding.severity = Severity::Warning;
        finding.evidence.push(UNSENT.to_owned());
    }
    finding
        .evidence
        .push(format!("{} asked for {title}{asked}", look.who()));
    finding.evidence.extend(finished(all));
    look.add_words(&mut finding, over.at, cause);
    finding
        .evidence
        .extend(look.said_between(request.asked, over.at));
    let client = look.client;
    if let Some(words) = client
        .zip(query)
        .and_then(|(client, query)| client.without(query))
    {
        finding.remedies.insert(0, words.to_owned());
    }
    let shown: Vec<String> = shown_for(Code::SyncTimeout);
    let of_client = shown
        .into_iter()
        .filter(|line| client.is_none_or(|client| line.starts_with(client.name)));
    finding.with_all_evidence(of_client)
}

/// What of a request did not come, in a sentence.
fn symptom(look: &Look<'_>, over: &Over, asked: &str) -> String {
    let request = &over.request;
    let silent = shown(over.at.since(request.last.unwrap_or(request.asked)));
    let silent = match look.clock {
        TraceClock::None => String::new(),
        _ => format!(", nothing for {silent}"),
    };
    let came = match request.answers {
        0 => String::new(),
        1 => ", one answer came".to_owned(),
        answers => format!(", {answers} answers came"),
    };
    let then = match over.end {
        RequestEnd::AskedAgain => ", then it was asked again",
        RequestEnd::Cancelled => ", then the client cancelled it",
        _ => then(look),
    };
    let what = if request.is_order() {
        "answered"
    } else {
        "finished"
    };
    format!(
        "{} {} never {what}: asked{asked}{came}{silent}{then}",
        request.title(),
        were(request.row.words),
    )
}

/// The verb that goes with what was asked.
fn were(words: &str) -> &'static str {
    let is_plural = words.ends_with('s') || words.contains("s multi");
    if is_plural && !words.starts_with("a ") {
        "were"
    } else {
        "was"
    }
}

/// What was finished: the Gateway answers, and not this.
fn finished(all: &[&Over]) -> Option<String> {
    let ended = all.iter().filter(|over| over.end != RequestEnd::Refused);
    let ended = ended.filter(|over| !NOT_HERE.contains(&over.request.row.id));
    let ended = ended.filter_map(|over| {
        let elapsed: Duration = over.elapsed()?;
        Some(format!("{} in {}", over.request.title(), shown(elapsed)))
    });
    let ended: Vec<String> = ended.take(NAMED).collect();
    if ended.is_empty() {
        return None;
    }
    Some(format!("finished: {}", listed(&ended)))
}

fn is_read_only(over: &Over) -> bool {
    let notice = over.request.notice.as_deref();
    notice.is_some_and(|it| it.starts_with("321"))
}

/// The finding of a request that an error answered.
fn refusal(look: &Look<'_>, over: &Over) -> Finding {
    let request = &over.request;
    let words = request.notice.clone().unwrap_or_default();
    let (number, text) = words.split_once(' ').unwrap_or((&words, ""));
    let is_about_orders = matches!(request.row.id, 5 | 8 | 16 | 99);
    let code = match number {
        "321" if is_about_orders || text.contains("Read-Only") => Code::ReadOnlyApi,
        "322" => Code::TooManySubscriptions,
        _ => Code::SyncRefused,
    };
    let title = request.title();
    let summary = match code {
        Code::ReadOnlyApi => format!(
            "{title} {} refused: the API is read-only",
            were(request.row.words)
        ),
        _ => format!("{title} {} answered with {words}", were(request.row.words)),
    };
    let evidence = format!(
        "{title}: asked{}, answered{} with {words}",
        look.at(request.asked),
        look.at(over.at)
    );
    look.finding(code, summary).with_evidence(evidence)
}
