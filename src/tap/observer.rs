//! What is done with the copies of what a relay carries: they are decoded, recorded and told.

use super::record::{RecordFile, Recorder};
use super::seen::{Act, Refusal, Seen};
use crate::event::{DrillStep, Event, Events, Speaker, TapClient, TapClientChange, TapDoor};
use crate::finding::Finding;
use crate::machine::accept_queue::LongQueue;
use crate::report::{Trace, TraceClock};
use crate::trace::{Analyser, ConnectionId, Met, Timestamp, message};

/// Accounts of paper logins begin so.
const PAPER: char = 'D';

/// Decodes, records and tells what a relay carries.
pub struct Observer<'e> {
    analyser: Analyser,
    recorder: Recorder,
    /// Whether each message is told.
    pub tells: bool,
    /// Whether the fields of messages are told too.
    pub full: bool,
    events: Events<'e>,
    has_live_account: bool,
    stuck: Option<LongQueue>,
    trouble: Option<String>,
    refusing: Option<String>,
}

/// What a relay has shown.
#[derive(Debug)]
pub struct Observed {
    /// The sessions.
    pub trace: Trace,
    /// What was found in them.
    pub findings: Vec<Finding>,
    /// The recording as lines, and the capture.
    pub recordings: (Option<RecordFile>, Option<RecordFile>),
    /// An accept queue into which no client was let.
    pub stuck: Option<LongQueue>,
    /// Why the machine itself could not let a client through, the last time.
    pub trouble: Option<String>,
    /// Why clients were refused when it ended.
    pub refusing: Option<String>,
}

impl<'e> Observer<'e> {
    /// For a relay that is recorded so.
    pub fn new(recorder: Recorder, events: Events<'e>) -> Self {
        Self {
            analyser: Analyser::default(),
            recorder,
            tells: false,
            full: false,
            events,
            has_live_account: false,
            stuck: None,
            trouble: None,
            refusing: None,
        }
    }

    /// Whether a session named an account that is no paper account.
    pub fn has_live_account(&self) -> bool {
        self.has_live_account
    }

    /// Takes what the relay told: what is shown of it has been recorded before.
    pub fn take(&mut self, batch: &[Seen]) {
        for seen in batch {
            if let Seen::Act {
                at,
                connection,
                side,
                act,
            } = seen
            {
                self.recorder.take(&act.chunk(*at, *connection, *side));
            }
        }
        self.flush();
        for seen in batch {
            self.tell(seen);
        }
    }

    fn tell(&mut self, seen: &Seen) {
        match seen {
            Seen::Open(open, reason) => {
                self.refusing = (!open).then(|| reason.clone());
                (self.events)(Event::TapDoor(TapDoor {
                    open: *open,
                    reason: reason.clone(),
                }));
            }
            Seen::Refused(refusal) => self.refused(refusal),
            Seen::Act {
                at,
                connection,
                side,
                act,
            } => self.act(*at, *connection, *side, act),
        }
    }

    fn act(&mut self, at: Timestamp, connection: u64, side: Speaker, act: &Act) {
        if let Some(event) = told(at, connection, side, act) {
            (self.events)(event);
        }
        let chunk = act.chunk(at, connection, side);
        let (tells, full) = (self.tells, self.full);
        let (events, has_live) = (&mut *self.events, &mut self.has_live_account);
        self.analyser.take(&chunk, &mut |met: &Met<'_>| {
            if !met.accounts.is_empty() {
                *has_live |= met.accounts.iter().any(|it| !it.starts_with(PAPER));
                events(Event::Accounts(met.accounts.to_vec()));
            }
            if tells {
                events(Event::Message(message(met, TraceClock::Utc, full)));
            }
        });
    }

    fn refused(&mut self, refusal: &Refusal) {
        let how = match refusal {
            Refusal::Stuck(queue) => {
                self.stuck = Some(**queue);
                queue.words()
            }
            Refusal::Full => "too many sessions".to_owned(),
            Refusal::Ours(trouble) => {
                self.trouble = Some(trouble.clone());
                trouble.clone()
            }
        };
        (self.events)(Event::TapClient(TapClient {
            at: shown(Timestamp::now()),
            connection: None,
            client: None,
            change: TapClientChange::Refused,
            side: Speaker::Gateway,
            how: Some(how),
        }));
    }

    fn flush(&mut self) {
        let analyser = &self.analyser;
        self.recorder
            .flush(&|connection: ConnectionId| analyser.version(connection));
    }

    /// The relay has ended.
    pub fn finish(mut self) -> Observed {
        self.flush();
        let (trace, findings) = self.analyser.finish();
        Observed {
            trace,
            findings,
            recordings: self.recorder.report(),
            stuck: self.stuck,
            trouble: self.trouble,
            refusing: self.refusing,
        }
    }
}

fn shown(at: Timestamp) -> String {
    format!("{}Z", at.date_and_time())
}

/// What of an act is told by an event of its own.
fn told(at: Timestamp, connection: u64, side: Speaker, act: &Act) -> Option<Event> {
    let (change, client, how) = match act {
        Act::Met(ends) => (TapClientChange::Connects, ends.client.clone(), None),
        Act::Accepted => (TapClientChange::Connected, None, None),
        Act::Closed(how) => (TapClientChange::Closed, None, Some(how.to_string())),
        Act::NotReading => (TapClientChange::NotReading, None, None),
        Act::Reads => (TapClientChange::Reads, None, None),
        Act::Drilled(step, _) => {
            let step = step.clone();
            return Some(Event::Drill(DrillStep {
                at: shown(at),
                step,
            }));
        }
        Act::Connects | Act::Bytes(_) | Act::Gap(_) | Act::Over => return None,
    };
    Some(Event::TapClient(TapClient {
        at: shown(at),
        connection: Some(connection),
        client,
        change,
        side,
        how,
    }))
}
