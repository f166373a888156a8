//! ibdoc itself among the processes.

use std::ffi::OsStr;
use std::path::Path;

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::Facts;
use crate::zombie::{Rights, Typist};

/// ibdoc itself; its users are those whose processes it may end: this one, or else its own. What cannot be read about it makes every process unknown.
pub(super) fn own(world: &World, user: Option<u32>) -> Facts {
    let mut own = match facts_of_own(world) {
        // Some systems tell the parents of other users' programs to a program of their own only.
        Some(facts) if facts.ancestors.is_none() => world.processes.examine(facts),
        facts => facts.unwrap_or_else(unknown),
    };
    own.users = match (user, own.uid) {
        (Some(user), _) => Some(vec![user]),
        (None, uid) => uid.map(|uid| users(uid, sudo_uid().as_deref())),
    };
    own
}

/// Who types what this one says.
pub(super) fn typist(own: &Facts) -> Typist {
    let rights = match own.uid {
        Some(uid) if caller(uid, sudo_uid().as_deref()).is_some() => Rights::Sudo,
        Some(0) => Rights::Root,
        Some(_) | None => Rights::User,
    };
    // Under sudo the search path is sudo's own.
    let path = std::env::var_os("PATH").filter(|_| rights == Rights::Sudo);
    let program = std::env::current_exe();
    let is_found = program.is_ok_and(|program| is_found_by_sudo(&program, path.as_deref()));
    Typist {
        rights,
        is_apart: !is_found,
        is_on_windows: cfg!(windows),
    }
}

/// Whether a program is in a folder of sudo's search path, by default where that is not known.
fn is_found_by_sudo(program: &Path, path: Option<&OsStr>) -> bool {
    const SECURE: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin";
    let path = path.unwrap_or_else(|| OsStr::new(SECURE));
    let folder = program.parent();
    folder.is_some_and(|folder| std::env::split_paths(path).any(|found| found == folder))
}

fn sudo_uid() -> Option<String> {
    std::env::var("SUDO_UID").ok()
}

/// Whose processes these are: with sudo also those of the user who typed it.
fn users(uid: u32, sudo_uid: Option<&str>) -> Vec<u32> {
    std::iter::once(uid).chain(caller(uid, sudo_uid)).collect()
}

/// The user who typed sudo before it.
fn caller(uid: u32, sudo_uid: Option<&str>) -> Option<u32> {
    let caller = sudo_uid?.parse().ok();
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

    #[test]
    fn sudo_finds_what_is_installed_for_everybody() {
        assert!(is_found_by_sudo(Path::new("/usr/local/bin/ibdoc"), None));
        let own = Path::new("/home/me/.cargo/bin/ibdoc");
        assert!(!is_found_by_sudo(own, None));
        let path = OsStr::new("/usr/bin:/home/me/.cargo/bin");
        assert!(is_found_by_sudo(own, Some(path)));
    }
}
