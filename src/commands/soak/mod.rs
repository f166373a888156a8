//! `ibdoc soak`: N handshakes one after the other, then one session held for M minutes; or the
//! user's own program N times.

mod args;
mod exec;
mod finish;
mod hold;
mod limits;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

pub(super) use self::args::Soak;
use super::choice::{Choice, choose};
use super::handshake::plan;
use super::{Error, Outcome, Setup};
use crate::diagnosis::assess_attempt;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events};
use crate::finding::Code;
use crate::finding::verdict::ExitStatus;
use crate::handshake::footprint::Ledger;
use crate::handshake::{Attempt, Attempter, Hold, Speaker};
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::role::Role;
use crate::render::file::ReportFile;
use crate::session::{HoldPlan, Plan};
use crate::soak::book::Book;
use crate::soak::hold::Books;
use crate::soak::severity::Gathered;
use crate::soak::tally::Tally;
use crate::target::{ClientIds, Target};

/// Handshakes without `--attempts`, `--minutes` and `--hours`.
const ATTEMPTS: u32 = 10;
/// Silent failures in a row after which it stops.
const SILENT_IN_A_ROW: u32 = 3;

/// Runs the command.
pub(super) async fn run(args: &Soak, setup: &Setup, events: Events<'_>) -> Result<Outcome, Error> {
    check_files(&args.reports)?;
    let target = match choose(setup, args.target.as_ref())? {
        Choice::Typed(target) => target,
        Choice::Found(target) => paper_only(target)?,
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
    };
    let default = if args.hold().is_some() { 0 } else { ATTEMPTS };
    let planned = args.attempts.unwrap_or(default);
    let hold = args.hold().unwrap_or_default();
    if planned == 0 && hold.is_zero() {
        let message = if args.own.exec {
            "nothing to do: give --attempts more than 0"
        } else {
            "nothing to do: give --attempts, --minutes or --hours more than 0"
        };
        return Err(Error::Usage(message.to_owned()));
    }
    let mut book = exec::book(&args.own, planned);
    let handshakes = match &book {
        // One before the first run, one after each.
        Some(_) if args.own.neutral => planned.saturating_add(1),
        Some(_) => 0,
        None => planned,
    };
    let interrupt = match listen(args, &setup.world) {
        Ok(interrupt) => interrupt,
        Err(error) => {
            return Ok(Outcome::blind(format!(
                "failed to listen for signals: {error}"
            )));
        }
    };
    let mut soaking = Soaking {
        args,
        setup,
        target: &target,
        planned: handshakes,
        hold,
        began: Instant::now(),
        ledger: Ledger::default(),
        ids: ClientIds::from_random_start(),
        tally: Tally::new(handshakes),
        silent: 0,
        gathered: Gathered::default(),
        books: RefCell::default(),
        hold_begun: false,
        before: None,
        interrupt,
        stopped: None,
        out_of_time: false,
        trouble: None,
        exit_status: None,
    };
    soaking.run(book.as_mut(), events).await;
    Ok(soaking.finish(book, events))
}

/// With a child in a process group of its own, the end of the terminal must reach this process.
fn listen(args: &Soak, world: &World) -> std::io::Result<Interrupt> {
    let own = args
        .own
        .exec
        .then(|| world.processes.facts(Pid(std::process::id())));
    let own = own.and_then(|own| own.ok().flatten());
    if own.is_some_and(|own| own.ignores_hangup == Some(false)) {
        Interrupt::listen_for_hangup_too()
    } else {
        Interrupt::listen()
    }
}

/// Whether the files of `--report` can be written, before anything is run.
fn check_files(files: &[ReportFile]) -> Result<(), Error> {
    for file in files {
        file.check().map_err(|error| {
            let path = file.path().display();
            Error::Usage(format!("--report {path} cannot be written: {error}"))
        })?;
    }
    Ok(())
}

/// Without a target a live port is never soaked.
fn paper_only(target: Target) -> Result<Target, Error> {
    if target.role().is_some_and(Role::is_live) {
        let message = format!("only a live port listens: to soak it, name it: ibdoc soak {target}");
        return Err(Error::Usage(message));
    }
    Ok(target)
}

/// Why a soak ends before its plan is done.
enum Stop {
    Interrupted(ExitStatus),
    OutOfTime,
    Because(String),
}

impl Stop {
    fn stuck(words: &str) -> Self {
        let reason = "the accept queue is stuck: each further attempt would take a place in it";
        if words.is_empty() {
            Self::Because(reason.to_owned())
        } else {
            Self::Because(format!("{reason} ({words})"))
        }
    }
}

/// One handshake of a soak, and whether another may follow.
struct Shaken {
    succeeded: bool,
    codes: Vec<Code>,
    stop: Option<Stop>,
}

impl Shaken {
    fn go_on(self) -> Result<(), Stop> {
        self.stop.map_or(Ok(()), Err)
    }
}

struct Soaking<'a> {
    args: &'a Soak,
    setup: &'a Setup,
    target: &'a Target,
    planned: u32,
    hold: Duration,
    began: Instant,
    ledger: Ledger,
    ids: ClientIds,
    tally: Tally,
    /// Silent failures in a row.
    silent: u32,
    gathered: Gathered,
    books: RefCell<Books>,
    /// Whether a session was to be held when it ended.
    hold_begun: bool,
    /// Half-closed and unaccepted sockets before the first handshake.
    before: Option<usize>,
    interrupt: Interrupt,
    stopped: Option<String>,
    out_of_time: bool,
    /// Why this machine could not connect or look.
    trouble: Option<String>,
    exit_status: Option<ExitStatus>,
}

impl Soaking<'_> {
    async fn run(&mut self, book: Option<&mut Book>, events: Events<'_>) {
        self.before = self.census(events);
        let ran = match book {
            Some(book) => self.programs(book, events).await,
            None => self.attempts(events).await,
        };
        let stopped = match ran {
            Ok(()) if !self.hold.is_zero() => self.hold(events).await,
            other => other,
        };
        match stopped {
            Ok(()) => {}
            Err(Stop::Interrupted(status)) => self.exit_status = Some(status),
            Err(Stop::Because(reason)) => self.stopped = Some(reason),
            Err(Stop::OutOfTime) => {
                self.out_of_time = true;
                self.stopped = Some("the deadline of the command has passed".to_owned());
            }
        }
    }

    async fn attempts(&mut self, events: Events<'_>) -> Result<(), Stop> {
        if self.planned > 0 {
            events(Event::Attempts {
                planned: self.planned,
            });
        }
        for number in 1..=self.planned {
            if number > 1 {
                self.pause().await?;
            }
            self.handshake(events).await?.go_on()?;
        }
        Ok(())
    }

    /// One handshake, counted; errs when none came to its end.
    async fn handshake(&mut self, events: Events<'_>) -> Result<Shaken, Stop> {
        let plan = self.plan();
        if plan.is_over(Instant::now()) {
            return Err(Stop::OutOfTime);
        }
        // The stages of ten thousand handshakes are no news: each attempt is one event.
        let (at, left) = (self.began.elapsed(), self.ledger.left());
        let attempt = self.attempt(&plan, None, &mut |_| {}).await?;
        if let Some(trouble) = attempt.setting.trouble {
            self.trouble = Some(trouble.clone());
            return Err(Stop::Because(trouble));
        }
        let findings = assess_attempt(&attempt, &plan);
        let codes = findings.iter().map(|finding| finding.code).collect();
        let in_sight = self.ledger.footprint().sockets_left.is_some();
        let left = in_sight.then(|| self.ledger.left() > left);
        let summary = self.tally.add(&attempt, &findings, at, left);
        self.gathered.add(findings);
        let (code, succeeded) = (summary.code, summary.succeeded);
        events(Event::Attempt(summary));
        Ok(Shaken {
            succeeded,
            codes,
            stop: self.stop_after(code),
        })
    }

    /// Whether going on would make a sick Gateway worse.
    fn stop_after(&mut self, code: Option<Code>) -> Option<Stop> {
        self.silent = if code == Some(Code::SilentAfterConnect) {
            self.silent + 1
        } else {
            0
        };
        if code == Some(Code::AcceptQueueStuck) {
            return Some(Stop::stuck(""));
        }
        let reason = "three silent failures in a row: each may leave an open dialog \
                      (--keep-going goes on)";
        (self.silent == SILENT_IN_A_ROW && !self.args.keep_going)
            .then(|| Stop::Because(reason.to_owned()))
    }

    fn plan(&self) -> Plan {
        plan(&self.args.session, self.setup, None)
    }

    /// One handshake under a fresh client id; a signal drops it, which resets its connection.
    async fn attempt(
        &mut self,
        plan: &Plan,
        hold: Option<HoldPlan>,
        events: Events<'_>,
    ) -> Result<Attempt, Stop> {
        let id = self.ids.take();
        let holding = Cell::new(false);
        let mut attempter = Attempter {
            world: &self.setup.world,
            plan,
            force: self.setup.force,
            speaker: Speaker::Ibdoc,
            ledger: &mut self.ledger,
        };
        let hold = hold.map(|plan| Hold {
            plan,
            interrupt: self.interrupt.clone(),
            begun: &holding,
        });
        let mut interrupt = self.interrupt.clone();
        let interrupted = async {
            let status = interrupt.received().await;
            if holding.get() {
                // A held session ends by itself, and with its figures.
                std::future::pending::<()>().await;
            }
            status
        };
        tokio::select! {
            biased;
            status = interrupted => Err(Stop::Interrupted(status)),
            attempt = attempter.run(self.target, id, hold, events) => Ok(attempt),
        }
    }

    async fn pause(&self) -> Result<(), Stop> {
        let mut interrupt = self.interrupt.clone();
        let pause = async {
            if self.args.gap.is_zero() {
                // The simulated Gateway may run on this thread too.
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(self.args.gap).await;
            }
        };
        tokio::select! {
            biased;
            status = interrupt.received() => Err(Stop::Interrupted(status)),
            () = pause => Ok(()),
        }
    }
}
