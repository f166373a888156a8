//! ibdoc itself among the processes.

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::Facts;

/// ibdoc itself, as if it were this user's; what cannot be read about it makes every process unknown.
pub(super) fn own(world: &World, user: Option<u32>) -> Facts {
    let mut own = match facts_of_own(world) {
        // Some systems tell the parents of other users' programs to a program of their own only.
        Some(facts) if facts.ancestors.is_none() => world.processes.examine(facts),
        facts => facts.unwrap_or_else(unknown),
    };
    own.uid = user.or(own.uid);
    own
}

/// An ibdoc of which nothing is known but its pid: it has not been asked for.
pub(super) fn unknown() -> Facts {
    let pid = Pid(std::process::id());
    Facts::unknown(ProcessId { pid, started: 0 }, "ibdoc".to_owned())
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
