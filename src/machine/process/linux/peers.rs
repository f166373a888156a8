//! Which processes are at the other ends of a process's unix sockets and standard pipes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use rustix::fd::OwnedFd;

use super::walk::{Wanted, walk};
use super::{descriptors, pids};
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Link, Peer, Search, Stdio};
use crate::machine::sockets::linux::{UnixPeers, connected_udp};

/// What a process has open of which another has the other end.
struct Ends {
    unix: BTreeSet<u64>,
    /// By inode, which both ends of a pipe share, with whether the process itself has both.
    pipes: BTreeMap<u64, bool>,
}

/// The peers of each of these processes, found in one walk; `None` if nothing can be told.
pub(super) fn peers(root: &OwnedFd, of: &[&Facts]) -> Option<Vec<Option<Vec<Peer>>>> {
    let table = UnixPeers::read()?;
    let ends: Vec<Option<Ends>> = of.iter().map(|facts| ends(root, facts, &table)).collect();
    let all = ends.iter().flatten();
    let all = all.flat_map(|ends| ends.unix.iter().chain(ends.pipes.keys()));
    let wanted = Wanted::with_pipes(all.copied());
    let mut holders = Vec::new();
    if !wanted.is_empty() {
        holders = walk(root, &pids(root).ok()?, &wanted, Search::Every).holders;
    }
    let peers = of.iter().zip(ends).map(|(own, ends)| {
        let ends = ends?;
        let unix = ends.unix.iter().map(|end| (end, Link::Unix, false));
        let pipes = ends.pipes.iter();
        let pipes = pipes.map(|(end, has_both)| (end, Link::Pipe, *has_both));
        let mut peers = Vec::new();
        for (end, link, is_own) in unix.chain(pipes) {
            let held = holders.iter().filter(|(inode, _)| inode == end);
            let mut others = held.filter(|(_, pid)| *pid != own.id.pid).peekable();
            // A process that cannot be read has it, or none: it was closed a moment ago.
            if !is_own {
                others.peek()?;
            }
            peers.extend(others.map(|(_, pid)| Peer { pid: *pid, link }));
        }
        peers.sort_unstable();
        peers.dedup();
        Some(peers)
    });
    Some(peers.collect())
}

/// The inodes of the ends, those of unix sockets first, and whether it listens on a unix socket; `None`
/// for what cannot be told.
pub(super) fn told(root: &OwnedFd, facts: &Facts) -> (Option<Vec<u64>>, Option<bool>) {
    let Some(table) = UnixPeers::read() else {
        return (None, None);
    };
    let ends = ends(root, facts, &table);
    let inodes = ends.map(|ends| {
        ends.unix
            .into_iter()
            .chain(ends.pipes.into_keys())
            .collect()
    });
    let held = descriptors::inodes(root, facts.id.pid);
    (inodes, held.map(|held| table.any_listens(&held)))
}

/// The other ends of the connected UDP sockets of a process, in its own network namespace.
pub(super) fn datagrams(proc: &Path, root: &OwnedFd, pid: Pid) -> Option<Vec<SocketAddr>> {
    let connected = connected_udp(proc.join(format!("{pid}/net"))).ok()?;
    if connected.is_empty() {
        return Some(Vec::new());
    }
    let held = descriptors::inodes(root, pid)?;
    let of_process = connected.into_iter();
    let of_process = of_process.filter(|(inode, _)| held.binary_search(inode).is_ok());
    Some(of_process.map(|(_, peer)| peer).collect())
}

/// `None` if one of them cannot be told, as the other end of a named pipe cannot.
fn ends(root: &OwnedFd, facts: &Facts, table: &UnixPeers) -> Option<Ends> {
    let pid = facts.id.pid;
    let is_read =
        |at: &usize| facts.stdio[*at] == Some(Stdio::Pipe) && facts.stdio_open[*at] == Some(true);
    let pipes = (0..facts.stdio.len()).filter(is_read);
    let pipes = pipes.map(|at| descriptors::pipe(root, pid, at));
    // What is written to a datagram socket may be read; any other one only logs.
    let is_socket = |at: &usize| facts.stdio[*at] == Some(Stdio::Socket);
    let standard = (0..facts.stdio.len()).filter(is_socket);
    let standard: Vec<u64> = standard
        .filter_map(|at| descriptors::socket(root, pid, at))
        .collect();
    let mut unix = table.of(&descriptors::inodes(root, pid)?)?;
    unix.extend(table.of_datagrams(&standard)?);
    let pipes = pipes.map(|pipe| Some((pipe?, descriptors::has_both_ends(root, pid, pipe?))));
    Some(Ends {
        unix,
        pipes: pipes.collect::<Option<_>>()?,
    })
}
