//! Which sockets a process has, of which of them a descriptor can be copied, and which wait to become
//! its own.

use std::collections::{BTreeMap, BTreeSet};

use rustix::fd::OwnedFd;

use super::{Proc, descriptors, outlets, pids};
use crate::machine::pid::Pid;
use crate::machine::sockets::Socket;

impl Proc {
    /// The numbers under which the process has sockets open, by their inodes; `None` if they could
    /// not be read.
    pub fn descriptors(&self, pid: Pid) -> Option<BTreeMap<u64, i32>> {
        descriptors::numbers(&self.open().ok()?, pid)
    }

    /// The thread of the process that has this socket open for itself, held fast, and the number; `None`
    /// of one that is in a ring, and before Linux 6.9.
    pub fn thread_with(&self, pid: Pid, inode: u64) -> Option<(OwnedFd, i32)> {
        let (thread, number) = descriptors::in_thread(&self.open().ok()?, pid, inode)?;
        Some((outlets::thread(thread)?, number))
    }
}

/// Those of these sockets of which no descriptor can be copied.
pub(super) fn out_of_reach(processes: &Proc, pid: Pid, inodes: &[u64]) -> BTreeSet<u64> {
    if inodes.is_empty() {
        return BTreeSet::new();
    }
    let numbers = processes.descriptors(pid).unwrap_or_default();
    let others = inodes.iter().filter(|inode| !numbers.contains_key(inode));
    let apart = others.filter(|inode| processes.thread_with(pid, **inode).is_none());
    apart.copied().collect()
}

/// The processes in whose unix sockets descriptors of others wait; `None` if none can be listed.
pub(super) fn receivers(processes: &Proc) -> Option<Vec<Pid>> {
    let root = processes.open().ok()?;
    let pids = pids(&root).ok()?.into_iter();
    let receivers = pids.filter(|pid| descriptors::awaits_others(&root, *pid));
    Some(receivers.collect())
}

/// The sockets with these inodes, which are ascending.
pub(super) fn among<'a>(inodes: &[u64], sockets: &'a [Socket]) -> Vec<&'a Socket> {
    let held = |socket: &&Socket| {
        let inode = socket.inode;
        inode.is_some_and(|inode| inodes.binary_search(&inode).is_ok())
    };
    sockets.iter().filter(held).collect()
}
