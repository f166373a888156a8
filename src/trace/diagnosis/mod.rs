//! From recorded sessions to findings, in the codes and words of `ibdoc doctor`: pure functions.

mod close;
mod drilled;
mod foreign;
mod measured;
mod merged;
mod opening;
mod requests;

pub(super) use self::drilled::{About, Found};
pub(super) use self::merged::merged;

use std::cmp::Reverse;
use std::time::Duration;

use super::chunk::Timestamp;
use super::clock;
use super::session::{Closed, Notice, Session};
use crate::diagnosis::last_words::{self, explains};
use crate::diagnosis::notices::{assess_notices, stands};
use crate::event::{self, Query, Speaker};
use crate::finding::ib_code::is_routine;
use crate::finding::{Code, Finding};
use crate::handshake::clients::{Client, USUAL_LIMIT};
use crate::report::TraceClock;

/// A client that left sooner than this may have had enough: it did not wait in vain.
const PATIENCE: Duration = Duration::from_secs(1);
/// The list of accounts.
const MANAGED_ACCOUNTS: u32 = 15;
/// The next valid id.
const NEXT_ID: u32 = 9;
/// How many of the last notices a finding shows.
const SHOWN: usize = 5;

/// One session that is looked at, and until when it was recorded.
struct Look<'a> {
    session: &'a Session,
    /// When the session was over, or its recording.
    until: Timestamp,
    clock: TraceClock,
    client: Option<&'static Client>,
    /// The Gateway's own.
    notices: Vec<event::Notice>,
}

/// Everything that a recorded session shows, the principal finding first.
pub(super) fn assess(session: &Session, until: Timestamp, clock: TraceClock) -> Vec<Found> {
    let said = session.said_by_drill();
    let is_drills = |it: &Notice| said.iter().any(|(notice, _)| std::ptr::eq(*notice, it));
    let over = session.close.first().map_or(until, |first| first.at);
    let look = Look {
        session,
        until: over,
        clock,
        client: session.who().client,
        notices: session
            .notices
            .iter()
            .filter(|it| !is_drills(it))
            .map(|it| plain(session, it))
            .collect(),
    };
    let opening = opening::assess(&look);
    let mut found: Vec<Found> = opening.into_iter().map(|it| look.of_opening(it)).collect();
    if found.is_empty() {
        let about = About::Close(over);
        found.extend(close::assess(&look).map(|it| Found::new(it, about)));
    }
    if session.opening.ready().is_some() || !session.has_opening() {
        found.extend(requests::assess(&look));
    }
    let subject = session.subject();
    let of_gateway = assess_notices(&look.notices, &subject, &|it| look.notice(it));
    add_new(&mut found, of_gateway, |_| About::Other);
    let known: Vec<Code> = found.iter().map(|it| it.finding.code).collect();
    found.extend(measured::assess(&look, &known));
    let drills = said.iter().map(|(it, _)| (it.at, plain(session, it)));
    let drills: Vec<(Timestamp, event::Notice)> = drills.collect();
    let notices: Vec<event::Notice> = drills.iter().map(|(_, it)| it.clone()).collect();
    let of_drill = assess_notices(&notices, &subject, &|it| look.notice(it));
    add_new(&mut found, of_drill, |finding| {
        let shown = |it: &&(Timestamp, _)| finding.evidence.contains(&look.notice(&it.1));
        About::Notices(drills.iter().filter(shown).map(|(at, _)| *at).collect())
    });
    let said: Vec<(Timestamp, usize)> = said.iter().map(|(it, step)| (it.at, *step)).collect();
    for it in &mut found {
        it.explain(&session.drills.steps, &said, clock);
    }
    found.sort_by_key(|it| Reverse(it.finding.severity));
    found
}

/// Adds the findings of codes that are not there yet.
fn add_new(found: &mut Vec<Found>, more: Vec<Finding>, about: impl Fn(&Finding) -> About) {
    for finding in more {
        if !found.iter().any(|known| known.finding.code == finding.code) {
            let about = about(&finding);
            found.push(Found::new(finding, about));
        }
    }
}

/// A notice with its time from the beginning of the session.
fn plain(session: &Session, notice: &Notice) -> event::Notice {
    event::Notice {
        code: notice.code,
        message: notice.text.clone(),
        request_id: notice.request_id,
        at: notice.at.since(session.first),
    }
}

impl Look<'_> {
    /// A finding about the session.
    fn finding(&self, code: Code, summary: impl Into<String>) -> Finding {
        Finding::new(code, &self.session.subject(), summary)
    }

    /// ` at 10:43:25.584`; nothing where the recording has no times.
    fn at(&self, at: Timestamp) -> String {
        let time = clock::said(self.clock, at);
        time.map_or_else(String::new, |time| format!(" at {time}"))
    }

    /// What the finding of an opening is about.
    fn of_opening(&self, finding: Finding) -> Found {
        let opening = &self.session.opening;
        let begun = opening.started.unwrap_or(self.session.first);
        let is_other = foreign::assess(self).is_some() || opening.accounts == Some(Vec::new());
        let closed = self.closed_by_gateway().map(|it| it.at);
        let about = match (finding.code, closed, opening.ready()) {
            _ if is_other => About::Other,
            (Code::VersionUnsupported | Code::Unreachable, ..) => About::Other,
            (Code::ClientIdInUse, ..) => About::Id(begun),
            (Code::NotListening, Some(at), _) => About::Refusal(at),
            (Code::AccountsLate, _, Some(ready)) => {
                About::Opening(self.session.first, ready, Vec::new())
            }
            (_, Some(at), _) => About::Close(at),
            _ => {
                let accounts = opening.accounts.is_none().then_some(MANAGED_ACCOUNTS);
                let id = opening.id_at.is_none().then_some(NEXT_ID);
                let missing = accounts.into_iter().chain(id);
                let missing = missing.filter(|_| opening.started.is_some());
                About::Opening(begun, self.until, missing.collect())
            }
        };
        Found::new(finding, about)
    }

    /// How long the client waits for each step of its start-up.
    fn limit(&self) -> Duration {
        self.client
            .and_then(|it| it.step_limit)
            .unwrap_or(USUAL_LIMIT)
    }

    /// How the Gateway closed, where it did so first.
    fn closed_by_gateway(&self) -> Option<Closed> {
        let first = self.session.close.first();
        first.filter(|it| it.side == Speaker::Gateway && !self.session.close_is_unsure())
    }

    /// A notice as evidence: its time of day, its number and its words.
    fn notice(&self, notice: &event::Notice) -> String {
        let at = Timestamp(self.session.first.0 + notice.at);
        let words = format!("{} {}", notice.code, notice.message);
        match clock::said(self.clock, at) {
            Some(time) => format!("{time} the Gateway said: {words}"),
            None => format!("the Gateway said: {words}"),
        }
    }

    /// The last that the Gateway said before `at` that can be the cause, and still stood then.
    fn cause(&self, at: Timestamp, unfinished: Option<Query>) -> Option<&event::Notice> {
        let after = at.since(self.session.first);
        let until = self.notices.iter().take_while(|it| it.at <= after).count();
        let before = &self.notices[..until];
        let mut candidates = before.iter().rev().filter(|it| {
            !is_routine(it.code) && it.request_id < 0 && explains(it.code, unfinished)
        });
        candidates.find(|it| stands(it, before))
    }

    /// Adds to a finding what the Gateway had said before: the cause first, then its last words.
    fn add_words(&self, finding: &mut Finding, at: Timestamp, cause: Option<&event::Notice>) {
        if let Some(cause) = cause {
            finding.evidence.push(self.notice(cause));
            if let Some(known) = last_words::known(cause.code) {
                let meaning = format!("{} means: {}", cause.code, known.meaning);
                finding.evidence.push(meaning);
                if !known.findings.contains(&Code::DataFarmDown) {
                    finding.remedies = known.remedies.iter().map(|&it| it.to_owned()).collect();
                }
            }
        }
        let after = at.since(self.session.first);
        let others = self.notices.iter().rev();
        let others = others.filter(|it| it.at <= after && Some(*it) != cause);
        let others: Vec<&event::Notice> = others.filter(|it| !is_routine(it.code)).collect();
        let last = others.iter().take(SHOWN).rev();
        finding.evidence.extend(last.map(|it| self.notice(it)));
        if others.len() > SHOWN {
            finding
                .evidence
                .push(format!("and {} before these", others.len() - SHOWN));
        }
    }

    /// What the client's program said in its log around its end.
    fn said(&self) -> Vec<String> {
        let said = self.session.said.iter().rev().take(3).rev();
        said.map(|it| self.line(it)).collect()
    }

    fn line(&self, (at, words): &(Timestamp, String)) -> String {
        match clock::said(self.clock, *at) {
            Some(time) => format!("{time} its log says: {words}"),
            None => format!("its log says: {words}"),
        }
    }

    /// What the client's program said in its log while something was awaited.
    fn said_between(&self, from: Timestamp, to: Timestamp) -> Vec<String> {
        let said = self.session.said.iter();
        let meanwhile = said.filter(|(at, _)| (from..=to).contains(at)).take(3);
        meanwhile.map(|it| self.line(it)).collect()
    }

    /// The client in a sentence: `ib_async 2.1.0 (client id 7)`.
    fn who(&self) -> String {
        let id = self
            .session
            .opening
            .client_id
            .or(self.session.ends.client_id);
        let title = self.session.who().title();
        match id {
            Some(id) => format!("{title} (client id {id})"),
            None => title,
        }
    }
}

/// A duration in a sentence, to the hundredth of a second from one second on.
pub(super) fn shown(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        crate::text::duration::shown(duration)
    } else if duration < Duration::from_secs(60) {
        format!("{:.2} s", duration.as_secs_f64())
    } else {
        crate::text::duration::shown_long(duration)
    }
}
