//! Whether a watch can do without a walk: most ticks, nothing has happened.
//!
//! A walk passes every socket of the machine, 6 ms for 20,000 that are in no cache. Nothing has
//! come while the kernel's counters of opened connections stay the same, and whether anything
//! has become of the few that are known is asked for each of them.

use std::time::Duration;

use super::is_open;
use crate::machine::sockets::{Opens, Snapshot, Socket, SocketTable, Source};

/// Asking for more than this many, one by one, costs more than a walk.
const FEW: usize = 64;
/// A walk at least as often: no counter tells of a socket that was restored (`TCP_REPAIR`).
const AT_LEAST_EVERY: Duration = Duration::from_secs(10);

/// What the last walk found.
#[derive(Default)]
pub(crate) struct Quiet {
    walked: Option<Walked>,
}

struct Walked {
    at: Duration,
    /// The counters just before it.
    opens: Option<Opens>,
    /// An earlier walk had the same. A connection is counted a moment before it is in the table.
    is_second: bool,
    known: Vec<Socket>,
}

impl Quiet {
    /// Whether nothing has happened since the last walk, at `now` with these counters.
    pub(crate) fn lasts(
        &self,
        table: &dyn SocketTable,
        opens: Option<Opens>,
        now: Duration,
    ) -> bool {
        let Some(walked) = &self.walked else {
            return false;
        };
        walked.is_second
            && opens.is_some()
            && walked.opens == opens
            && now.saturating_sub(walked.at) < AT_LEAST_EVERY
            && walked.known.len() <= FEW
            && walked.known.iter().all(|known| is_as_before(known, table))
    }

    /// Takes in a walk, which began with these counters.
    pub(crate) fn walked(&mut self, snapshot: &Snapshot, opens: Option<Opens>, now: Duration) {
        let before = self.walked.take();
        let asks_kernel = matches!(
            snapshot.source,
            Source::InetDiag | Source::InetDiagPerFamily
        );
        let open = |socket: &&Socket| is_open(socket);
        self.walked = Some(Walked {
            at: now,
            opens: opens.filter(|_| asks_kernel && snapshot.degraded.is_none()),
            is_second: before.is_some_and(|before| before.opens == opens),
            known: snapshot.sockets.iter().filter(open).cloned().collect(),
        });
    }
}

fn is_as_before(known: &Socket, table: &dyn SocketTable) -> bool {
    let now = table.find(known.local, known.remote).ok().flatten();
    now.is_some_and(|now| {
        now.cookie == known.cookie && now.state == known.state && now.inode == known.inode
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sockets::{Ports, TableError, TcpState};
    use std::net::SocketAddr;

    /// A table with these rows and counters.
    struct Table {
        rows: Vec<Socket>,
        opens: Option<Opens>,
        source: Source,
    }

    impl Table {
        fn new(rows: usize) -> Self {
            let rows = (0..rows).map(|row| socket(u16::try_from(50_000 + row).unwrap()));
            Self {
                rows: rows.collect(),
                opens: Some(Opens {
                    active: 7,
                    passive: 8,
                }),
                source: Source::InetDiag,
            }
        }

        fn walk(&self) -> Snapshot {
            Snapshot {
                sockets: self.rows.clone(),
                source: self.source,
                degraded: None,
            }
        }

        /// After so many walks, a second apart.
        fn quiet_after(&self, walks: u64) -> Quiet {
            let mut quiet = Quiet::default();
            for second in 0..walks {
                quiet.walked(&self.walk(), self.opens, Duration::from_secs(second));
            }
            quiet
        }

        fn is_quiet(&self, quiet: &Quiet, second: u64) -> bool {
            quiet.lasts(self, self.opens, Duration::from_secs(second))
        }
    }

    impl SocketTable for Table {
        fn snapshot(&self, _: &Ports) -> Result<Snapshot, TableError> {
            Ok(self.walk())
        }

        fn listener(&self, _: SocketAddr) -> Result<Option<Socket>, TableError> {
            Ok(None)
        }

        fn listeners(&self) -> Result<Snapshot, TableError> {
            Ok(self.walk())
        }

        fn all(&self) -> Result<Snapshot, TableError> {
            Ok(self.walk())
        }

        fn find(&self, local: SocketAddr, _: SocketAddr) -> Result<Option<Socket>, TableError> {
            Ok(self.rows.iter().find(|row| row.local == local).cloned())
        }
    }

    fn socket(port: u16) -> Socket {
        Socket {
            local: SocketAddr::from(([127, 0, 0, 1], port)),
            remote: SocketAddr::from(([127, 0, 0, 1], 4002)),
            state: TcpState::Established,
            recv_queue: Some(0),
            send_queue: Some(0),
            inode: Some(u64::from(port)),
            uid: Some(0),
            cookie: Some(u64::from(port)),
            age: None,
            bytes_received: None,
            v6_only: None,
            pids: None,
        }
    }

    #[test]
    fn it_is_quiet_after_two_walks_with_the_same_counters_for_ten_seconds() {
        let mut table = Table::new(2);
        assert!(!table.is_quiet(&Quiet::default(), 0));
        assert!(!table.is_quiet(&table.quiet_after(1), 1));
        let quiet = table.quiet_after(2);
        assert!(table.is_quiet(&quiet, 2));
        assert!(!table.is_quiet(&quiet, 11));
        // Bytes that come are nothing that a watch tells.
        table.rows[0].recv_queue = Some(100);
        assert!(table.is_quiet(&quiet, 2));
    }

    #[test]
    fn a_connection_that_was_opened_ends_the_quiet() {
        for (active, passive) in [(8, 8), (7, 9)] {
            let mut table = Table::new(2);
            let mut quiet = table.quiet_after(2);
            table.opens = Some(Opens { active, passive });
            assert!(!table.is_quiet(&quiet, 2));
            quiet.walked(&table.walk(), table.opens, Duration::from_secs(2));
            assert!(
                !table.is_quiet(&quiet, 3),
                "it may have come after the walk"
            );
            quiet.walked(&table.walk(), table.opens, Duration::from_secs(3));
            assert!(table.is_quiet(&quiet, 4));
        }
    }

    #[test]
    fn whatever_becomes_of_a_known_socket_ends_the_quiet() {
        let changes: [fn(&mut Vec<Socket>); 4] = [
            |rows| rows[1].state = TcpState::CloseWait,
            |rows| rows[1].inode = Some(0),
            |rows| rows[1].cookie = Some(1),
            |rows| drop(rows.pop()),
        ];
        for change in changes {
            let mut table = Table::new(2);
            let quiet = table.quiet_after(2);
            change(&mut table.rows);
            assert!(!table.is_quiet(&quiet, 2));
        }
    }

    #[test]
    fn without_counters_or_with_many_sockets_or_another_source_every_tick_walks() {
        let many = Table::new(FEW + 1);
        assert!(!many.is_quiet(&many.quiet_after(2), 2));
        let mut table = Table::new(2);
        table.opens = None;
        assert!(!table.is_quiet(&table.quiet_after(2), 2));
        let mut table = Table::new(2);
        table.source = Source::ProcNet;
        assert!(!table.is_quiet(&table.quiet_after(2), 2));
    }
}
