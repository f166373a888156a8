//! What differs between the systems that are read through portable libraries: where their own
//! programs are, and which questions do not arise there.
//!
//! Every platform compiles everywhere, so that all of them are tested on Linux.

use super::super::{Cgroup, Facts};
use crate::machine::pid::{Pid, ProcessId};

/// A system that is read through portable libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    /// Linux, where this source serves tests and nothing else.
    Linux,
    /// macOS: launchd adopts orphans, and is the parent of every job and application too.
    MacOs,
    /// Windows: orphans are not adopted, and there are no signals, terminals or sessions of that kind.
    Windows,
    /// Any other: no program is known there.
    Other,
}

/// A program that comes with the system and tells what the libraries do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// Lists processes.
    Ps,
    /// Lists open files and who has them open.
    Lsof,
    /// Lists the jobs of launchd.
    Launchctl,
}

impl Program {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ps => "ps",
            Self::Lsof => "lsof",
            Self::Launchctl => "launchctl",
        }
    }
}

impl Platform {
    /// The one that ibdoc was built for.
    pub(super) const fn here() -> Self {
        if cfg!(target_os = "linux") {
            Self::Linux
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Other
        }
    }

    /// Where a program may be; never looked for along a search path, which others can change.
    pub(super) const fn paths(self, program: Program) -> &'static [&'static str] {
        match (self, program) {
            (Self::Linux, Program::Ps) => &["/usr/bin/ps", "/bin/ps"],
            (Self::Linux, Program::Lsof) => &["/usr/bin/lsof", "/usr/sbin/lsof"],
            (Self::MacOs, Program::Ps) => &["/bin/ps"],
            (Self::MacOs, Program::Lsof) => &["/usr/sbin/lsof"],
            (Self::MacOs, Program::Launchctl) => &["/bin/launchctl"],
            (Self::Linux, Program::Launchctl) | (Self::Windows | Self::Other, _) => &[],
        }
    }

    /// Answers what needs no look: whatever this system does not have.
    pub(super) fn settle(self, facts: &mut Facts) {
        facts.job = (self != Self::MacOs && self != Self::Other).then_some(false);
        if matches!(self, Self::MacOs | Self::Windows) {
            // One for all processes: no process is elsewhere, and no unit is in charge.
            facts.cgroup = Some(Cgroup::at(""));
            facts.net_namespace = Some(0);
            facts.pid_namespace = Some(0);
        }
    }

    /// Whether a process goes on naming a parent that has ended, instead of one that adopted it.
    pub(super) fn keeps_dead_parents(self) -> bool {
        self == Self::Windows
    }
}

/// Whether the process that has the parent's pid now cannot be the one that started the child.
///
/// In the same second either may have been first: then it counts as the parent.
pub(super) fn has_lost_parent(child: ProcessId, now: Option<ProcessId>) -> bool {
    now.is_none_or(|parent| parent.started > child.started || parent.pid == Pid(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(pid: u32, started: u64) -> ProcessId {
        let pid = Pid(pid);
        ProcessId { pid, started }
    }

    #[test]
    fn a_parent_that_is_gone_or_younger_than_its_child_is_lost() {
        let child = id(500, 1000);
        assert!(has_lost_parent(child, None));
        assert!(
            has_lost_parent(child, Some(id(400, 1001))),
            "its pid was reused"
        );
        assert!(!has_lost_parent(child, Some(id(400, 999))));
        assert!(!has_lost_parent(child, Some(id(400, 1000))), "who knows");
    }

    #[test]
    fn only_what_a_system_does_not_have_is_answered_without_a_look() {
        let settled = |platform: Platform| {
            let mut facts = Facts::unknown(id(500, 1000), "python3".to_owned());
            platform.settle(&mut facts);
            facts
        };
        let mac = settled(Platform::MacOs);
        assert_eq!((mac.job, mac.net_namespace), (None, Some(0)));
        let windows = settled(Platform::Windows);
        assert_eq!((windows.job, windows.traced), (Some(false), None));
        assert_eq!(
            (windows.ignores_hangup, windows.terminal, windows.jvm),
            (None, None, None)
        );
        let linux = settled(Platform::Linux);
        assert_eq!((linux.job, linux.cgroup), (Some(false), None));
        let other = settled(Platform::Other);
        assert_eq!((other.job, other.net_namespace), (None, None));
    }

    #[test]
    fn programs_are_named_by_their_whole_path() {
        for platform in [Platform::Linux, Platform::MacOs, Platform::Windows] {
            for program in [Program::Ps, Program::Lsof, Program::Launchctl] {
                for path in platform.paths(program) {
                    assert!(path.starts_with('/') && path.ends_with(program.name()));
                }
            }
        }
    }
}
