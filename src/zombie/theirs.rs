//! What root can do about the processes of another user, in that user's name.

use std::collections::BTreeSet;

use super::class::class;
use super::{Census, Context, Judgement, StuckSocket, Subject, unhealable};
use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::report::{Class, MayEnd, Otherwise, Step, StepAction};

impl Census {
    /// The name of the user to whom it belongs if that is another one, and what it were to that one.
    pub(super) fn other_user(&self, subject: &Subject) -> Option<(String, Judgement)> {
        let uid = subject.facts.uid?;
        if self.snapshot.own.users.as_ref()?.contains(&uid) {
            return None;
        }
        let theirs = self.own_as(uid);
        let context = Context::alone(&theirs, &self.snapshot.gateway_ports);
        Some((self.snapshot.users.name(uid), class(subject, &context)))
    }

    /// ibdoc as it would judge in the name of this user.
    fn own_as(&self, uid: u32) -> Facts {
        Facts {
            users: Some(vec![uid]),
            ..self.snapshot.own.clone()
        }
    }

    /// Whether `--heal` in the name of this process's user shuts these sockets down, as far as is known.
    fn heals_as_theirs(&self, subject: &Subject, rows: &[&StuckSocket]) -> bool {
        let Some(uid) = subject.facts.uid else {
            return false;
        };
        let theirs = self.own_as(uid);
        let context = Context::alone(&theirs, &self.snapshot.gateway_ports);
        let holder = |pid: &Pid| self.snapshot.processes.get(pid);
        rows.iter().all(|row| {
            let mut holders = row.holders.iter();
            let heals = |it: &Subject| {
                unhealable(it, &context).is_none() && self.unshared(row, it).is_none()
            };
            self.unhealable_row(row).is_none() && holders.all(|pid| holder(pid).is_some_and(heals))
        })
    }

    /// What root can do in the name of that user.
    pub(super) fn as_other_user(
        &self,
        mut step: Step,
        subject: &Subject,
        user: &str,
        judged: &Judgement,
    ) -> Step {
        let rows: Vec<&StuckSocket> = self.rows_of(subject.facts.id.pid).collect();
        let typed = self.typed(&rows).of_user(user);
        step.reason = format!("it belongs to {user}");
        step.command = match judged.answer {
            // Of a process that was not read only the owner is known.
            MayEnd::Never if judged.class == Class::Unknown => Some(typed.kill()),
            MayEnd::Never => self
                .instead(subject)
                .map(|command| self.snapshot.typist.as_root(&command)),
            MayEnd::Orphan => Some(typed.kill()),
            MayEnd::IfNamed => Some(typed.kill_named(&self.named_with_theirs(subject, &rows))),
        };
        if judged.answer == MayEnd::IfNamed {
            step.cost = self.cost(subject, &rows);
            if self.heals_as_theirs(subject, &rows) {
                let command = step.command.replace(typed.heal());
                let action = StepAction::KillNamed;
                step.otherwise = command.map(|command| Otherwise { action, command });
            }
        }
        if judged.answer != MayEnd::Never && rows.iter().all(|row| self.too_young(row).is_some()) {
            step.reason
                .push_str("; what does not name it waits until its socket is old enough");
        }
        step
    }

    /// Every process that is named with another user's, among that user's, as it holds a socket of its too.
    fn named_with_theirs(&self, subject: &Subject, rows: &[&StuckSocket]) -> BTreeSet<Pid> {
        let holders = rows.iter().flat_map(|row| &row.holders);
        let theirs = holders.filter_map(|pid| self.snapshot.processes.get(pid));
        let theirs = theirs.filter(|other| {
            let judged = self.other_user(other).map(|(_, judged)| judged.answer);
            other.facts.uid == subject.facts.uid && judged.is_some_and(|it| it != MayEnd::Never)
        });
        let pids = theirs.map(|other| other.facts.id.pid);
        pids.chain([subject.facts.id.pid]).collect()
    }
}
