//! Reading the descriptors of processes, one after the other and on all cores.

use std::fmt::Write as _;

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::descriptors::{sockets, sockets_apart, sockets_of_threads};
use super::read::Entries;
use super::spread::spread;
use super::stat;
use super::wanted::Wanted;
use crate::machine::pid::Pid;
use crate::machine::process::{RunState, Search};

/// What one walk has found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) holders: Vec<(u64, Pid)>,
    pub(super) unreadable: Vec<Pid>,
    /// Why a process could not be read, if it was not for want of privilege.
    pub(super) missed: Option<String>,
}

impl Found {
    pub(super) fn extend(&mut self, other: Self) {
        self.holders.extend(other.holders);
        self.unreadable.extend(other.unreadable);
        self.missed = self.missed.take().or(other.missed);
    }

    /// Notes why the descriptors of a process were not read to their end.
    ///
    /// Only one that has ended holds nothing. Who lacks the right to read it is told by its name;
    /// any other error, such as no descriptor left for ibdoc itself, may hit anybody.
    fn fail(&mut self, pid: Pid, errno: Errno) {
        if stat::is_gone(errno) {
            return;
        }
        self.unreadable.push(pid);
        if !matches!(errno, Errno::ACCESS | Errno::PERM) {
            let reason = format!("the descriptors of pid {pid} could not be read: {errno}");
            self.missed.get_or_insert(reason);
        }
    }

    /// Takes those off the unreadable ones that were so for want of descriptors, not of privilege.
    pub(super) fn look_again(&mut self, root: &OwnedFd, wanted: &Wanted) {
        for pid in std::mem::take(&mut self.unreadable) {
            match stat::read_at(root, &format!("{pid}/stat")) {
                // It holds no socket of ours, and only root may read that it holds nothing.
                Ok(stat) if stat.kernel_thread => {}
                // Its directory belongs to root from the moment its main thread has exited, but
                // those of its other threads do not (`task_dump_owner` in fs/proc/base.c).
                Ok(stat) if stat.state == RunState::Zombie => {
                    let mut hit = |inode| {
                        if wanted.take(inode) {
                            self.holders.push((inode, pid));
                        }
                    };
                    if let Err(errno) = sockets_apart(root, pid, 0, &mut hit) {
                        self.fail(pid, errno);
                    }
                }
                Err(errno) if stat::is_gone(errno) => {}
                _ => self.unreadable.push(pid),
            }
        }
    }
}

/// Visits these processes on all cores, and with [`Search::First`] no more than are needed.
pub(super) fn walk(root: &OwnedFd, pids: &[Pid], wanted: &Wanted, search: Search) -> Found {
    let shares = spread(pids, |share| {
        let mut walker = Walker::new(root, wanted, search);
        for pid in share {
            if search == Search::First && wanted.is_complete() {
                break;
            }
            walker.visit(pid);
        }
        walker.found
    });
    let mut found = Found::default();
    for share in shares {
        found.extend(share);
    }
    found
}

/// Reads the descriptors of one process after the other.
pub(super) struct Walker<'a> {
    root: &'a OwnedFd,
    wanted: &'a Wanted,
    search: Search,
    path: String,
    entries: Entries,
    pub(super) found: Found,
}

impl<'a> Walker<'a> {
    pub(super) fn new(root: &'a OwnedFd, wanted: &'a Wanted, search: Search) -> Self {
        Self {
            root,
            wanted,
            search,
            path: String::with_capacity(64),
            entries: Entries::new(),
            found: Found::default(),
        }
    }

    /// Reads one process.
    pub(super) fn visit(&mut self, pid: Pid) {
        self.path.clear();
        // Writing to a String cannot fail.
        let _ = write!(self.path, "{pid}/fd");
        let (wanted, found) = (self.wanted, &mut self.found);
        let mut hit = |inode| {
            if wanted.take(inode) {
                found.holders.push((inode, pid));
            }
        };
        let read = match sockets(self.root, &self.path, &mut self.entries, &mut hit) {
            Ok(count) if self.search == Search::Every => {
                sockets_apart(self.root, pid, count, &mut hit)
            }
            Ok(0) => sockets_of_threads(self.root, pid, &mut hit),
            Ok(_) => Ok(()),
            Err(errno) => Err(errno),
        };
        if let Err(errno) = read {
            self.found.fail(pid, errno);
        }
    }
}
