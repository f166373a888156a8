//! The user's own program, run again and again, with ibdoc's own handshakes before, between and
//! after its runs.

use tokio::time::Instant;

use super::plan::ProgramPlan;
use super::{Course, Stop, tapped};
use crate::event::{Event, Events};
use crate::machine::accept_queue;
use crate::soak::program::{Outcome, Program, Seen, Tally};

impl Course<'_, '_> {
    /// Runs the program as often as planned, between handshakes of ibdoc's own.
    pub(super) async fn programs(
        &mut self,
        own: &ProgramPlan<'_>,
        tally: &mut Tally,
        events: Events<'_>,
    ) -> Result<(), Stop> {
        let planned = self.plan.attempts;
        events(Event::Runs {
            planned,
            shows_output: own.shows_output,
        });
        if own.neutral {
            let first = self.handshake(events).await?;
            tally.handshake(first.succeeded, &first.codes);
            first.go_on()?;
        }
        for number in 1..=planned {
            if number > 1 || own.neutral {
                self.pause().await?;
            }
            let seen = self.program(own, tally.program(), number, events).await?;
            let connected_heirs = connected_heirs(&seen, number);
            if own.neutral {
                self.neutral(tally, seen, events).await?;
            } else {
                events(Event::Exec(tally.add(seen, None)));
            }
            connected_heirs.map_or(Ok(()), Err)?;
            self.save_if_due(Some(tally));
        }
        Ok(())
    }

    /// The handshake after a run, and a second one where it alone would make the run look worse
    /// than the Gateway: one that fails every other client would not be seen by every other one.
    async fn neutral(
        &mut self,
        tally: &mut Tally,
        seen: Seen,
        events: Events<'_>,
    ) -> Result<(), Stop> {
        let first = match self.handshake(events).await {
            Ok(first) => first,
            Err(stop) => {
                events(Event::Exec(tally.add(seen, None)));
                return Err(stop);
            }
        };
        let again = first.succeeded && first.stop.is_none() && !tally.would_succeed(&seen.run);
        let second = if again {
            self.handshakes.plan_another();
            Some(self.handshake(events).await)
        } else {
            None
        };
        let both = match &second {
            Some(Ok(second)) => second.succeeded,
            _ => first.succeeded,
        };
        events(Event::Exec(tally.add(seen, Some(both))));
        tally.handshake(first.succeeded, &first.codes);
        first.go_on()?;
        let Some(second) = second else {
            return Ok(());
        };
        let second = second?;
        tally.handshake(second.succeeded, &second.codes);
        second.go_on()
    }

    /// One run; none is begun when the Gateway's accept queue is stuck.
    async fn program(
        &mut self,
        own: &ProgramPlan<'_>,
        title: &str,
        number: u32,
        events: Events<'_>,
    ) -> Result<Seen, Stop> {
        if self.plan.session.is_over(Instant::now()) {
            return Err(Stop::OutOfTime);
        }
        let local = self.plan.local();
        if let Some(local) = local.filter(|_| !own.neutral && !self.plan.force) {
            let watch = accept_queue::watch(self.world.table.as_ref(), local);
            let deadline = self.plan.session.deadline;
            let Some(watched) = accept_queue::before(deadline, watch).await else {
                return Err(Stop::OutOfTime);
            };
            let stuck = watched.ok().flatten().filter(|queue| !queue.admits());
            if let Some(stuck) = stuck {
                return Err(Stop::stuck(&stuck.words()));
            }
        }
        let timeout = self.plan.time_for(own.timeout);
        let program = Program {
            command: own.command,
            target: self.plan.target,
            local,
            not_its_own: self.ledger.recent(),
            ibdoc: own.ibdoc.as_deref(),
            timeout,
            shows_output: own.shows_output,
        };
        let mut interrupt = self.interrupt.clone();
        let trouble = |what: &str, error| {
            Stop::Trouble(format!("failed to {what} run {number} of {title}{error}"))
        };
        let ran = if own.through_tap {
            let force = self.plan.force;
            tapped::run(program, force, self.world, &mut interrupt, events).await
        } else {
            program.run(self.world, &mut interrupt).await
        };
        match ran {
            Ok(Outcome::Ran(seen)) if seen.run.timed_out && timeout < own.timeout => {
                Err(Stop::OutOfTime)
            }
            Ok(Outcome::Ran(seen)) => Ok(*seen),
            Ok(Outcome::Interrupted(status)) => Err(Stop::Interrupted(status)),
            Ok(Outcome::Spared(reason)) => Err(Stop::GivenUp(reason)),
            Ok(Outcome::Lost(error)) => Err(trouble("learn how", format!(" ended: {error}"))),
            Err(error) => Err(trouble("start", format!(": {error}"))),
        }
    }
}

/// Why no further run is begun: what was left on purpose keeps a client's place in the Gateway.
fn connected_heirs(seen: &Seen, number: u32) -> Option<Stop> {
    let kept = seen.run.others_left.unwrap_or(0) > 0 && seen.run.held.unwrap_or(0) > 0;
    kept.then(|| {
        Stop::GivenUp(format!(
            "a process that run {number} left on purpose (nohup) is still connected: each further \
             run would add one"
        ))
    })
}
