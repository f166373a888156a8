//! What root can do about the processes of another user, in that user's name.

use super::{Census, Criteria, StuckSocket, Subject};
use crate::report::{Class, MayEnd, Step, StepAction};

impl Census {
    /// The user to whom it belongs, if that is another one.
    pub(super) fn other_user(&self, subject: &Subject) -> Option<u32> {
        let uid = subject.facts.uid?;
        let users = self.snapshot.own.users.as_ref()?;
        (!users.contains(&uid)).then_some(uid)
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
        step.reason = format!("it belongs to {user}");
        step = self.of_own(step, subject, rows);
        step.action = StepAction::None;
        let judged = self.plan.judged.get(&pid);
        let is_unknown = judged.is_none_or(|judged| judged.class == Class::Unknown);
        if self.plan.answer(pid) == MayEnd::Never {
            // Of a process that was not read only the owner is known.
            if is_unknown {
                step.command = Some(self.typed(rows).kill());
                step.otherwise = None;
            }
        } else if rows.iter().all(|row| self.too_young(row).is_some()) {
            step.reason
                .push_str("; what does not name it waits until its socket is old enough");
        }
        step
    }
}
