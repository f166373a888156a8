//! The report: what was found, what was done, and what is left by the last look.

use super::end::{Done, Stopped};
use super::{Census, StuckSocket, Subject, unhealable};
use crate::finding::{Code, Finding, principal_first};
use crate::machine::pid::Pid;
use crate::report::{self, Action, Zombie};

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
    fn last(&self) -> &Census {
        self.after().unwrap_or(&self.before)
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
        findings.extend(self.last().findings());
        if self.before.criteria.heal {
            tell_unhealed(&mut findings, self.last());
        }
        principal_first(&mut findings);
        findings
    }

    /// The body of the report.
    pub fn body(&self) -> report::Zombies {
        let last = self.last();
        report::Zombies {
            ports: self.before.snapshot.ports.iter().collect(),
            listeners: last.snapshot.listeners(),
            sockets: last.snapshot.count(),
            zombies: self.rows(),
            killed: self.done.killed.clone(),
            healed: self.done.healed.clone(),
            remaining: last.snapshot.stuck.len(),
            is_after: self.after().is_some(),
        }
    }

    /// What has gone as it was found, and what is there as the last look shows it.
    fn rows(&self) -> Vec<Zombie> {
        let first = &self.before;
        let found_first = |stuck: &StuckSocket| first.describe(stuck);
        let Some(last) = self.after() else {
            return first.snapshot.stuck.iter().map(found_first).collect();
        };
        let gone = first.snapshot.stuck.iter();
        let gone = gone.filter(|row| last.snapshot.row(&row.socket).is_none());
        let gone = gone.map(|row| Zombie {
            cleared: true,
            ..found_first(row)
        });
        let left = last.snapshot.stuck.iter().map(|row| {
            let mut zombie = last.describe(row);
            if zombie.action == Action::Kill {
                let why = match first.snapshot.row(&row.socket) {
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
    fn unmet(&self) -> Vec<Finding> {
        let census = &self.before;
        let left = census.criteria.named.iter().filter(|pid| {
            !census.plan.has_end_of(**pid)
                && !self.done.healed.iter().any(|healed| healed.pid == **pid)
        });
        left.map(|pid| unmet(*pid, census)).collect()
    }
}

/// Why nothing is done to a process that was named.
fn unmet(pid: Pid, census: &Census) -> Finding {
    let (criteria, plan) = (&census.criteria, &census.plan);
    let subject = census.snapshot.processes.get(&pid);
    let name = subject.map_or_else(|| "it".to_owned(), |subject| subject.facts.title());
    let nothing = "it holds no half-closed socket on these ports";
    let (code, what, why) = if criteria.heal && !criteria.kill {
        let why = match subject {
            Some(subject) => unhealed(subject, census),
            None => Some(nothing.to_owned()),
        };
        let why = why.unwrap_or_else(|| "none of its sockets may be shut down yet".to_owned());
        (Code::HealFailed, "keeps its half-closed sockets", why)
    } else {
        let why = match (plan.refused.get(&pid), plan.judged.get(&pid)) {
            (Some(reason), _) => reason.clone(),
            (None, Some(judged)) => format!("it is {judged}"),
            (None, None) => nothing.to_owned(),
        };
        (Code::KillFailed, "is not to be ended", why)
    };
    let summary = format!("{name} {what}");
    Finding::new(code, &format!("pid {pid}"), summary).with_evidence(why)
}

/// Why `--heal` leaves this process's sockets alone, if anything about the process says so.
fn unhealed(subject: &Subject, census: &Census) -> Option<String> {
    unhealable(subject, &census.snapshot.context())
}

/// Adds to what is said of the clients' sockets why `--heal` has left them.
fn tell_unhealed(findings: &mut [Finding], census: &Census) {
    for (pid, subject) in &census.snapshot.processes {
        let Some(reason) = unhealed(subject, census) else {
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
