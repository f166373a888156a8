//! Which processes hold given sockets: a walk over `/proc/PID/fd`.
//!
//! Each open descriptor on the machine costs 1 to 3 µs, and that is all the cost there is.

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::walk::{Wanted, walk};
use super::{pids, program_is, read};
use crate::machine::pid::Pid;
use crate::machine::process::{Owners, Search};
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
    let mut pids = pids(root)?;
    if search == Search::First {
        pids.reverse();
        pids.sort_by_cached_key(|pid| !is_likely(root, *pid));
    }
    let found = walk(root, &pids, &wanted, search);
    for (socket, holders) in sockets.iter().zip(&mut owners.holders) {
        let held = |(inode, _): &&(u64, Pid)| Some(*inode) == socket.inode;
        holders.extend(found.holders.iter().filter(held).map(|(_, pid)| *pid));
        holders.sort_unstable();
        holders.dedup();
    }
    owners.unreadable = found.unreadable;
    owners.unreadable.sort_unstable();
    owners.invisible = invisible(root);
    owners.missed = found.missed;
    Ok(owners)
}

/// Whether the file that the process runs is one of the likely programs. One whose link may not be
/// read has descriptors that may not be read either.
fn is_likely(root: &OwnedFd, pid: Pid) -> bool {
    let starts = |name: &[u8]| LIKELY.iter().any(|likely| name.starts_with(likely));
    program_is(root, pid, starts).unwrap_or(false)
}

/// Whether there may be processes that `/proc` does not show: it is mounted with `hidepid`, or
/// this is an inner pid namespace and the network is shared with an outer one.
pub(super) fn invisible(root: &OwnedFd) -> bool {
    let own = read::link(root, "self/ns/pid").ok();
    let own = own.and_then(|target| read::bracketed(target.as_bytes(), b"pid"));
    let inner = own.is_some_and(|inode| inode != FIRST_PID_NAMESPACE);
    inner || !super::is_shown(root, Pid(1))
}
