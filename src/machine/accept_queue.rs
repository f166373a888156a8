//! Whether a Gateway still accepts: what its LISTEN row and the connections that wait in its
//! accept queue say.

use std::net::SocketAddr;
use std::time::Duration;

use super::sockets::{Ports, Socket, SocketTable, TableError, TcpState, is_queue_full};
use crate::finding::{Code, Finding};

/// A connection that has waited this long to be accepted means a Gateway that has stopped.
const TOO_OLD: Duration = Duration::from_secs(5);
/// Between two looks at a queue that is not empty.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// Looks after the first; a queue that keeps the same connection through all of them is stuck.
const MORE_LOOKS: u32 = 5;

/// An accept queue in which a connection of ours would only take a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StuckQueue {
    /// Connections waiting to be accepted.
    pub waiting: u32,
    /// The limit; one more than this fits. Only the kernel's own table tells it.
    pub limit: Option<u32>,
    /// How long the oldest has waited, as far as it can be seen.
    pub oldest: Option<Duration>,
}

impl StuckQueue {
    /// The finding that a connection of ours would only take a place in this queue.
    pub fn finding(&self, subject: &str) -> Finding {
        let summary = "the Gateway has stopped accepting connections";
        Finding::new(Code::AcceptQueueStuck, subject, summary).with_evidence(self.words())
    }

    /// The measured facts in a few words.
    pub fn words(&self) -> String {
        let oldest = self
            .oldest
            .map(|age| format!(", the oldest for {}", crate::text::duration::shown(age)));
        format!("{}{}", self.count(), oldest.unwrap_or_default())
    }

    /// How many wait, and the limit where it is known.
    pub fn count(&self) -> String {
        let limit = self.limit.map(|limit| format!(", limit {limit}"));
        format!(
            "{} wait to be accepted{}",
            self.waiting,
            limit.unwrap_or_default()
        )
    }
}

/// Whether a connection that has waited for so long in every look is in a stuck queue.
pub fn is_stuck_after(watched: Duration) -> bool {
    watched >= BETWEEN_LOOKS * MORE_LOOKS
}

/// One look at a queue: the LISTEN row and the connections that wait behind it.
#[derive(Clone, Debug)]
struct QueueLook {
    waiting: u32,
    limit: Option<u32>,
    rows: Vec<Socket>,
    /// Whether places are taken for which there is no row: their connections were reset.
    has_ghosts: bool,
}

impl QueueLook {
    /// From a LISTEN row and the rows of its port; nothing where the source tells no queue.
    fn of(listener: &Socket, sockets: &[Socket]) -> Option<Self> {
        let waiting = waiting(listener)?;
        let limit = listener.send_queue;
        let port = listener.local.port();
        let waits = |row: &&Socket| row.local.port() == port && row.accepted() == Some(false);
        let rows: Vec<Socket> = sockets.iter().filter(waits).cloned().collect();
        Some(Self {
            waiting,
            limit,
            has_ghosts: usize::try_from(waiting).unwrap_or(usize::MAX) > rows.len(),
            rows,
        })
    }

    /// Stuck by this look alone: over the limit, or a connection not accepted for 5 s.
    fn stuck(&self) -> Option<StuckQueue> {
        let found = self.found();
        let old = found.oldest.is_some_and(|oldest| oldest >= TOO_OLD);
        let is_full = self
            .limit
            .is_some_and(|limit| is_queue_full(self.waiting, limit));
        let stuck = is_full || (self.waiting > 0 && old);
        stuck.then_some(found)
    }

    fn found(&self) -> StuckQueue {
        StuckQueue {
            waiting: self.waiting,
            limit: self.limit,
            oldest: self.rows.iter().filter_map(|row| row.age).max(),
        }
    }

    /// This look with only those connections that waited in `earlier` too; nothing when none may
    /// have. Places of reset connections count as the same ones.
    fn still_waiting_since(mut self, earlier: &Self) -> Option<Self> {
        self.has_ghosts &= earlier.has_ghosts;
        let key = |row: &Socket| (row.local, row.remote, row.cookie);
        let same = |row: &Socket| earlier.rows.iter().any(|other| key(other) == key(row));
        self.rows.retain(same);
        (self.waiting > 0 && (self.has_ghosts || !self.rows.is_empty())).then_some(self)
    }
}

/// Whether the queue behind `address` is stuck by one look: over its limit, or with a connection
/// that has not been accepted for 5 s.
pub fn look(
    table: &dyn SocketTable,
    address: SocketAddr,
) -> Result<Option<StuckQueue>, TableError> {
    let Some(listener) = table.listener(address)? else {
        return Ok(None);
    };
    let snapshot = table.snapshot(&port_of(&listener))?;
    Ok(stuck_by_one_look(&listener, &snapshot.sockets))
}

/// The same for a LISTEN row and the sockets of its port.
pub fn stuck_by_one_look(listener: &Socket, sockets: &[Socket]) -> Option<StuckQueue> {
    QueueLook::of(listener, sockets)?.stuck()
}

/// Whether the queue behind `address` is stuck: by one look, or because the same connection
/// waits in every look of a second. A Gateway that merely is busy accepts within that time.
pub async fn watch(
    table: &dyn SocketTable,
    address: SocketAddr,
) -> Result<Option<StuckQueue>, TableError> {
    let Some(listener) = table.listener(address)? else {
        return Ok(None);
    };
    if waiting(&listener).is_none_or(|waiting| waiting == 0) {
        return Ok(None);
    }
    let snapshot = table.snapshot(&port_of(&listener))?;
    watch_from(table, &listener, &snapshot.sockets).await
}

/// The same for a LISTEN row that was just read together with the other sockets of its port.
pub async fn watch_from(
    table: &dyn SocketTable,
    listener: &Socket,
    sockets: &[Socket],
) -> Result<Option<StuckQueue>, TableError> {
    let Some(mut earlier) = QueueLook::of(listener, sockets) else {
        return Ok(None);
    };
    let ports = port_of(listener);
    let same = |row: &&Socket| {
        row.state == listener.state && row.local == listener.local && row.inode == listener.inode
    };
    for _ in 0..MORE_LOOKS {
        if let Some(stuck) = earlier.stuck() {
            return Ok(Some(stuck));
        }
        if earlier.waiting == 0 {
            return Ok(None);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let now = table.snapshot(&ports)?.sockets;
        let row = now.iter().find(same);
        let look = row.and_then(|row| QueueLook::of(row, &now));
        let Some(look) = look.and_then(|look| look.still_waiting_since(&earlier)) else {
            return Ok(None);
        };
        earlier = look;
    }
    Ok(Some(earlier.found()))
}

/// How many wait at a LISTEN row; the text tables tell that, and no limit.
fn waiting(listener: &Socket) -> Option<u32> {
    listener
        .recv_queue
        .filter(|_| listener.state == TcpState::Listen)
}

fn port_of(listener: &Socket) -> Ports {
    std::iter::once(listener.local.port()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(remote_port: u16, state: TcpState, queue: (u32, u32), age: Option<u64>) -> Socket {
        Socket {
            local: ([127, 0, 0, 1], 4002).into(),
            remote: ([127, 0, 0, 1], remote_port).into(),
            state,
            recv_queue: Some(queue.0),
            send_queue: Some(queue.1),
            inode: Some(0),
            uid: None,
            cookie: Some(u64::from(remote_port)),
            age: age.map(Duration::from_secs),
            bytes_received: None,
            transmission: None,
            v6_only: None,
            pids: None,
        }
    }

    fn queue(waiting: u32, limit: u32, rows: &[(u16, u64)]) -> QueueLook {
        let listener = socket(0, TcpState::Listen, (waiting, limit), None);
        let rows: Vec<Socket> = rows
            .iter()
            .map(|(port, age)| socket(*port, TcpState::Established, (0, 0), Some(*age)))
            .collect();
        QueueLook::of(&listener, &rows).expect("a queue")
    }

    #[test]
    fn a_queue_is_stuck_over_its_limit_or_with_an_old_connection() {
        assert_eq!(queue(0, 50, &[]).stuck(), None);
        assert_eq!(queue(2, 50, &[(1, 1), (2, 4)]).stuck(), None);
        assert!(queue(3, 2, &[]).stuck().is_some());
        let old = queue(2, 50, &[(1, 1), (2, 6)]).stuck().expect("stuck");
        assert_eq!(old.oldest, Some(Duration::from_secs(6)));
    }

    #[test]
    fn other_connections_in_the_second_look_mean_that_it_accepts() {
        let since = |now: QueueLook, earlier: &QueueLook| now.still_waiting_since(earlier);
        let earlier = queue(2, 50, &[(1, 0), (2, 0)]);
        assert!(since(queue(2, 50, &[(3, 0), (4, 0)]), &earlier).is_none());
        let later = since(queue(2, 50, &[(2, 0), (3, 0)]), &earlier).expect("one still waits");
        // The one that still waits has to be the same in every look: here each is accepted.
        assert!(since(queue(2, 50, &[(3, 0), (4, 0)]), &later).is_none());
        // Reset connections keep their place and have no row.
        let reset = queue(2, 50, &[]);
        assert!(since(queue(2, 50, &[]), &reset).is_some());
        assert!(since(queue(2, 50, &[(3, 0), (4, 0)]), &reset).is_none());
    }
}
