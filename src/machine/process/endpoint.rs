//! A TCP socket as a second source names it, to hold the table against.

use std::net::{IpAddr, SocketAddr};

use crate::machine::sockets::{Socket, TcpState, canonical};

/// One end of a connection, or a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its own address, canonical; `None` for any.
    pub ip: Option<IpAddr>,
    /// Its own port.
    pub port: u16,
    /// The other end's address, canonical; `None` if it has none.
    pub remote: Option<SocketAddr>,
    /// The state.
    pub state: TcpState,
}

impl Endpoint {
    /// Whether it has these addresses.
    pub fn has(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.is_at(local) && self.remote == Some(canonical(remote))
    }

    fn is_at(&self, local: SocketAddr) -> bool {
        let local = canonical(local);
        let ip = match self.ip {
            None => local.ip().is_unspecified(),
            Some(ip) => local.ip() == ip,
        };
        ip && local.port() == self.port
    }

    fn is(&self, socket: &Socket) -> bool {
        let remote = match self.remote {
            Some(remote) => canonical(socket.remote) == remote,
            None => socket.remote.port() == 0,
        };
        remote && self.is_at(socket.local) && self.state == socket.state
    }
}

/// Whether both sources show the same sockets of a process, in the same states: a table that has
/// lost one may have lost the connection that is up.
pub fn agree(endpoints: &[Endpoint], sockets: &[&Socket]) -> bool {
    let in_table = |endpoint: &Endpoint| sockets.iter().any(|row| endpoint.is(row));
    let listed = |row: &&Socket| endpoints.iter().any(|endpoint| endpoint.is(row));
    endpoints.iter().all(in_table) && sockets.iter().all(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(local: &str, remote: &str, state: TcpState) -> Socket {
        Socket::unknown(local.parse().unwrap(), remote.parse().unwrap(), state)
    }

    fn end(local: &str, remote: &str, state: TcpState) -> Endpoint {
        let local: SocketAddr = local.parse().unwrap();
        Endpoint {
            ip: Some(local.ip()),
            port: local.port(),
            remote: Some(remote.parse().unwrap()),
            state,
        }
    }

    const BOT: (&str, &str) = ("127.0.0.1:50000", "127.0.0.1:4002");

    #[test]
    fn the_same_sockets_in_the_same_states_agree() {
        let listener = Endpoint {
            ip: None,
            port: 8000,
            remote: None,
            state: TcpState::Listen,
        };
        let ends = [end(BOT.0, BOT.1, TcpState::CloseWait), listener];
        let rows = [
            row("[::]:8000", "[::]:0", TcpState::Listen),
            row(BOT.0, BOT.1, TcpState::CloseWait),
        ];
        assert!(agree(&ends, &[&rows[0], &rows[1]]));
        assert!(agree(&[], &[]));
    }

    #[test]
    fn one_that_only_one_source_shows_or_in_another_state_is_no_agreement() {
        let half = end(BOT.0, BOT.1, TcpState::CloseWait);
        let up = end("127.0.0.1:50001", "9.9.9.9:443", TcpState::Established);
        let row_half = row(BOT.0, BOT.1, TcpState::CloseWait);
        let row_up = row(BOT.0, BOT.1, TcpState::Established);
        assert!(!agree(&[half.clone(), up], &[&row_half]));
        assert!(!agree(std::slice::from_ref(&half), &[&row_up]));
        assert!(!agree(&[], &[&row_half]));
        assert!(!agree(&[half], &[]));
    }
}
