//! The programs of this machine that are connected to a Gateway.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::World;
use super::pid::Pid;
use super::process::{Ownership, Search};
use super::sockets::{Ports, Socket, TcpState, canonical};

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
        let rows: Vec<Socket> = sockets.iter().filter(is_client).cloned().collect();
        let owners = self.processes.owners(&rows, Search::First).ok()?;
        let mut connections: BTreeMap<Pid, usize> = BTreeMap::new();
        let mut names: BTreeMap<Pid, String> = BTreeMap::new();
        let mut clients = Clients::default();
        for (index, row) in rows.iter().enumerate() {
            match owners.of(index, row) {
                Ownership::Held(pids @ [first, ..]) => {
                    // One that was just being started holds its parent's sockets for a moment.
                    let known = pids.iter().copied().find(|pid| names.contains_key(pid));
                    let looked = || pids.iter().find_map(|pid| self.facts_of_holder(row, *pid));
                    let pid = known.or_else(|| {
                        let facts = looked()?;
                        names.insert(facts.id.pid, facts.title());
                        Some(facts.id.pid)
                    });
                    let pid = pid.unwrap_or(*first);
                    *connections.entry(pid).or_default() += 1;
                }
                _ => clients.unseen += 1,
            }
        }
        connections.remove(&Pid(std::process::id()));
        let programs = connections.into_iter().map(|(pid, connections)| {
            let name = names.remove(&pid);
            let name = name.unwrap_or_else(|| "a program".to_owned());
            ClientProgram {
                pid,
                name,
                connections,
            }
        });
        clients.programs = programs.collect();
        let most_first = |program: &ClientProgram| std::cmp::Reverse(program.connections);
        clients.programs.sort_by_key(most_first);
        Some(clients)
    }
}
