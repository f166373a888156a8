//! Folds the chunks of recordings into sessions, in memory that does not grow with their length.

use std::collections::BTreeMap;
use std::time::Duration;

use super::chunk::{Chunk, ConnectionId, Ends, Timestamp, What};
use super::drill::Drills;
use super::finished::Finished;
use super::session::{Session, Tell};
use crate::finding::verdict::Severity;
use crate::finding::{Finding, principal_first};
use crate::report::{Trace, TraceClock, TraceSession};
use crate::wire::ServerVersion;

/// Sessions that are kept; those beyond are counted.
const SESSIONS: usize = 1_000;
/// Connections that are open at the same time; a Gateway takes 32 clients.
const OPEN: usize = 4_096;

/// Folds chunks into sessions. The chunks of one connection have to come in order, those of both of
/// its sides by time.
#[derive(Debug, Default)]
pub struct Analyser {
    open: BTreeMap<ConnectionId, Session>,
    finished: Vec<Finished>,
    first_clock: Option<TraceClock>,
    numbers: u32,
    dropped: u64,
    others: u64,
    last: Timestamp,
    /// The same of the recording that is read.
    last_of_recording: Timestamp,
    drills: Drills,
}

impl Analyser {
    /// The clock of a connection; UTC for one that is not met.
    pub fn clock(&self, connection: ConnectionId) -> TraceClock {
        let session = self.open.get(&connection);
        session.map_or_else(TraceClock::default, |it| it.ends.clock)
    }

    /// The version agreed on of a connection that is open.
    pub fn version(&self, connection: ConnectionId) -> Option<ServerVersion> {
        self.open.get(&connection)?.version
    }

    /// Takes what one side of one connection did; `tell` hears each message that is whole with it.
    pub fn take(&mut self, chunk: &Chunk<'_>, tell: Tell<'_>) {
        self.last = self.last.max(chunk.at);
        self.last_of_recording = self.last_of_recording.max(chunk.at);
        match &chunk.what {
            What::Met(ends) => self.begin(chunk, ends.clone()),
            What::Drilled(words, span) => {
                let step = self.drills.step(chunk, words, *span);
                for session in self.open.values_mut() {
                    session.drilled(&step);
                }
            }
            What::Over => self.end(chunk.connection),
            _ => {
                if let Some(session) = self.open.get_mut(&chunk.connection) {
                    return session.take(chunk, tell);
                }
                self.begin(chunk, Ends::default());
                if let Some(session) = self.open.get_mut(&chunk.connection) {
                    session.take(chunk, tell);
                }
            }
        }
    }

    fn begin(&mut self, chunk: &Chunk<'_>, ends: Ends) {
        self.end(chunk.connection);
        if self.open.len() >= OPEN {
            self.dropped += 1;
            return;
        }
        self.numbers += 1;
        let mut session = Session::new(self.numbers, chunk.at, ends);
        for step in self.drills.lasting() {
            session.drilled(step);
        }
        self.open.insert(chunk.connection, session);
    }

    /// The connection is over: nothing more comes of it.
    pub fn end(&mut self, connection: ConnectionId) {
        let Some(session) = self.open.remove(&connection) else {
            return;
        };
        self.finish_session(session, None);
    }

    fn finish_session(&mut self, mut session: Session, end_of_recording: Option<Timestamp>) {
        if !session.is_worth_a_word() {
            self.others += 1;
            return;
        }
        let until = end_of_recording.unwrap_or(session.last);
        let clock = session.ends.clock;
        session.end(until);
        self.first_clock.get_or_insert(clock);
        let findings = super::diagnosis::assess(&session, until, clock);
        // Beyond so many only those with something wrong are kept, and as many of them.
        let is_wrong = findings
            .iter()
            .any(|it| it.finding.severity > Severity::Info);
        let most = if is_wrong { 2 * SESSIONS } else { SESSIONS };
        if self.finished.len() >= most {
            self.dropped += 1;
            return;
        }
        let over = session.close.first().map_or(until, |first| first.at);
        self.finished.push(Finished {
            findings,
            clock,
            first: session.first,
            over,
            is_ready: session.opening.ready().is_some() || !session.has_opening(),
            ready: session.opening.ready(),
            is_of_tap: session.ends.is_of_tap,
            steps: session.drills.steps.clone(),
            is_still_drilled: session.drills.lasts,
            told: std::mem::take(&mut session.drills.told),
            session: session.report(clock),
        });
    }

    /// Whether any session was found so far.
    pub fn is_empty(&self) -> bool {
        self.finished.is_empty() && self.open.is_empty()
    }

    /// One recording is over: what was open waited as long as that one went on, whatever another one
    /// shows of a later day.
    pub fn end_recording(&mut self) {
        self.end_recording_after(Duration::ZERO);
    }

    /// The same where nothing came for so long at its end, as it was read while it grew.
    pub fn end_recording_after(&mut self, silence: Duration) {
        let mut last = std::mem::take(&mut self.last_of_recording);
        if last != Timestamp::default() {
            last.0 += silence;
        }
        let mut open: Vec<Session> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by_key(|session| session.number);
        for session in open {
            self.finish_session(session, Some(last));
        }
    }

    /// The recordings are over: the sessions, and what was found in them.
    pub fn finish(mut self) -> (Trace, Vec<Finding>) {
        self.end_recording();
        let last = self.last;
        self.finished.sort_by_key(|it| it.session.session);
        super::same::mark(&mut self.finished);
        let mut findings = super::diagnosis::merged(&self.finished);
        let stories = super::story::stories(&self.finished);
        let clock = self.first_clock.unwrap_or_default();
        let recoveries = self.drills.recoveries(&self.finished, last, clock);
        let (recoveries, judged): (Vec<_>, Vec<_>) = recoveries.into_iter().unzip();
        findings.extend(judged.into_iter().flatten());
        let reactions = self.drills.reactions(&self.finished, last, clock);
        let (reactions, judged): (Vec<_>, Vec<_>) = reactions.into_iter().unzip();
        findings.extend(judged.into_iter().flatten());
        principal_first(&mut findings);
        let sessions = self.finished.into_iter().map(|it| it.session);
        let sessions: Vec<TraceSession> = sessions.collect();
        let notes = super::notes::notes(&sessions);
        let trace = Trace {
            clock,
            drill: self.drills.report(clock),
            recoveries,
            reactions,
            notes,
            sessions,
            stories,
            sessions_dropped: self.dropped,
            other_connections: self.others,
            ..Trace::default()
        };
        (trace, findings)
    }
}
