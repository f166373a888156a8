//! The report: what was found, what was done, and what is left by the last look.

use std::collections::BTreeSet;

use super::ports::Unseen;
use crate::commands::Outcome;
use crate::event::Footprint;
use crate::finding::verdict::ExitStatus;
use crate::finding::{Code, Finding, principal_first};
use crate::report;
use crate::report::{Action, Body, Healed, Zombie};
use crate::zombie::end::{Done, Stopped};
use crate::zombie::{self, Plan, Setting, Sight, Stuck, Subject, Wishes};

/// Why nothing can be said although nothing was found.
const UNSEEN: &str = "no Gateway's sockets could be looked at from here";

/// What there was before anything was done, and afterwards.
pub(super) struct Found<'a> {
    pub(super) sight: &'a Sight,
    pub(super) plan: &'a Plan,
    /// The look after it; nothing if nothing was tried, an error if it failed.
    pub(super) after: Result<Option<Sight>, String>,
    /// Gateways whose sockets cannot be seen from here.
    pub(super) unseen: Option<Unseen>,
    /// What was asked for.
    pub(super) asked: Asked,
}

/// What may be done to processes.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) kill: bool,
    pub(super) heal: bool,
}

/// The report; an exit status that was given stays.
pub(super) fn outcome(
    found: &Found<'_>,
    done: Done,
    wishes: &Wishes,
    exit_status: Option<ExitStatus>,
) -> Outcome {
    let (sight, plan) = (found.sight, found.plan);
    let after = found.after.as_ref().ok().and_then(Option::as_ref);
    let last = after.unwrap_or(sight);
    let later = after.map(|after| zombie::plan(after, wishes));
    let mut findings = done.findings;
    let unseen = found.unseen.as_ref();
    findings.extend(unseen.iter().flat_map(|unseen| unseen.findings.clone()));
    findings.extend(unmet(found, wishes, &done.healed));
    let plan_at_the_end = later.as_ref().unwrap_or(plan);
    findings.extend(zombie::assess(last, plan_at_the_end, wishes.min_age));
    if found.asked.heal {
        tell_unhealed(&mut findings, last);
    }
    principal_first(&mut findings);
    let body = report::Zombies {
        ports: sight.ports.iter().collect(),
        listeners: last.listeners(),
        sockets: zombie::count(&last.sockets, &last.ports),
        zombies: rows(found, after.zip(later.as_ref()), wishes),
        killed: done.killed,
        healed: done.healed,
        remaining: last.stuck.len(),
        is_after: after.is_some(),
    };
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    let mut outcome = Outcome::of(Body::Zombies(body), findings, footprint);
    outcome.exit_status = exit_status;
    if unseen.is_some_and(|unseen| unseen.is_all) {
        outcome.error = Some(UNSEEN.to_owned());
    }
    match done.stopped {
        Some(Stopped::Signal(status)) => outcome.exit_status = Some(status),
        Some(Stopped::Deadline) => {
            outcome.error = Some("the deadline of the command passed in the kill".to_owned());
        }
        None => {}
    }
    if let Err(error) = &found.after {
        outcome.error = Some(format!("what is left is not known: {error}"));
    }
    outcome
}

/// What has gone as it was found, and what is there as the last look shows it.
fn rows(found: &Found<'_>, after: Option<(&Sight, &Plan)>, wishes: &Wishes) -> Vec<Zombie> {
    let (first, min_age) = (found.sight, wishes.min_age);
    let found_first = |stuck: &Stuck| zombie::describe(stuck, first, found.plan, min_age);
    let Some((last, plan)) = after else {
        return first.stuck.iter().map(found_first).collect();
    };
    let gone = first
        .stuck
        .iter()
        .filter(|row| last.row(&row.socket).is_none());
    let gone = gone.map(|row| Zombie {
        cleared: true,
        ..found_first(row)
    });
    let left = last.stuck.iter().map(|row| {
        let mut zombie = zombie::describe(row, last, plan, min_age);
        if zombie.action == Action::Kill {
            let why = match first.row(&row.socket) {
                Some(_) => "it may still be ended, and was not",
                None => "it was not there when the kill was decided",
            };
            why.clone_into(&mut zombie.reason);
        }
        zombie
    });
    gone.chain(left).collect()
}

/// Processes that were named, and to which nothing is done.
fn unmet(found: &Found<'_>, wishes: &Wishes, healed: &[Healed]) -> Vec<Finding> {
    let (sight, plan) = (found.sight, found.plan);
    let named = wishes.named.iter();
    let left = named.filter(|pid| {
        let ends = plan.ends.iter().any(|id| id.pid == **pid);
        !ends && !healed.iter().any(|healed| healed.pid == **pid)
    });
    let only_heals = found.asked.heal && !found.asked.kill;
    left.map(|pid| {
        let subject = sight.people.get(pid);
        let name = subject.map_or_else(|| "it".to_owned(), |subject| subject.facts.title());
        let nothing = "it holds no half-closed socket on these ports";
        let (code, what, why) = if only_heals {
            let why = match subject {
                Some(subject) => unhealed(subject, sight),
                None => Some(nothing.to_owned()),
            };
            let why = why.unwrap_or_else(|| "none of its sockets may be shut down yet".to_owned());
            (Code::HealFailed, "keeps its half-closed sockets", why)
        } else {
            let why = match (plan.refused.get(pid), plan.judged.get(pid)) {
                (Some(reason), _) => reason.clone(),
                (None, Some(judged)) => {
                    format!("it is {}: {}", zombie::worded(judged.class), judged.reason)
                }
                (None, None) => nothing.to_owned(),
            };
            (Code::KillFailed, "is not to be ended", why)
        };
        let summary = format!("{name} {what}");
        Finding::new(code, &format!("pid {pid}"), summary).with_evidence(why)
    })
    .collect()
}

/// Why `--heal` leaves this process's sockets alone, if anything about the process says so.
fn unhealed(subject: &Subject, sight: &Sight) -> Option<String> {
    let setting = Setting {
        own: &sight.own,
        ports: &sight.gateway_ports,
        orphans: &BTreeSet::new(),
    };
    zombie::unhealable(subject, &setting)
}

/// Adds to what is said of the clients' sockets why `--heal` has left them.
fn tell_unhealed(findings: &mut [Finding], sight: &Sight) {
    for (pid, subject) in &sight.people {
        let Some(reason) = unhealed(subject, sight) else {
            continue;
        };
        let titled = format!("(pid {pid})");
        let of_clients = findings.iter_mut().filter(|finding| {
            let live = [Code::ZombieClientLive, Code::ZombieClientOrphan].contains(&finding.code);
            live && finding.evidence.iter().any(|line| line.contains(&titled))
        });
        for finding in of_clients {
            let name = subject.facts.title();
            let line = format!("--heal leaves {name} {titled}: {reason}");
            finding.evidence.push(line);
        }
    }
}
