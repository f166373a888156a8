//! The Java virtual machines that have written down that they run.
//!
//! The JDK keeps its counters in `/tmp/hsperfdata_USER/PID`, where `jps` finds them
//! (`src/hotspot/os/posix/perfMemory_posix.cpp`). An option turns that off, a file may be left over
//! and anybody may write one: so it is a hint where to look first, and no more.

use std::collections::BTreeSet;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, fstat, openat};
use rustix::io::Errno;

use super::read::{self, Entries};
use crate::machine::pid::Pid;
use crate::machine::process::Users;
use crate::machine::sockets::Socket;

/// More are not worth a look before all others.
const MOST: usize = 16;
/// Names in one directory after which it is left.
const NAMES: usize = 1_000;

/// Pids under which Java programs of these sockets' users may be running, the oldest first.
pub(super) fn hints(sockets: &[Socket]) -> Vec<Pid> {
    let users: BTreeSet<u32> = sockets.iter().filter_map(|socket| socket.uid).collect();
    if users.is_empty() {
        return Vec::new();
    }
    let names = Users::local();
    let users = users.iter().map(|user| (*user, names.name(*user)));
    in_directory(Path::new("/tmp"), users)
}

fn in_directory(tmp: &Path, users: impl Iterator<Item = (u32, String)>) -> Vec<Pid> {
    let mut pids = Vec::new();
    for (user, name) in users.filter(|(_, name)| !name.contains('/')) {
        let Ok(directory) = own_directory(user, &tmp.join(format!("hsperfdata_{name}"))) else {
            continue;
        };
        let mut names = 0;
        // What was read before a failure still helps.
        let _ = Entries::new().each(&directory, |name| {
            names += 1;
            pids.extend(read::number(name).map(Pid));
            names < NAMES
        });
    }
    pids.sort_unstable();
    pids.truncate(MOST);
    pids
}

/// Opens a directory of this user, as the JDK takes no other.
fn own_directory(user: u32, path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = openat(CWD, path, flags, Mode::empty())?;
    if fstat(&directory)?.st_uid == user {
        Ok(directory)
    } else {
        Err(Errno::PERM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write(tmp: &Path, user: &str, names: impl Iterator<Item = String>) {
        let directory = tmp.join(format!("hsperfdata_{user}"));
        fs::create_dir(&directory).unwrap();
        for name in names {
            fs::write(directory.join(name), "").unwrap();
        }
    }

    #[test]
    fn the_oldest_of_these_users_are_hinted_at() {
        let tmp = tempfile::tempdir().unwrap();
        let own = rustix::process::getuid().as_raw();
        let hints_of = |user: u32, names: &[&str]| {
            let users = names.iter().map(|name| (user, (*name).to_owned()));
            in_directory(tmp.path(), users)
        };
        let hints = |names: &[&str]| hints_of(own, names);
        write(
            tmp.path(),
            "bot",
            ["20", "7", "seven"].map(str::to_owned).into_iter(),
        );
        write(tmp.path(), "many", (1..=40).map(|pid| pid.to_string()));
        assert_eq!(hints(&["bot", "nobody"]), [Pid(7), Pid(20)]);
        assert_eq!(hints(&["bot", "many"]).len(), MOST);
        assert!(hints(&["x/../hsperfdata_bot"]).is_empty());
        assert!(hints_of(own + 1, &["bot"]).is_empty(), "somebody else's");
        let link = tmp.path().join("hsperfdata_linked");
        std::os::unix::fs::symlink(tmp.path().join("hsperfdata_bot"), link).unwrap();
        assert!(hints(&["linked"]).is_empty());
    }
}
