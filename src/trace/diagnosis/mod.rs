//! From recorded sessions to findings, in the codes and words of `ibdoc doctor`: pure functions.

mod close;
mod foreign;
mod measured;
mod merged;
mod opening;
mod requests;

pub(super) use self::merged::merged;

use std::time::Duration;

use super::chunk::Timestamp;
use super::clock;
use super::session::{Closed, Notice, Session};
use crate::diagnosis::last_words::{self, explains};
use crate::diagnosis::notices::{assess_notices, stands};
use crate::event::{self, Query, Speaker};
use crate::finding::ib_code::is_routine;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding, principal_first};
use crate::handshake::clients::{Client, USUAL_LIMIT};
use crate::report::TraceClock;
use crate::text::words::listed;

/// A client that left sooner than this may have had enough: it did not wait in vain.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many of the last steps of a drill a finding names.
const DRILLS: usize = 3;
/// How many of the last notices a finding shows.
const SHOWN: usize = 5;

/// One session that is looked at, and until when it was recorded.
struct Look<'a> {
    session: &'a Session,
    /// When the session was over, or its recording.
    until: Timestamp,
    clock: TraceClock,
    client: Option<&'static Client>,
    notices: Vec<event::Notice>,
}

/// Everything that a recorded session shows, the principal finding first.
pub(super) fn assess(session: &Session, until: Timestamp, clock: TraceClock) -> Vec<Finding> {
    let over = session.close.first().map_or(until, |first| first.at);
    let look = Look {
        session,
        until: over,
        clock,
        client: session.who().client,
        notices: session
            .notices
            .iter()
            .map(|it| plain(session, it))
            .collect(),
    };
    let mut findings: Vec<Finding> = opening::assess(&look).into_iter().collect();
    if findings.is_empty() {
        findings.extend(close::assess(&look));
    }
    if session.opening.ready().is_some() || !session.has_opening() {
        findings.extend(requests::assess(&look));
    }
    let subject = session.subject();
    for finding in assess_notices(&look.notices, &subject, &|it| look.notice(it)) {
        if !findings.iter().any(|known| known.code == finding.code) {
            findings.push(finding);
        }
    }
    findings.extend(measured::assess(&look, &findings));
    look.explain_by_drill(&mut findings);
    principal_first(&mut findings);
    findings
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

    /// In a drill what is wrong was made on purpose: it says so, and decides no verdict.
    fn explain_by_drill(&self, findings: &mut [Finding]) {
        let drills = &self.session.drills.steps;
        let last = &drills[drills.len().saturating_sub(DRILLS)..];
        let steps = last
            .iter()
            .map(|(at, words)| format!("{words}{}", self.at(*at)));
        let steps: Vec<String> = steps.collect();
        if steps.is_empty() {
            return;
        }
        let line = format!("made by tap's drill: {}", listed(&steps));
        for finding in findings {
            finding.severity = Severity::Info;
            finding.evidence.insert(0, line.clone());
            finding.remedies.clear();
        }
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
