//! `ibdoc zombies`: the census of half-closed and unaccepted sockets on the Gateway ports, the
//! plan of what could be ended for them, and with `--kill` the end of it.

mod args;
mod behind;
mod criteria;

use std::collections::BTreeSet;
use std::time::Instant;

pub(super) use self::args::Zombies;
use self::criteria::{criteria, is_by_pid, refuse_what_cannot_be, scope, targets};
use super::{Error, Outcome, Setup, unread};
use crate::cli::ask::Ask;
use crate::event::{Event, Events, Footprint};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::pid::{Pid, ProcessId};
use crate::report::Body;
use crate::target::Target;
use crate::text::words::counted;
use crate::zombie::end::{self, Done, Limits};
use crate::zombie::look::{self, Observer, Scope, Unseen};
use crate::zombie::{Census, Criteria, FirstLook, Results, watch};

/// Why nothing can be said although nothing was found.
const HIDDEN: &str = "who holds sockets is not seen: /proc cannot be read, or hides processes (hidepid); as root it \
     may be";

/// Why nothing can be said although nothing was found.
const UNSEEN: &str = "no Gateway's sockets could be looked at from here";

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
        let args = self.args;
        let deadline = self.setup.deadline(None);
        let mut interrupt = self.setup.interrupt.clone();
        if let Some(every) = args.watch {
            let (world, ports) = (observer.world, &criteria.ports);
            watch::run::run(world, ports, every, deadline, &mut interrupt, events).await?;
        }
        let census = self.look(criteria, &mut observer, events);
        let mut census = census.await?;
        if args.kill {
            let again = look::twice::look;
            again(&mut census, &observer, deadline, &mut interrupt, events).await?;
        }
        if args.interactive {
            events(Event::Asking);
            let accepted = accepted(&census, ask);
            census = census.only(accepted);
            // A signal that came at the question is heard of by now.
            let _ = interrupt.heard().await;
        }
        // A signal in the wait between two looks is no answer to end processes.
        let acts = args.kill && interrupt.now().is_none();
        let ends: &[ProcessId] = if acts { &census.plan.ends } else { &[] };
        let done = self.act(&census, ends, &observer).await;
        // Also when no process ended: those that were to end may have changed.
        let looks_again = !ends.is_empty() || !done.healed.is_empty();
        let after = looks_again.then(|| observer.look(&census.criteria));
        let after = after.transpose().map_err(|error| error.to_string());
        let before = census;
        let mut results = Results {
            before,
            done,
            after,
        };
        if let Ok(Some(after)) = &results.after {
            events(Event::Census(after.snapshot.count()));
        }
        let last = results.last_mut();
        let watch = async {
            look::queues::watch(&mut last.snapshot, observer.world).await;
            self.behind(observer.world, last).await
        };
        let behind = tokio::select! {
            biased;
            _ = interrupt.received() => Some(Vec::new()),
            behind = accept_queue::before(deadline, watch) => behind,
        };
        let outside = self.setup.outside;
        let is_blind = self.setup.simulated.is_none() && observer.world.processes.is_blind();
        let mut unseen = self.unseen(observer.world, &results.before);
        let is_cut_short = behind.is_none();
        unseen.findings.extend(behind.into_iter().flatten());
        let mut outcome = outcome(&results, unseen);
        if is_cut_short && finding::verdict(&outcome.findings) < Verdict::Failed {
            let why = || accept_queue::CUT_SHORT.to_owned();
            outcome.error.get_or_insert_with(why);
        }
        if is_blind && finding::verdict(&outcome.findings) == Verdict::Healthy {
            outcome.error.get_or_insert_with(|| HIDDEN.to_owned());
        }
        if let Some(pid) = outside
            && finding::verdict(&outcome.findings) == Verdict::Healthy
        {
            let half_seen = half_seen(results.last(), pid);
            outcome.error = outcome.error.or(half_seen);
        }
        let (world, ports) = (observer.world, &criteria.ports);
        tokio::select! {
            biased;
            _ = interrupt.received() => {}
            () = unread::explain(&mut outcome.findings, world, ports, deadline) => {}
        }
        Ok(outcome)
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

/// Why a look from outside a network namespace does not show that nothing is wrong there: a queue or
/// an owner that it cannot see.
fn half_seen(census: &Census, pid: Pid) -> Option<String> {
    let mut listening = census.snapshot.listening.iter();
    let unseen = listening.find(|it| it.row.accept_queue().is_none() || it.who.pid.is_none())?;
    Some(format!(
        "on port {} no half-closed socket is seen, but its accept queue or its owner is not seen \
         from outside the network namespace; as root they are: `sudo ibdoc zombies --netns {pid}`",
        unseen.row.local.port()
    ))
}

/// Asks for each process that may be ended, with what that costs; those for which the answer is yes.
fn accepted(census: &Census, ask: &mut dyn Ask) -> BTreeSet<Pid> {
    let steps = census.steps();
    let mut accepted = BTreeSet::new();
    for pid in census.endable() {
        let step = steps.iter().find(|step| step.pid == Some(pid));
        let Some(step) = step.filter(|_| census.criteria.admits(pid)) else {
            continue;
        };
        let name = step.name.as_deref().unwrap_or("a process");
        let cost = step.cost.as_ref().unwrap_or(&step.reason);
        let sockets = counted(step.sockets, "half-closed socket");
        let question = format!("end {name}, pid {pid}, which holds {sockets}? ({cost})");
        match ask.yes(&question) {
            Some(true) => drop(accepted.insert(pid)),
            Some(false) => {}
            None => return BTreeSet::new(),
        }
    }
    accepted
}

/// The report.
fn outcome(results: &Results, unseen: Unseen) -> Outcome {
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    let body = Body::Zombies(results.body());
    let mut outcome = Outcome::of(body, results.findings(unseen.findings), footprint);
    let no_sight = || unseen.is_all.then(|| UNSEEN.to_owned());
    outcome.error = results.error().or_else(no_sight);
    outcome
}
