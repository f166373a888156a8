//! The sockets among the open descriptors of one process.

use std::collections::BTreeMap;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, StatxFlags, readlinkat_raw, statat, statx};
use rustix::io::Errno;

use super::read;
use super::ring::{self, RING};
use super::{directory, stat};
use crate::machine::pid::Pid;
use crate::machine::process::RunState;

/// So many links of the threads of one process are read without a look at their number first.
const FEW: usize = 256;
/// More of what is told of one descriptor is not read.
const FDINFO: usize = 1024;
/// More descriptors of the threads of one process are not counted: that takes a second.
const MOST: usize = 1_000_000;

/// The inodes of every socket that the process holds, ascending; `None` if it cannot be read.
///
/// Every thread is read: one may have descriptors of its own (`unshare(CLONE_FILES)`), and if the
/// main thread has exited, only the others show any. A socket on its way through a unix socket
/// (`SCM_RIGHTS`) is in no process's table, and is not seen.
pub(super) fn inodes(root: &OwnedFd, pid: Pid) -> Option<Vec<u64>> {
    let mut inodes = Vec::new();
    let mut take = |inode| inodes.push(inode);
    match sockets(root, &format!("{pid}/fd"), SOCKETS, &mut take) {
        Ok(_) => {}
        Err(Errno::ACCESS | Errno::PERM) if is_zombie(root, pid) => {}
        Err(_) => return None,
    }
    let read = other_threads(root, pid, |tasks, path| {
        sockets(tasks, path, SOCKETS, &mut take).map(|_| ())
    });
    if read.is_err() || has_ring_without_descriptor(root, pid) {
        return None;
    }
    inodes.sort_unstable();
    inodes.dedup();
    Some(inodes)
}

/// Whether there may be a ring of which the registered files cannot be read.
fn has_ring_without_descriptor(root: &OwnedFd, pid: Pid) -> bool {
    if !ring::is_mapped(root, pid) {
        return false;
    }
    let Ok(descriptors) = directory(root, &format!("{pid}/fd")) else {
        return true;
    };
    let (mut found, mut target) = (false, [0; 32]);
    let listed = read::each(&descriptors, |name| {
        let length = readlinkat_raw(&descriptors, name, &mut target[..]);
        found = length.is_ok_and(|length| &target[..length] == RING.as_bytes());
        !found
    });
    listed.is_err() || !found
}

/// The numbers under which the process has sockets open, by their inodes.
pub(super) fn numbers(root: &OwnedFd, pid: Pid) -> Option<BTreeMap<u64, i32>> {
    numbers_in(root, &format!("{pid}/fd"))
}

/// Whether descriptors that others have sent wait in a unix socket of the process (`scm_fds`, from Linux
/// 5.6 on).
pub(super) fn awaits_others(root: &OwnedFd, pid: Pid) -> bool {
    let sockets = numbers(root, pid).unwrap_or_default();
    sockets.into_values().any(|number| {
        let info = read::file(root, &format!("{pid}/fdinfo/{number}"), FDINFO);
        info.is_ok_and(|(info, _)| {
            let waiting = info.split(|byte| *byte == b'\n');
            let mut waiting = waiting.filter_map(|line| line.strip_prefix(b"scm_fds:"));
            waiting.any(|count| count.trim_ascii() != b"0")
        })
    })
}

/// In which other thread of the process a socket is open, and under which number.
pub(super) fn in_thread(root: &OwnedFd, pid: Pid, inode: u64) -> Option<(Pid, i32)> {
    let mut found = None;
    let read = other_threads(root, pid, |tasks, path| {
        let thread = path.split('/').next().and_then(|name| name.parse().ok());
        if found.is_none() {
            let number = numbers_in(tasks, path).and_then(|numbers| numbers.get(&inode).copied());
            found = thread.map(Pid).zip(number);
        }
        Ok(())
    });
    read.ok().and(found)
}

fn numbers_in(root: &OwnedFd, path: &str) -> Option<BTreeMap<u64, i32>> {
    let descriptors = directory(root, path).ok()?;
    let mut target = [0; 32];
    let mut numbers = BTreeMap::new();
    let each = read::each(&descriptors, |name| {
        let number = read::number(name).and_then(|number| i32::try_from(number).ok());
        if let (Some(number), Ok(length)) =
            (number, readlinkat_raw(&descriptors, name, &mut target[..]))
            && let Some(inode) = read::bracketed(&target[..length], b"socket")
        {
            numbers.insert(inode, number);
        }
        true
    });
    each.ok()?;
    Some(numbers)
}

fn is_zombie(root: &OwnedFd, pid: Pid) -> bool {
    let stat = stat::read_at(root, &format!("{pid}/stat"));
    stat.is_ok_and(|stat| stat.state == RunState::Zombie)
}

/// What the links of descriptors begin with that are looked for. The kernel numbers sockets and
/// pipes from one counter (`get_next_ino`), so their inodes are never the same.
pub(super) type Kinds = &'static [&'static [u8]];
pub(super) const SOCKETS: Kinds = &[b"socket"];
pub(super) const SOCKETS_AND_PIPES: Kinds = &[b"socket", b"pipe"];

/// The pipe that is open under this number, by its inode; `None` if it is a named one, or none.
pub(super) fn pipe(root: &OwnedFd, pid: Pid, descriptor: usize) -> Option<u64> {
    inode(root, pid, descriptor, b"pipe")
}

/// Whether the process both reads and writes a pipe: the link of a descriptor has the owner's bits of what
/// is done with it (`tid_fd_revalidate` in fs/proc/fd.c). Descriptors of single threads are left out.
pub(super) fn has_both_ends(root: &OwnedFd, pid: Pid, pipe: u64) -> bool {
    let Ok(descriptors) = directory(root, &format!("{pid}/fd")) else {
        return false;
    };
    let (mut ends, mut target) = (Mode::empty(), [0; 32]);
    let listed = read::each(&descriptors, |name| {
        let length = readlinkat_raw(&descriptors, name, &mut target[..]);
        if length.is_ok_and(|length| read::bracketed(&target[..length], b"pipe") == Some(pipe))
            && let Ok(link) = statat(&descriptors, name, AtFlags::SYMLINK_NOFOLLOW)
        {
            ends |= Mode::from_raw_mode(link.st_mode);
        }
        true
    });
    listed.is_ok() && ends.contains(Mode::RUSR | Mode::WUSR)
}

/// The socket that is open under this number, by its inode.
pub(super) fn socket(root: &OwnedFd, pid: Pid, descriptor: usize) -> Option<u64> {
    inode(root, pid, descriptor, b"socket")
}

fn inode(root: &OwnedFd, pid: Pid, descriptor: usize, kind: &[u8]) -> Option<u64> {
    let mut target = [0; 32];
    let path = format!("{pid}/fd/{descriptor}");
    let length = readlinkat_raw(root, path, &mut target[..]).ok()?;
    read::bracketed(&target[..length], kind)
}

/// Passes on the inode of each socket, or pipe, in a descriptor directory; returns how many entries it has.
///
/// Errs also where the directory can be listed and its links cannot be read: that is so for a
/// process of the same user with more capabilities (`ptrace_may_access` in kernel/ptrace.c). And
/// after all of them where an `io_uring` may have more that cannot be read.
pub(super) fn sockets(
    root: &OwnedFd,
    path: &str,
    kinds: Kinds,
    hit: &mut impl FnMut(u64),
) -> Result<usize, Errno> {
    let descriptors = directory(root, path)?;
    let (mut count, mut failure, mut is_hiding) = (0, None, false);
    // Enough for `socket:[18446744073709551615]`; the path of a file is cut, and no socket.
    let mut target = [0; 32];
    read::each(&descriptors, |name| {
        count += 1;
        match readlinkat_raw(&descriptors, name, &mut target[..]) {
            Ok(length) => {
                let target = &target[..length];
                let inode = kinds.iter().find_map(|kind| read::bracketed(target, kind));
                if let Some(inode) = inode {
                    hit(inode);
                }
                is_hiding |=
                    target == RING.as_bytes() && !ring::sockets(root, path, name, &mut *hit);
            }
            // It has been closed meanwhile.
            Err(Errno::NOENT) => {}
            Err(errno) => failure = Some(errno),
        }
        failure.is_none()
    })?;
    match failure {
        Some(errno) => Err(errno),
        None if is_hiding => Err(Errno::PERM),
        None => Ok(count),
    }
}

/// Reads the descriptors of each other thread that may have some of its own
/// (`unshare(CLONE_FILES)`), where the main thread has so many.
///
/// Forty threads of a Java virtual machine would cost forty times as much. So a table is read only
/// if it has another length than each one that was, or if there is little to be read. What stays
/// unseen is a thread of a large process with a table of its own that is just as long.
pub(super) fn sockets_apart(
    root: &OwnedFd,
    pid: Pid,
    count: usize,
    kinds: Kinds,
    hit: &mut impl FnMut(u64),
) -> Result<(), Errno> {
    let threads = threads(root, pid)?;
    if threads < 2 {
        return Ok(());
    }
    let is_small = count > 0 && threads.saturating_mul(count) <= FEW;
    let mut known = vec![0, count];
    let mut listed = 0;
    other_threads(root, pid, |tasks, path| {
        let length = if is_small {
            None
        } else {
            Some(length(tasks, path)?)
        };
        listed += length.unwrap_or(count);
        if listed > MOST {
            return Err(Errno::OVERFLOW);
        }
        if length.is_none_or(|length| !known.contains(&length)) {
            known.push(sockets(tasks, path, kinds, hit)?);
        }
        Ok(())
    })
}

/// Calls `read` with the descriptor directory of each thread but the main one; errs if one of them
/// cannot be read.
fn other_threads(
    root: &OwnedFd,
    pid: Pid,
    mut read: impl FnMut(&OwnedFd, &str) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let tasks = directory(root, &format!("{pid}/task"))?;
    let mut failure = None;
    read::each(&tasks, |name| {
        if read::number(name) == Some(pid.0) {
            return true;
        }
        let path = format!("{}/fd", name.to_string_lossy());
        // A thread that has just ended holds nothing.
        failure = read(&tasks, &path)
            .err()
            .filter(|errno| !stat::is_gone(*errno));
        failure.is_none()
    })?;
    failure.map_or(Ok(()), Err)
}

/// How many threads the process has: a directory has two links more than it has directories. More
/// than can be where the links tell nothing.
fn threads(root: &OwnedFd, pid: Pid) -> Result<usize, Errno> {
    let path = format!("{pid}/task");
    let tasks = statx(root, path.as_str(), AtFlags::empty(), StatxFlags::NLINK)?;
    let threads = tasks
        .stx_nlink
        .checked_sub(2)
        .filter(|threads| *threads > 0);
    let threads = threads.and_then(|threads| usize::try_from(threads).ok());
    Ok(threads.unwrap_or(usize::MAX))
}

/// How many descriptors a directory has: its size from Linux 6.2 on, by counting before.
fn length(root: &OwnedFd, path: &str) -> Result<usize, Errno> {
    let size = statx(root, path, AtFlags::empty(), StatxFlags::SIZE)?.stx_size;
    if size > 0 {
        return Ok(usize::try_from(size).unwrap_or(usize::MAX));
    }
    let mut count = 0;
    read::each(&directory(root, path)?, |_| {
        count += 1;
        true
    })?;
    Ok(count)
}
