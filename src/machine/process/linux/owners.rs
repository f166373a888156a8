//! Which processes hold given sockets: a walk over `/proc/PID/fd`.
//!
//! Each open descriptor on the machine costs 1 to 3 µs, and that is all the cost there is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use super::programs::programs;
use super::walk::{Found, Wanted, walk};
use super::{family, pids, read};
use crate::machine::pid::Pid;
use crate::machine::process::{Owners, Programs, Search};
use crate::machine::sockets::Socket;

/// The inode of the machine's first pid namespace (`PROC_PID_INIT_INO`).
const FIRST_PID_NAMESPACE: u64 = 0xefff_fffc;

/// The programs that hold connections to a Gateway on most machines, by how their files' names start.
const LIKELY: [&[u8]; 11] = [
    b"java",
    b"python",
    b"node",
    b"dotnet",
    b"socat",
    b"docker-proxy",
    b"ssh",
    b"nginx",
    b"haproxy",
    b"ibgateway",
    b"tws",
];

/// Finds the holders of each socket, as far as the search goes.
pub(super) fn owners(root: &OwnedFd, sockets: &[Socket], search: Search) -> Result<Owners, Errno> {
    let mut owners = Owners {
        holders: vec![Vec::new(); sockets.len()],
        ..Owners::default()
    };
    let wanted = Wanted::new(sockets.iter().filter_map(|socket| socket.inode));
    if wanted.is_empty() {
        return Ok(owners);
    }
    let pids = pids(root)?;
    let found = match search {
        Search::Every => walk(root, &pids, &wanted, search),
        Search::First | Search::Related => {
            let programs = programs(root, &pids);
            let found = first(root, &programs, &wanted, search);
            owners.programs = Some(programs);
            found
        }
    };
    let mut by_inode: BTreeMap<u64, BTreeSet<Pid>> = BTreeMap::new();
    for (inode, pid) in found.holders {
        by_inode.entry(inode).or_default().insert(pid);
    }
    for (socket, holders) in sockets.iter().zip(&mut owners.holders) {
        let held = socket.inode.and_then(|inode| by_inode.get(&inode));
        holders.extend(held.into_iter().flatten());
    }
    owners.unreadable = found.unreadable;
    owners.unreadable.sort_unstable();
    owners.unreadable.dedup();
    owners.invisible = invisible(root);
    owners.missed = found.missed;
    Ok(owners)
}

/// A holder of each: likely programs first, then the newest process; and those related, if asked for.
fn first(root: &OwnedFd, programs: &Programs, wanted: &Wanted, search: Search) -> Found {
    // A process whose link may not be read has descriptors that may not be read either.
    let order = programs.iter().map(|(pid, name)| {
        let is_likely = name.as_deref().is_some_and(is_likely);
        (!is_likely, Reverse(*pid))
    });
    let mut order: Vec<(bool, Reverse<Pid>)> = order.collect();
    order.sort_unstable();
    let order: Vec<Pid> = order.into_iter().map(|(_, Reverse(pid))| pid).collect();
    let mut found = walk(root, &order, wanted, Search::First);
    if search == Search::Related {
        let holders: BTreeSet<Pid> = found.holders.iter().map(|(_, pid)| *pid).collect();
        let mut related: BTreeSet<Pid> = alike(programs, &holders);
        for holder in &holders {
            related.extend(family::ancestors(root, *holder));
            related.extend(family::descendants(root, *holder).into_iter().flatten());
        }
        let related: Vec<Pid> = related.into_iter().collect();
        let others = walk(root, &related, wanted, Search::Every);
        found.holders.extend(others.holders);
        found.unreadable.extend(others.unreadable);
    }
    found
}

/// The processes that run the program of one of these.
fn alike(programs: &Programs, of: &BTreeSet<Pid>) -> BTreeSet<Pid> {
    let theirs = programs.iter().filter(|(pid, _)| of.contains(pid));
    let theirs: BTreeSet<&[u8]> = theirs.filter_map(|(_, name)| name.as_deref()).collect();
    let is_theirs = |name: &[u8]| theirs.contains(name);
    let alike = programs.iter();
    let alike = alike.filter(|(_, name)| name.as_deref().is_some_and(is_theirs));
    alike.map(|(pid, _)| *pid).collect()
}

/// Whether a file of this name is one of the likely programs.
fn is_likely(name: &[u8]) -> bool {
    LIKELY.iter().any(|likely| name.starts_with(likely))
}

/// Whether there may be processes that `/proc` does not show: it is mounted with `hidepid`, or
/// this is an inner pid namespace and the network is shared with an outer one.
pub(super) fn invisible(root: &OwnedFd) -> bool {
    let own = read::link(root, "self/ns/pid").ok();
    let own = own.and_then(|target| read::bracketed(target.as_bytes(), b"pid"));
    let inner = own.is_some_and(|inode| inode != FIRST_PID_NAMESPACE);
    inner || !is_shown(root, Pid(1))
}

/// Whether this process is shown, and what every user may know of it.
pub(super) fn is_shown(root: &OwnedFd, pid: Pid) -> bool {
    // With hidepid=1 there is a directory, and nothing in it may be read.
    let state = read::file(root, &format!("{pid}/stat"), 2048);
    statat(root, pid.to_string(), AtFlags::empty()).is_ok()
        && !matches!(state, Err(Errno::ACCESS | Errno::PERM))
}
