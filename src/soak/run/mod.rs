//! The course of a soak: handshakes one after the other or runs of the user's own program between
//! them, then one session held; every result goes into a tally.

mod census;
mod held;
mod plan;
mod program;
mod saving;
mod tapped;

use tokio::time::Instant;

pub use self::plan::{ProgramPlan, SoakPlan};
pub use self::saving::Saving;

use crate::diagnosis::assess_attempt;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events, Footprint, Query};
use crate::finding::Code;
use crate::finding::verdict::ExitStatus;
use crate::handshake::ahead::Ahead;
use crate::handshake::footprint::Ledger;
use crate::handshake::{Attempt, Attempter, Speaker};
use crate::machine::World;
use crate::report::{Attempts, Exec, SoakZombies, Stability};
use crate::session::{HoldPlan, not_asked};
use crate::soak::severity::Gathered;
use crate::soak::tally::Tally;
use crate::soak::{hold, program as runs};
use crate::target::ClientIds;

/// Silent failures in a row after which it stops.
const SILENT_IN_A_ROW: u32 = 3;

/// Why a soak ends before its plan is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A signal.
    Interrupted(ExitStatus),
    /// The deadline of the command.
    OutOfTime,
    /// Nothing: it goes on, and this is what it has shown so far.
    Unfinished,
    /// Going on would make a sick Gateway worse, or say nothing more.
    GivenUp(String),
    /// This machine could not connect, look, or run the program.
    Trouble(String),
}

impl Stop {
    /// In words; a signal needs none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Stop::Interrupted(_) => None,
            Stop::OutOfTime => Some("the deadline of the command has passed"),
            Stop::Unfinished => Some("the soak was still going on when this was written"),
            Stop::GivenUp(reason) | Stop::Trouble(reason) => Some(reason),
        }
    }

    fn stuck(words: &str) -> Self {
        let reason = "the accept queue is stuck: each further attempt would take a place in it";
        if words.is_empty() {
            Self::GivenUp(reason.to_owned())
        } else {
            Self::GivenUp(format!("{reason} ({words})"))
        }
    }
}

/// What a soak has shown.
#[derive(Clone, Debug)]
pub struct Soaked {
    /// The address as the first handshake found it.
    pub subject: Option<String>,
    /// The requests that no handshake made.
    pub not_asked: Vec<Query>,
    /// The handshakes; nothing where none were planned.
    pub attempts: Option<Attempts>,
    /// Connections of ours that were reset before the Gateway accepted them.
    pub unaccepted: u32,
    /// Whether a session was to be held when it ended.
    pub hold_begun: bool,
    /// The held session; nothing where none was.
    pub stability: Option<Stability>,
    /// The runs of the user's own program, and what they prove.
    pub program: Option<(Exec, runs::Evidence)>,
    /// What the handshakes were found to have.
    pub gathered: Gathered,
    /// Half-closed and unaccepted sockets before and after.
    pub zombies: SoakZombies,
    /// What was done to the Gateway.
    pub footprint: Footprint,
    /// Why it ended before its plan was done.
    pub stop: Option<Stop>,
}

impl Soaked {
    /// The runs of the user's own program.
    pub fn exec(&self) -> Option<&Exec> {
        self.program.as_ref().map(|(exec, _)| exec)
    }
}

/// Runs a soak to its end or until something stops it; `ledger` has the connections made before, and
/// `saving` is told what it has shown so far.
pub async fn run(
    plan: &SoakPlan<'_>,
    world: &World,
    ledger: Ledger,
    interrupt: Interrupt,
    saving: Option<Saving<'_>>,
    events: Events<'_>,
) -> Soaked {
    let mut course = Course {
        plan,
        world,
        interrupt,
        began: Instant::now(),
        ledger,
        ids: ClientIds::from_random_start(),
        handshakes: Tally::new(plan.handshakes()),
        silent: 0,
        gathered: Gathered::default(),
        held: hold::Tally::default(),
        hold_begun: false,
        before: None,
        saving,
    };
    course.before = course.census(events);
    let mut program = plan
        .program
        .as_ref()
        .map(|program| runs::Tally::new(program.command, plan.attempts));
    let stop = Box::pin(course.run(program.as_mut(), events)).await.err();
    let after = course.census(events);
    course.soaked(after, program, stop)
}

/// One handshake of a soak, and whether another may follow.
struct Handshake {
    succeeded: bool,
    codes: Vec<Code>,
    stop: Option<Stop>,
}

impl Handshake {
    fn go_on(self) -> Result<(), Stop> {
        self.stop.map_or(Ok(()), Err)
    }
}

/// A soak under way.
struct Course<'a, 's> {
    plan: &'a SoakPlan<'a>,
    world: &'a World,
    interrupt: Interrupt,
    began: Instant,
    ledger: Ledger,
    ids: ClientIds,
    handshakes: Tally,
    /// Silent failures in a row.
    silent: u32,
    gathered: Gathered,
    held: hold::Tally,
    hold_begun: bool,
    /// Half-closed and unaccepted sockets before the first handshake.
    before: Option<usize>,
    saving: Option<Saving<'s>>,
}

impl Course<'_, '_> {
    /// What was shown, when there are so many half-closed and unaccepted sockets.
    fn soaked(
        &self,
        after: Option<usize>,
        program: Option<runs::Tally>,
        stop: Option<Stop>,
    ) -> Soaked {
        let table = self.world.table.as_ref();
        let mut ledger = self.ledger.clone();
        ledger.check(self.world);
        let footprint = ledger.footprint();
        let program = program.map(|tally| {
            let grown = after.zip(self.before);
            let grown = grown.map_or(0, |(after, before)| after.saturating_sub(before));
            let grown = u32::try_from(grown).unwrap_or(u32::MAX);
            let grown = grown.saturating_sub(footprint.sockets_left.unwrap_or(0));
            tally.report(table, grown)
        });
        Soaked {
            attempts: self.handshakes.attempts(),
            unaccepted: self.handshakes.unaccepted,
            not_asked: not_asked(&self.handshakes.asked),
            subject: self.handshakes.subject.clone(),
            hold_begun: self.hold_begun,
            stability: self.held.figures(),
            program,
            gathered: self.gathered.clone(),
            zombies: self.zombies(self.before, after, &footprint),
            footprint,
            stop,
        }
    }

    async fn run(
        &mut self,
        program: Option<&mut runs::Tally>,
        events: Events<'_>,
    ) -> Result<(), Stop> {
        match (program, &self.plan.program) {
            (Some(tally), Some(program)) => self.programs(program, tally, events).await?,
            _ => self.attempts(events).await?,
        }
        if !self.plan.hold.is_zero() {
            self.hold(events).await?;
        }
        Ok(())
    }

    async fn attempts(&mut self, events: Events<'_>) -> Result<(), Stop> {
        let planned = self.plan.attempts;
        if planned > 0 {
            events(Event::Attempts { planned });
        }
        for number in 1..=planned {
            if number > 1 {
                self.pause().await?;
            }
            self.handshake(events).await?.go_on()?;
            self.save_if_due(None);
        }
        Ok(())
    }

    /// One handshake, counted; errs when none came to its end.
    async fn handshake(&mut self, events: Events<'_>) -> Result<Handshake, Stop> {
        if self.plan.session.is_over(Instant::now()) {
            return Err(Stop::OutOfTime);
        }
        // The stages of ten thousand handshakes are no news: each attempt is one event.
        let (at, left) = (self.began.elapsed(), self.ledger.left());
        let only_accounts = &mut |event: Event| {
            if matches!(event, Event::Accounts(_)) {
                events(event);
            }
        };
        let attempt = self.attempt(None, only_accounts).await?;
        if let Some(trouble) = attempt.setting.trouble {
            return Err(Stop::Trouble(trouble));
        }
        if attempt.is_too_short(&self.plan.session) {
            return Err(Stop::OutOfTime);
        }
        let grew = attempt.setting.has_left_half_closed();
        let findings = assess_attempt(&attempt, &self.plan.session);
        let codes = findings.iter().map(|finding| finding.code).collect();
        let in_sight = self.ledger.footprint().sockets_left.is_some();
        let left = in_sight.then(|| self.ledger.left() > left);
        let summary = self.handshakes.add(&attempt, &findings, at, left);
        self.gathered.add(findings);
        let (code, succeeded) = (summary.code, summary.succeeded);
        events(Event::Attempt(summary));
        Ok(Handshake {
            succeeded,
            codes,
            stop: self.stop_after(code).or(self.stop_of_growth(grew)),
        })
    }

    /// Whether going on would make a sick Gateway worse.
    fn stop_after(&mut self, code: Option<Code>) -> Option<Stop> {
        self.silent = hold::in_a_row(self.silent, code);
        if code == Some(Code::AcceptQueueStuck) {
            return Some(Stop::stuck(""));
        }
        let reason = "three silent failures in a row: each may leave an open dialog \
                      (--keep-going goes on)";
        (self.silent == SILENT_IN_A_ROW && !self.plan.keep_going)
            .then(|| Stop::GivenUp(reason.to_owned()))
    }

    fn stop_of_growth(&self, grew: bool) -> Option<Stop> {
        let reason = "the Gateway behind the relay answers nothing and keeps each connection half \
                      closed (--keep-going goes on)";
        (grew && !self.plan.keep_going).then(|| Stop::GivenUp(reason.to_owned()))
    }

    /// One handshake under a free client id; a signal drops it, which resets its connection.
    async fn attempt(
        &mut self,
        hold: Option<HoldPlan>,
        events: Events<'_>,
    ) -> Result<Attempt, Stop> {
        let ids = &mut self.ids;
        let mut attempter = Attempter {
            world: self.world,
            plan: &self.plan.session,
            force: self.plan.force,
            speaker: Speaker::Ibdoc,
            interrupt: self.interrupt.clone(),
            ledger: &mut self.ledger,
            ahead: Ahead::default(),
        };
        let target = self.plan.target;
        let attempt = attempter.run_with_free_id(target, ids, hold, events).await;
        match attempt.interrupted {
            Some(interrupted) => Err(Stop::Interrupted(interrupted.status)),
            None => Ok(attempt),
        }
    }

    async fn pause(&self) -> Result<(), Stop> {
        let mut interrupt = self.interrupt.clone();
        let pause = async {
            let gap = self.plan.time_for(self.plan.gap);
            if gap.is_zero() {
                // The simulated Gateway may run on this thread too.
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(gap).await;
            }
        };
        tokio::select! {
            biased;
            status = interrupt.received() => Err(Stop::Interrupted(status)),
            () = pause => Ok(()),
        }
    }
}
