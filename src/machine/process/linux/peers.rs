//! Which processes are at the other ends of a process's unix sockets.

use std::collections::BTreeSet;

use rustix::fd::OwnedFd;

use super::walk::{Wanted, walk};
use super::{descriptors, pids};
use crate::machine::pid::Pid;
use crate::machine::process::Search;
use crate::machine::sockets::linux::UnixPeers;

/// The peers of each of these processes, found in one walk; `None` if nothing can be told.
pub(super) fn unix_peers(root: &OwnedFd, of: &[Pid]) -> Option<Vec<Option<Vec<Pid>>>> {
    let table = UnixPeers::read()?;
    let ends: Vec<Option<BTreeSet<u64>>> = of
        .iter()
        .map(|pid| table.of(&descriptors::inodes(root, *pid)?))
        .collect();
    let wanted = Wanted::new(ends.iter().flatten().flatten().copied());
    let mut holders = Vec::new();
    if !wanted.is_empty() {
        holders = walk(root, &pids(root).ok()?, &wanted, Search::Every).holders;
    }
    let holders_of = |end: u64| {
        let held = holders.iter().filter(move |(inode, _)| *inode == end);
        held.map(|(_, pid)| *pid)
    };
    let peers = of.iter().zip(ends).map(|(own, ends)| {
        let mut peers = Vec::new();
        for end in ends? {
            // A process that cannot be read has it, or none: it was closed a moment ago.
            holders_of(end).next()?;
            peers.extend(holders_of(end).filter(|pid| pid != own));
        }
        peers.sort_unstable();
        peers.dedup();
        Some(peers)
    });
    Some(peers.collect())
}
