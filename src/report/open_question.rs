//! What a recording leaves open, so that nothing can be said to be fine.

use std::time::Duration;

use super::trace::{Trace, TraceClock, TraceSession, TraceSide};
use super::trace_request::{RequestEnd, TraceRequest};
use crate::event::{Stage, StageName};
use crate::text::words::counted;

/// A client that left sooner than this after the version only wanted to know it.
const PATIENCE: Duration = Duration::from_secs(1);

impl Trace {
    /// Why nothing can be said to be fine, although nothing wrong was found: no message was seen, or those
    /// of one side only, requests whose end is among what is missing, or never came in a log that does
    /// not tell how long they waited.
    pub fn open_question(&self) -> Option<String> {
        if self.sessions.iter().all(TraceSession::is_wordless) {
            return Some("no message of the API was seen".to_owned());
        }
        let mut sessions = self.sessions.iter();
        if sessions.all(|it| it.is_wordless() || it.is_unstarted()) {
            return self.sessions.iter().find_map(TraceSession::unstarted);
        }
        if let Some(half) = self.sessions.iter().find(|it| it.is_half()) {
            let words = "what one side sent was not captured";
            return Some(format!("session {}: {words}", half.session));
        }
        if let Some(words) = self.sessions.iter().find_map(TraceSession::doubt) {
            return Some(words);
        }
        let mut going_on = self.sessions.iter().filter(|it| it.close.is_none());
        if let Some((number, waits)) = going_on.find_map(|it| Some((it.session, it.waits_for()?))) {
            return Some(format!(
                "session {number} still waited for {waits} when the recording ended"
            ));
        }
        self.unknown_end()
    }

    fn unknown_end(&self) -> Option<String> {
        let requests = || self.sessions.iter().flat_map(|it| &it.requests);
        let missing = |it: &TraceRequest| it.end == RequestEnd::NotRecorded;
        if let Some(session) = self
            .sessions
            .iter()
            .find(|it| it.requests.iter().any(missing))
        {
            let mut all = requests().filter(|it| missing(it));
            let words = all.next().map(|first| &first.words)?;
            let place = match session.received.missing {
                0 => "bytes that are no message",
                _ => "what is missing in the recording",
            };
            return Some(match all.count() {
                0 => format!("the end of {words} may be among {place}"),
                more => {
                    format!("the ends of {words} and {more} more requests may be among {place}")
                }
            });
        }
        let is_timed = self.clock != TraceClock::None;
        let mut open = requests().filter(|it| it.end == RequestEnd::Unfinished);
        let open = open.next().filter(|_| !is_timed)?;
        let words = &open.words;
        Some(format!(
            "{words} was never finished, and the log has no times that tell for how long"
        ))
    }
}

impl TraceSession {
    /// Whether no message was among what came.
    fn is_wordless(&self) -> bool {
        self.sent.messages + self.received.messages == 0
    }

    /// Whether the version came, and its client was not seen to start the API.
    fn is_unstarted(&self) -> bool {
        let is_start = |it: &Stage| it.name == StageName::Start;
        let is_started = self.accounts.is_some() || self.stages.iter().any(is_start);
        self.connection_time.is_some() && !is_started
    }

    fn unstarted(&self) -> Option<String> {
        self.is_unstarted().then(|| {
            let words = "the version came, and its client was not seen to start the API";
            format!("session {}: {words}", self.session)
        })
    }

    /// Why it is not known to be fine, although nothing was missed in it: its client did not start the
    /// API, or sent what is no message. A beginning in mid-session is no message either.
    fn doubt(&self) -> Option<String> {
        let number = self.session;
        if self.close.is_none() || self.elapsed >= PATIENCE {
            let unstarted = self.unstarted();
            if unstarted.is_some() {
                return unstarted;
            }
        }
        let sent = &self.sent;
        let is_whole = self.has_beginning && sent.missing == 0;
        (is_whole && sent.unreadable > 0).then(|| {
            let bytes = counted(sent.unreadable, "byte");
            format!("session {number}: {bytes} of what its client sent are no message of the API")
        })
    }

    /// What it waited for at its end.
    fn waits_for(&self) -> Option<String> {
        if self.sent.messages > 0 && self.received.messages == 0 {
            return Some("a first answer".to_owned());
        }
        let mut requests = self.requests.iter();
        let open = requests.find(|it| it.end == RequestEnd::Unfinished)?;
        Some(format!("{} ({})", open.words, open.id))
    }

    /// Whether one side was captured only.
    fn is_half(&self) -> bool {
        let is_missing = |flow: &TraceSide| flow.messages == 0 && flow.missing > 0;
        is_missing(&self.sent) || is_missing(&self.received)
    }
}
