//! The programs of this machine that are connected to a Gateway.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::World;
use super::pid::Pid;
use super::process::{Ownership, Search};
use super::sockets::{Ports, Socket, TcpState, canonical};

/// How often the holder of a connection is searched for.
const SEARCHES: u32 = 3;

/// A program that is connected to a port as a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientProgram {
    /// Its id.
    pub pid: Pid,
    /// Its name, and the script that it runs.
    pub name: String,
    /// How many connections to the port it holds.
    pub connections: usize,
}

/// The clients of a Gateway on this machine, apart from ibdoc itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// Those that can be seen, the one with the most connections first.
    pub programs: Vec<ClientProgram>,
    /// Connections of this machine whose program cannot be seen.
    pub unseen: usize,
}

impl Clients {
    /// All their connections.
    pub fn connections(&self) -> usize {
        let seen = self.programs.iter().map(|program| program.connections);
        seen.sum::<usize>() + self.unseen
    }
}

impl World {
    /// The programs of this machine that hold established connections to `address`, at any address
    /// of this machine where `is_local`; `None` when the table or the processes cannot be read.
    pub fn clients_of(&self, address: SocketAddr, is_local: bool) -> Option<Clients> {
        let ports: Ports = std::iter::once(address.port()).collect();
        let sockets = self.table.snapshot(&ports).ok()?.sockets;
        let has_other_end = |row: &Socket| {
            let mut all = sockets.iter();
            all.any(|other| (other.local, other.remote) == (row.remote, row.local))
        };
        let is_client = |row: &&Socket| {
            let there = if is_local {
                row.remote.port() == address.port() && has_other_end(row)
            } else {
                row.remote == canonical(address)
            };
            there && row.state == TcpState::Established
        };
        let mut rows: Vec<Socket> = sockets.iter().filter(is_client).cloned().collect();
        let mut connections: BTreeMap<Pid, usize> = BTreeMap::new();
        let mut names: BTreeMap<Pid, String> = BTreeMap::new();
        let mut clients = Clients::default();
        for _ in 0..SEARCHES {
            let owners = self.processes.owners(&rows, Search::First).ok()?;
            let mut lost = Vec::new();
            for (index, row) in rows.into_iter().enumerate() {
                let Ownership::Held(pids) = owners.of(index, &row) else {
                    clients.unseen += 1;
                    continue;
                };
                let known = pids.iter().copied().find(|pid| names.contains_key(pid));
                let looked = || pids.iter().find_map(|pid| self.facts_of_holder(&row, *pid));
                let pid = known.or_else(|| {
                    let facts = looked()?;
                    names.insert(facts.id.pid, facts.title());
                    Some(facts.id.pid)
                });
                match pid {
                    Some(pid) => *connections.entry(pid).or_default() += 1,
                    // One that was just being started held its parent's sockets for a moment.
                    None => lost.push(row),
                }
            }
            rows = lost;
            if rows.is_empty() {
                break;
            }
        }
        clients.unseen += rows.len();
        connections.remove(&Pid(std::process::id()));
        clients.programs = programs(connections, names);
        Some(clients)
    }
}

/// The one with the most connections first.
fn programs(
    connections: BTreeMap<Pid, usize>,
    mut names: BTreeMap<Pid, String>,
) -> Vec<ClientProgram> {
    let program = |(pid, connections)| ClientProgram {
        pid,
        name: names.remove(&pid).unwrap_or_default(),
        connections,
    };
    let mut programs: Vec<ClientProgram> = connections.into_iter().map(program).collect();
    programs.sort_by_key(|program| std::cmp::Reverse(program.connections));
    programs
}
