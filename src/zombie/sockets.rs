//! Which sockets belong into the census, and what each row says by itself.

use std::time::Duration;

use crate::event::{CensusCount, Side};
use crate::machine::listener::Listener;
use crate::machine::process::ProgramKind;
use crate::machine::sockets::{Ports, Socket, TcpState};

/// Bytes unread for this long are no mere delay.
pub const UNREAD_FOR: Duration = Duration::from_secs(5);

/// Counts the connections of clients on these ports.
///
/// Established ones are counted at the Gateway's end; half-closed ones on whichever side.
pub fn count(sockets: &[Socket], ports: &Ports) -> CensusCount {
    let mut count = CensusCount::default();
    for socket in sockets.iter().filter(|socket| !is_outgoing(socket, ports)) {
        let theirs = ports.contains(socket.local.port());
        match socket.state {
            TcpState::CloseWait => count.close_wait += 1,
            TcpState::Established if theirs && socket.accepted() != Some(false) => {
                count.established += 1;
            }
            _ => {}
        }
        if theirs && socket.accepted() == Some(false) {
            count.unaccepted += 1;
        }
    }
    count
}

/// Whether a socket belongs into the census: half closed, or waiting to be accepted.
pub fn is_zombie(socket: &Socket, ports: &Ports) -> bool {
    let theirs = ports.contains(socket.local.port());
    let touches = theirs || ports.contains(socket.remote.port());
    let unaccepted = theirs && socket.accepted() == Some(false);
    touches && (socket.state == TcpState::CloseWait || unaccepted)
}

/// Whether its other end is a Gateway port of another machine.
///
/// IB's own servers listen on 4001 too: a Gateway's connection to them is no API client.
pub fn is_outgoing(socket: &Socket, ports: &Ports) -> bool {
    let there = socket.remote.ip();
    !ports.contains(socket.local.port())
        && ports.contains(socket.remote.port())
        && !there.is_loopback()
        && there != socket.local.ip()
}

/// Whether a client of a Gateway on this machine has long left its answer unread.
pub fn is_unread(socket: &Socket, ports: &Ports, min_age: Duration) -> bool {
    leaves_unread(socket, ports) && socket.age.is_some_and(|age| age >= unread_for(min_age))
}

/// Whether a client has bytes unread of which the last are fresh: it may be reading them or not.
pub fn may_be_unread(socket: &Socket, ports: &Ports, min_age: Duration) -> bool {
    leaves_unread(socket, ports) && socket.age.is_some_and(|age| age < unread_for(min_age))
}

/// How long bytes must lie unread before that is said.
pub fn unread_for(min_age: Duration) -> Duration {
    min_age.min(UNREAD_FOR)
}

/// Whether the program has read nothing between these two looks, although it could have.
pub fn has_read_nothing(before: &Socket, now: &Socket) -> bool {
    now.has_read_nothing_since(before)
}

fn leaves_unread(socket: &Socket, ports: &Ports) -> bool {
    socket.state == TcpState::Established
        && ports.contains(socket.remote.port())
        && !ports.contains(socket.local.port())
        && !is_outgoing(socket, ports)
        && socket.recv_queue.is_some_and(|bytes| bytes > 0)
}

/// Whether its client has said all and leaves bytes unread: a close then sends a reset (`tcp_close`), which
/// clears the Gateway's half too.
pub(super) fn resets_when_closed(socket: &Socket, ports: &Ports) -> bool {
    socket.state == TcpState::FinWait2
        && ports.contains(socket.remote.port())
        && !ports.contains(socket.local.port())
        && socket.inode.is_some_and(|inode| inode != 0)
        && socket.recv_queue.is_some_and(|bytes| bytes > 0)
}

/// Whose socket it is, seen from the Gateway's port.
pub fn side(socket: &Socket, ports: &Ports, listeners: &[Listener]) -> Side {
    let port = socket.local.port();
    if !ports.contains(port) {
        return Side::Client;
    }
    let relay = listeners
        .iter()
        .any(|listener| listener.port == port && listener.kind == ProgramKind::Relay);
    if relay { Side::Relay } else { Side::Gateway }
}
