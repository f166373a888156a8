//! Which processes hold given sockets: a walk over `/proc/PID/fd`.
//!
//! Each open descriptor on the machine costs 1 to 3 µs, and that is all the cost there is. So
//! nothing is allocated for one, and the order decides.

use std::fmt::Write as _;
use std::num::NonZero;

use rustix::fd::OwnedFd;
use rustix::fs::readlinkat_raw;
use rustix::io::Errno;

use super::read::{self, Entries};
use super::{comm, directory, pids, stat};
use crate::process::{Owners, Pid, Search};
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
/// Fewer processes than this are read faster than a second thread starts.
const WORTH_A_THREAD: usize = 200;
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
    let found = match search {
        Search::First => first(root, &pids, &inodes),
        Search::Every => every(root, &pids, &inodes),
    };
    for (socket, holders) in sockets.iter().zip(&mut owners.holders) {
        let held = |(inode, _): &&(u64, Pid)| Some(*inode) == socket.inode;
        holders.extend(found.holders.iter().filter(held).map(|(_, pid)| *pid));
        holders.sort_unstable();
        holders.dedup();
    }
    owners.unreadable = found.unreadable;
    // A kernel thread holds no socket of ours, and only root may read that it holds nothing.
    owners.unreadable.retain(|pid| {
        !stat::read_at(root, &format!("{pid}/stat")).is_ok_and(|stat| stat.kernel_thread)
    });
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

fn first(root: &OwnedFd, pids: &[Pid], inodes: &[u64]) -> Found {
    let mut walker = Walker::new(root, inodes);
    let mut others = Vec::with_capacity(pids.len());
    for pid in pids.iter().rev() {
        if !comm(root, *pid, |name| {
            LIKELY.iter().any(|likely| name.starts_with(likely))
        }) {
            others.push(*pid);
        } else if walker.visit(*pid) {
            return walker.found;
        }
    }
    for pid in others {
        if walker.visit(pid) {
            break;
        }
    }
    walker.found
}

fn every(root: &OwnedFd, pids: &[Pid], inodes: &[u64]) -> Found {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(4).min(1 + pids.len() / WORTH_A_THREAD);
    let walk = |start: usize| {
        let mut walker = Walker::new(root, inodes);
        for pid in pids.iter().skip(start).step_by(threads) {
            walker.visit(*pid);
        }
        walker.found
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads)
            .map(|start| scope.spawn(move || walk(start)))
            .collect();
        let mut found = walk(0);
        for (start, helper) in (1..).zip(helpers) {
            // A thread that panicked has told nothing: its share is read again here.
            let more = helper.join().unwrap_or_else(|_| walk(start));
            found.holders.extend(more.holders);
            found.unreadable.extend(more.unreadable);
        }
        found
    })
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
            Ok(0) => sockets_of_threads(self.root, pid, &mut hit),
            Err(Errno::ACCESS | Errno::PERM) => self.found.unreadable.push(pid),
            // It has descriptors, or it has ended.
            Ok(_) | Err(_) => {}
        }
        !self.missing.contains(&true)
    }
}

/// The inodes of every socket that the process holds, ascending; `None` if it cannot be read.
pub(super) fn inodes(root: &OwnedFd, pid: Pid) -> Option<Vec<u64>> {
    let mut inodes = Vec::new();
    let mut entries = Entries::new();
    let count = sockets(root, &format!("{pid}/fd"), &mut entries, &mut |inode| {
        inodes.push(inode);
    });
    if count.ok()? == 0 {
        sockets_of_threads(root, pid, &mut |inode| inodes.push(inode));
    }
    inodes.sort_unstable();
    inodes.dedup();
    Some(inodes)
}

/// Passes on the inode of each socket in a descriptor directory; returns how many entries it has.
fn sockets(
    root: &OwnedFd,
    path: &str,
    entries: &mut Entries,
    hit: &mut impl FnMut(u64),
) -> Result<usize, Errno> {
    let descriptors = directory(root, path)?;
    let mut count = 0;
    // Enough for `socket:[18446744073709551615]`; the path of a file is cut, and no socket.
    let mut target = [0; 32];
    entries.each(&descriptors, |name| {
        count += 1;
        if let Ok(length) = readlinkat_raw(&descriptors, name, &mut target[..])
            && let Some(inode) = read::bracketed(&target[..length], b"socket")
        {
            hit(inode);
        }
        true
    })?;
    Ok(count)
}

/// If the main thread has exited, only the other threads still show the descriptors.
fn sockets_of_threads(root: &OwnedFd, pid: Pid, hit: &mut impl FnMut(u64)) {
    let Ok(tasks) = directory(root, &format!("{pid}/task")) else {
        return;
    };
    let mut entries = Entries::new();
    let mut inner = Entries::new();
    // All threads share one table of descriptors, so the first that shows any is enough.
    let _ = entries.each(&tasks, |name| {
        let path = format!("{}/fd", name.to_string_lossy());
        !matches!(sockets(&tasks, &path, &mut inner, hit), Ok(1..))
    });
}
