//! What a recording leaves open, so that nothing can be said to be fine.

use super::trace::{Trace, TraceClock, TraceSession, TraceSide};
use super::trace_request::RequestEnd;

impl Trace {
    /// Why nothing can be said to be fine, although nothing wrong was found: no message was seen, or those
    /// of one side only, requests whose end is among what is missing, or never came in a log that does
    /// not tell how long they waited.
    pub fn open_question(&self) -> Option<String> {
        if self.sessions.iter().all(TraceSession::is_wordless) {
            return Some("no message of the API was seen".to_owned());
        }
        if let Some(half) = self.sessions.iter().find(|it| it.is_half()) {
            let words = "what one side sent was not captured";
            return Some(format!("session {}: {words}", half.session));
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
        let mut missing = requests().filter(|it| it.end == RequestEnd::NotRecorded);
        if let Some(first) = missing.next() {
            let words = &first.words;
            return Some(match missing.count() {
                0 => format!("the end of {words} may be among what is missing in the recording"),
                more => format!(
                    "the ends of {words} and {more} more requests may be among what is missing in the \
                     recording"
                ),
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
