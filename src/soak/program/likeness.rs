//! How much a member of a run's process group is like a Gateway, which is never ended.

use crate::machine::process::{Facts, Mark, ProgramKind, kind};

/// How much a process is like a Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// It cannot be read well enough.
    Maybe,
    /// It is one, or bears its marks: a starting one is a script yet.
    Sure,
}

/// How much a process is like a Gateway; of the marks those that are `chosen` do not count.
pub(super) fn likeness(facts: &Facts, chosen: &[Mark]) -> Option<Likeness> {
    if matches!(kind(facts, None), ProgramKind::Gateway | ProgramKind::Tws) {
        return Some(Likeness::Sure);
    }
    match (&facts.marks, facts.jvm) {
        (Some(marks), _) if marks.iter().any(|mark| !chosen.contains(mark)) => Some(Likeness::Sure),
        (None, _) | (_, None) => Some(Likeness::Maybe),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::pid::{Pid, ProcessId};
    use crate::machine::process::Jvm;

    fn facts(marks: Option<Vec<Mark>>, jvm: Option<Jvm>) -> Facts {
        let id = ProcessId {
            pid: Pid(100),
            started: 1,
        };
        Facts {
            marks,
            jvm,
            ..Facts::unknown(id, "bash".to_owned())
        }
    }

    #[test]
    fn a_script_with_a_gateways_marks_is_one_unless_the_user_typed_them() {
        let script = facts(Some(vec![Mark::Gateway, Mark::Either]), Some(Jvm::No));
        assert_eq!(likeness(&script, &[]), Some(Likeness::Sure));
        assert_eq!(likeness(&script, &[Mark::Either]), Some(Likeness::Sure));
        assert_eq!(likeness(&script, &[Mark::Either, Mark::Gateway]), None);
        let java = facts(Some(vec![Mark::Gateway]), Some(Jvm::Name));
        assert_eq!(likeness(&java, &[Mark::Gateway]), Some(Likeness::Sure));
    }

    #[test]
    fn what_cannot_be_read_may_be_a_gateway() {
        assert_eq!(likeness(&facts(Some(Vec::new()), Some(Jvm::No)), &[]), None);
        for unread in [
            facts(None, Some(Jvm::No)),
            facts(Some(Vec::new()), None),
            facts(None, None),
        ] {
            assert_eq!(likeness(&unread, &[]), Some(Likeness::Maybe));
        }
    }
}
