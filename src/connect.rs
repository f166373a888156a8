//! From a target to a TCP stream that leaves no socket behind: resolve, look at the accept
//! queue before leaping, connect with zero linger.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::table::{Socket, SocketTable};
use crate::target::Target;

/// Between two looks at an accept queue that was not empty.
const SECOND_LOOK: Duration = Duration::from_millis(200);

/// What the socket table says about an address before a connection to it.
#[derive(Clone, Debug)]
pub enum Look {
    /// The address is on another machine.
    Remote,
    /// It is on this machine, and no LISTEN row takes connections to it.
    Unlistened,
    /// It is on this machine, and this LISTEN row takes connections to it.
    Listening(Socket),
    /// The table could not be read.
    Blind(String),
}

impl Look {
    /// The LISTEN row, if there is one.
    pub fn listener(&self) -> Option<&Socket> {
        match self {
            Look::Listening(row) => Some(row),
            Look::Remote | Look::Unlistened | Look::Blind(_) => None,
        }
    }
}

/// An accept queue in which a connection of ours would only take a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StuckQueue {
    /// Connections waiting to be accepted.
    pub waiting: u32,
    /// The limit; one more than this fits.
    pub limit: u32,
}

/// Why no connection was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectFailure {
    /// The port refused.
    Refused,
    /// Neither accepted nor refused in time.
    TimedOut,
    /// The connection was reset while it was being made: somebody accepted and closed it.
    ResetAtOnce,
    /// The system's own reason: no route, no permission.
    Other(String),
}

impl ConnectFailure {
    /// In a few words.
    pub fn words(&self) -> &str {
        match self {
            ConnectFailure::Refused => "refused",
            ConnectFailure::TimedOut => "no answer",
            ConnectFailure::ResetAtOnce => "reset at once",
            ConnectFailure::Other(reason) => reason,
        }
    }
}

/// The addresses of a target, in the resolver's order and without repetition; at least one.
///
/// Errs with the resolver's words when there is none in time.
pub async fn resolve(target: &Target, until: Instant) -> Result<Vec<SocketAddr>, String> {
    if let Ok(ip) = target.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, target.port)]);
    }
    let host = (target.host.as_str(), target.port);
    let answer = timeout_at(until, lookup_host(host)).await;
    let answer = answer.map_err(|_| "the resolver did not answer in time".to_owned())?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in answer.map_err(|error| error.to_string())? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err("the name has no address".to_owned());
    }
    Ok(addresses)
}

/// Whether an address belongs to this machine; no packet is sent to find out.
pub fn is_local(ip: IpAddr) -> bool {
    let unspecified = ip.to_canonical().is_unspecified();
    // Only an address of this machine can be bound.
    unspecified || ip.to_canonical().is_loopback() || UdpSocket::bind((ip, 0)).is_ok()
}

/// Looks up who would take a connection to `address`.
pub fn look(table: &dyn SocketTable, address: SocketAddr) -> Look {
    if !is_local(address.ip()) {
        return Look::Remote;
    }
    match table.listener(address) {
        Ok(Some(row)) => Look::Listening(row),
        Ok(None) => Look::Unlistened,
        Err(error) => Look::Blind(error.to_string()),
    }
}

/// Looks at the accept queue behind `row`: stuck when it is over its limit, or not empty in
/// two looks 200 ms apart.
pub async fn stuck_queue(
    table: &dyn SocketTable,
    address: SocketAddr,
    row: &Socket,
) -> Option<StuckQueue> {
    let stuck = |row: &Socket| {
        row.accept_queue()
            .map(|(waiting, limit)| StuckQueue { waiting, limit })
    };
    let first = stuck(row)?;
    if first.waiting == 0 || row.accept_queue_full() == Some(true) {
        return Some(first).filter(|queue| queue.waiting > queue.limit);
    }
    tokio::time::sleep(SECOND_LOOK).await;
    let again = table.listener(address).ok().flatten()?;
    stuck(&again).filter(|queue| queue.waiting > 0)
}

/// Connects with zero linger and without Nagle, both set before the first packet.
pub async fn connect(address: SocketAddr, until: Instant) -> Result<TcpStream, ConnectFailure> {
    let connecting = socket_for(address).map(|socket| socket.connect(address));
    let connecting = connecting.map_err(|error| ConnectFailure::Other(error.to_string()))?;
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
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectFailure::Refused,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe => ConnectFailure::ResetAtOnce,
        io::ErrorKind::TimedOut => ConnectFailure::TimedOut,
        _ => ConnectFailure::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_local() {
        assert!(is_local(IpAddr::from([127, 0, 0, 1])));
        assert!(is_local("::1".parse().unwrap()));
        assert!(is_local("::ffff:127.0.0.1".parse().unwrap()));
        // TEST-NET-1 (RFC 5737) belongs to nobody.
        assert!(!is_local(IpAddr::from([192, 0, 2, 1])));
    }
}
