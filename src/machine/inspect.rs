//! The clients of Gateways on this machine, looked at several times within about a second: their
//! connections, and what their threads do meanwhile. Nothing of it touches them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::World;
use super::activity::Activity;
use super::pid::Pid;
use super::process::{Facts, Ownership, ProcessError, ProgramKind, Search, kind};
use super::sockets::{Ports, Socket, TableError, TcpState};

/// Between two looks; three of them are needed to tell a pause from a habit.
pub const EVERY: Duration = Duration::from_millis(300);

/// So many looks are made where every client reads.
pub const LOOKS: usize = 4;

/// Which clients are looked at.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Those of Gateways on these ports.
    pub ports: Ports,
    /// The addresses of the Gateway; any where there are none.
    pub hosts: Vec<IpAddr>,
    /// This process alone.
    pub pid: Option<Pid>,
}

/// One look at a client.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Since the first look.
    pub at: Duration,
    /// Its connections to the ports.
    pub sockets: Vec<Socket>,
    /// What its threads did.
    pub activity: Activity,
}

impl Look {
    /// The row of the same connection in this look.
    pub fn row(&self, connection: &Socket) -> Option<&Socket> {
        let is_same = |row: &&Socket| {
            (row.local, row.remote, row.cookie)
                == (connection.local, connection.remote, connection.cookie)
        };
        self.sockets.iter().find(is_same)
    }
}

/// A process with connections to the ports, and what every look at it showed.
#[derive(Clone, Debug)]
pub struct Client {
    /// Who it is.
    pub facts: Facts,
    /// What kind of program it is.
    pub kind: ProgramKind,
    /// The looks at it, at least one.
    pub looks: Vec<Look>,
}

impl Client {
    /// Its connections as they were seen last.
    pub fn connections(&self) -> &[Socket] {
        self.looks.last().map_or(&[], |look| &look.sockets)
    }

    /// Whether one of its connections has had something to read at every look, and none of it was read.
    pub fn is_silent(&self) -> bool {
        let [first, .., last] = self.looks.as_slice() else {
            return false;
        };
        last.sockets.iter().any(|row| {
            let before = first.row(row);
            before.is_some_and(|before| row.has_read_nothing_since(before))
        })
    }
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    /// The clients, by pid.
    pub clients: Vec<Client>,
    /// Connections of clients whose process cannot be seen from here.
    pub unseen: usize,
    /// From the first look to the last.
    pub watched: Duration,
}

/// The machine could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Its socket table could not be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Its processes could not be read.
    #[error(transparent)]
    Processes(#[from] ProcessError),
}

impl World {
    /// Looks [`LOOKS`] times, and for as long as a client reads nothing of what lies there, up to
    /// `most`; not after `until`.
    pub async fn inspect(
        &self,
        which: &Which,
        most: Duration,
        until: Option<Instant>,
    ) -> Result<Inspected, InspectError> {
        let began = Instant::now();
        let mut inspected = self.first_look(which)?;
        loop {
            let made = inspected
                .clients
                .first()
                .map_or(LOOKS, |client| client.looks.len());
            let is_silent = inspected.clients.iter().any(Client::is_silent);
            let goes_on = made < LOOKS || is_silent && began.elapsed() + EVERY <= most;
            let is_over = until.is_some_and(|until| Instant::now() + EVERY >= until);
            if inspected.clients.is_empty() || !goes_on || is_over {
                return Ok(inspected);
            }
            sleep(EVERY).await;
            inspected.watched = began.elapsed();
            let rows = self.table.snapshot(&which.ports)?.sockets;
            let at = inspected.watched;
            inspected
                .clients
                .retain_mut(|client| self.look_again(client, &rows, at));
        }
    }

    fn first_look(&self, which: &Which) -> Result<Inspected, InspectError> {
        let mut rows = self.table.snapshot(&which.ports)?.sockets;
        rows.retain(|row| is_client(row, which));
        let mut inspected = Inspected::default();
        for (pid, sockets) in self.holders(&rows, which, &mut inspected.unseen)? {
            let Some(facts) = self.processes.facts(pid).ok().flatten() else {
                continue;
            };
            let mut client = Client {
                kind: kind(&facts, None),
                facts,
                looks: Vec::new(),
            };
            if self.look_again(&mut client, &sockets, Duration::ZERO) {
                inspected.clients.push(client);
            }
        }
        Ok(inspected)
    }

    /// The rows that each process holds; ibdoc's own are left out.
    fn holders(
        &self,
        rows: &[Socket],
        which: &Which,
        unseen: &mut usize,
    ) -> Result<BTreeMap<Pid, Vec<Socket>>, ProcessError> {
        let mut holders: BTreeMap<Pid, Vec<Socket>> = BTreeMap::new();
        if let Some(pid) = which.pid {
            let held = self.processes.held(pid, rows)?;
            let held = held.unwrap_or_default().into_iter().cloned();
            holders.insert(pid, held.collect());
            return Ok(holders);
        }
        let owners = self.processes.owners(rows, Search::First)?;
        for (index, row) in rows.iter().enumerate() {
            match owners.of(index, row) {
                Ownership::Held(pids) => {
                    let pid = pids.iter().copied().find(|pid| pid.0 != std::process::id());
                    if let Some(pid) = pid {
                        holders.entry(pid).or_default().push(row.clone());
                    }
                }
                _ => *unseen += 1,
            }
        }
        Ok(holders)
    }

    /// Adds a look at a client; false if it has gone, or is another process by now.
    fn look_again(&self, client: &mut Client, rows: &[Socket], at: Duration) -> bool {
        let id = client.facts.id;
        if self.processes.identify(id.pid).ok().flatten() != Some(id) {
            return false;
        }
        let mut activity = self.processes.activity(id.pid).unwrap_or_default();
        let cgroup = client.facts.cgroup.as_ref();
        activity.is_frozen = cgroup.is_some_and(|cgroup| self.processes.is_frozen(cgroup));
        let known = client.looks.first().map(|first| first.sockets.as_slice());
        let is_known = |row: &&Socket| {
            let same = |other: &Socket| (other.local, other.remote) == (row.local, row.remote);
            known.is_none_or(|known| known.iter().any(same))
        };
        client.looks.push(Look {
            at,
            sockets: rows.iter().filter(is_known).cloned().collect(),
            activity,
        });
        true
    }
}

/// Whether a row is a client's end of a connection to the ports.
fn is_client(row: &Socket, which: &Which) -> bool {
    let is_up = matches!(row.state, TcpState::Established | TcpState::CloseWait);
    let is_there = which.hosts.is_empty() || which.hosts.contains(&row.remote.ip());
    let is_outgoing =
        which.ports.contains(row.remote.port()) && !which.ports.contains(row.local.port());
    is_up && is_there && is_outgoing
}
