//! ibdoc itself among the processes.

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::Facts;
use crate::zombie::SelfInfo;

/// ibdoc itself; what cannot be read about it makes every process unknown.
pub(super) fn own(world: &World, user: Option<u32>) -> SelfInfo {
    let Some(facts) = facts_of_own(world) else {
        return SelfInfo {
            uid: user,
            ..unknown()
        };
    };
    // Some systems tell the parents of other users' programs to a program of their own only.
    let ancestors = facts.ancestors.clone();
    let examined = || world.processes.examine(facts.clone()).ancestors;
    SelfInfo {
        id: facts.id,
        ancestors: ancestors.or_else(examined),
        uid: user.or(facts.uid),
        cgroup: facts.cgroup,
        net_namespace: facts.net_namespace,
        pid_namespace: facts.pid_namespace,
    }
}

/// An ibdoc of which nothing is known but its pid: it has not been asked for.
pub(super) fn unknown() -> SelfInfo {
    let pid = Pid(std::process::id());
    SelfInfo {
        id: ProcessId { pid, started: 0 },
        ancestors: None,
        uid: None,
        cgroup: None,
        net_namespace: None,
        pid_namespace: None,
    }
}

fn facts_of_own(world: &World) -> Option<Facts> {
    let facts = world.processes.facts(Pid(std::process::id()));
    facts.ok().flatten().filter(|_| is_own_proc())
}

/// Whether `/proc` gives the pids by which ibdoc itself calls processes. In a pid namespace with
/// its host's `/proc` the same number is another process.
fn is_own_proc() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let own = std::fs::read_link("/proc/self").ok();
    let own = own.and_then(|own| own.to_str().and_then(|own| own.parse().ok()));
    own == Some(std::process::id())
}
