//! A restart: the listener goes, and comes back on the same port.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{sleep, sleep_until};

use super::gateway::Gateway;

/// Connections that may wait to be accepted, as tokio's own listeners have it.
const BACKLOG: u32 = 1024;
/// The pause between two tries to get the port back, and how many there are: one second.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: u32 = 50;

/// Waits until the restart is over, and listens on the same address again.
///
/// Meanwhile a socket that does not listen keeps the port: connections are refused, and no other
/// program is given the port. Errs if another program has taken it all the same.
pub(super) async fn listen_again(
    gateway: &Gateway,
    address: io::Result<SocketAddr>,
) -> io::Result<TcpListener> {
    let address = address?;
    let mut kept = keep(address).await?;
    tracing::debug!(%address, "restarts");
    while let Some(until) = gateway.down_until() {
        sleep_until(until).await;
    }
    for _ in 0..TRIES {
        match kept.listen(BACKLOG) {
            Ok(listener) => return Ok(listener),
            Err(error) => tracing::debug!(%error, "not yet"),
        }
        sleep(PAUSE).await;
        kept = keep(address).await?;
    }
    kept.listen(BACKLOG)
}

/// A socket with this address that does not listen.
async fn keep(address: SocketAddr) -> io::Result<TcpSocket> {
    for _ in 0..TRIES {
        match bound(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => tracing::debug!(%error, "not yet"),
        }
        sleep(PAUSE).await;
    }
    bound(address)
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Connections that were just cut may still hold the address; on Windows the option would let
    // two programs listen.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}
