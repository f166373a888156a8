//! One walk over the descriptors of processes.

use std::collections::BTreeSet;
use std::iter::StepBy;
use std::num::NonZero;
use std::slice::Iter;
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::descriptors::{Kinds, SOCKETS, SOCKETS_AND_PIPES, sockets, sockets_apart};
use super::stat;
use crate::machine::pid::Pid;
use crate::machine::process::{RunState, Search};

/// Fewer processes than this are read faster than a second thread starts (50 µs).
const WORTH_A_THREAD: usize = 200;
/// More readers than this get in each other's way in the kernel's tables.
const MOST_THREADS: usize = 4;

/// What one walk has found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) holders: Vec<(u64, Pid)>,
    pub(super) unreadable: Vec<Pid>,
    /// Why a process could not be read, if it was not for want of privilege.
    pub(super) missed: Option<String>,
}

impl Found {
    fn extend(&mut self, other: Self) {
        self.holders.extend(other.holders);
        self.unreadable.extend(other.unreadable);
        self.missed = self.missed.take().or(other.missed);
    }

    /// Notes why the descriptors of a process were not read to their end.
    ///
    /// Only one that has ended holds nothing. A process that ibdoc has no right to read is told by
    /// its pid; any other error, such as no descriptor left for ibdoc itself, may hit any process.
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
}

/// The sockets that are looked for, and perhaps pipes.
pub(super) struct Wanted {
    kinds: Kinds,
    inodes: BTreeSet<u64>,
    /// Those without a holder so far.
    missing: Mutex<BTreeSet<u64>>,
}

impl Wanted {
    /// The sockets of these inodes; 0 is none.
    pub(super) fn new(inodes: impl Iterator<Item = u64>) -> Self {
        let inodes: BTreeSet<u64> = inodes.filter(|inode| *inode != 0).collect();
        let missing = Mutex::new(inodes.clone());
        let kinds = SOCKETS;
        Self {
            kinds,
            inodes,
            missing,
        }
    }

    /// The sockets and pipes of these inodes.
    pub(super) fn with_pipes(inodes: impl Iterator<Item = u64>) -> Self {
        Self {
            kinds: SOCKETS_AND_PIPES,
            ..Self::new(inodes)
        }
    }

    /// Whether only the kernel has them.
    pub(super) fn is_empty(&self) -> bool {
        self.inodes.is_empty()
    }

    /// Whether the socket is looked for, which has a holder from now on.
    fn take(&self, inode: u64) -> bool {
        let is_wanted = self.inodes.contains(&inode);
        if is_wanted {
            self.missing().remove(&inode);
        }
        is_wanted
    }

    /// Whether each socket has a holder.
    fn is_complete(&self) -> bool {
        self.missing().is_empty()
    }

    fn missing(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Visits these processes in their order, a long list on several cores; with [`Search::First`] only
/// until each socket has a holder.
pub(super) fn walk(root: &OwnedFd, pids: &[Pid], wanted: &Wanted, search: Search) -> Found {
    let shares = in_shares(pids, |pids| {
        let mut found = Found::default();
        for pid in pids {
            if search == Search::First && wanted.is_complete() {
                break;
            }
            visit(root, *pid, wanted, &mut found);
        }
        found
    });
    let mut found = Found::default();
    for share in shares {
        found.extend(share);
    }
    found
}

/// What is read of these processes, by each of several cores of its share where the list is long.
pub(super) fn in_shares<T: Send>(
    pids: &[Pid],
    read: impl Fn(StepBy<Iter<'_, Pid>>) -> T + Sync,
) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MOST_THREADS).min(1 + pids.len() / WORTH_A_THREAD);
    let share = |start: usize| read(pids[start.min(pids.len())..].iter().step_by(threads));
    let share = &share;
    std::thread::scope(|scope| {
        let start = |number: usize| Builder::new().spawn_scoped(scope, move || share(number));
        let others: Vec<_> = (1..threads).map(|number| (number, start(number))).collect();
        let mut shares = vec![share(0)];
        for (number, other) in others {
            // The share of a thread that could not be started is read here, where there may be no
            // more of them (`RLIMIT_NPROC`, `pids.max`).
            let told = other.ok().and_then(|other| other.join().ok());
            shares.push(told.unwrap_or_else(|| share(number)));
        }
        shares
    })
}

/// Reads the descriptors of one process.
fn visit(root: &OwnedFd, pid: Pid, wanted: &Wanted, found: &mut Found) {
    let mut hit = |inode| {
        if wanted.take(inode) {
            found.holders.push((inode, pid));
        }
    };
    let kinds = wanted.kinds;
    let main = sockets(root, &format!("{pid}/fd"), kinds, &mut hit);
    let read = match main {
        Ok(count) => sockets_apart(root, pid, count, kinds, &mut hit),
        Err(errno @ (Errno::ACCESS | Errno::PERM)) => {
            match stat::read_at(root, &format!("{pid}/stat")) {
                // Only root may read that a thread of the kernel holds nothing.
                Ok(stat) if stat.kernel_thread => Ok(()),
                // Its directory belongs to root from the moment its main thread has exited, but those
                // of its other threads do not (`task_dump_owner` in fs/proc/base.c).
                Ok(stat) if stat.state == RunState::Zombie => {
                    sockets_apart(root, pid, 0, kinds, &mut hit)
                }
                Err(gone) if stat::is_gone(gone) => Ok(()),
                _ => Err(errno),
            }
        }
        Err(errno) => Err(errno),
    };
    if let Err(errno) = read {
        found.fail(pid, errno);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_search_is_complete_when_each_inode_has_been_found_however_often() {
        let wanted = Wanted::new([7, 0, 5, 7].into_iter());
        assert!(!wanted.is_empty() && !wanted.is_complete());
        assert!(wanted.take(7) && wanted.take(7) && !wanted.take(0) && !wanted.take(6));
        assert!(!wanted.is_complete());
        assert!(wanted.take(5) && wanted.is_complete());
        let kernel = Wanted::new(std::iter::once(0));
        assert!(kernel.is_empty() && kernel.is_complete());
    }

    #[test]
    fn a_long_list_is_read_whole_and_each_process_once() {
        let proc = tempfile::tempdir().unwrap();
        let pids: Vec<Pid> = (1..=450).map(Pid).collect();
        for pid in &pids {
            let descriptors = proc.path().join(format!("{pid}/fd"));
            std::fs::create_dir_all(&descriptors).unwrap();
            std::fs::create_dir_all(proc.path().join(format!("{pid}/task/{pid}"))).unwrap();
            symlink("socket:[4711]", descriptors.join("3")).unwrap();
        }
        let root = super::super::Proc::at(proc.path()).open().unwrap();
        let wanted = Wanted::new(std::iter::once(4711));
        let mut holders = walk(&root, &pids, &wanted, Search::Every).holders;
        holders.sort_unstable();
        assert_eq!(
            holders,
            pids.iter().map(|pid| (4711, *pid)).collect::<Vec<_>>()
        );
    }
}
