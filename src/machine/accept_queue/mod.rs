//! Whether a Gateway still accepts: what its LISTEN row and the connections that wait in its
//! accept queue say, and whether any of them is taken while they are watched.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::machine::sockets::{Ports, Socket, SocketTable, TableError, TcpState, is_queue_full};
use crate::text::duration::shown;

/// Between two looks at a queue that is not empty.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// Looks after the first; an old queue from which none of them sees a connection taken is stuck.
const MORE_LOOKS: u32 = 10;
/// The same of a queue that a slow Gateway may have too: one that accepts one in three seconds is
/// seen to.
const LOOKS_AT_A_YOUNG_ONE: u32 = 25;
/// A Gateway that needs so long for each connection serves no client: those give up after 4 s or less.
const TOO_SLOW: Duration = Duration::from_secs(10);
/// As many looks are made of a queue that moves, to tell how fast.
const LOOKS_OF_A_MOVE: u32 = 5;

/// An accept queue in which connections wait for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongQueue {
    /// Connections waiting to be accepted.
    pub waiting: u32,
    /// The limit; one more than this fits. Only the kernel's own table tells it.
    pub limit: Option<u32>,
    /// How long the oldest has waited, as far as it can be seen.
    pub oldest: Option<Duration>,
    /// Connections that were taken from it while it was watched; none if it is stuck.
    pub taken: u32,
    /// How long it was watched.
    pub watched: Duration,
}

impl LongQueue {
    /// Whether nothing is taken from it.
    pub fn is_stuck(&self) -> bool {
        self.taken == 0
    }

    /// Whether a connection of ours would be let in and accepted after those before it.
    pub fn admits(&self) -> bool {
        !self.is_stuck() && !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.limit
            .is_some_and(|limit| is_queue_full(self.waiting, limit))
    }

    /// The code of its finding.
    pub fn code(&self) -> Code {
        if self.is_stuck() {
            Code::AcceptQueueStuck
        } else {
            Code::AcceptsSlowly
        }
    }

    /// What is said of `who`, whose queue it is, in one sentence.
    pub fn summary(&self, who: &str) -> String {
        let waiting = self.waiting;
        if self.is_stuck() {
            format!("{who} has stopped accepting connections")
        } else if self.is_full() {
            format!("{who} accepts slowly, and no further connection fits: {waiting} wait for it")
        } else {
            format!("{who} accepts slowly: {waiting} wait before a new connection")
        }
    }

    /// The finding of it, without evidence: an error where no connection gets in.
    pub fn bare_finding(&self, subject: &str, who: &str) -> Finding {
        let mut finding = Finding::new(self.code(), subject, self.summary(who));
        if !self.admits() {
            finding.severity = Severity::Error;
        }
        finding
    }

    /// The finding of the queue of `who`.
    pub fn finding(&self, subject: &str, who: &str) -> Finding {
        self.bare_finding(subject, who).with_evidence(self.words())
    }

    /// The measured facts in a few words: how many wait, the limit where it is known, for how long,
    /// and how many were taken.
    pub fn words(&self) -> String {
        let limit = self.limit.map(|limit| format!(", limit {limit}"));
        let oldest = self.oldest;
        let oldest = oldest.map(|age| format!(", the oldest for {}", shown(age)));
        let taken = match self.taken {
            0 => "none was".to_owned(),
            1 => "1 was".to_owned(),
            taken => format!("{taken} were"),
        };
        format!(
            "{} wait to be accepted{}{}; {taken} taken in {}",
            self.waiting,
            limit.unwrap_or_default(),
            oldest.unwrap_or_default(),
            shown(self.watched),
        )
    }
}

/// Why a queue was not watched to the end.
pub const CUT_SHORT: &str = "the deadline of the command passed while its accept queue was watched";

/// What a watch tells, or nothing where the deadline of the command comes first.
pub async fn before<T>(
    deadline: Option<tokio::time::Instant>,
    watch: impl Future<Output = T>,
) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, watch).await.ok(),
        None => Some(watch.await),
    }
}

/// Whether a connection that has waited for so long in every look is in a stuck queue.
pub fn is_stuck_after(watched: Duration) -> bool {
    watched >= BETWEEN_LOOKS * LOOKS_OF_A_MOVE
}

/// One look at a queue: the LISTEN row and the connections that wait behind it.
#[derive(Clone, Debug)]
struct QueueLook {
    waiting: u32,
    limit: Option<u32>,
    rows: Vec<Socket>,
}

impl QueueLook {
    /// From a LISTEN row and the rows of its port; nothing where the source tells no queue.
    fn of(listener: &Socket, sockets: &[Socket]) -> Option<Self> {
        let waiting = waiting(listener)?;
        let port = listener.local.port();
        let waits = |row: &&Socket| row.local.port() == port && row.accepted() == Some(false);
        Some(Self {
            waiting,
            limit: listener.send_queue,
            rows: sockets.iter().filter(waits).cloned().collect(),
        })
    }

    /// Places that are taken without a row: their connections were reset.
    fn ghosts(&self) -> u32 {
        self.waiting.saturating_sub(number(self.rows.len()))
    }

    fn found(&self, taken: u32, watched: Duration) -> LongQueue {
        LongQueue {
            waiting: self.waiting,
            limit: self.limit,
            oldest: self.oldest(),
            taken,
            watched,
        }
    }

    fn oldest(&self) -> Option<Duration> {
        self.rows.iter().filter_map(|row| row.age).max()
    }

    /// Whether the first in it has waited so long that even a slow Gateway would have emptied it.
    fn is_old(&self) -> bool {
        let rows = number(self.rows.len());
        self.oldest().is_some_and(|age| age >= TOO_SLOW * rows)
    }

    /// How many of those that waited in `earlier` still do, and how many were accepted since: a
    /// connection that was reset has no row any more, and keeps its place.
    fn since(&self, earlier: &Self) -> (u32, u32) {
        let key = |row: &Socket| (row.local, row.remote, row.cookie);
        let same = |row: &&Socket| self.rows.iter().any(|now| key(now) == key(row));
        let kept = number(earlier.rows.iter().filter(same).count());
        let gone = number(earlier.rows.len()) - kept;
        let reset = self.ghosts().saturating_sub(earlier.ghosts());
        let passed = earlier.ghosts().saturating_sub(self.ghosts());
        let fewer = earlier.waiting.saturating_sub(self.waiting);
        let taken = fewer.max(gone.saturating_sub(reset) + passed);
        (kept + self.ghosts().min(earlier.ghosts()), taken)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What a queue is by its first look and another one `within` later.
#[derive(Debug, PartialEq, Eq)]
enum Watched {
    /// It empties as fast as it fills.
    KeepsUp,
    /// Connections wait for long.
    Long(LongQueue),
    /// Another look tells more.
    Open,
}

fn judge(first: &QueueLook, now: &QueueLook, looks: u32, within: Duration) -> Watched {
    if now.waiting == 0 {
        return Watched::KeepsUp;
    }
    let (kept, taken) = now.since(first);
    let found = now.found(taken, within);
    match looks {
        _ if kept == 0 && found.admits() => Watched::KeepsUp,
        LOOKS_OF_A_MOVE.. if taken > 0 => Watched::Long(found),
        MORE_LOOKS.. if now.is_old() => Watched::Long(found),
        LOOKS_AT_A_YOUNG_ONE.. => Watched::Long(found),
        _ => Watched::Open,
    }
}

/// Whether connections wait for long in the queue behind `address`: none is taken in two seconds (five
/// where a slow Gateway has such a queue too), or they are taken so slowly that one waits for a second, or no further one fits.
pub async fn watch(
    table: &dyn SocketTable,
    address: SocketAddr,
) -> Result<Option<LongQueue>, TableError> {
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
) -> Result<Option<LongQueue>, TableError> {
    let Some(first) = QueueLook::of(listener, sockets).filter(|look| look.waiting > 0) else {
        return Ok(None);
    };
    let ports = port_of(listener);
    let same = |row: &&Socket| {
        row.state == listener.state && row.local == listener.local && row.inode == listener.inode
    };
    let began = Instant::now();
    for looks in 1.. {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let now = table.snapshot(&ports)?.sockets;
        let row = now.iter().find(same);
        let Some(look) = row.and_then(|row| QueueLook::of(row, &now)) else {
            return Ok(None);
        };
        match judge(&first, &look, looks, began.elapsed()) {
            Watched::KeepsUp => return Ok(None),
            Watched::Long(queue) => return Ok(Some(queue)),
            Watched::Open => {}
        }
    }
    Ok(None)
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
