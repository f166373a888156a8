//! The table as the Linux kernel tells it: `inet_diag` over netlink, `/proc/net` as the last resort.

mod counters;
mod ended;
mod filter;
mod loopback;
mod message;
mod namespace;
mod netlink;
mod proc_net;
mod request;
mod unix;

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::loopback::is_loopback_up;
pub use self::namespace::Namespaced;
use self::netlink::Rows;
pub use self::proc_net::{ProcNet, connected_udp};
pub use self::unix::UnixPeers;
use super::socket::reachable;
use super::{
    Endings, Ports, Snapshot, Socket, SocketTable, Source, TableError, TcpState, Wanted, canonical,
};

/// Walks before a table that keeps changing is reported as degraded.
const WALKS: usize = 3;

/// The Linux reader with its fallback.
#[derive(Debug, Default)]
pub struct Linux {
    /// A walk has succeeded, so "no such entry" is an answer and not a missing kernel module.
    answered: AtomicBool,
}

impl Linux {
    /// The kernel's own look-up; `None` inside only if the kernel demonstrably has nothing.
    fn look_up(&self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Socket>, TableError> {
        match netlink::ask(&request::exact(local, remote), |_| true) {
            Ok(rows) => {
                self.answered.store(true, Ordering::Relaxed);
                rows.sockets
                    .into_iter()
                    .next()
                    .map(Some)
                    .ok_or(TableError::Malformed(
                        "the kernel found a socket and did not describe it",
                    ))
            }
            Err(error) if is_no_entry(&error) && self.has_answered() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// ENOENT is also what a kernel without `tcp_diag` says: only a walk tells the two apart.
    fn has_answered(&self) -> bool {
        if !self.answered.load(Ordering::Relaxed) {
            let walked = walk(Wanted::Listeners).is_ok();
            self.answered.store(walked, Ordering::Relaxed);
        }
        self.answered.load(Ordering::Relaxed)
    }
}

impl SocketTable for Linux {
    fn endings(&self) -> Option<Box<dyn Endings>> {
        let ended = ended::Ended::listen()?;
        Some(Box::new(ended))
    }

    fn read(&self, wanted: Wanted<'_>) -> Result<Snapshot, TableError> {
        let is_asked = !matches!(wanted, Wanted::Ports(ports) if ports.is_empty());
        match rows_of(wanted) {
            Ok(rows) => {
                self.answered.fetch_or(is_asked, Ordering::Relaxed);
                Ok(rows)
            }
            Err(reason) => Ok(Snapshot {
                degraded: Some(format!("read from /proc/net: {reason}")),
                ..ProcNet::default().read(wanted)?
            }),
        }
    }

    fn listener(&self, address: SocketAddr) -> Result<Option<Socket>, TableError> {
        let local = reachable(address);
        if let Ok(found) = self.look_up(local, no_source(local)) {
            return Ok(found.filter(|socket| socket.state == TcpState::Listen));
        }
        Ok(self.listeners()?.listener_for(local).cloned())
    }

    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Socket>, TableError> {
        let (local, remote) = (canonical(local), canonical(remote));
        if let Ok(found) = self.look_up(local, remote) {
            // Without a connection the kernel falls through to the listener.
            return Ok(found.filter(|socket| socket.local == local && socket.remote == remote));
        }
        let snapshot = self.snapshot(&Ports::from([local.port(), remote.port()]))?;
        Ok(snapshot.row(local, remote).cloned())
    }

    fn is_whole_machine(&self) -> bool {
        counters::is_only_namespace()
    }
}

/// The source that no segment to `local` has, so that only a listener can match.
fn no_source(local: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match local {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(ip, 0)
}

/// The rows that are wanted as the kernel tells them, without a fallback.
fn rows_of(wanted: Wanted<'_>) -> Result<Snapshot, TableError> {
    let rows = match wanted {
        Wanted::Ports(ports) if ports.is_empty() => Rows::default(),
        _ => settled(wanted)?,
    };
    Ok(Snapshot {
        sockets: rows.sockets,
        source: Source::InetDiag,
        degraded: rows
            .incomplete
            .then(|| "the table kept changing while it was read; rows may be missing".to_owned()),
    })
}

/// The rows that are wanted, walked again where the table changed meanwhile.
fn settled(wanted: Wanted<'_>) -> Result<Rows, TableError> {
    let mut rows = walk(wanted)?;
    for _ in 1..WALKS {
        if !rows.incomplete {
            break;
        }
        rows = walk(wanted)?;
    }
    Ok(rows)
}

fn walk(wanted: Wanted<'_>) -> Result<Rows, TableError> {
    // A socket that moves between the kernel's lists while they are walked comes twice.
    let mut seen = HashSet::new();
    netlink::ask(&request::walk(wanted), |socket| {
        wanted.has(socket) && socket.cookie.is_none_or(|cookie| seen.insert(cookie))
    })
}

/// Whether the kernel said `ENOENT`.
fn is_no_entry(error: &TableError) -> bool {
    matches!(error, TableError::System { source, .. } if source.kind() == io::ErrorKind::NotFound)
}
