//! A session that did not get ready: at which step it stopped.

use super::{Look, PATIENCE, foreign, shown};
use crate::diagnosis::last_words;
use crate::event::Speaker;
use crate::finding::{Code, Finding};
use crate::handshake::clients::shown_for;
use crate::trace::chunk::Closing;
use crate::trace::session::Closed;

/// The number of a client id that is taken.
const ID_TAKEN: i32 = 326;

/// The finding of a session that did not get ready, or got ready late.
pub(super) fn assess(look: &Look<'_>) -> Option<Finding> {
    let opening = &look.session.opening;
    if let Some(finding) = foreign::assess(look) {
        return Some(finding);
    }
    // What did not come may be among what is missing, or was not read.
    let received = look.session.flow(Speaker::Gateway);
    let has_gap = received.missing + received.unreadable > 0;
    // A log may have other messages, and not the one with the version.
    let is_unanswered = opening.answered.is_none() && received.messages == 0;
    if is_unanswered && look.session.has_opening() {
        let may_have_greeted =
            opening.greeted.is_none() && look.session.flow(Speaker::Client).missing > 0;
        let is_unknown = has_gap || may_have_greeted || tells_nothing(look);
        return if is_unknown {
            None
        } else {
            without_version(look)
        };
    }
    if let Some(finding) = outside_range(look) {
        return Some(finding);
    }
    let started = opening.started?;
    match opening.ready() {
        Some(ready) => {
            let took = ready.since(opening.dialled.or(opening.greeted).unwrap_or(started));
            (took > look.limit()).then(|| late(look, took))
        }
        None if has_gap => None,
        None => not_ready(look),
    }
}

/// Whether that no version was seen is nobody's fault: a log without its messages, which are of a lower
/// level than what it has; a client that says nothing on its connection, as a check of the port does.
fn tells_nothing(look: &Look<'_>) -> bool {
    let session = look.session;
    let mut said = session.said.iter();
    let has_version = said.any(|it| it.1.starts_with("API connection ready"));
    let closed = session.close.first();
    // A log does not have the greeting, and has no client's address.
    let is_silent = session.flow(Speaker::Client).bytes == 0 && session.ends.client.is_some();
    let is_check = is_silent
        && session.opening.accepted.is_some()
        && closed.is_none_or(|it| it.side == Speaker::Client);
    has_version || is_check
}

/// No version came: refused, unanswered, closed or silent.
fn without_version(look: &Look<'_>) -> Option<Finding> {
    let opening = &look.session.opening;
    let by_gateway = look.closed_by_gateway();
    let who = look.who();
    if let Some(refused) = look
        .session
        .said
        .iter()
        .find(|it| it.1.contains("ConnectionRefused"))
    {
        let summary = format!("the connection of {who} was refused{}", look.at(refused.0));
        let finding = look.finding(Code::NotListening, summary);
        return Some(finding.with_all_evidence(look.said()));
    }
    if let (Some(dialled), None, None) = (opening.dialled, opening.accepted, opening.greeted) {
        let waited = look.until.since(dialled);
        if let Some(refused) = by_gateway.filter(|it| it.how != Closing::TimedOut) {
            let summary = format!("the connection of {who} was refused{}", look.at(refused.at));
            return Some(ended(look, Code::NotListening, summary, refused));
        }
        let summary = format!(
            "nothing answered the connection of {who} for {}",
            shown(waited)
        );
        return (waited >= PATIENCE).then(|| {
            let finding = look.finding(Code::Unreachable, summary);
            finding.with_all_evidence(shown_for(Code::Unreachable))
        });
    }
    if let Some(closed) = by_gateway {
        let summary = format!(
            "the other end closed the connection of {who}{} before any version came",
            look.at(closed.at)
        );
        return Some(ended(look, Code::ClosedBeforeVersion, summary, closed));
    }
    let greeted = opening.greeted.or(opening.accepted)?;
    let waited = look.until.since(greeted);
    (waited >= PATIENCE).then(|| {
        let then = then(look);
        let summary = format!(
            "{who} connected{}, and no version came for {}{then}",
            look.at(greeted),
            shown(waited)
        );
        let finding = look.finding(Code::SilentAfterConnect, summary);
        finding
            .with_all_evidence(look.said())
            .with_all_evidence(shown_for(Code::SilentAfterConnect))
    })
}

/// A finding of a connection that the other end closed.
fn ended(look: &Look<'_>, code: Code, summary: String, closed: Closed) -> Finding {
    let how = match closed.how {
        Closing::Unseen => "how it was closed is not to be seen in a log".to_owned(),
        how => format!("closed by {how}{}", look.at(closed.at)),
    };
    let finding = look.finding(code, summary).with_evidence(how);
    finding
        .with_all_evidence(look.said())
        .with_all_evidence(shown_for(code))
}

/// How the sentence of a wait ends.
pub(super) fn then(look: &Look<'_>) -> &'static str {
    match look.session.close.first() {
        Some(_) if look.session.close_is_unsure() => ", then the connection was closed",
        Some(first) if first.side == Speaker::Client => ", then the client left",
        Some(_) => ", then the Gateway closed",
        None => ", until the end of the recording",
    }
}

fn outside_range(look: &Look<'_>) -> Option<Finding> {
    let client = look.session.opening.client.as_ref()?;
    let version = look.session.opening.gateway.as_ref()?.version;
    if client.range.contains(version) {
        return None;
    }
    let (who, range) = (look.who(), client.range);
    let summary = format!("{who} announced {range} and got version {version}");
    Some(look.finding(Code::VersionUnsupported, summary))
}

fn late(look: &Look<'_>, took: std::time::Duration) -> Finding {
    let (limit, took) = (shown(look.limit()), shown(took));
    let summary = format!(
        "accounts and id came {took} after {} began; usual clients give up after {limit}",
        look.who()
    );
    look.finding(Code::AccountsLate, summary)
}

/// The API was started, and accounts or id did not come.
fn not_ready(look: &Look<'_>) -> Option<Finding> {
    let opening = &look.session.opening;
    let who = look.who();
    let started = opening.started?;
    if let Some(taken) = look.notices.iter().find(|it| it.code == ID_TAKEN) {
        let id = opening.client_id.unwrap_or_default();
        let summary = format!("the client id {id} is taken");
        let finding = look.finding(Code::ClientIdInUse, summary);
        let finding = finding.with_evidence(look.notice(taken));
        return Some(finding.with_all_evidence(shown_for(Code::ClientIdInUse)));
    }
    let waited = look.until.since(started);
    let closed = look.closed_by_gateway();
    let code = match (opening.accounts.as_deref(), opening.id_at, closed) {
        (_, _, Some(_)) => Code::ClosedAfterStart,
        _ if waited < PATIENCE => return None,
        (None, None, _) => Code::NoAccountsNoId,
        (None, Some(_), _) => Code::AccountsMissing,
        (Some([]), _, _) => Code::AccountsEmpty,
        (Some(_), _, _) => Code::NextIdMissing,
    };
    let (at, after) = (look.at(started), shown(waited));
    let symptom = match code {
        Code::ClosedAfterStart => format!("the Gateway closed {after} after {who} started the API"),
        Code::NoAccountsNoId => format!("neither accounts nor id came for {after}"),
        Code::AccountsMissing => format!("the id came, and no accounts for {after}"),
        Code::AccountsEmpty => "the list of accounts that came is empty".to_owned(),
        _ => format!("the accounts came, and no id for {after}"),
    };
    let cause = look.cause(look.until, None);
    let mut finding = match cause {
        Some(cause) => {
            let summary = format!("{}, and then {symptom}", last_words::said(cause));
            let mut finding = look.finding(last_words::code(cause.code), summary);
            finding.severity = code.severity();
            finding
        }
        None => look.finding(code, symptom),
    };
    finding
        .evidence
        .push(format!("{who} started the API{at}{}", then(look)));
    if let Some(closed) = closed.filter(|it| it.how != Closing::Unseen) {
        finding
            .evidence
            .push(format!("closed by {}{}", closed.how, look.at(closed.at)));
    }
    look.add_words(&mut finding, look.until, cause);
    finding.evidence.extend(look.said());
    Some(finding.with_all_evidence(shown_for(code)))
}
