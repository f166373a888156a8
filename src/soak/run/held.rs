//! The session that a soak holds, and the looks at the sockets meanwhile.

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::census::{census, seen_later};
use super::{Course, SILENT_IN_A_ROW, Soaked, Stop};
use crate::diagnosis::assess_attempt;
use crate::event::{Event, Events, Footprint};
use crate::machine::World;
use crate::report::SoakZombies;
use crate::soak::hold::{KeepPlan, Kept, Tried, keep};

/// Between two looks at the socket table while a session is held.
const CENSUS_EVERY: Duration = Duration::from_secs(10);

/// Counts the sockets again and again.
async fn count_again(
    world: &World,
    local: Option<SocketAddr>,
    note: &impl Fn(Event),
) -> Infallible {
    let mut looks = tokio::time::interval(CENSUS_EVERY);
    loop {
        looks.tick().await;
        if let Some((count, _)) = census(world, local) {
            note(Event::Census(count));
        }
    }
}

impl Course<'_, '_> {
    /// Keeps one session up; the stages of its handshakes are events too.
    pub(super) async fn hold(&mut self, events: Events<'_>) -> Result<(), Stop> {
        if self.plan.handshakes() > 0 {
            self.pause().await?;
        }
        if self.plan.session.is_over(Instant::now()) {
            return Err(Stop::OutOfTime);
        }
        let planned = self.plan.hold;
        events(Event::Holding { planned });
        let duration = self.plan.time_for(planned);
        self.hold_begun = true;
        match self.keep_up(duration, events).await {
            Kept::Done if duration < planned => Err(Stop::OutOfTime),
            Kept::Done => Ok(()),
            Kept::Interrupted => Err(Stop::Interrupted(self.interrupt.received().await)),
            Kept::Stopped(stop) => Err(stop),
            Kept::NotMade => Err(Stop::GivenUp(
                "the session to hold could not be made".to_owned(),
            )),
            Kept::GaveUp => Err(Stop::GivenUp(
                "after the drop three new sessions in a row ended in silence: each may leave an \
                 open dialog (--keep-going goes on)"
                    .to_owned(),
            )),
        }
    }

    async fn keep_up(&mut self, duration: Duration, events: Events<'_>) -> Kept<Stop> {
        let plan = self.plan;
        let keep_plan = KeepPlan {
            duration,
            fetch_timeout: plan.session.timeouts.request,
            silent_tries: (!plan.keep_going).then_some(SILENT_IN_A_ROW),
        };
        let world = self.world;
        let tally = RefCell::new(std::mem::take(&mut self.held));
        let sink = RefCell::new(events);
        let note = |event: Event| {
            tally.borrow_mut().observe(&event);
            (sink.borrow_mut())(event);
        };
        let mut interrupt = self.interrupt.clone();
        let mut saving = self.saving.take();
        let so_far = saving.as_ref().map(|_| self.so_far(None));
        let gathered = RefCell::new(std::mem::take(&mut self.gathered));
        let session = async |hold, events: Events<'_>| {
            let attempt = self.attempt(Some(hold), events).await?;
            self.handshakes.met(&attempt);
            if let Some(trouble) = &attempt.setting.trouble {
                return Err(Stop::Trouble(trouble.clone()));
            }
            if attempt.held.is_none() && attempt.is_too_short(&plan.session) {
                return Err(Stop::OutOfTime);
            }
            let findings = assess_attempt(&attempt, &plan.session);
            let held = attempt.held;
            Ok(Tried { held, findings })
        };
        let looks = count_again(world, plan.local(), &note);
        let saves = async {
            let (Some(saving), Some(so_far)) = (&mut saving, so_far) else {
                return std::future::pending().await;
            };
            loop {
                tokio::time::sleep_until(saving.due()).await;
                let after = census(world, plan.local()).map(|(_, zombies)| zombies);
                saving.save(Soaked {
                    stability: tally.borrow().figures_so_far(),
                    gathered: gathered.borrow().clone(),
                    zombies: seen_later(so_far.zombies, after),
                    ..so_far.clone()
                });
            }
        };
        let mut gather = |findings| gathered.borrow_mut().add(findings);
        let mut noted = note;
        let kept = tokio::select! {
            biased;
            kept = keep(keep_plan, session, &mut interrupt, &tally, &mut gather, &mut noted) => kept,
            never = looks => match never {},
            () = saves => unreachable!("saving never ends"),
        };
        self.gathered = gathered.into_inner();
        self.saving = saving;
        self.held = tally.into_inner();
        kept
    }

    /// Counts the half-closed and unaccepted sockets; nothing where they cannot be seen.
    pub(super) fn census(&self, events: Events<'_>) -> Option<usize> {
        let (count, zombies) = census(self.world, self.plan.local())?;
        events(Event::Census(count));
        Some(zombies)
    }

    /// Half-closed and unaccepted sockets before and after, and how many of them are ibdoc's.
    pub(super) fn zombies(
        &self,
        before: Option<usize>,
        after: Option<usize>,
        footprint: &Footprint,
    ) -> SoakZombies {
        let run = self.handshakes.run();
        let ours = footprint.sockets_left;
        let left = ours.filter(|_| run > 0);
        SoakZombies {
            before,
            after,
            ours,
            others: after.zip(ours).map(|(after, ours)| {
                after.saturating_sub(usize::try_from(ours).unwrap_or(usize::MAX))
            }),
            left_per_attempt: left.map(|left| f64::from(left) / f64::from(run)),
        }
    }
}
