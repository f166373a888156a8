//! The TCP socket table of this machine: one snapshot type, one trait, and the readers behind it.
//!
//! On Linux the kernel is asked directly ([`linux`]); elsewhere `netstat2` is (`portable`).
//! A reader that had to fall back says so in [`Snapshot::source`] and [`Snapshot::degraded`].

#[cfg(target_os = "linux")]
pub mod linux;
mod pair;
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub mod portable;
mod ports;
mod socket;
mod transmission;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

use super::pid::Pid;
pub use pair::AddressPair;

pub use ports::Ports;
pub use socket::{Socket, TcpState, canonical, is_queue_full};
pub use transmission::Transmission;

/// Where the rows of a [`Snapshot`] came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `inet_diag` walks over netlink, one a family.
    InetDiag,
    /// The text files `tcp` and `tcp6` of a `/proc/…/net` directory.
    ProcNet,
    /// The `netstat2` crate: no queues, no ages, no cookies.
    Portable,
}

/// What one look at the table returned.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The matching sockets, in the source's order.
    pub sockets: Vec<Socket>,
    /// Where they came from.
    pub source: Source,
    /// Why the rows may be fewer or poorer than they should be; `None` when they are not.
    pub degraded: Option<String>,
}

/// Which rows of the table are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Every socket whose local or remote port is among these.
    Ports(&'a Ports),
    /// Every LISTEN row.
    Listeners,
    /// Every socket but those in `TIME_WAIT`.
    Open,
}

impl Wanted<'_> {
    /// Whether this row is wanted.
    pub fn has(self, socket: &Socket) -> bool {
        match self {
            Self::Ports(ports) => socket.touches(ports),
            Self::Listeners => socket.state == TcpState::Listen,
            Self::Open => socket.state != TcpState::TimeWait,
        }
    }
}

/// The socket table could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The operating system refused or failed a call.
    #[error("failed to {attempt}: {source}")]
    System {
        /// What was attempted, as an infinitive.
        attempt: &'static str,
        /// The system's own error.
        source: io::Error,
    },
    /// A file of the operating system could not be read.
    #[error("failed to read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },
    /// The answer made no sense, or is demonstrably not the whole truth.
    #[error("failed to read the socket table: {0}")]
    Malformed(&'static str),
}

/// A reader of the TCP socket table; every method errs only if the table could not be read.
pub trait SocketTable: Send + Sync {
    /// The rows that are wanted; of [`Wanted::Open`] without ages and byte counts.
    fn read(&self, wanted: Wanted<'_>) -> Result<Snapshot, TableError>;

    /// Every TCP socket whose local or remote port is in `ports`.
    fn snapshot(&self, ports: &Ports) -> Result<Snapshot, TableError> {
        self.read(Wanted::Ports(ports))
    }

    /// Every LISTEN row.
    fn listeners(&self) -> Result<Snapshot, TableError> {
        self.read(Wanted::Listeners)
    }

    /// The LISTEN row that would take a connection to `address`, decided by the kernel on Linux.
    fn listener(&self, address: SocketAddr) -> Result<Option<Socket>, TableError> {
        Ok(self.listeners()?.listener_for(address).cloned())
    }

    /// The one end that has exactly these addresses, in any state but LISTEN.
    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Socket>, TableError> {
        let ports = Ports::from([local.port(), remote.port()]);
        Ok(self.snapshot(&ports)?.row(local, remote).cloned())
    }

    /// Tells from now on which sockets have come to their end; `None` where that is not told.
    fn endings(&self) -> Option<Box<dyn Endings>> {
        None
    }

    /// Whether it is known that no TCP socket of this machine is missing here because it is in
    /// another network namespace, such as a container's.
    fn is_whole_machine(&self) -> bool {
        false
    }
}

/// The TCP sockets that come to their end, also those that lived between two looks at the table.
pub trait Endings: fmt::Debug {
    /// The sockets that have ended since it was asked last; `None` if some may be missing.
    fn take(&mut self) -> Option<Vec<Socket>>;

    /// Makes and ends a connection within this process: once its end is told too, so are all that
    /// came before. Errs when it cannot be made.
    fn mark(&mut self) -> io::Result<()>;

    /// Whether the end of the last mark was told.
    fn is_mark_told(&self) -> bool;
}

/// The best reader of this system.
pub fn system() -> Box<dyn SocketTable> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::Linux::default());
    #[cfg(not(target_os = "linux"))]
    return Box::new(portable::Portable);
}

/// The table that this process sees, which may be in another network namespace; `None` if there is
/// no such process, or no such thing on this system.
pub fn of_process(pid: Pid) -> Option<Box<dyn SocketTable>> {
    #[cfg(target_os = "linux")]
    {
        let process = PathBuf::from(format!("/proc/{pid}"));
        let table = process
            .exists()
            .then(|| linux::ProcNet::new(process.join("net")));
        table.map(|table| Box::new(table) as Box<dyn SocketTable>)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pid;
        None
    }
}

/// The kernel's own table of the network namespace of this process, with queues and ages, where that
/// may be entered, and else the text that [`of_process`] reads; `None` as there.
pub fn in_namespace_of(pid: Pid) -> Option<Box<dyn SocketTable>> {
    #[cfg(target_os = "linux")]
    {
        let process = PathBuf::from(format!("/proc/{pid}"));
        let table = process.exists().then(|| linux::Namespaced::new(&process));
        table.map(|table| Box::new(table) as Box<dyn SocketTable>)
    }
    #[cfg(not(target_os = "linux"))]
    of_process(pid)
}
