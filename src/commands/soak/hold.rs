//! The session that a soak holds, and the looks at the sockets meanwhile.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use super::{SILENT_IN_A_ROW, Soaking, Stop};
use crate::diagnosis::assess_attempt;
use crate::event::{CensusCount, Event, Events};
use crate::machine::World;
use crate::machine::sockets::Ports;
use crate::session::Plan;
use crate::soak::hold::{KeepPlan, Kept, Tried, keep};
use crate::target::Target;
use crate::zombie;

/// Between two looks at the socket table while a session is held.
const CENSUS_EVERY: Duration = Duration::from_secs(10);

impl Soaking<'_> {
    /// Keeps one session up; the stages of its handshakes are events too.
    pub(super) async fn hold(&mut self, events: Events<'_>) -> Result<(), Stop> {
        if self.planned > 0 {
            self.pause().await?;
        }
        events(Event::Holding { planned: self.hold });
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
    pub(super) fn census(&mut self, events: Events<'_>) -> Option<usize> {
        let (count, zombies) = census(&self.setup.world, self.target)?;
        events(Event::Census(count));
        Some(zombies)
    }
}

/// Connections on the port of a target of this machine, and how many of their ends are half
/// closed or not accepted; nothing where they cannot be seen.
fn census(world: &World, target: &Target) -> Option<(CensusCount, usize)> {
    let local = target
        .host
        .parse()
        .is_ok_and(crate::handshake::connect::is_local)
        || target.host == "localhost";
    let ports: Ports = std::iter::once(target.port).collect();
    let snapshot = local.then(|| world.table.snapshot(&ports).ok()).flatten()?;
    let zombies = snapshot
        .sockets
        .iter()
        .filter(|socket| zombie::is_zombie(socket, &ports));
    Some((zombie::count(&snapshot.sockets, &ports), zombies.count()))
}
