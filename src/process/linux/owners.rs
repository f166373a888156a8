//! Which processes hold given sockets: a walk over `/proc/PID/fd`.
//!
//! Each open descriptor on the machine costs 1 to 3 µs, and that is all the cost there is. So
//! nothing is allocated for one, and the order decides.

use std::fmt::Write as _;

use rustix::fd::OwnedFd;
use rustix::fs::readlinkat_raw;
use rustix::io::Errno;

use super::descriptors::{sockets, sockets_of_threads};
use super::read::{self, Entries};
use super::spread::spread;
use super::{comm, pids, stat};
use crate::process::{Owners, Pid, RunState, Search};
use crate::table::Socket;

/// The programs that hold connections to a Gateway on most machines, by how `comm` starts.
const LIKELY: [&[u8]; 12] = [
    b"java",
    b"python",
    b"node",
    b"MainThread",
    b"dotnet",
    b"socat",
    b"docker-proxy",
    b"ssh",
    b"nginx",
    b"haproxy",
    b"ibgateway",
    b"tws",
];
/// The inode of the machine's first pid namespace (`PROC_PID_INIT_INO`).
const FIRST_PID_NAMESPACE: u64 = 0xefff_fffc;

/// Finds the holders of each socket.
pub(super) fn owners(root: &OwnedFd, sockets: &[Socket], search: Search) -> Result<Owners, Errno> {
    let mut inodes: Vec<u64> = sockets
        .iter()
        .filter_map(|socket| socket.inode)
        .filter(|inode| *inode != 0)
        .collect();
    inodes.sort_unstable();
    inodes.dedup();
    let mut owners = Owners {
        holders: vec![Vec::new(); sockets.len()],
        ..Owners::default()
    };
    if inodes.is_empty() {
        return Ok(owners);
    }
    let pids = pids(root)?;
    let mut found = match search {
        Search::First => first(root, &pids, &inodes),
        Search::Every => every(root, &pids, &inodes),
    };
    found.look_again(root, &inodes);
    for (socket, holders) in sockets.iter().zip(&mut owners.holders) {
        let held = |(inode, _): &&(u64, Pid)| Some(*inode) == socket.inode;
        holders.extend(found.holders.iter().filter(held).map(|(_, pid)| *pid));
        holders.sort_unstable();
        holders.dedup();
    }
    owners.unreadable = found.unreadable;
    owners.unreadable.sort_unstable();
    owners.invisible = invisible(root, &pids);
    Ok(owners)
}

/// What one walk has found.
#[derive(Default)]
struct Found {
    holders: Vec<(u64, Pid)>,
    unreadable: Vec<Pid>,
}

impl Found {
    /// Takes those off the unreadable ones that were so for want of descriptors, not of privilege.
    fn look_again(&mut self, root: &OwnedFd, wanted: &[u64]) {
        let holders = &mut self.holders;
        self.unreadable.retain(|pid| {
            match stat::read_at(root, &format!("{pid}/stat")) {
                // It holds no socket of ours, and only root may read that it holds nothing.
                Ok(stat) if stat.kernel_thread => false,
                // Its directory belongs to root from the moment its main thread has exited, but
                // those of its other threads do not (`task_dump_owner` in fs/proc/base.c).
                Ok(stat) if stat.state == RunState::Zombie => {
                    let mut hit = |inode| {
                        if wanted.binary_search(&inode).is_ok() {
                            holders.push((inode, *pid));
                        }
                    };
                    sockets_of_threads(root, *pid, &mut hit) == Err(Errno::ACCESS)
                }
                Err(Errno::NOENT | Errno::SRCH) => false,
                _ => true,
            }
        });
    }
}

fn first(root: &OwnedFd, pids: &[Pid], inodes: &[u64]) -> Found {
    let mut walker = Walker::new(root, inodes);
    let shares = spread(pids, |share| {
        share
            .filter(|pid| is_likely(root, *pid))
            .collect::<Vec<_>>()
    });
    let mut likely = shares.concat();
    likely.sort_unstable();
    for pid in likely.iter().rev() {
        if walker.visit(*pid) {
            return walker.found;
        }
    }
    for pid in pids.iter().rev() {
        if likely.binary_search(pid).is_err() && walker.visit(*pid) {
            break;
        }
    }
    walker.found
}

/// Whether the process runs one of the likely programs, by its file or else by its name.
fn is_likely(root: &OwnedFd, pid: Pid) -> bool {
    let matches = |name: &[u8]| LIKELY.iter().any(|likely| name.starts_with(likely));
    let mut target = [0; 512];
    // One call where the name takes three; of another user's process the link is hidden.
    match readlinkat_raw(root, format!("{pid}/exe"), &mut target[..]) {
        Ok(length) if length < 512 => {
            let name = target[..length].rsplit(|byte| *byte == b'/').next();
            name.is_some_and(matches)
        }
        Ok(_) | Err(_) => comm(root, pid, matches),
    }
}

fn every(root: &OwnedFd, pids: &[Pid], inodes: &[u64]) -> Found {
    let shares = spread(pids, |share| {
        let mut walker = Walker::new(root, inodes);
        for pid in share {
            walker.visit(pid);
        }
        walker.found
    });
    let mut found = Found::default();
    for share in shares {
        found.holders.extend(share.holders);
        found.unreadable.extend(share.unreadable);
    }
    found
}

/// Whether there may be processes that `/proc` does not show: it is mounted with `hidepid`, or
/// this is an inner pid namespace and the network is shared with an outer one.
fn invisible(root: &OwnedFd, pids: &[Pid]) -> bool {
    let own = read::link(root, "self/ns/pid").ok();
    let own = own.and_then(|target| read::bracketed(target.as_bytes(), b"pid"));
    let inner = own.is_some_and(|inode| inode != FIRST_PID_NAMESPACE);
    inner || !pids.contains(&Pid(1))
}

/// Reads the descriptors of one process after the other.
struct Walker<'a> {
    root: &'a OwnedFd,
    /// Ascending.
    wanted: &'a [u64],
    missing: Vec<bool>,
    path: String,
    entries: Entries,
    found: Found,
}

impl<'a> Walker<'a> {
    fn new(root: &'a OwnedFd, wanted: &'a [u64]) -> Self {
        Self {
            root,
            wanted,
            missing: vec![true; wanted.len()],
            path: String::with_capacity(64),
            entries: Entries::new(),
            found: Found::default(),
        }
    }

    /// Reads one process; true when each socket has a holder.
    fn visit(&mut self, pid: Pid) -> bool {
        self.path.clear();
        // Writing to a String cannot fail.
        let _ = write!(self.path, "{pid}/fd");
        let (wanted, missing, found) = (self.wanted, &mut self.missing, &mut self.found);
        let mut hit = |inode| {
            if let Ok(place) = wanted.binary_search(&inode) {
                missing[place] = false;
                found.holders.push((inode, pid));
            }
        };
        match sockets(self.root, &self.path, &mut self.entries, &mut hit) {
            Ok(0) => {
                if sockets_of_threads(self.root, pid, &mut hit) == Err(Errno::ACCESS) {
                    self.found.unreadable.push(pid);
                }
            }
            Err(Errno::ACCESS | Errno::PERM) => self.found.unreadable.push(pid),
            // It has descriptors, or it has ended.
            Ok(_) | Err(_) => {}
        }
        !self.missing.contains(&true)
    }
}
