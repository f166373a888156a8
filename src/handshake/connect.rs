//! From an address to a TCP stream that leaves no socket behind: look at the accept queue, connect
//! with zero linger (docs/KERNEL.md, The accept queue, Leaving no socket behind).

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout_at};

use crate::machine::accept_queue::LongQueue;
pub use crate::machine::local::is_local;
use crate::machine::local::{is_local_address, lacks_interface};
use crate::machine::path::Hop;
use crate::machine::sockets::{Socket, SocketTable};

/// What the socket table says about an address before a connection to it.
#[derive(Clone, Debug)]
pub enum Look {
    /// The address is on another machine.
    Remote,
    /// It is on this machine, and no LISTEN row takes connections to it.
    Unlistened,
    /// It is on this machine, and this LISTEN row takes connections to it.
    Listening(Box<Socket>),
    /// The table could not be read.
    Blind(String),
}

/// Why no connection was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectFailure {
    /// The port refused the connection.
    Refused,
    /// The connection was neither accepted nor refused in time.
    TimedOut,
    /// The connection was reset while it was being made: a program accepted it and closed at once.
    ResetAtOnce,
    /// The accept queue is stuck, or full although it moves, so none was tried.
    Stuck(LongQueue),
    /// It was refused, or not answered, although the port is listened on: a firewall of this machine.
    Filtered {
        /// Whether there was no answer at all.
        is_silent: bool,
        /// What the connect ended with.
        words: String,
    },
    /// The loopback interface of this machine is down.
    LoopbackDown,
    /// A rule of this machine, or of the network, forbids it.
    Prohibited(String),
    /// Something on the way to the Gateway is in the way, so none was tried.
    Blocked(String),
    /// The network's own reason: no route.
    Network(String),
    /// It is a link-local address without the interface through which it is meant.
    NoInterface,
    /// It connected, and no version came: the reason.
    Unanswered(String),
    /// This machine could not make a connection at all, or not look before: it says nothing of
    /// the other end.
    Ours(String),
}

impl ConnectFailure {
    /// The reason in a few words.
    pub fn words(&self) -> String {
        match self {
            ConnectFailure::Refused => "refused".to_owned(),
            ConnectFailure::TimedOut => "no answer".to_owned(),
            ConnectFailure::ResetAtOnce => "reset at once".to_owned(),
            ConnectFailure::Stuck(queue) => format!("{}; not connected", queue.words()),
            ConnectFailure::Blocked(reason) => format!("{reason}; not connected"),
            ConnectFailure::NoInterface => {
                "a link-local address, which needs its interface".to_owned()
            }
            ConnectFailure::Filtered { words, .. } => {
                format!("{words}, although the port is listened on")
            }
            ConnectFailure::LoopbackDown => "the loopback interface is down".to_owned(),
            ConnectFailure::Network(reason)
            | ConnectFailure::Prohibited(reason)
            | ConnectFailure::Unanswered(reason)
            | ConnectFailure::Ours(reason) => reason.clone(),
        }
    }
}

/// Looks up the listener that would take a connection to `address`.
pub fn look(table: &dyn SocketTable, address: SocketAddr) -> Look {
    if !is_local_address(address) {
        return Look::Remote;
    }
    match table.listener(address) {
        Ok(Some(row)) => Look::Listening(Box::new(row)),
        Ok(None) => Look::Unlistened,
        Err(error) => Look::Blind(error.to_string()),
    }
}

/// Connects with zero linger and without Nagle, both set before the first packet.
pub async fn connect(address: SocketAddr, until: Instant) -> Result<TcpStream, ConnectFailure> {
    if lacks_interface(address) {
        return Err(ConnectFailure::NoInterface);
    }
    connect_by(socket_for(address), address, until).await
}

/// Connects in the network namespace of a hop; `None` where that cannot be entered.
pub async fn connect_at(hop: &Hop, until: Instant) -> Option<Result<TcpStream, ConnectFailure>> {
    let socket = hop.within(|| socket_for(hop.address))?;
    Some(connect_by(socket, hop.address, until).await)
}

async fn connect_by(
    socket: io::Result<TcpSocket>,
    address: SocketAddr,
    until: Instant,
) -> Result<TcpStream, ConnectFailure> {
    let connecting = socket.map(|socket| socket.connect(address));
    let connecting = connecting.map_err(|error| ConnectFailure::Ours(error.to_string()))?;
    match timeout_at(until, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(ConnectFailure::TimedOut),
    }
}

fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_zero_linger()?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn failure(error: &io::Error) -> ConnectFailure {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => ConnectFailure::Refused,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::NotConnected | Kind::BrokenPipe => {
            ConnectFailure::ResetAtOnce
        }
        Kind::TimedOut => ConnectFailure::TimedOut,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
            ConnectFailure::Network(error.to_string())
        }
        Kind::PermissionDenied => ConnectFailure::Prohibited(error.to_string()),
        _ if is_icmp(error) => ConnectFailure::Network(error.to_string()),
        // No descriptor, port, memory or permission: the fault of this machine.
        _ => ConnectFailure::Ours(error.to_string()),
    }
}

/// Whether the error is one into which only an ICMP message of a network is turned, such as
/// "protocol unreachable" (`icmp_err_convert` of Linux).
fn is_icmp(error: &io::Error) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::io::Errno;
        let icmp = [Errno::NOPROTOOPT, Errno::HOSTDOWN, Errno::NONET];
        Errno::from_io_error(error).is_some_and(|errno| icmp.contains(&errno))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = error;
        false
    }
}

/// Lets the kernel close the connection in its own time, repeating what is not acknowledged, instead
/// of a reset that is sent once. Only Linux tells what is not acknowledged.
pub(super) fn leave_to_kernel(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::net::sockopt::set_socket_linger(stream, None) {
        tracing::debug!(%error, "the connection will be reset");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}
