//! What the reader types about a process that ibdoc does not end.

use std::collections::BTreeSet;

use super::class::{is_relay, is_suspended, unit_of, who};
use super::kept::RESTART;
use super::unit::Unit;
use super::{Census, Subject};
use crate::machine::path::restart_of_container;
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Jvm, ProgramKind, kind};
use crate::machine::sockets::TcpState;
use crate::report::Step;

impl Census {
    /// What to type instead about a process that ibdoc never ends; `None` where that would harm.
    pub(super) fn instead(&self, subject: &Subject) -> Option<String> {
        let facts = &subject.facts;
        // A relay closes by itself, and its container is the Gateway's.
        if is_relay(subject) {
            return is_suspended(facts).then(|| format!("kill -CONT {}", facts.id.pid));
        }
        let unit = unit_of(subject, &self.snapshot.own);
        let unit = unit.filter(|unit| !self.snapshot.has_gateway(unit));
        let is_container = matches!(unit, Some(Unit::Container(Some(_))));
        let restart = || restart_of_container(facts.cgroup.as_ref()?, self.snapshot.own.uid);
        if let Some(restart) = is_container.then(restart).flatten() {
            return Some(restart);
        }
        let is_system = facts.id.pid.0 <= 1 || facts.kernel_thread == Some(true);
        (!self.may_be_gateway(subject) && !is_system).then(|| self.snapshot.typist.ends(&[facts]))
    }

    /// What ends a process that may take a child along which ibdoc never ends, with the children that
    /// have its socket too; `None` if one of them may be a Gateway.
    pub(super) fn instead_of_family(&self, subject: &Subject) -> Option<String> {
        subject.family.as_ref()?;
        let is_harmless =
            |child: &Subject| !self.may_be_gateway(child) && self.instead(child).is_some();
        let rows = self.rows_of(subject.facts.id.pid);
        let holders: BTreeSet<Pid> = rows.flat_map(|row| row.holders.clone()).collect();
        let shares = |child: &&Subject| holders.contains(&child.facts.id.pid);
        let sharing = self.family(subject).filter(shares);
        let all = std::iter::once(subject).chain(sharing).map(|it| &it.facts);
        let all: Vec<&Facts> = all.collect();
        self.family(subject)
            .all(is_harmless)
            .then(|| self.snapshot.typist.ends(&all))
    }

    /// The block with what a restart of the Gateway costs, where no command clears the socket of what may
    /// be one or has one as its child.
    pub(super) fn with_restart(&self, mut step: Step, subject: &Subject) -> Step {
        let mut all = std::iter::once(subject).chain(self.family(subject));
        let found = all.find(|it| self.may_be_gateway(it));
        if let Some(found) = found.filter(|_| step.command.is_none()) {
            let restart = format!("{} may be the Gateway, {RESTART}", who(&found.facts));
            let costs: Vec<String> = step.cost.into_iter().chain([restart]).collect();
            step.cost = Some(costs.join("; "));
        }
        step
    }

    /// Its descendants: those that hold a socket too as holders, of which all is read that is known.
    fn family<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Subject> {
        let holders = &self.snapshot.processes;
        let family = subject.family.iter().flatten();
        family.map(|child| holders.get(&child.facts.id.pid).unwrap_or(child))
    }

    /// Whether it has the client's end of a connection that is half closed.
    fn is_client(&self, subject: &Subject) -> bool {
        let pid = subject.facts.id.pid;
        let mut resetting = self.snapshot.resetting.iter();
        self.rows_of(pid).next().is_some() || resetting.any(|row| row.holders.contains(&pid))
    }

    /// Whether it is IB's, or is Java and listens or is no client: a Gateway that starts listens on nothing.
    fn may_be_gateway(&self, subject: &Subject) -> bool {
        let is_java = subject.facts.jvm != Some(Jvm::No);
        let is_ibs = matches!(
            kind(&subject.facts, None),
            ProgramKind::Gateway | ProgramKind::Tws
        );
        is_ibs || is_java && (listens(subject) || !self.is_client(subject))
    }
}

/// Whether it listens, as far as its sockets are known.
fn listens(subject: &Subject) -> bool {
    let sockets = subject.sockets.as_ref();
    sockets.is_none_or(|all| all.iter().any(|row| row.state == TcpState::Listen))
}
