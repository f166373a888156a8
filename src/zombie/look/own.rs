//! ibdoc itself among the processes.

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::Facts;
use crate::zombie::Typist;

/// ibdoc itself; its users are those whose processes it may end: this one, or else its own. What cannot be read about it makes every process unknown.
pub(super) fn own(world: &World, user: Option<u32>) -> Facts {
    let mut own = match facts_of_own(world) {
        // Some systems tell the parents of other users' programs to a program of their own only.
        Some(facts) if facts.ancestors.is_none() => world.processes.examine(facts),
        facts => facts.unwrap_or_else(unknown),
    };
    own.users = match (user, own.uid) {
        (Some(user), _) => Some(vec![user]),
        (None, uid) => uid.map(|uid| std::iter::once(uid).chain(caller(uid)).collect()),
    };
    own
}

/// Who types what this one says.
pub(super) fn typist(own: &Facts) -> Typist {
    match own.uid {
        Some(uid) if caller(uid).is_some() => Typist::Sudo,
        Some(0) => Typist::Root,
        Some(_) | None => Typist::User,
    }
}

/// The user who typed sudo before it: that user's processes are meant too.
fn caller(uid: u32) -> Option<u32> {
    let caller = std::env::var("SUDO_UID").ok()?.parse().ok();
    caller.filter(|caller| uid == 0 && *caller != 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_sudo_the_processes_of_who_typed_it_are_his() {
        assert_eq!(users(0, Some("1000")), [0, 1000]);
        assert_eq!(users(0, None), [0]);
        assert_eq!(users(0, Some("0")), [0]);
        assert_eq!(users(0, Some("me")), [0]);
        assert_eq!(users(1000, Some("1001")), [1000], "only root may say so");
    }
}
