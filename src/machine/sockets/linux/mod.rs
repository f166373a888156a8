//! The table as the Linux kernel tells it: `inet_diag` over netlink, `/proc/net` as the last resort.

mod counters;
mod filter;
mod message;
mod netlink;
mod proc_net;
mod request;
mod unix;

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;

use self::message::{INET, INET6};
use self::netlink::{Refusal, Rows};
pub use self::proc_net::ProcNet;
use self::request::Wanted;
pub use self::unix::UnixPeers;
use super::socket::reachable;
use super::{Opens, Ports, Snapshot, Socket, SocketTable, Source, TableError, TcpState, canonical};

/// Walks before a table that keeps changing is reported as degraded.
const WALKS: usize = 3;

/// The Linux reader with its fallbacks.
#[derive(Debug)]
pub struct Linux {
    only: Option<Source>,
    /// A walk has succeeded, so "no such entry" is an answer and not a missing kernel module.
    answered: AtomicBool,
}

impl Default for Linux {
    fn default() -> Self {
        Self::new()
    }
}

impl Linux {
    /// The reader that falls back from one source to the next.
    pub const fn new() -> Self {
        Self {
            only: None,
            answered: AtomicBool::new(false),
        }
    }

    /// The reader that uses `source` or errs.
    pub const fn only(source: Source) -> Self {
        Self {
            only: Some(source),
            answered: AtomicBool::new(false),
        }
    }

    fn may_use(&self, source: Source) -> bool {
        self.only.is_none_or(|only| only == source)
    }

    fn read(&self, wanted: Wanted<'_>) -> Result<Snapshot, TableError> {
        let mut reason = TableError::Unsupported(self.only.unwrap_or(Source::InetDiag));
        if self.may_use(Source::InetDiag) {
            match settled(|| walk(None, wanted)) {
                Ok(rows) => return Ok(self.answer(rows, Source::InetDiag)),
                Err(refusal) => reason = refusal.into(),
            }
        }
        if self.may_use(Source::InetDiagPerFamily) {
            match settled(|| both_families(wanted)) {
                Ok(rows) => return Ok(self.answer(rows, Source::InetDiagPerFamily)),
                Err(refusal) => reason = refusal.into(),
            }
        }
        if !self.may_use(Source::ProcNet) {
            return Err(reason);
        }
        let mut snapshot = match wanted {
            Wanted::Ports(ports) => ProcNet::default().snapshot(ports),
            Wanted::Listeners => ProcNet::default().listeners(),
            Wanted::Open => ProcNet::default().all(),
        }?;
        if self.only.is_none() {
            snapshot.degraded = Some(format!("read from /proc/net: {reason}"));
        }
        Ok(snapshot)
    }

    fn answer(&self, rows: Rows, source: Source) -> Snapshot {
        self.answered.store(true, Ordering::Relaxed);
        let degraded = rows
            .incomplete
            .then(|| "the table kept changing while it was read; rows may be missing".to_owned());
        Snapshot {
            sockets: rows.sockets,
            source,
            degraded,
        }
    }

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
            Err(Refusal::Kernel(Errno::NOENT)) if self.has_answered() => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// ENOENT is also what a kernel without `tcp_diag` says: only a walk tells the two apart.
    fn has_answered(&self) -> bool {
        if !self.answered.load(Ordering::Relaxed) {
            let walked = walk(None, Wanted::Listeners)
                .or_else(|_| walk(Some(INET), Wanted::Listeners))
                .is_ok();
            self.answered.store(walked, Ordering::Relaxed);
        }
        self.answered.load(Ordering::Relaxed)
    }

    fn asks_kernel(&self) -> bool {
        self.only != Some(Source::ProcNet)
    }
}

impl SocketTable for Linux {
    fn snapshot(&self, ports: &Ports) -> Result<Snapshot, TableError> {
        if ports.is_empty() {
            let source = self.only.unwrap_or(Source::InetDiag);
            return Ok(Snapshot {
                sockets: Vec::new(),
                source,
                degraded: None,
            });
        }
        self.read(Wanted::Ports(ports))
    }

    fn listener(&self, address: SocketAddr) -> Result<Option<Socket>, TableError> {
        let local = reachable(address);
        if self.asks_kernel()
            && let Ok(found) = self.look_up(local, nobody(local))
        {
            return Ok(found.filter(|socket| socket.state == TcpState::Listen));
        }
        Ok(self.listeners()?.listener_for(local).cloned())
    }

    fn listeners(&self) -> Result<Snapshot, TableError> {
        self.read(Wanted::Listeners)
    }

    fn all(&self) -> Result<Snapshot, TableError> {
        self.read(Wanted::Open)
    }

    fn opens(&self) -> Option<Opens> {
        if !self.asks_kernel() {
            return None;
        }
        counters::opens()
    }

    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Socket>, TableError> {
        let (local, remote) = (canonical(local), canonical(remote));
        if self.asks_kernel()
            && let Ok(found) = self.look_up(local, remote)
        {
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
fn nobody(local: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match local {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(ip, 0)
}

fn settled(mut walk: impl FnMut() -> Result<Rows, Refusal>) -> Result<Rows, Refusal> {
    let mut rows = walk()?;
    for _ in 1..WALKS {
        if !rows.incomplete {
            break;
        }
        rows = walk()?;
    }
    Ok(rows)
}

fn walk(family: Option<u8>, wanted: Wanted<'_>) -> Result<Rows, Refusal> {
    // A socket that moves between the kernel's lists while they are walked comes twice.
    let mut seen = HashSet::new();
    netlink::ask(&request::walk(family, wanted), |socket| {
        let wanted = match wanted {
            Wanted::Ports(ports) => socket.touches(ports),
            Wanted::Listeners => socket.state == TcpState::Listen,
            Wanted::Open => true,
        };
        wanted && socket.cookie.is_none_or(|cookie| seen.insert(cookie))
    })
}

fn both_families(wanted: Wanted<'_>) -> Result<Rows, Refusal> {
    let mut rows = walk(Some(INET), wanted)?;
    match walk(Some(INET6), wanted) {
        Ok(more) => {
            rows.incomplete |= more.incomplete;
            rows.sockets.extend(more.sockets);
            Ok(rows)
        }
        // A kernel booted with ipv6.disable=1 has neither the walk nor the file.
        Err(Refusal::Kernel(Errno::NOENT)) if !Path::new("/proc/net/tcp6").exists() => Ok(rows),
        Err(refusal) => Err(refusal),
    }
}
