//! `ibdoc soak`: N handshakes one after the other, then one session held for M minutes.

mod tally;

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::choice::{Choice, choose};
use super::handshake::plan;
use super::{Error, Outcome, Setup};
use crate::attempt::{Attempt, Attempter, Hold, Speaker};
use crate::cli::Soak;
use crate::event::{Event, Events};
use crate::finding::{Code, assess_attempt};
use crate::footprint::Ledger;
use crate::interrupt::Interrupt;
use crate::report::{self, Body, SoakZombies};
use crate::session::{HeldEnd, HoldPlan, Plan};
use crate::table::Ports;
use crate::target::{ClientIds, Role, Target};
use crate::verdict::{ExitStatus, Verdict};
use crate::zombie;
use tally::{Tally, judge};

/// Handshakes without `--attempts` and `--minutes`.
const ATTEMPTS: u32 = 10;
/// Silent failures in a row after which it stops.
const SILENT_IN_A_ROW: u32 = 3;

/// Runs the command.
pub(super) async fn run(args: &Soak, setup: &Setup, events: Events<'_>) -> Result<Outcome, Error> {
    let target = match choose(setup, args.target.as_ref())? {
        Choice::Typed(target) => target,
        Choice::Found(target) => paper_only(target)?,
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
    };
    let default = if args.minutes.is_some() { 0 } else { ATTEMPTS };
    let planned = args.attempts.unwrap_or(default);
    let hold = args.minutes.unwrap_or_default();
    if planned == 0 && hold.is_zero() {
        let message = "nothing to do: give --attempts or --minutes more than 0";
        return Err(Error::Usage(message.to_owned()));
    }
    let interrupt = match Interrupt::listen() {
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
        planned,
        hold,
        ledger: Ledger::default(),
        ids: ClientIds::from_random_start(),
        tally: Tally::new(planned),
        interrupt,
        stopped: None,
        out_of_time: false,
        trouble: None,
        exit_status: None,
    };
    soaking.run(events).await;
    Ok(soaking.finish(events))
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

struct Soaking<'a> {
    args: &'a Soak,
    setup: &'a Setup,
    target: &'a Target,
    planned: u32,
    hold: Duration,
    ledger: Ledger,
    ids: ClientIds,
    tally: Tally,
    interrupt: Interrupt,
    stopped: Option<String>,
    out_of_time: bool,
    /// Why this machine could not connect or look.
    trouble: Option<String>,
    exit_status: Option<ExitStatus>,
}

impl Soaking<'_> {
    async fn run(&mut self, events: Events<'_>) {
        self.tally.before = self.census(events);
        let stopped = match self.attempts(events).await {
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
        let mut silent = 0;
        for number in 1..=self.planned {
            if number > 1 {
                self.pause().await?;
            }
            let plan = self.plan();
            if plan.is_over(Instant::now()) {
                return Err(Stop::OutOfTime);
            }
            // The stages of ten thousand handshakes are no news: each attempt is one event.
            let attempt = self.attempt(&plan, None, &mut |_| {}).await?;
            if let Some(trouble) = attempt.setting.trouble {
                self.trouble = Some(trouble.clone());
                return Err(Stop::Because(trouble));
            }
            let findings = assess_attempt(&attempt, &plan);
            let summary = self.tally.add(&attempt, findings);
            let code = summary.code;
            events(Event::Attempt(summary));
            silent = if code == Some(Code::SilentAfterConnect) {
                silent + 1
            } else {
                0
            };
            if code == Some(Code::AcceptQueueStuck) {
                let reason =
                    "the accept queue is stuck: each further attempt would take a place in it";
                return Err(Stop::Because(reason.to_owned()));
            }
            if silent == SILENT_IN_A_ROW && !self.args.keep_going {
                let reason = "three silent failures in a row: each may leave an open dialog \
                              (--keep-going goes on)";
                return Err(Stop::Because(reason.to_owned()));
            }
        }
        Ok(())
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

    /// Holds one session; its handshake's stages are events too.
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
        let hold = HoldPlan::lasting(duration, plan.timeouts.request);
        let attempt = self.attempt(&plan, Some(hold), events).await?;
        let findings = assess_attempt(&attempt, &plan);
        self.tally.add_held(&attempt, findings)?;
        if attempt
            .held
            .is_some_and(|held| held.end == HeldEnd::Interrupted)
        {
            return Err(Stop::Interrupted(self.interrupt.clone().received().await));
        }
        if duration < self.hold {
            return Err(Stop::OutOfTime);
        }
        Ok(())
    }

    /// Counts the half-closed and unaccepted sockets; nothing where they cannot be seen.
    fn census(&mut self, events: Events<'_>) -> Option<usize> {
        let world = &self.setup.world;
        let local = self.target.host.parse().is_ok_and(crate::connect::is_local)
            || self.target.host == "localhost";
        let ports: Ports = std::iter::once(self.target.port).collect();
        let snapshot = local.then(|| world.table.snapshot(&ports).ok()).flatten()?;
        events(Event::Census(zombie::count(&snapshot.sockets, &ports)));
        let zombies = snapshot
            .sockets
            .iter()
            .filter(|socket| zombie::is_zombie(socket, &ports));
        Some(zombies.count())
    }

    fn finish(mut self, events: Events<'_>) -> Outcome {
        self.ledger.check(self.setup.world.table.as_ref());
        let after = self.census(events);
        let footprint = self.ledger.footprint();
        let run = self.tally.run();
        let left = footprint.sockets_left.filter(|_| run > 0);
        let soak_zombies = SoakZombies {
            before: self.tally.before,
            after,
            left_per_attempt: left.map(|left| f64::from(left) / f64::from(run)),
        };
        let thresholds = self.tally.thresholds(&footprint);
        let findings = self.tally.findings();
        let mut verdict = judge(&findings, &thresholds);
        // What was planned and not run says nothing.
        let unproven = self.trouble.take().or_else(|| {
            let nothing = self.tally.is_empty().then(|| "nothing was run".to_owned());
            nothing.or(self.stopped.clone().filter(|_| self.out_of_time))
        });
        if unproven.is_some() {
            verdict = verdict.max(Verdict::Unknown);
        }
        let body = report::Soak {
            address: self
                .tally
                .subject
                .clone()
                .unwrap_or_else(|| self.target.to_string()),
            attempts: self.tally.attempts(),
            stability: self.tally.stability(),
            zombies: soak_zombies,
            thresholds,
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
}
