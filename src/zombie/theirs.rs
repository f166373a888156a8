//! What root can do about the processes of another user, in that user's name.

use super::{Census, Context, Criteria, Judgement, StuckSocket, Subject, class};
use crate::machine::process::{Jvm, is_named_after_ib};
use crate::report::{Class, MayEnd, Step, StepAction};

impl Census {
    /// The user to whom it belongs, if that is another one.
    pub(super) fn other_user(&self, subject: &Subject) -> Option<u32> {
        let uid = subject.facts.uid?;
        let users = self.snapshot.own.users.as_ref()?;
        (!users.contains(&uid)).then_some(uid)
    }

    /// What a process is to its own user, whoever looks.
    pub(super) fn judged_by_owner(&self, subject: &Subject) -> Judgement {
        let mut own = self.snapshot.own.clone();
        if let Some(uid) = self.other_user(subject) {
            own.users = Some(vec![uid]);
        }
        class(subject, &Context::alone(&own, &self.snapshot.gateway_ports))
    }

    /// What ends a process that holds nothing half closed; `None` of one that others depend on.
    pub(super) fn end_without_socket(&self, subject: &Subject) -> Option<String> {
        self.end_judged_as(subject, subject)
    }

    /// The same of a client whose end clears a socket: also of Java that bears no name of IB's and listens
    /// nowhere, as of what holds a half-closed socket itself.
    pub(super) fn end_of_client(&self, subject: &Subject) -> Option<String> {
        let facts = &subject.facts;
        if facts.jvm == Some(Jvm::No) || is_named_after_ib(facts) != Some(false) {
            return self.end_without_socket(subject);
        }
        let mut client = subject.clone();
        client.facts.jvm = Some(Jvm::No);
        self.end_judged_as(subject, &client)
    }

    fn end_judged_as(&self, subject: &Subject, judged: &Subject) -> Option<String> {
        let is_protected = self.judged_by_owner(judged).class == Class::Protected;
        let command = self.instead(subject).filter(|_| !is_protected)?;
        Some(match self.other_user(subject) {
            Some(_) => self.snapshot.typist.as_root(&command),
            None => self.types(&command),
        })
    }

    /// The same look, judged in the name of this user: what is typed with `--user` asks nothing else.
    pub(super) fn in_name_of(&self, uid: u32) -> Self {
        let mut snapshot = self.snapshot.clone();
        snapshot.own.users = Some(vec![uid]);
        let criteria = Criteria {
            user: Some(uid),
            named: None,
            ..self.criteria.clone()
        };
        Self::judge(snapshot, &criteria)
    }

    /// What root can do about a process of the user in whose name this is.
    pub(super) fn as_other_user(
        &self,
        mut step: Step,
        subject: &Subject,
        rows: &[&StuckSocket],
    ) -> Step {
        let pid = subject.facts.id.pid;
        let user = step.user.clone().unwrap_or_default();
        step.reason = format!("it belongs to {user}; {}", self.reason_of(pid));
        step = self.of_own(step, subject, rows);
        step.action = StepAction::None;
        let judged = self.plan.judged.get(&pid);
        let is_unknown = judged.is_none_or(|judged| judged.class == Class::Unknown);
        if self.plan.answer(pid) == MayEnd::Never {
            // Of a process that was not read only the owner is known.
            if is_unknown && step.command.is_none() {
                step.command = Some(self.typed(rows).kill());
            }
        } else if rows.iter().all(|row| self.too_young(row).is_some()) {
            step.reason
                .push_str("; what does not name it waits until its socket is old enough");
        }
        step
    }
}
