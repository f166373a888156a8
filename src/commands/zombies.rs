//! `ibdoc zombies`: the census of half-closed and unaccepted sockets on the Gateway ports, the
//! plan of what could be ended for them, and with `--kill` the end of it.

mod gather;
#[cfg(target_os = "linux")]
mod heal;
mod kill;
mod quiet;
mod reader;
mod watch;

use std::collections::BTreeSet;
use std::time::Duration;

use self::gather::Question;
use self::kill::Done;
use super::{Error, Outcome, Setup};
use crate::ask::Ask;
use crate::cli::Zombies;
use crate::event::{Event, Events};
use crate::finding::{Code, Finding, principal_first};
use crate::process::{self, Pid, ProcessId, Users};
use crate::report::{self, Body, Footprint, Healed};
use crate::table::{self, Ports, Reader, TableError};
use crate::world::{RunningGateway, World, ports_with};
use crate::zombie::{self, Plan, Sight, Stuck, Wishes};

/// What a look at these ports finds, and how many sockets are stuck, young ones included.
pub(super) fn census(
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
    };
    let sight = gather::look(&question)?;
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
    let other = args.netns.map(other_namespace);
    let world = other.as_ref().unwrap_or(&setup.world);
    let (ports, elsewhere) = ports(args, setup, world)?;
    let named: BTreeSet<Pid> = args.pids.iter().copied().map(Pid).collect();
    let question = Question {
        world,
        ports: &ports,
        min_age: args.min_age,
        named: &named,
        by_pid: args.by_pid || setup.world.is_portable,
        heal: args.heal,
        user: user(args, setup)?,
    };
    if args.interactive && !ask.is_possible() {
        let message = "--interactive needs a terminal to ask on; leave it out to kill at once";
        return Err(Error::Usage(message.to_owned()));
    }
    if args.heal && (cfg!(not(target_os = "linux")) || setup.world.is_portable) {
        return Err(Error::Usage("--heal needs Linux and its pidfds".to_owned()));
    }
    let mut exit_status = None;
    if let Some(every) = args.watch {
        match watch::run(world, &ports, every, setup, events).await {
            Ok(status) => exit_status = status,
            Err(error) => return Ok(Outcome::blind(error)),
        }
    }
    let sight = match gather::look(&question) {
        Ok(sight) => sight,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    events(Event::Census(zombie::count(&sight.sockets, &ports)));
    let mut wishes = Wishes {
        min_age: args.min_age,
        named: named.clone(),
        declined: BTreeSet::new(),
    };
    let mut plan = zombie::plan(&sight, &wishes);
    if args.interactive {
        wishes.declined = decline(&sight, &plan, ask);
        plan = zombie::plan(&sight, &wishes);
    }
    let mut done = Done::default();
    if args.kill {
        done = kill::carry_out(&sight, &plan, &question, &wishes, args.grace);
    }
    if args.heal {
        let ended: &[ProcessId] = if args.kill { &plan.ends } else { &[] };
        let rows = zombie::healable(&sight, ended, &wishes);
        #[cfg(target_os = "linux")]
        heal::carry_out(&rows, &sight, &question, &mut done);
        #[cfg(not(target_os = "linux"))]
        drop(rows);
    }
    let after = if done.killed.is_empty() && done.healed.is_empty() {
        None
    } else {
        match gather::look(&question) {
            Ok(after) => Some(after),
            Err(error) => return Ok(Outcome::blind(error)),
        }
    };
    if let Some(after) = &after {
        events(Event::Census(zombie::count(&after.sockets, &ports)));
    }
    done.findings.extend(elsewhere);
    Ok(Outcome {
        exit_status,
        ..outcome(&sight, &plan, after.as_ref(), done, &wishes)
    })
}

fn outcome(
    sight: &Sight,
    plan: &Plan,
    after: Option<&Sight>,
    done: Done,
    wishes: &Wishes,
) -> Outcome {
    let last = after.unwrap_or(sight);
    let mut findings = done.findings;
    findings.extend(unmet(sight, plan, wishes, &done.healed));
    let later;
    let plan_at_the_end = match after {
        Some(after) => {
            later = zombie::plan(after, wishes);
            &later
        }
        None => plan,
    };
    findings.extend(zombie::assess(last, plan_at_the_end, wishes.min_age));
    principal_first(&mut findings);
    let described = |stuck: &Stuck| report::Zombie {
        cleared: after.is_some_and(|after| after.row(&stuck.socket).is_none()),
        ..zombie::describe(stuck, sight, plan, wishes.min_age)
    };
    let body = report::Zombies {
        ports: sight.ports.iter().collect(),
        listeners: last.listeners(),
        sockets: zombie::count(&last.sockets, &last.ports),
        zombies: sight.stuck.iter().map(described).collect(),
        killed: done.killed,
        healed: done.healed,
        remaining: last.stuck.len(),
    };
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    Outcome::of(Body::Zombies(body), findings, footprint)
}

/// Processes that were named and will not be ended.
fn unmet(sight: &Sight, plan: &Plan, wishes: &Wishes, healed: &[Healed]) -> Vec<Finding> {
    let named = wishes.named.iter();
    let left = named.filter(|pid| {
        let ends = plan.ends.iter().any(|id| id.pid == **pid);
        !ends && !healed.iter().any(|healed| healed.pid == **pid)
    });
    left.map(|pid| {
        let why = match (plan.refused.get(pid), plan.judged.get(pid)) {
            (Some(reason), _) => reason.clone(),
            (None, Some(judged)) => format!("it is {}: {}", judged.class.name(), judged.reason),
            (None, None) => "it holds no half-closed socket on these ports".to_owned(),
        };
        let name = sight.people.get(pid);
        let name = name.map_or_else(|| "it".to_owned(), |subject| subject.facts.title());
        let summary = format!("{name} is not to be ended");
        Finding::new(Code::KillFailed, &format!("pid {pid}"), summary).with_evidence(why)
    })
    .collect()
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

/// This machine's processes, and the sockets that this one of them sees.
fn other_namespace(pid: u32) -> World {
    let directory = format!("/proc/{pid}/net").into();
    let table = table::open(&Reader::NetDirectory(directory));
    World::new(table, process::system())
}

/// The ports to look at; without any named also which Gateways are out of sight.
fn ports(args: &Zombies, setup: &Setup, world: &World) -> Result<(Ports, Option<Finding>), Error> {
    let ports = match &setup.simulated {
        Some(_) if !args.ports.is_empty() => {
            let message = "--port and --sim exclude each other: --sim brings its own Gateway";
            return Err(Error::Usage(message.to_owned()));
        }
        Some(target) => std::iter::once(target.port).collect(),
        None if args.ports.is_empty() => {
            let gateways = world.running_gateways();
            let seen = args.netns.is_some();
            let elsewhere = (!seen).then(|| elsewhere(&gateways)).flatten();
            return Ok((ports_with(&gateways), elsewhere));
        }
        None => args.ports.iter().copied().collect(),
    };
    Ok((ports, None))
}

/// Gateways whose sockets are in the table of another network namespace.
fn elsewhere(gateways: &[RunningGateway]) -> Option<Finding> {
    let mut others = gateways.iter().filter(|gateway| gateway.is_elsewhere);
    let first = others.next()?;
    let summary = "a Gateway runs in another network namespace: its sockets are not seen here";
    let rest = others.map(ToString::to_string);
    let finding = Finding::new(Code::OtherNamespace, &format!("pid {}", first.pid), summary);
    Some(
        finding
            .with_evidence(first.to_string())
            .with_all_evidence(rest),
    )
}

/// The user that was named; only root may name another than itself.
fn user(args: &Zombies, setup: &Setup) -> Result<Option<u32>, Error> {
    let Some(name) = &args.user else {
        return Ok(None);
    };
    let Some(uid) = Users::local().id(name) else {
        return Err(Error::Usage(format!("no user {name} on this machine")));
    };
    let own = setup.world.processes.facts(Pid(std::process::id()));
    let own = own.ok().flatten().and_then(|facts| facts.uid);
    if own == Some(0) || own == Some(uid) {
        Ok(Some(uid))
    } else {
        let message = "--user needs root: only root may end another user's processes";
        Err(Error::Usage(message.to_owned()))
    }
}
