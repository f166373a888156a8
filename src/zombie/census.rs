//! The census: one look, judged by the criteria, and what follows for each socket.

use std::collections::BTreeSet;

use super::plan::young;
use super::{Criteria, Plan, Snapshot, StuckSocket, is_outgoing};
use crate::event::Side;
use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::report::{Action, Class, Holder, Step, StepAction, Zombie};

/// One look at the machine and what is decided by it: the plan is made here, once a look.
#[derive(Clone, Debug)]
pub struct Census {
    /// What the look has gathered.
    pub snapshot: Snapshot,
    /// By what it was judged.
    pub criteria: Criteria,
    /// Which processes are to be ended, and why the others are spared.
    pub plan: Plan,
}

impl Census {
    /// Decides by what the look has gathered.
    pub fn judge(snapshot: Snapshot, criteria: &Criteria) -> Self {
        Self {
            plan: Plan::new(&snapshot, criteria),
            criteria: criteria.clone(),
            snapshot,
        }
    }

    /// The same look with an end of these processes and no other.
    #[must_use]
    pub fn only(mut self, accepted: BTreeSet<Pid>) -> Self {
        self.criteria.named = Some(accepted);
        Self::judge(self.snapshot, &self.criteria)
    }

    /// The processes that can be ended at all, those that need to be named included.
    pub fn endable(&self) -> Vec<Pid> {
        let everyone = self.snapshot.processes.keys().copied().collect();
        let census = self.clone().only(everyone);
        census.plan.ends.iter().map(|id| id.pid).collect()
    }

    /// One line of the census: what is done about it, and why.
    pub fn describe(&self, stuck: &StuckSocket, steps: &[Step]) -> Zombie {
        let socket = &stuck.socket;
        let (action, reason) = match self.too_young(stuck) {
            Some(reason) => (Action::None, reason),
            None => self.decided(stuck),
        };
        let resetting = self.cleared_by(stuck);
        // Of several nothing tells which has it, also where only one can be ended.
        let is_one = self.snapshot.receivers.len() == 1;
        let receivers = if is_one && stuck.is_unheld() {
            self.receivers()
        } else {
            Vec::new()
        };
        let clears = match (resetting, receivers.as_slice()) {
            (Some(client), _) => &client.holders,
            (None, [_]) => &receivers,
            _ => &stuck.holders,
        };
        let is_by_hand = *clears != stuck.holders;
        let of_holder = |pid: &Pid| {
            let mut steps = steps.iter().filter(|step| step.pid == Some(*pid));
            if is_by_hand {
                steps.next_back()
            } else {
                steps.next()
            }
        };
        let of_holders = || clears.iter().filter_map(of_holder);
        // One holder that can do nothing about it keeps it.
        let mut undoable = of_holders().filter(|step| step.action == StepAction::None);
        let step = undoable.next().or_else(|| of_holders().next());
        let step = step.filter(|_| stuck.side == Side::Client || resetting.is_some());
        let holders = stuck.holders.iter().map(|pid| self.holder(*pid));
        Zombie {
            local: socket.local,
            remote: socket.remote,
            side: stuck.side,
            accepted: match stuck.side {
                Side::Client => Some(true),
                Side::Gateway | Side::Relay => socket.accepted(),
            },
            age: socket.age,
            is_older: stuck.is_older,
            recv_queue: socket.recv_queue,
            inode: socket.inode,
            holders: holders.collect(),
            action,
            reason,
            command: step.and_then(|step| self.command_of(stuck, step)),
            cleared: false,
        }
    }

    /// The command that clears this socket: what heals others of the same process may leave it.
    fn command_of(&self, stuck: &StuckSocket, step: &Step) -> Option<String> {
        let subject = step.pid.and_then(|pid| self.snapshot.processes.get(&pid));
        let is_own = subject.is_some_and(|it| self.other_user(it).is_none());
        let is_left = is_own && step.action == StepAction::Heal && self.heal(&[stuck]).is_none();
        let otherwise = step.otherwise.as_ref().filter(|_| is_left);
        otherwise.map_or_else(|| step.command.clone(), |it| Some(it.command.clone()))
    }

    fn holder(&self, pid: Pid) -> Holder {
        let subject = self.snapshot.processes.get(&pid);
        let facts = subject.map(|subject| &subject.facts);
        let judged = self.plan.judged.get(&pid);
        Holder {
            pid,
            started: facts.map(|facts| facts.id.started),
            name: facts.map(Facts::title),
            user: facts
                .and_then(|facts| facts.uid)
                .map(|uid| self.snapshot.users.name(uid)),
            answer: self.plan.answer(pid),
            class: judged.map_or(Class::Unknown, |judged| judged.class),
            reason: judged.map_or_else(|| "it has gone".to_owned(), |judged| judged.reason.clone()),
        }
    }

    /// What is done about a socket that has been stuck for long enough.
    fn decided(&self, stuck: &StuckSocket) -> (Action, String) {
        let none = |reason: &str| (Action::None, reason.to_owned());
        match (stuck.side, stuck.socket.accepted()) {
            (Side::Gateway | Side::Relay, Some(true)) if self.cleared_by(stuck).is_some() => {
                return none("its client has bytes unread: an end of that clears both");
            }
            (Side::Gateway, Some(false)) => {
                return none("no program has accepted it, so nothing owns it");
            }
            (Side::Gateway, _) => return none("the listener's own: no kill of a client clears it"),
            (Side::Relay, Some(false)) => return none("the relay has not accepted it"),
            (Side::Relay, _) => return none("the relay's own: no kill of a client clears it"),
            (Side::Client, _) => {}
        }
        if stuck.holders.is_empty() {
            return none(
                match (
                    stuck.hidden,
                    is_outgoing(&stuck.socket, &self.snapshot.ports),
                ) {
                    (true, true) => {
                        "whose it is cannot be seen; perhaps the Gateway's own line to IBKR"
                    }
                    (true, false) => "whose it is cannot be seen",
                    (false, _) if self.receivers().is_empty() => "no process holds it any more",
                    (false, _) => {
                        "no process has it open: it may be on its way to one, which the plan names"
                    }
                },
            );
        }
        let stays = |pid: &&Pid| !self.plan.has_end_of(**pid);
        match stuck.holders.iter().find(stays) {
            Some(pid) => (Action::Spare, self.spared(*pid)),
            None => (
                Action::Kill,
                "every process that holds it may be ended".to_owned(),
            ),
        }
    }

    /// Why a holder is not ended.
    fn spared(&self, pid: Pid) -> String {
        let name = self.snapshot.who(pid);
        match (self.plan.refused.get(&pid), self.plan.judged.get(&pid)) {
            (Some(reason), _) => format!("{name}: {reason}"),
            (None, Some(judged)) => format!("{name} is {judged}"),
            (None, None) => format!("{name} has gone"),
        }
    }

    /// Why a socket is left alone that has not been stuck for long; its age may be unknown.
    pub(super) fn too_young(&self, stuck: &StuckSocket) -> Option<String> {
        let min_age = self.criteria.min_age;
        let age = stuck.socket.age.filter(|age| *age < min_age)?;
        Some(young("stuck", stuck, age, min_age))
    }
}
