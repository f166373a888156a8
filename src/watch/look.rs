//! What one look at the socket table shows of each Gateway; one look serves all. Pure but for the
//! look itself.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::standing::{Table, Trouble};
use crate::finding::Code;
use crate::machine::World;
use crate::machine::path::Hop;
use crate::machine::sockets::{Ports, Snapshot, Socket, SocketTable, TcpState};
use crate::report::WatchSockets;
use crate::text::words::counted;
use crate::zombie::is_zombie;

/// A stuck socket: its other end, the kernel's number of it, and whether it waits to be accepted.
type Stuck = (SocketAddr, Option<u64>, bool);

/// What one look shows of one Gateway of this machine.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What is listed in reports.
    pub sockets: WatchSockets,
    /// The listener's number, by which a new one is recognised.
    pub listener: Option<u64>,
    /// The connections that wait, and the half-closed sockets at the Gateway's end.
    stuck: BTreeSet<Stuck>,
    /// The same of the Gateway's own listener, where a relay listens in front of it.
    behind: Option<Box<Self>>,
    /// The rows of clients on this machine in which bytes lie unread.
    pub(super) unread: Vec<Socket>,
}

impl Seen {
    /// What these rows show of the Gateway at `address`.
    pub fn of(snapshot: &Snapshot, address: SocketAddr) -> Self {
        let port = address.port();
        let ports = Ports::from([port]);
        let listener = snapshot.listener_for(address);
        let (accept_queue, accept_queue_limit) = listener.and_then(Socket::accept_queue).unzip();
        let mut sockets = WatchSockets {
            listening: listener.is_some(),
            accept_queue,
            accept_queue_limit,
            ..WatchSockets::default()
        };
        let mut stuck = BTreeSet::new();
        let mut unread = Vec::new();
        for row in &snapshot.sockets {
            let is_theirs = row.local.port() == port && row.state != TcpState::Listen;
            // The Gateway's own connections to another machine are no clients.
            let is_client = row.remote.port() == port && !is_theirs && is_here(row);
            if is_theirs {
                count_theirs(row, &mut sockets);
                if is_zombie(row, &ports) {
                    let waits = row.accepted() == Some(false);
                    stuck.insert((row.remote, row.cookie, waits));
                }
            } else if is_client {
                count_client(row, &mut sockets);
                let is_up = row.state == TcpState::Established;
                if is_up && row.recv_queue > Some(0) {
                    unread.push(row.clone());
                }
            }
        }
        Self {
            sockets,
            listener: listener.and_then(|row| row.inode),
            stuck,
            behind: None,
            unread,
        }
    }

    /// With what is seen of the Gateway's own listener behind the relay that listens here.
    #[must_use]
    pub fn in_front_of(self, world: &World, hop: &Hop) -> Self {
        let ports = Ports::from([hop.address.port()]);
        let there = hop.seat.with_table(world, |table| table.snapshot(&ports));
        let there = there.and_then(Result::ok);
        let behind = there.map(|there| Box::new(Self::of(&there, hop.address)));
        Self { behind, ..self }
    }

    /// What is wrong by this look and the one before: what stands in both is no mere delay.
    pub fn table(&self, before: Option<&Self>) -> Table {
        if !self.sockets.listening {
            return Table::Absent;
        }
        let Some(before) = before else {
            return Table::Listens(Vec::new());
        };
        let both = self.stuck.intersection(&before.stuck);
        let (waiting, half_closed): (Vec<&Stuck>, Vec<&Stuck>) = both.partition(|it| it.2);
        let full = |seen: &Self| {
            let queue = seen
                .sockets
                .accept_queue
                .zip(seen.sockets.accept_queue_limit);
            queue.is_some_and(|(waiting, limit)| waiting > limit)
        };
        let mut troubles = Vec::new();
        let queue = self.sockets.accept_queue.unwrap_or(0);
        if !waiting.is_empty() || full(self) && full(before) {
            let wait = counted(queue.max(count(waiting.len())), "connection");
            let reason = format!("{wait} waited in the accept queue from one look to the next");
            troubles.push(Trouble::new(Code::AcceptQueueStuck, reason));
        }
        if !half_closed.is_empty() {
            let half_closed = counted(half_closed.len(), "half-closed socket");
            let (code, who) = match self.behind {
                Some(_) => (Code::ZombieRelayOwned, "relay"),
                None => (Code::ZombieGatewayOwned, "Gateway"),
            };
            let reason = format!("the {who} keeps {half_closed}");
            troubles.push(Trouble::new(code, reason));
        }
        let behind = self.behind.as_ref().zip(before.behind.as_deref());
        if let Some(Table::Listens(there)) = behind.map(|(now, before)| now.table(Some(before))) {
            troubles.extend(there.into_iter().map(|trouble| {
                let reason = format!("behind the relay: {}", trouble.reason);
                Trouble { reason, ..trouble }
            }));
            troubles.sort_by_key(|trouble| trouble.code != Code::AcceptQueueStuck);
        }
        Table::Listens(troubles)
    }
}

/// Whether the other end of a connection to a Gateway's port is on this machine.
fn is_here(row: &Socket) -> bool {
    row.remote.ip().is_loopback() || row.remote.ip() == row.local.ip()
}

fn count_theirs(row: &Socket, sockets: &mut WatchSockets) {
    match row.state {
        TcpState::CloseWait => sockets.close_wait_gateway += 1,
        TcpState::Established if row.accepted() != Some(false) => sockets.established += 1,
        _ => {}
    }
    sockets.unaccepted += u32::from(row.accepted() == Some(false));
}

fn count_client(row: &Socket, sockets: &mut WatchSockets) {
    match row.state {
        TcpState::CloseWait => sockets.close_wait_client += 1,
        TcpState::Established => {
            sockets.clients += 1;
            sockets.unread_bytes += u64::from(row.recv_queue.unwrap_or(0));
        }
        _ => {}
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// One look for all of these Gateways, in their order; errs with why the table could not be read.
pub fn look(table: &dyn SocketTable, addresses: &[SocketAddr]) -> Result<Vec<Seen>, String> {
    let ports: Ports = addresses.iter().map(SocketAddr::port).collect();
    if ports.is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = table.snapshot(&ports).map_err(|error| error.to_string())?;
    let seen = addresses
        .iter()
        .map(|address| Seen::of(&snapshot, *address));
    Ok(seen.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sockets::Source;

    const GATEWAY: &str = "127.0.0.1:4002";

    fn row(local: &str, remote: &str, state: TcpState, inode: u64) -> Socket {
        Socket {
            inode: Some(inode),
            cookie: Some(7),
            ..Socket::unknown(local.parse().unwrap(), remote.parse().unwrap(), state)
        }
    }

    fn seen(rows: &[Socket]) -> Seen {
        let snapshot = Snapshot {
            sockets: rows.to_vec(),
            source: Source::InetDiag,
            degraded: None,
        };
        Seen::of(&snapshot, GATEWAY.parse().unwrap())
    }

    fn listener(waiting: u32, limit: u32) -> Socket {
        Socket {
            recv_queue: Some(waiting),
            send_queue: Some(limit),
            ..row("0.0.0.0:4002", "0.0.0.0:0", TcpState::Listen, 9)
        }
    }

    #[test]
    fn what_stands_in_two_looks_is_stuck_and_what_stands_in_one_is_not() {
        let waits = row(GATEWAY, "127.0.0.1:50000", TcpState::Established, 0);
        let kept = row(GATEWAY, "127.0.0.1:50001", TcpState::CloseWait, 5);
        let now = seen(&[listener(1, 50), waits, kept]);
        let clean = seen(&[listener(0, 50)]);
        assert_eq!(now.table(Some(&clean)), Table::Listens(Vec::new()));
        assert_eq!(now.table(None), Table::Listens(Vec::new()));
        let Table::Listens(troubles) = now.table(Some(&now)) else {
            panic!("it listens");
        };
        let codes: Vec<Code> = troubles.iter().map(|it| it.code).collect();
        assert_eq!(codes, [Code::AcceptQueueStuck, Code::ZombieGatewayOwned]);
        assert_eq!(seen(&[]).table(Some(&now)), Table::Absent);
    }

    #[test]
    fn what_is_stuck_behind_a_relay_is_the_gateways_and_what_is_before_it_the_relays() {
        let kept = || row(GATEWAY, "127.0.0.1:50001", TcpState::CloseWait, 5);
        let gateway = seen(&[listener(2, 1), kept()]);
        let relay = Seen {
            behind: Some(Box::new(gateway)),
            ..seen(&[listener(0, 5), kept()])
        };
        let Table::Listens(troubles) = relay.table(Some(&relay)) else {
            panic!("it listens");
        };
        let told = troubles.iter().map(|it| (it.code, it.reason.as_str()));
        let told: Vec<(Code, &str)> = told.collect();
        let [(queue, waits), relays, gateways] = told[..] else {
            panic!("{told:?}");
        };
        assert_eq!(queue, Code::AcceptQueueStuck);
        assert!(
            waits.starts_with("behind the relay: 2 connections"),
            "{waits}"
        );
        let keeps = "the relay keeps 1 half-closed socket";
        assert_eq!(relays, (Code::ZombieRelayOwned, keeps));
        let keeps = "behind the relay: the Gateway keeps 1 half-closed socket";
        assert_eq!(gateways, (Code::ZombieGatewayOwned, keeps));
    }

    #[test]
    fn places_without_a_row_fill_a_queue_too() {
        let full = seen(&[listener(2, 1)]);
        let Table::Listens(troubles) = full.table(Some(&full)) else {
            panic!("it listens");
        };
        assert_eq!(troubles[0].code, Code::AcceptQueueStuck);
        assert!(
            troubles[0].reason.starts_with("2 connections"),
            "{troubles:?}"
        );
    }

    #[test]
    fn each_end_is_counted_on_its_side() {
        let client = Socket {
            recv_queue: Some(300),
            ..row("127.0.0.1:50000", GATEWAY, TcpState::Established, 3)
        };
        let elsewhere = row("10.0.0.1:50002", "192.0.2.1:4002", TcpState::Established, 3);
        let end = row(GATEWAY, "127.0.0.1:50000", TcpState::Established, 4);
        let sockets = seen(&[listener(0, 50), client, elsewhere, end]).sockets;
        let counts = (sockets.established, sockets.clients, sockets.unread_bytes);
        assert_eq!(counts, (1, 1, 300));
        assert!(sockets.listening && sockets.unaccepted == 0);
    }
}
