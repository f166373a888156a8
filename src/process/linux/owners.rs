//! Which processes hold given sockets: a walk over `/proc/PID/fd`.
//!
//! Each open descriptor on the machine costs 1 to 3 µs, and that is all the cost there is. So
//! nothing is allocated for one, and the order decides.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::descriptors::{sockets, sockets_apart, sockets_of_threads};
use super::read::{self, Entries};
use super::scout::Scout;
use super::spread::spread;
use super::wanted::Wanted;
use super::{pids, stat};
use crate::process::{Owners, Pid, RunState, Search};
use crate::table::Socket;

/// The inode of the machine's first pid namespace (`PROC_PID_INIT_INO`).
const FIRST_PID_NAMESPACE: u64 = 0xefff_fffc;

/// Finds every holder of each socket.
pub(super) fn every(root: &OwnedFd, sockets: &[Socket]) -> Result<Owners, Errno> {
    let wanted = Wanted::new(sockets);
    if wanted.is_empty() {
        return Ok(nobody(sockets));
    }
    let pids = pids(root)?;
    let found = walk(root, &pids, &wanted, Search::Every);
    Ok(answer(root, sockets, &pids, found, &wanted))
}

/// Finds a holder of each socket that `read` returns; likely programs are looked for meanwhile.
pub(super) fn first(root: OwnedFd, read: &mut dyn FnMut() -> Vec<Socket>) -> Result<Owners, Errno> {
    let scout = Arc::new(Scout::new(root));
    scout.send();
    let sockets = read();
    let wanted = Wanted::new(&sockets);
    let mut walker = Walker::new(scout.root(), &wanted, Search::First);
    let visited = walker.visit_likely(&scout);
    scout.stop();
    if wanted.is_empty() {
        return Ok(nobody(&sockets));
    }
    let pids = scout.pids()?;
    let mut found = walker.found;
    if !wanted.is_complete() {
        let rest = pids.iter().rev().filter(|pid| !visited.contains(pid));
        let rest: Vec<Pid> = rest.copied().collect();
        found.extend(walk(scout.root(), &rest, &wanted, Search::First));
    }
    Ok(answer(scout.root(), &sockets, pids, found, &wanted))
}

/// What is said of sockets that all belong to the kernel.
fn nobody(sockets: &[Socket]) -> Owners {
    Owners {
        holders: vec![Vec::new(); sockets.len()],
        ..Owners::default()
    }
}

fn answer(
    root: &OwnedFd,
    sockets: &[Socket],
    pids: &[Pid],
    mut found: Found,
    wanted: &Wanted,
) -> Owners {
    found.look_again(root, wanted);
    let mut owners = nobody(sockets);
    for (socket, holders) in sockets.iter().zip(&mut owners.holders) {
        let held = |(inode, _): &&(u64, Pid)| Some(*inode) == socket.inode;
        holders.extend(found.holders.iter().filter(held).map(|(_, pid)| *pid));
        holders.sort_unstable();
        holders.dedup();
    }
    owners.unreadable = found.unreadable;
    owners.unreadable.sort_unstable();
    owners.invisible = invisible(root, pids);
    owners.missed = found.missed;
    owners
}

/// What one walk has found.
#[derive(Default)]
struct Found {
    holders: Vec<(u64, Pid)>,
    unreadable: Vec<Pid>,
    /// Why a process could not be read, if it was not for want of privilege.
    missed: Option<String>,
}

impl Found {
    fn extend(&mut self, other: Self) {
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
    fn look_again(&mut self, root: &OwnedFd, wanted: &Wanted) {
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
fn walk(root: &OwnedFd, pids: &[Pid], wanted: &Wanted, search: Search) -> Found {
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

/// Whether there may be processes that `/proc` does not show: it is mounted with `hidepid`, or
/// this is an inner pid namespace and the network is shared with an outer one.
pub(super) fn invisible(root: &OwnedFd, pids: &[Pid]) -> bool {
    let own = read::link(root, "self/ns/pid").ok();
    let own = own.and_then(|target| read::bracketed(target.as_bytes(), b"pid"));
    let inner = own.is_some_and(|inode| inode != FIRST_PID_NAMESPACE);
    inner || !pids.contains(&Pid(1))
}

/// Reads the descriptors of one process after the other.
struct Walker<'a> {
    root: &'a OwnedFd,
    wanted: &'a Wanted,
    search: Search,
    path: String,
    entries: Entries,
    found: Found,
}

impl<'a> Walker<'a> {
    fn new(root: &'a OwnedFd, wanted: &'a Wanted, search: Search) -> Self {
        Self {
            root,
            wanted,
            search,
            path: String::with_capacity(64),
            entries: Entries::new(),
            found: Found::default(),
        }
    }

    /// Visits likely programs until each socket has a holder or there are no more; those visited.
    fn visit_likely(&mut self, scout: &Scout) -> BTreeSet<Pid> {
        let mut visited = BTreeSet::new();
        while !self.wanted.is_complete()
            && let Some(pid) = scout.next(&mut self.path)
        {
            if visited.insert(pid) {
                self.visit(pid);
            }
        }
        visited
    }

    /// Reads one process.
    fn visit(&mut self, pid: Pid) {
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
