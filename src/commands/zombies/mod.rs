//! `ibdoc zombies`: the census of half-closed and unaccepted sockets on the Gateway ports, the
//! plan of what could be ended for them, and with `--kill` the end of it.

mod args;
mod outcome;
mod ports;

use std::collections::BTreeSet;
use std::time::Duration;

pub(super) use self::args::Zombies;
use self::outcome::{Asked, Found, outcome};
use self::ports::{other_namespace, scope, unseen, user};
use super::{Error, Outcome, Setup};
use crate::cli::ask::Ask;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events};
use crate::finding::Finding;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::{Ports, TableError};
use crate::zombie::end::{Done, Limits};
use crate::zombie::look::{self, Question};
use crate::zombie::{self, Plan, Seen, Sight, Wishes};
use crate::zombie::{end, watch};

/// What a look at these ports finds, and how many sockets are stuck, young ones included.
pub(super) async fn census(
    ports: &Ports,
    setup: &Setup,
    min_age: Duration,
) -> Result<(Vec<Finding>, usize), TableError> {
    let named = BTreeSet::new();
    let question = Question {
        world: &setup.world,
        ports,
        min_age,
        named: &named,
        user: None,
        by_pid: false,
        heal: false,
        seen: None,
    };
    let mut sight = look::look(&question)?;
    look::queues::watch(&mut sight, &setup.world).await;
    let wishes = Wishes {
        min_age,
        named: BTreeSet::new(),
        declined: BTreeSet::new(),
    };
    let plan = zombie::plan(&sight, &wishes);
    let findings = zombie::assess(&sight, &plan, min_age);
    Ok((findings, sight.stuck.len()))
}

/// Runs the command.
pub(super) async fn run(
    args: &Zombies,
    setup: &Setup,
    ask: &mut dyn Ask,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let other = match args.netns.map(other_namespace).transpose() {
        Ok(other) => other,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    let world = other.as_ref().unwrap_or(&setup.world);
    let scope = scope(args, setup, world)?;
    let ports = scope.ports;
    let named: BTreeSet<Pid> = args.pids.iter().copied().map(Pid).collect();
    let question = Question {
        world,
        ports: &ports,
        min_age: args.min_age,
        named: &named,
        by_pid: is_by_pid(args) || setup.world.is_portable,
        heal: args.heal,
        user: user(args, setup)?,
        seen: None,
    };
    refuse_what_cannot_be(args, setup, ask)?;
    let mut exit_status = None;
    if let Some(every) = args.watch {
        match watch::run::run(world, &ports, every, setup.deadline(None), events).await {
            Ok(status) => exit_status = status,
            Err(error) => return Ok(Outcome::blind(error)),
        }
    }
    let mut sight = match look::look(&question) {
        Ok(sight) => sight,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    events(Event::Census(zombie::count(&sight.sockets, &ports)));
    if !args.kill && !args.heal && exit_status.is_none() {
        look::unread::watch(
            &mut sight,
            world,
            args.min_age,
            setup.deadline(None),
            events,
        )
        .await;
    }
    let mut wishes = Wishes {
        min_age: args.min_age,
        named: named.clone(),
        declined: BTreeSet::new(),
    };
    let seen = Seen::new(&sight, std::time::Instant::now());
    let question = Question {
        seen: args.kill.then_some(&seen),
        ..question
    };
    let mut interrupt = None;
    if args.kill {
        match look::twice::look(
            &mut sight,
            &question,
            &wishes,
            setup.deadline(None),
            &mut interrupt,
            events,
        )
        .await
        {
            Ok(status) => exit_status = status,
            Err(error) => return Ok(Outcome::blind(error)),
        }
    }
    // Whoever interrupts the wait wants nobody ended.
    let acts = args.kill && exit_status.is_none();
    let mut plan = zombie::plan(&sight, &wishes);
    if args.interactive {
        wishes.declined = decline(&sight, &plan, ask);
        plan = zombie::plan(&sight, &wishes);
    }
    let ends: &[ProcessId] = if acts { &plan.ends } else { &[] };
    let decided = Decided {
        sight: &sight,
        plan: &plan,
        ends,
    };
    let done = match act(args, setup, &decided, &question, &wishes, interrupt).await {
        Ok(done) => done,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    // Also when nobody ended: whoever was to end may have changed.
    let again = !ends.is_empty() || !done.healed.is_empty();
    let mut after = again.then(|| look::look(&question)).transpose();
    if let Ok(Some(after)) = &after {
        events(Event::Census(zombie::count(&after.sockets, &ports)));
    }
    if exit_status.is_none() {
        let last = after.as_mut().ok().and_then(Option::as_mut);
        look::queues::watch(last.unwrap_or(&mut sight), world).await;
    }
    let unseen = match setup.simulated {
        None => unseen(scope.gateways, world, &sight, args.netns.is_none()),
        Some(_) => None,
    };
    let found = Found {
        sight: &sight,
        plan: &plan,
        after: after.map_err(|error| error.to_string()),
        unseen,
        asked: Asked {
            kill: args.kill,
            heal: args.heal,
        },
    };
    Ok(outcome(&found, done, &wishes, exit_status))
}

/// Whether processes are ended by their pids although this system has pidfds.
#[cfg(feature = "portable")]
fn is_by_pid(args: &Zombies) -> bool {
    args.by_pid
}

#[cfg(not(feature = "portable"))]
fn is_by_pid(_: &Zombies) -> bool {
    false
}

/// Refuses options that this terminal or this system has no means for.
fn refuse_what_cannot_be(args: &Zombies, setup: &Setup, ask: &dyn Ask) -> Result<(), Error> {
    if args.interactive && !ask.is_possible() {
        let message = "--interactive needs a terminal to ask on; leave it out to kill at once";
        return Err(Error::Usage(message.to_owned()));
    }
    if args.heal && (cfg!(not(target_os = "linux")) || setup.world.is_portable) {
        return Err(Error::Usage("--heal needs Linux and its pidfds".to_owned()));
    }
    Ok(())
}

/// What was seen and decided, and whom to end for it.
struct Decided<'a> {
    sight: &'a Sight,
    plan: &'a Plan,
    ends: &'a [ProcessId],
}

/// Ends processes and shuts sockets down; errs if signals cannot be listened for.
async fn act(
    args: &Zombies,
    setup: &Setup,
    decided: &Decided<'_>,
    question: &Question<'_>,
    wishes: &Wishes,
    interrupt: Option<Interrupt>,
) -> Result<Done, String> {
    let sight = decided.sight;
    let mut done = Done::default();
    if !decided.ends.is_empty() {
        let mut limits = Limits {
            grace: args.grace,
            interrupt: interrupt.map_or_else(look::twice::listen, Ok)?,
            deadline: setup.deadline(None),
        };
        done = end::carry_out(sight, decided.plan, question, wishes, &mut limits).await;
    }
    if args.heal && done.stopped.is_none() {
        let rows = zombie::healable(sight, decided.ends, wishes);
        #[cfg(target_os = "linux")]
        end::heal::carry_out(&rows, sight, question, &mut done);
        #[cfg(not(target_os = "linux"))]
        drop(rows);
    }
    Ok(done)
}

/// Asks for each process that is to be ended; those who stay.
fn decline(sight: &Sight, plan: &Plan, ask: &mut dyn Ask) -> BTreeSet<Pid> {
    let mut declined = BTreeSet::new();
    for id in &plan.ends {
        let Some(subject) = sight.people.get(&id.pid) else {
            continue;
        };
        let (title, reason) = (subject.facts.title(), &plan.judged[&id.pid].reason);
        let sockets = subject.sockets.as_ref().map_or(0, Vec::len);
        let question = format!(
            "end {title}, pid {}, which holds {sockets} half closed? ({reason})",
            id.pid
        );
        if !ask.yes(&question) {
            declined.insert(id.pid);
        }
    }
    declined
}
