//! The state of a worker: what is asked, where the session stands, what goes out.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::connection::{Connection, Lasting, Surroundings};
use super::ended::{Ended, LAST_LINES};
use super::gate::Gate;
use super::output::Output;
use super::phase::{Down, Phase};
use super::request::{Command, Wanted, wanted};
use super::table::{MOST, Table};
use crate::event::{Event, EventsSkipped, Footprint};
use crate::finding::Finding;
use crate::report::EventLine;
use crate::report::worker::{
    Worker, WorkerAnswer, WorkerData, WorkerError, WorkerId, WorkerOutcome, WorkerParams,
    WorkerWord,
};
use crate::session::serving::Told;
use crate::text::clock::with_millis;

/// Bytes that lie ready for stdout, beyond which no line is read and no event is written.
const FULL: usize = 1 << 20;
/// Bytes that answers may take, those included that lie ready.
const ROOM: usize = 64 << 20;
/// How long commands may still be answered once stdin has ended.
const END_OF_INPUT: Duration = Duration::from_secs(5);
/// How long the close may take.
const CLOSE: Duration = Duration::from_secs(3);

/// A command that waits for the session that is being made.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) key: u64,
    pub(super) command: Command,
    pub(super) until: Instant,
}

/// How the worker comes to its end.
#[derive(Clone, Copy, Debug)]
struct Ending {
    /// When what is not done is given up.
    until: Instant,
    is_closing: bool,
}

/// The state of a worker.
pub(super) struct State<'a> {
    pub(super) around: &'a Surroundings<'a>,
    pub(super) output: Output,
    pub(super) table: Table,
    pub(super) held: Vec<Held>,
    pub(super) connection: Option<Connection<'a>>,
    pub(super) begun: Instant,
    pub(super) phase: Phase,
    pub(super) gate: Gate,
    pub(super) lasting: Lasting,
    /// What the last connect, or that of the session, was for.
    pub(super) wanted: Option<Wanted>,
    /// Whether the port is forwarded, so that it has no listener here.
    pub(super) is_forwarded: bool,
    pub(super) counts: Worker,
    pub(super) findings: Vec<Finding>,
    skipped: u64,
    ending: Option<Ending>,
    /// Whether a connection was given up that could not be ended in time.
    has_lost_sight: bool,
}

impl<'a> State<'a> {
    pub(super) fn new(around: &'a Surroundings<'a>, output: Output) -> Self {
        Self {
            around,
            output,
            table: Table::default(),
            held: Vec::new(),
            connection: None,
            begun: Instant::now(),
            phase: Phase::Idle,
            gate: Gate::default(),
            lasting: Lasting::new(),
            wanted: None,
            is_forwarded: false,
            counts: Worker::default(),
            findings: Vec::new(),
            skipped: 0,
            ending: None,
            has_lost_sight: false,
        }
    }

    /// Goes on with the session of a worker before this one.
    pub(super) fn resume(&mut self, params: &WorkerParams) {
        let simulated = self.around.simulated.as_ref();
        if let Ok(wanted) = wanted(params, simulated) {
            self.wanted = Some(wanted);
            // It is not known yet: a connection that is refused harms nobody.
            self.is_forwarded = true;
            let now = Instant::now();
            self.phase = Phase::Down(Down {
                since: now,
                tries: 0,
                next: now,
                told_vacant: false,
            });
        }
    }

    /// Does everything that can be done at once.
    pub(super) fn turn(&mut self, now: Instant) {
        if self.output.is_gone() && !self.is_ending() {
            self.end_now();
        }
        self.fetch();
        self.expire_held(now);
        self.step(now);
        if let Some(connection) = &self.connection {
            let room = ROOM.saturating_sub(self.output.backlog());
            connection.desk.set_room(room);
        }
        if let Some(ending) = self.ending {
            self.go_on_ending(ending, now);
        }
    }

    /// Tells what the session has told.
    pub(super) fn fetch(&mut self) {
        loop {
            let connection = self.connection.as_ref();
            let Some(told) = connection.and_then(|it| it.desk.fetch()) else {
                return;
            };
            match told {
                Told::Up(up) => self.is_up(up),
                Told::Answered {
                    key,
                    answer,
                    elapsed,
                } => self.answered(key, answer, elapsed),
                Told::Notice(notice) => self.event(&Event::Notice(notice)),
            }
        }
    }

    /// When something is due next.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let held = self.held.iter().map(|held| held.until);
        let ending = self.ending.map(|ending| ending.until);
        let phase = match &self.phase {
            Phase::Connecting { until, .. } if self.connection.is_some() => Some(*until),
            Phase::Down(down) if self.connection.is_none() => Some(down.next),
            _ => None,
        };
        let due = held.chain(ending).chain(phase).min();
        due.map(|due| due.max(now))
    }

    /// Whether lines are read: not while too much lies ready or is under way.
    pub(super) fn takes_lines(&self) -> bool {
        self.ending.is_none() && self.table.len() < MOST && !self.is_full()
    }

    pub(super) fn is_full(&self) -> bool {
        self.output.backlog() > FULL
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_over(&self) -> bool {
        let is_closed = self.ending.is_some_and(|ending| ending.is_closing);
        is_closed && self.connection.is_none()
    }

    /// stdin has ended: what is asked may still be answered.
    pub(super) fn end_of_input(&mut self) {
        self.ending = Some(Ending {
            until: Instant::now() + END_OF_INPUT,
            is_closing: false,
        });
    }

    /// A signal has come, the time is over or stdout has no reader: everything ends now.
    pub(super) fn end_now(&mut self) {
        self.close(Instant::now());
    }

    fn go_on_ending(&mut self, ending: Ending, now: Instant) {
        let is_over = now >= ending.until;
        if !ending.is_closing && (self.table.len() == 0 || is_over) {
            self.close(now);
        } else if ending.is_closing && is_over && self.connection.take().is_some() {
            // Dropped: it is reset.
            self.has_lost_sight = true;
        }
    }

    /// Begins the close: every command that is not answered gets an error.
    fn close(&mut self, now: Instant) {
        self.ending = Some(Ending {
            until: now + CLOSE,
            is_closing: true,
        });
        let error = WorkerError::new(WorkerWord::Ended, "the worker ends");
        self.fail_all(&error);
        if let Some(connection) = &self.connection {
            connection.stop();
            self.phase = Phase::Closing { key: None };
        } else {
            self.phase = Phase::Idle;
        }
    }

    /// Answers one command with success.
    pub(super) fn succeed(&mut self, id: WorkerId, data: WorkerData) {
        self.counts.succeeded += 1;
        self.answer(Some(id), WorkerOutcome::Success { data });
    }

    /// Answers one command with an error.
    pub(super) fn fail(&mut self, id: Option<WorkerId>, error: WorkerError) {
        self.answer(id, WorkerOutcome::Error(error));
    }

    fn answer(&self, id: Option<WorkerId>, outcome: WorkerOutcome) {
        self.write(&WorkerAnswer { id, outcome });
    }

    /// Tells something unasked, unless nobody reads.
    pub(super) fn event(&mut self, event: &Event) {
        if self.is_full() {
            self.skipped += 1;
            return;
        }
        let count = std::mem::take(&mut self.skipped);
        let time = with_millis(SystemTime::now());
        if count > 0 {
            let skipped = Event::EventsSkipped(EventsSkipped { count });
            self.write(&line(&skipped, &time));
        }
        self.write(&line(event, &time));
    }

    fn write(&self, line: &impl serde::Serialize) {
        match serde_json::to_vec(line) {
            Ok(line) => self.output.line(line),
            Err(error) => tracing::error!(%error, "a line could not be written"),
        }
    }

    /// What was done, once all is over.
    pub(super) async fn ended(mut self) -> Ended {
        let mut footprint = self.lasting.footprint(self.around.world);
        if self.has_lost_sight {
            footprint = Footprint {
                connections: footprint.connections + 1,
                sockets_left: None,
                ..footprint
            };
        }
        let has_reader = self.output.drained(LAST_LINES).await;
        Ended {
            worker: self.counts,
            findings: self.findings,
            footprint,
            has_reader,
            output: self.output,
        }
    }
}

fn line<'a>(event: &'a Event, time: &'a str) -> EventLine<'a> {
    EventLine {
        event,
        time: Some(time),
        client: None,
    }
}
