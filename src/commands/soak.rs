//! `ibdoc soak`: N handshakes one after the other, then one session held for M minutes; or the
//! user's own program N times.

mod exec;
mod gravity;
mod limits;
mod tally;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

use super::choice::{Choice, choose};
use super::handshake::plan;
use super::{Error, Outcome, Setup};
use crate::attempt::{Attempt, Attempter, Hold, Speaker};
use crate::cli::Soak;
use crate::event::{CensusCount, Event, Events};
use crate::finding::{self, Code, assess_attempt, principal_first};
use crate::footprint::Ledger;
use crate::interrupt::Interrupt;
use crate::process::Pid;
use crate::report::{self, Body, Footprint, SoakZombies, Stability, Threshold};
use crate::report_file::ReportFile;
use crate::session::{HoldPlan, Plan};
use crate::stability::{Books, KeepPlan, Kept, Tried, keep};
use crate::table::Ports;
use crate::target::{ClientIds, Role, Target};
use crate::verdict::{ExitStatus, Verdict};
use crate::world::World;
use crate::zombie;
use exec::Book;
use gravity::{Gathered, judge};
use limits::{Measured, thresholds};
use tally::Tally;

/// Handshakes without `--attempts`, `--minutes` and `--hours`.
const ATTEMPTS: u32 = 10;
/// Silent failures in a row after which it stops.
const SILENT_IN_A_ROW: u32 = 3;
/// Between two looks at the socket table while a session is held.
const CENSUS_EVERY: Duration = Duration::from_secs(10);

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
        let message = "nothing to do: give --attempts, --minutes or --hours more than 0";
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

    /// Keeps one session up; the stages of its handshakes are events too.
    async fn hold(&mut self, events: Events<'_>) -> Result<(), Stop> {
        if self.planned > 0 {
            self.pause().await?;
        }
        events(Event::Holding {
            planned_ms: self.hold,
        });
        let plan = self.plan();
        let left = plan
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let duration = left.map_or(self.hold, |left| left.min(self.hold));
        self.hold_begun = true;
        match self.keep_up(&plan, duration, events).await {
            Kept::Done if duration < self.hold => Err(Stop::OutOfTime),
            Kept::Done => Ok(()),
            Kept::Interrupted => Err(Stop::Interrupted(self.interrupt.received().await)),
            Kept::Stopped(stop) => Err(stop),
            Kept::NotMade => Err(Stop::Because(
                "the session to hold could not be made".to_owned(),
            )),
            Kept::GaveUp => Err(Stop::Because(
                "after the drop three new sessions in a row ended in silence: each may leave an \
                 open dialog (--keep-going goes on)"
                    .to_owned(),
            )),
        }
    }

    async fn keep_up(&mut self, plan: &Plan, duration: Duration, events: Events<'_>) -> Kept<Stop> {
        let keep_plan = KeepPlan {
            duration,
            fetch_timeout: plan.timeouts.request,
            silent_tries: (!self.args.keep_going).then_some(SILENT_IN_A_ROW),
        };
        let (world, target) = (&self.setup.world, self.target);
        let books = std::mem::take(&mut self.books);
        let sink = RefCell::new(events);
        let note = |event: Event| {
            books.borrow_mut().observe(&event);
            (sink.borrow_mut())(event);
        };
        let mut interrupt = self.interrupt.clone();
        let mut gathered = std::mem::take(&mut self.gathered);
        let session = async |hold, events: Events<'_>| {
            let attempt = self.attempt(plan, Some(hold), events).await?;
            self.tally.met(&attempt);
            if let Some(trouble) = &attempt.setting.trouble {
                self.trouble = Some(trouble.clone());
                return Err(Stop::Because(trouble.clone()));
            }
            let findings = assess_attempt(&attempt, plan);
            let held = attempt.held;
            Ok(Tried { held, findings })
        };
        let looks = async {
            let mut looks = tokio::time::interval(CENSUS_EVERY);
            loop {
                looks.tick().await;
                if let Some((count, _)) = census(world, target) {
                    note(Event::Census(count));
                }
            }
        };
        let mut gather = |findings| gathered.add(findings);
        let mut noted = note;
        let kept = tokio::select! {
            biased;
            kept = keep(keep_plan, session, &mut interrupt, &books, &mut gather, &mut noted) => kept,
            () = looks => unreachable!("looking never ends"),
        };
        self.gathered = gathered;
        self.books = books;
        kept
    }

    /// Counts the half-closed and unaccepted sockets; nothing where they cannot be seen.
    fn census(&mut self, events: Events<'_>) -> Option<usize> {
        let (count, zombies) = census(&self.setup.world, self.target)?;
        events(Event::Census(count));
        Some(zombies)
    }

    fn finish(mut self, mut book: Option<Book>, events: Events<'_>) -> Outcome {
        self.ledger.check(self.setup.world.table.as_ref());
        let after = self.census(events);
        let footprint = self.ledger.footprint();
        let stability = self.books.borrow().figures();
        let table = self.setup.world.table.as_ref();
        let exec = book.as_mut().map(|book| {
            let left = book.still_left(table);
            book.report(left)
        });
        let thresholds = self.thresholds(stability.as_ref(), &footprint, exec.as_ref());
        let worked = self.something_worked(stability.as_ref());
        let limits_met = thresholds.iter().all(|threshold| threshold.met);
        let ran = exec.as_ref().map(|exec| exec.run);
        let succeeded = exec.as_ref().map(|exec| exec.succeeded > 0);
        let mut findings = self
            .gathered
            .findings(worked || succeeded == Some(true), limits_met);
        if let (Some(book), Some(exec)) = (&book, &exec) {
            let own = crate::exec::findings(exec, &book.evidence, &self.subject(), limits_met);
            findings.splice(0..0, own);
            principal_first(&mut findings);
        }
        let mut verdict = judge(&findings, &thresholds, succeeded.unwrap_or(worked));
        // What was planned and not run says nothing.
        let nothing_run = match ran {
            Some(ran) => ran == 0,
            None => self.tally.run() == 0 && stability.is_none() && self.gathered.is_empty(),
        };
        let unproven = self.trouble.take().or_else(|| {
            let why = || self.stopped.clone().filter(|_| ran.is_some());
            let nothing = nothing_run.then(|| why().unwrap_or("nothing was run".to_owned()));
            nothing.or(self.stopped.clone().filter(|_| self.out_of_time))
        });
        if unproven.is_some() {
            // Limits that were missed for want of runs prove no failure.
            verdict = finding::verdict(&findings).max(Verdict::Unknown);
        }
        let body = report::Soak {
            address: self.subject(),
            attempts: self.tally.attempts(),
            stability,
            zombies: self.zombies(after, &footprint),
            thresholds,
            exec,
            stopped: self.stopped,
            interrupted: self.exit_status.is_some(),
        };
        Outcome {
            verdict: Some(verdict),
            error: unproven.filter(|_| verdict == Verdict::Unknown),
            exit_status: self.exit_status,
            ..Outcome::of(Body::Soak(Box::new(body)), findings, footprint)
        }
    }

    fn subject(&self) -> String {
        let known = self.tally.subject.clone();
        known.unwrap_or_else(|| self.target.to_string())
    }

    fn thresholds(
        &self,
        stability: Option<&Stability>,
        footprint: &Footprint,
        exec: Option<&report::Exec>,
    ) -> Vec<Threshold> {
        let (connect, ready) = (self.tally.connect(), self.tally.ready());
        let planned = self.planned > 0;
        let ours = limits::left(footprint);
        let left = match exec {
            Some(exec) => ours.zip(exec.left).map(|(ours, left)| ours + left),
            None => ours,
        };
        let handshakes = planned.then(|| (self.tally.succeeded(), self.tally.run()));
        let measured = Measured {
            runs: exec.map(|exec| (exec.succeeded, exec.run)).or(handshakes),
            handshakes: planned.then_some((connect, ready)),
            hold_begun: self.hold_begun,
            stability,
            left,
        };
        thresholds(&self.args.limits, &measured)
    }

    fn something_worked(&self, stability: Option<&Stability>) -> bool {
        let pinged = stability.is_some_and(|stability| stability.pings.answered > 0);
        self.tally.succeeded() > 0 || pinged
    }

    fn zombies(&self, after: Option<usize>, footprint: &Footprint) -> SoakZombies {
        let run = self.tally.run();
        let ours = footprint.sockets_left;
        let left = ours.filter(|_| run > 0);
        SoakZombies {
            before: self.before,
            after,
            ours,
            others: after.zip(ours).map(|(after, ours)| {
                after.saturating_sub(usize::try_from(ours).unwrap_or(usize::MAX))
            }),
            left_per_attempt: left.map(|left| f64::from(left) / f64::from(run)),
        }
    }
}

/// Connections on the port of a target of this machine, and how many of their ends are half
/// closed or not accepted; nothing where they cannot be seen.
fn census(world: &World, target: &Target) -> Option<(CensusCount, usize)> {
    let local =
        target.host.parse().is_ok_and(crate::connect::is_local) || target.host == "localhost";
    let ports: Ports = std::iter::once(target.port).collect();
    let snapshot = local.then(|| world.table.snapshot(&ports).ok()).flatten()?;
    let zombies = snapshot
        .sockets
        .iter()
        .filter(|socket| zombie::is_zombie(socket, &ports));
    Some((zombie::count(&snapshot.sockets, &ports), zombies.count()))
}
