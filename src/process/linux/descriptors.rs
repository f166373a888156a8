//! The sockets among the open descriptors of one process.

use rustix::fd::OwnedFd;
use rustix::fs::readlinkat_raw;
use rustix::io::Errno;

use super::read::{self, Entries};
use super::{directory, stat};
use crate::process::{Pid, RunState};

/// The inodes of every socket that the process holds, ascending; `None` if it cannot be read.
///
/// Every thread is read: one may have descriptors of its own (`unshare(CLONE_FILES)`), and if the
/// main thread has exited, only the others show any. A socket on its way through a unix socket
/// (`SCM_RIGHTS`) is in nobody's table, and is not seen.
pub(super) fn inodes(root: &OwnedFd, pid: Pid) -> Option<Vec<u64>> {
    let mut inodes = Vec::new();
    let mut take = |inode| inodes.push(inode);
    let mut entries = Entries::new();
    match sockets(root, &format!("{pid}/fd"), &mut entries, &mut take) {
        Ok(_) => {}
        Err(Errno::ACCESS | Errno::PERM) if is_zombie(root, pid) => {}
        Err(_) => return None,
    }
    let tasks = directory(root, &format!("{pid}/task")).ok()?;
    let mut readable = true;
    let listed = Entries::new().each(&tasks, |name| {
        if read::number(name) != Some(pid.0) {
            let path = format!("{}/fd", name.to_string_lossy());
            readable = match sockets(&tasks, &path, &mut entries, &mut take) {
                // It has just ended.
                Ok(_) | Err(Errno::NOENT | Errno::SRCH) => true,
                Err(_) => false,
            };
        }
        readable
    });
    if listed.is_err() || !readable {
        return None;
    }
    inodes.sort_unstable();
    inodes.dedup();
    Some(inodes)
}

/// The number under which the process has the socket of this inode open.
pub(super) fn descriptor(root: &OwnedFd, pid: Pid, wanted: u64) -> Option<i32> {
    let descriptors = directory(root, &format!("{pid}/fd")).ok()?;
    let mut target = [0; 32];
    let mut found = None;
    let each = Entries::new().each(&descriptors, |name| {
        if let Ok(length) = readlinkat_raw(&descriptors, name, &mut target[..])
            && read::bracketed(&target[..length], b"socket") == Some(wanted)
        {
            found = read::number(name).and_then(|number| i32::try_from(number).ok());
        }
        found.is_none()
    });
    each.ok()?;
    found
}

fn is_zombie(root: &OwnedFd, pid: Pid) -> bool {
    let stat = stat::read_at(root, &format!("{pid}/stat"));
    stat.is_ok_and(|stat| stat.state == RunState::Zombie)
}

/// Passes on the inode of each socket in a descriptor directory; returns how many entries it has.
///
/// Errs also where the directory can be listed and its links cannot be read: that is so for a
/// process of the same user with more capabilities (`ptrace_may_access` in kernel/ptrace.c).
pub(super) fn sockets(
    root: &OwnedFd,
    path: &str,
    entries: &mut Entries,
    hit: &mut impl FnMut(u64),
) -> Result<usize, Errno> {
    let descriptors = directory(root, path)?;
    let (mut count, mut refused) = (0, false);
    // Enough for `socket:[18446744073709551615]`; the path of a file is cut, and no socket.
    let mut target = [0; 32];
    entries.each(&descriptors, |name| {
        count += 1;
        match readlinkat_raw(&descriptors, name, &mut target[..]) {
            Ok(length) => {
                if let Some(inode) = read::bracketed(&target[..length], b"socket") {
                    hit(inode);
                }
            }
            Err(errno) => refused |= matches!(errno, Errno::ACCESS | Errno::PERM),
        }
        !refused
    })?;
    if refused {
        return Err(Errno::ACCESS);
    }
    Ok(count)
}

/// Reads the descriptors of the other threads: if the main thread has exited, only they show them.
///
/// They nearly always share one table of descriptors, so the first that shows any is enough where
/// the whole machine is searched. Without other
/// threads there is nothing to be read; errs if there are some and none may be read.
pub(super) fn sockets_of_threads(
    root: &OwnedFd,
    pid: Pid,
    hit: &mut impl FnMut(u64),
) -> Result<(), Errno> {
    let tasks = directory(root, &format!("{pid}/task"))?;
    let mut inner = Entries::new();
    let mut outcome = Ok(());
    Entries::new().each(&tasks, |name| {
        if read::number(name) == Some(pid.0) {
            return true;
        }
        let path = format!("{}/fd", name.to_string_lossy());
        match sockets(&tasks, &path, &mut inner, hit) {
            Ok(0) | Err(Errno::NOENT | Errno::SRCH) => return true,
            Ok(_) => outcome = Ok(()),
            Err(errno) => outcome = Err(errno),
        }
        false
    })?;
    outcome
}
