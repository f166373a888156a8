//! Which processes hold given sockets: a walk over `/proc/PID/fd`.
//!
//! Each open descriptor on the machine costs 1 to 3 µs, and that is all the cost there is. So
//! nothing is allocated for one, and the order decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::scout::{Scout, at_the_ends};
use super::walk::{Found, Walker, walk};
use super::wanted::Wanted;
use super::{perf_data, pids, read};
use crate::machine::pid::Pid;
use crate::machine::process::{Owners, Search};
use crate::machine::sockets::Socket;

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
    Ok(answer(root, sockets, found, &wanted))
}

/// Finds a holder of each socket that `read` returns; those of the listeners among them, which are
/// known before, and otherwise likely programs are looked for meanwhile.
pub(super) fn first(
    root: OwnedFd,
    listeners: &[Socket],
    read: &mut dyn FnMut() -> Vec<Socket>,
) -> Result<Owners, Errno> {
    let at_hand = at_hand(&root, listeners);
    let scout = Arc::new(Scout::new(root));
    let sought = Wanted::new(listeners);
    if at_hand.is_none() && !sought.is_empty() {
        scout.send(Some(sought));
    }
    let sockets = read();
    let wanted = Wanted::new(&sockets);
    if wanted.is_empty() {
        scout.stop();
        return Ok(nobody(&sockets));
    }
    let mut walker = Walker::new(scout.root(), &wanted, Search::First);
    let known = at_hand.unwrap_or_else(|| scout.holders()).into_iter();
    let known = known.filter(|(inode, _)| wanted.take(*inode));
    walker.found.holders.extend(known);
    let visited = visit_likely(&mut walker, &wanted, &scout);
    scout.stop();
    let mut found = walker.found;
    if !wanted.is_complete() {
        let rest = scout.pids()?.iter().rev();
        let rest: Vec<Pid> = rest.filter(|pid| !visited.contains(pid)).copied().collect();
        found.extend(walk(scout.root(), &rest, &wanted, Search::First));
    }
    Ok(answer(scout.root(), &sockets, found, &wanted))
}

/// Visits likely programs until each socket has a holder or there are no more; those visited.
fn visit_likely(walker: &mut Walker<'_>, wanted: &Wanted, scout: &Arc<Scout>) -> BTreeSet<Pid> {
    let (mut visited, mut path) = (BTreeSet::new(), String::with_capacity(64));
    if wanted.is_complete() {
        return visited;
    }
    scout.send(None);
    while !wanted.is_complete()
        && let Some(pid) = scout.next(&mut path)
    {
        if visited.insert(pid) {
            walker.visit(pid);
        }
    }
    visited
}

/// A holder of each of these sockets, if all of them are found without a search: held by Java
/// programs, or by likely ones among the newest and the oldest. A second thread starts as late.
fn at_hand(root: &OwnedFd, sockets: &[Socket]) -> Option<Vec<(u64, Pid)>> {
    let wanted = Wanted::new(sockets);
    if wanted.is_empty() {
        return None;
    }
    let mut walker = Walker::new(root, &wanted, Search::First);
    let hints = perf_data::hints(sockets).into_iter();
    for pid in hints.chain(at_the_ends(root)) {
        walker.visit(pid);
        if wanted.is_complete() {
            return Some(walker.found.holders);
        }
    }
    None
}

/// What is said of sockets that all belong to the kernel.
fn nobody(sockets: &[Socket]) -> Owners {
    Owners {
        holders: vec![Vec::new(); sockets.len()],
        ..Owners::default()
    }
}

fn answer(root: &OwnedFd, sockets: &[Socket], mut found: Found, wanted: &Wanted) -> Owners {
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
    owners.invisible = invisible(root);
    owners.missed = found.missed;
    owners
}

/// Whether there may be processes that `/proc` does not show: it is mounted with `hidepid`, or
/// this is an inner pid namespace and the network is shared with an outer one.
pub(super) fn invisible(root: &OwnedFd) -> bool {
    let own = read::link(root, "self/ns/pid").ok();
    let own = own.and_then(|target| read::bracketed(target.as_bytes(), b"pid"));
    let inner = own.is_some_and(|inode| inode != FIRST_PID_NAMESPACE);
    inner || !super::is_shown(root, Pid(1))
}
