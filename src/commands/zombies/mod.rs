//! `ibdoc zombies`: the census of half-closed and unaccepted sockets on the Gateway ports, the
//! plan of what could be ended for them, and with `--kill` the end of it.

mod accepted;
mod args;
mod behind;
mod criteria;
mod outcome;

use std::time::Instant;

use self::accepted::accepted;
pub(super) use self::args::Zombies;
use self::criteria::{
    criteria, is_by_pid, refuse_elsewhere, refuse_what_cannot_be, scope, targets,
};
use self::outcome::outcome;
use super::{Error, Outcome, Setup, unread};
use crate::cli::ask::Ask;
use crate::event::{Event, Events};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::pid::ProcessId;
use crate::target::Target;
use crate::zombie::end::{self, Done, Limits};
use crate::zombie::look::{self, Observer, Scope, Unseen};
use crate::zombie::{Census, Criteria, FirstLook, Results, watch};

/// Runs the command.
pub(super) async fn run(
    args: &Zombies,
    setup: &Setup,
    ask: &mut dyn Ask,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    // Who may not enter a namespace may still read some of its table.
    let outside = setup.outside.map(|pid| look::other_namespace(pid.0));
    let other = match outside.transpose() {
        Ok(other) => other,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    let world = other.as_ref().unwrap_or(&setup.world);
    let targets = targets(args, setup)?;
    refuse_elsewhere(args, &targets)?;
    let scope = scope(args, &targets, setup, world)?;
    let criteria = criteria(args, setup, &scope.ports)?;
    refuse_what_cannot_be(args, setup, ask)?;
    let command = Command {
        args,
        setup,
        targets,
        scope,
    };
    let outcome = command.run(&criteria, Observer::new(world), ask, events);
    let outcome = outcome.await;
    Ok(outcome.unwrap_or_else(Outcome::blind))
}

/// What was typed, where it is carried out, and which ports it is about.
struct Command<'a> {
    args: &'a Zombies,
    setup: &'a Setup,
    targets: Vec<Target>,
    scope: Scope,
}

impl Command<'_> {
    /// Looks, asks, acts and looks again; errs if it could not look.
    async fn run(
        self,
        criteria: &Criteria,
        mut observer: Observer<'_>,
        ask: &mut dyn Ask,
        events: Events<'_>,
    ) -> Result<Outcome, String> {
        if let Some(every) = self.args.watch {
            let deadline = self.setup.deadline(None);
            let mut interrupt = self.setup.interrupt.clone();
            let (world, ports) = (observer.world, &criteria.ports);
            watch::run::run(world, ports, every, deadline, &mut interrupt, events).await?;
        }
        let census = self.choose(criteria, &mut observer, ask, events).await?;
        let results = self.carry_out(census, &observer, events).await;
        Ok(self.report(results, &observer, criteria).await)
    }

    /// Looks, and asks: what of the plan is to be carried out.
    async fn choose(
        &self,
        criteria: &Criteria,
        observer: &mut Observer<'_>,
        ask: &mut dyn Ask,
        events: Events<'_>,
    ) -> Result<Census, String> {
        let mut interrupt = self.setup.interrupt.clone();
        let mut census = self.look(criteria, observer, events).await?;
        if self.args.kill {
            let (again, deadline) = (look::twice::look, self.setup.deadline(None));
            again(&mut census, observer, deadline, &mut interrupt, events).await?;
        }
        if self.args.interactive {
            events(Event::Asking);
            let accepted = accepted(&census, ask);
            census = census.only(accepted);
            // A signal that came at the question is heard of by now.
            let _ = interrupt.heard().await;
        }
        Ok(census)
    }

    /// Does what was chosen, and looks again if anything was done.
    async fn carry_out(
        &self,
        before: Census,
        observer: &Observer<'_>,
        events: Events<'_>,
    ) -> Results {
        // A signal in the wait between two looks is no answer to end processes.
        let acts = self.args.kill && self.setup.interrupt.now().is_none();
        let ends: &[ProcessId] = if acts { &before.plan.ends } else { &[] };
        let done = self.act(&before, ends, observer).await;
        // Also when no process ended: those that were to end may have changed.
        let looks_again = !ends.is_empty() || !done.healed.is_empty();
        let after = looks_again.then(|| observer.look(&before.criteria));
        let after = after.transpose().map_err(|error| error.to_string());
        if let Ok(Some(after)) = &after {
            events(Event::Census(after.snapshot.count()));
        }
        Results {
            before,
            done,
            after,
        }
    }

    /// Looks at what explains the last census, as long as no signal comes, and reports.
    async fn report(
        self,
        mut results: Results,
        observer: &Observer<'_>,
        criteria: &Criteria,
    ) -> Outcome {
        let (setup, world) = (self.setup, observer.world);
        let (mut interrupt, deadline) = (setup.interrupt.clone(), setup.deadline(None));
        let last = results.last_mut();
        let watch = async {
            look::queues::watch(&mut last.snapshot, world).await;
            self.behind(world, last).await
        };
        let behind = tokio::select! {
            biased;
            _ = interrupt.received() => Some(Vec::new()),
            behind = accept_queue::before(deadline, watch) => behind,
        };
        let mut unseen = self.unseen(world, &results.before);
        let is_cut_short = behind.is_none();
        unseen.findings.extend(behind.into_iter().flatten());
        let mut outcome = outcome(&results, unseen, setup, world);
        if is_cut_short && finding::verdict(&outcome.findings) < Verdict::Failed {
            let why = || accept_queue::CUT_SHORT.to_owned();
            outcome.error.get_or_insert_with(why);
        }
        tokio::select! {
            biased;
            _ = interrupt.received() => {}
            () = unread::explain(&mut outcome.findings, world, &criteria.ports, deadline) => {}
        }
        outcome
    }

    /// The first look. Where nothing is done, it takes the time to watch what clients read.
    async fn look(
        &self,
        criteria: &Criteria,
        observer: &mut Observer<'_>,
        events: Events<'_>,
    ) -> Result<Census, String> {
        let snapshot = observer.gather(criteria);
        let mut snapshot = snapshot.map_err(|error| error.to_string())?;
        events(Event::Census(snapshot.count()));
        if criteria.kill {
            observer.first = Some(FirstLook::new(&snapshot, Instant::now()));
        } else if !criteria.heal {
            let (world, deadline) = (observer.world, self.setup.deadline(None));
            let mut interrupt = self.setup.interrupt.clone();
            tokio::select! {
                biased;
                _ = interrupt.received() => {}
                () = look::unread::watch(&mut snapshot, world, criteria, deadline, events) => {}
            }
        }
        Ok(Census::judge(snapshot, criteria))
    }

    /// Ends processes and shuts sockets down.
    async fn act(&self, census: &Census, ends: &[ProcessId], observer: &Observer<'_>) -> Done {
        let mut done = Done::default();
        if !ends.is_empty() {
            let mut limits = Limits {
                grace: self.args.grace,
                interrupt: self.setup.interrupt.clone(),
                deadline: self.setup.deadline(None),
                by_pid: is_by_pid(self.args) || self.setup.world.is_portable,
            };
            done = end::carry_out(census, observer, &mut limits).await;
        }
        #[cfg(target_os = "linux")]
        if self.args.heal && done.stopped.is_none() && self.setup.interrupt.now().is_none() {
            end::heal::carry_out(census, ends, observer, &mut done);
        }
        done
    }

    /// What is wrong behind the relays that listen; not asked from outside of their namespace.
    async fn behind(&self, world: &World, census: &Census) -> Vec<Finding> {
        if self.setup.simulated.is_some() || self.setup.outside.is_some() {
            return Vec::new();
        }
        behind::findings(world, &census.snapshot, &census.criteria).await
    }

    /// The Gateways that the look could not see; not asked about a simulated one.
    fn unseen(self, world: &World, census: &Census) -> Unseen {
        let (is_here, snapshot) = (!self.setup.is_elsewhere, &census.snapshot);
        if self.setup.simulated.is_some() {
            return Unseen::default();
        }
        let unseen = look::unseen(self.scope.gateways, world, snapshot, is_here);
        let unseen = unseen.unwrap_or_default();
        if is_here {
            unseen.with_elsewhere(&self.targets, snapshot)
        } else {
            unseen
        }
    }
}
