//! The report: what was found, what was done, and what is left by the last look.

use std::collections::BTreeSet;

use super::end::{Done, Stopped};
use super::snapshot::key;
use super::{Census, StuckSocket};
use crate::event::Side;
use crate::finding::{Code, Finding, principal_first};
use crate::machine::held_ports;
use crate::machine::pid::Pid;
use crate::report::{self, Action, Step, Zombie};

/// What there was before anything was done, what was done, and what there was afterwards.
#[derive(Debug)]
pub struct Results {
    /// The look by which it was decided.
    pub before: Census,
    /// What was done.
    pub done: Done,
    /// The look after it; `None` if nothing was done, an error if it failed.
    pub after: Result<Option<Census>, String>,
}

impl Results {
    /// The last look.
    pub fn last(&self) -> &Census {
        self.after().unwrap_or(&self.before)
    }

    /// Whether a process was ended or a socket shut down.
    pub fn has_acted(&self) -> bool {
        !self.done.killed.is_empty() || !self.done.healed.is_empty()
    }

    /// The last look, to be completed.
    pub fn last_mut(&mut self) -> &mut Census {
        let after = self.after.as_mut().ok().and_then(Option::as_mut);
        after.unwrap_or(&mut self.before)
    }

    fn after(&self) -> Option<&Census> {
        self.after.as_ref().ok().and_then(Option::as_ref)
    }

    /// Why this is not the whole truth.
    pub fn error(&self) -> Option<String> {
        match (&self.after, self.done.stopped) {
            (Err(error), _) => Some(format!("what is left is not known: {error}")),
            (Ok(_), Some(Stopped::Deadline)) => {
                Some("the deadline of the command passed in the kill".to_owned())
            }
            (Ok(_), Some(Stopped::Signal(_)) | None) => None,
        }
    }

    /// What the last look means and what was not done although it was asked for, with what is
    /// known besides, such as that a Gateway is out of sight; the most serious first.
    pub fn findings(&self, besides: Vec<Finding>) -> Vec<Finding> {
        let mut findings = self.done.findings.clone();
        findings.extend(besides);
        findings.extend(self.unmet());
        if self.before.criteria.heal {
            let is_told = |one: &Finding| {
                let mut known = findings.iter();
                known.any(|known| known.subject == one.subject && known.code == one.code)
            };
            let mut unhealed = self.unhealed();
            unhealed.retain(|one| !is_told(one));
            findings.extend(unhealed);
        }
        findings.extend(self.last().findings());
        principal_first(&mut findings);
        findings
    }

    /// The body of the report.
    pub fn body(&self) -> report::Zombies {
        let last = self.last();
        report::Zombies {
            ports: self.before.snapshot.ports.iter().collect(),
            listeners: last.snapshot.listeners(),
            held_ports: held_ports(&last.snapshot.sockets, &last.snapshot.ports),
            sockets: last.snapshot.count(),
            zombies: self.rows(),
            plan: last.steps(),
            killed: self.done.killed.clone(),
            healed: self.done.healed.clone(),
            remaining: last.snapshot.stuck.len(),
            is_after: self.after().is_some(),
        }
    }

    /// What has gone as it was found, and what is there as the last look shows it.
    fn rows(&self) -> Vec<Zombie> {
        let first = &self.before;
        let steps = first.steps();
        let found_first = |stuck: &StuckSocket| first.describe(stuck, &steps);
        let Some(last) = self.after() else {
            return first.snapshot.stuck.iter().map(found_first).collect();
        };
        let (known, still) = (first.snapshot.rows(), last.snapshot.rows());
        let gone = first.snapshot.stuck.iter();
        let gone = gone.filter(|row| !still.contains_key(&key(&row.socket)));
        let gone = gone.map(|row| Zombie {
            cleared: true,
            ..found_first(row)
        });
        let steps = last.steps();
        let left = last.snapshot.stuck.iter().map(|row| {
            let mut zombie = last.describe(row, &steps);
            if zombie.action == Action::Kill {
                let why = if known.contains_key(&key(&row.socket)) {
                    "it may still be ended, and was not"
                } else {
                    "it was not there when the kill was decided"
                };
                why.clone_into(&mut zombie.reason);
            }
            zombie
        });
        gone.chain(left).collect()
    }

    /// Processes that were named, and to which nothing is done.
    fn unmet(&self) -> Vec<Finding> {
        let census = &self.before;
        let steps = census.steps();
        let left = census.criteria.named.iter().flatten().filter(|pid| {
            !census.plan.has_end_of(**pid)
                && !self.done.healed.iter().any(|healed| healed.pid == **pid)
        });
        left.map(|pid| unmet(*pid, census, &steps)).collect()
    }

    /// What is said of the sockets that `--heal` has left, each reason once for each process.
    fn unhealed(&self) -> Vec<Finding> {
        let census = self.last();
        let mut reasons: BTreeSet<(Pid, String)> = BTreeSet::new();
        for row in &census.snapshot.stuck {
            let holders = row
                .holders
                .iter()
                .filter(|pid| census.criteria.admits(**pid));
            if row.side == Side::Client {
                reasons.extend(
                    holders.filter_map(|pid| Some((*pid, census.unhealed(row, Some(*pid))?))),
                );
            }
        }
        let steps = census.steps();
        let findings = reasons.into_iter().filter_map(|(pid, reason)| {
            // A young socket is no failure: it is left for the program to close.
            let mut old = census
                .snapshot
                .stuck
                .iter()
                .filter(|row| row.holders.contains(&pid));
            old.any(|row| census.too_young(row).is_none())
                .then(|| unhealed(pid, &reason, census, &steps))
        });
        findings.collect()
    }
}

/// Why nothing is done to a process that was named, and what to type instead.
fn unmet(pid: Pid, census: &Census, steps: &[Step]) -> Finding {
    let (criteria, plan) = (&census.criteria, &census.plan);
    let subject = census.snapshot.processes.get(&pid);
    let name = subject.map_or_else(
        || "a process that is not seen".to_owned(),
        |it| it.facts.title(),
    );
    let (code, what) = if criteria.heal && !criteria.kill {
        (Code::HealFailed, "keeps its half-closed sockets")
    } else {
        (Code::KillFailed, "is not to be ended")
    };
    let finding = Finding::new(code, &format!("pid {pid}"), format!("{name} {what}"));
    let heals_only = code == Code::HealFailed;
    let rows = census.snapshot.stuck.iter();
    let mut held = rows.filter(|row| row.holders.contains(&pid)).peekable();
    if let (None, Some(step)) = (held.peek(), steps.iter().find(|it| it.pid == Some(pid))) {
        return with_instead(finding.with_evidence(step.reason.clone()), pid, steps);
    }
    if held.peek().is_none() {
        let why = match subject {
            Some(_) => "it holds no half-closed socket on these ports",
            None => "no process has this pid, or it cannot be seen from here",
        };
        let end = subject.and_then(|subject| census.end_without_socket(subject));
        let mut finding = finding.with_evidence(why);
        finding.remedies = vec![match end.filter(|_| !heals_only) {
            Some(kill) => {
                format!("there is no socket to clear; to end it all the same, type `{kill}`")
            }
            None => format!("to see what is half closed, type `{}`", census.look_typed()),
        }];
        return finding;
    }
    let why = match (plan.refused.get(&pid), plan.judged.get(&pid)) {
        (_, Some(_)) if heals_only => held.find_map(|row| census.unhealed(row, Some(pid))),
        (Some(reason), _) => Some(reason.clone()),
        (None, Some(judged)) => Some(format!("it is {judged}")),
        (None, None) => None,
    };
    let why = why.unwrap_or_else(|| "its half-closed sockets have gone since".to_owned());
    with_instead(finding.with_evidence(why), pid, steps)
}

fn unhealed(pid: Pid, reason: &str, census: &Census, steps: &[Step]) -> Finding {
    let name = census.snapshot.who(pid);
    let summary = format!("a half-closed socket of {name} was not shut down");
    let finding = Finding::new(Code::HealFailed, &format!("pid {pid}"), summary);
    with_instead(finding.with_evidence(reason), pid, steps)
}

/// The commands of the plan as what is to be done.
fn with_instead(mut finding: Finding, pid: Pid, steps: &[Step]) -> Finding {
    let step = steps.iter().find(|step| step.pid == Some(pid));
    let commands = step.iter().flat_map(|step| {
        let other = step.otherwise.as_ref().map(|other| &other.command);
        step.command.iter().chain(other)
    });
    let commands: Vec<String> = commands
        .map(|command| format!("type `{command}`"))
        .collect();
    if !commands.is_empty() {
        finding.remedies = commands;
    }
    finding
}
