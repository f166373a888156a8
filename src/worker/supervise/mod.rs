//! `--supervise`: the worker runs in a child that is started again after a crash. This process passes
//! lines on, keeps the ids that are not answered, and knows the session that is to be made anew.

mod child;
mod ledger;

use std::io;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

pub use self::child::RESUME;

use self::child::Child;
use self::ledger::Unanswered;
use super::input::{Line, Lines};
use super::output::Output;
use super::request::parse;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Restarted};
use crate::finding::verdict::ExitStatus;
use crate::report::EventLine;
use crate::report::worker::{WorkerAnswer, WorkerError, WorkerOutcome, WorkerWord};
use crate::text::clock::with_millis;

/// Bytes that lie ready, beyond which nothing more is read.
const FULL: usize = 1 << 20;
/// How often the child is started again within [`WINDOW`].
const MOST: usize = 5;
const WINDOW: Duration = Duration::from_secs(600);
/// How long the child may take to end: its close, and its last lines.
const GRACE: Duration = Duration::from_secs(8);
/// How long the last lines may take to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

/// The state of the parent.
struct Parent {
    child: Child,
    out: Output,
    unanswered: Unanswered,
    restarts: Vec<Instant>,
    /// When the child is ended by force.
    until: Option<Instant>,
    signal: Option<ExitStatus>,
    has_ended: bool,
}

/// Runs the worker in a child until stdin ends or a signal comes; errs where no process or thread can
/// be had.
pub async fn supervise(mut interrupt: Interrupt) -> io::Result<ExitStatus> {
    let mut lines = Lines::of_stdin()?;
    let mut parent = Parent {
        child: Child::start(None)?,
        out: Output::start_directly(io::stdout())?,
        unanswered: Unanswered::default(),
        restarts: Vec::new(),
        until: None,
        signal: None,
        has_ended: false,
    };
    loop {
        let is_ending = parent.until.is_some();
        let takes_lines = !is_ending && !parent.has_ended && parent.child.backlog() < FULL;
        let is_full = parent.out.backlog() > FULL;
        let awaits_child = parent.child.backlog() >= FULL;
        let written = parent.child.written();
        tokio::select! {
            status = interrupt.received(), if parent.signal.is_none() => {
                parent.signal = Some(status);
                parent.end();
            }
            line = lines.next(), if takes_lines => parent.take(line.as_ref()),
            line = parent.child.lines.next(), if !is_full || is_ending => match line {
                Some(line) => parent.pass_out(line),
                None => if let Some(status) = parent.child_ended().await? {
                    parent.out.drained(LAST_LINES).await;
                    return Ok(parent.signal.unwrap_or(status));
                },
            },
            () = parent.out.changed(is_full) => if parent.out.is_gone() {
                parent.end();
            },
            () = written, if awaits_child => {}
            () = at(parent.until) => parent.child.kill(),
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

impl Parent {
    /// Asks the child to end.
    fn end(&mut self) {
        self.child.end();
        self.until.get_or_insert(Instant::now() + GRACE);
    }

    /// Passes a line on, or the end of stdin.
    fn take(&mut self, line: Option<&Line>) {
        let Some(line) = line else {
            self.has_ended = true;
            return self.child.close();
        };
        self.pass_in(line);
    }

    fn pass_in(&mut self, line: &Line) {
        match line {
            Line::Whole(bytes) => {
                if let Ok(command) = parse(line) {
                    self.unanswered.asked(command);
                }
                self.child.line(bytes.clone());
            }
            Line::TooLong => {
                if let Err(wrong) = parse(line) {
                    self.write(&WorkerAnswer {
                        id: None,
                        outcome: WorkerOutcome::Error(wrong.error),
                    });
                }
            }
        }
    }

    fn pass_out(&mut self, line: Line) {
        // A child that was killed may leave half a line: that is no JSON.
        if let Line::Whole(bytes) = line
            && self.unanswered.heard(&bytes)
        {
            self.out.line(bytes);
        }
    }

    fn write(&self, line: &impl serde::Serialize) {
        if let Ok(line) = serde_json::to_vec(line) {
            self.out.line(line);
        }
    }

    /// Starts it again after a crash; otherwise the status with which all ends.
    async fn child_ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = self.child.ended().await?;
        if let Some(status) = ended.in_order {
            return Ok(Some(status));
        }
        let now = Instant::now();
        self.restarts.retain(|at| now - *at < WINDOW);
        let is_wanted = !self.has_ended && self.until.is_none() && self.restarts.len() < MOST;
        if is_wanted {
            self.restarts.push(now);
            self.child = Child::start(self.unanswered.session())?;
        }
        let lost = self.unanswered.lost();
        let time = with_millis(SystemTime::now());
        let event = Event::Restarted(Restarted {
            reason: ended.words,
            pid: is_wanted.then(|| self.child.pid()),
            restarts: u32::try_from(self.restarts.len()).unwrap_or(u32::MAX),
            ids: lost.clone(),
        });
        self.write(&EventLine {
            event: &event,
            time: Some(&time),
            client: None,
        });
        for id in lost {
            let message = "the process that kept the session has ended before it was answered";
            let error = WorkerError::new(WorkerWord::WorkerLost, message);
            self.write(&WorkerAnswer {
                id: Some(id),
                outcome: WorkerOutcome::Error(error),
            });
        }
        Ok((!is_wanted).then_some(ExitStatus::CouldNotLook))
    }
}
