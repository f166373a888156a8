//! The session that a soak holds, and the looks at the sockets meanwhile.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Course, SILENT_IN_A_ROW, Stop};
use crate::diagnosis::assess_attempt;
use crate::event::{CensusCount, Event, Events, Footprint};
use crate::machine::World;
use crate::machine::path::{self, End, Path, Place};
use crate::machine::sockets::Ports;
use crate::report::SoakZombies;
use crate::soak::hold::{KeepPlan, Kept, Tried, keep};
use crate::zombie;

/// Between two looks at the socket table while a session is held.
const CENSUS_EVERY: Duration = Duration::from_secs(10);

impl Course<'_> {
    /// Keeps one session up; the stages of its handshakes are events too.
    pub(super) async fn hold(&mut self, events: Events<'_>) -> Result<(), Stop> {
        if self.plan.handshakes() > 0 {
            self.pause().await?;
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
        let mut gathered = std::mem::take(&mut self.gathered);
        let session = async |hold, events: Events<'_>| {
            let attempt = self.attempt(Some(hold), events).await?;
            self.handshakes.met(&attempt);
            if let Some(trouble) = &attempt.setting.trouble {
                return Err(Stop::Trouble(trouble.clone()));
            }
            let findings = assess_attempt(&attempt, &plan.session);
            let held = attempt.held;
            Ok(Tried { held, findings })
        };
        let looks = async {
            let mut looks = tokio::time::interval(CENSUS_EVERY);
            loop {
                looks.tick().await;
                if let Some((count, _)) = census(world, plan.local()) {
                    note(Event::Census(count));
                }
            }
        };
        let mut gather = |findings| gathered.add(findings);
        let mut noted = note;
        let kept = tokio::select! {
            biased;
            kept = keep(keep_plan, session, &mut interrupt, &tally, &mut gather, &mut noted) => kept,
            () = looks => unreachable!("looking never ends"),
        };
        self.gathered = gathered;
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

/// Connections on the port of a Gateway on this machine and on those behind it, and how many of
/// their ends are half closed or not accepted; nothing where they cannot be seen, such as behind a
/// relay whose other side is not in sight, or where who listens is not.
fn census(world: &World, local: Option<SocketAddr>) -> Option<(CensusCount, usize)> {
    let local = local?;
    let path = path::trace(world, local);
    let is_unseen = |path: &Path| matches!(path.end, End::OutOfSight | End::Unknown);
    if path.as_ref().is_some_and(is_unseen) {
        return None;
    }
    let hops = path.iter().flat_map(|path| &path.hops);
    let mut ports = vec![(Place::Own, Ports::from([local.port()]))];
    for hop in hops {
        let port = hop.address.port();
        match ports.iter_mut().find(|(seat, _)| *seat == hop.seat) {
            Some((_, known)) => *known = known.iter().chain([port]).collect(),
            None => ports.push((hop.seat, Ports::from([port]))),
        }
    }
    let mut all = CensusCount::default();
    let mut stuck = 0;
    for (seat, ports) in ports {
        let read = seat.with_table(world, |table| table.snapshot(&ports))?;
        let sockets = read.ok()?.sockets;
        let count = zombie::count(&sockets, &ports);
        // One that a relay passes on is one connection.
        if seat == Place::Own {
            all.established = zombie::count(&sockets, &Ports::from([local.port()])).established;
        }
        all.close_wait += count.close_wait;
        all.unaccepted += count.unaccepted;
        let zombies = sockets.iter();
        stuck += zombies.filter(|it| zombie::is_zombie(it, &ports)).count();
    }
    Some((all, stuck))
}
