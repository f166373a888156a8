//! The Gateway's end of a port, as the socket table shows it while a handshake gets no version.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::machine::sockets::{AddressPair, Ports, Socket, SocketTable, TcpState, canonical};

/// What stands at the Gateway's end of a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayEnd {
    /// Connections waiting to be accepted, and the limit.
    pub queue: Option<(u32, u32)>,
    /// Whether ibdoc's connection was accepted; `None` when its other end was not found.
    pub ours_accepted: Option<bool>,
    /// Bytes of ibdoc's greeting that the Gateway has not read.
    pub ours_unread: Option<u32>,
    /// Accepted connections that both ends hold open, ibdoc's included.
    pub established: usize,
    /// Accepted connections that their clients have closed and the Gateway has not.
    pub half_closed: usize,
    /// The age of the oldest half-closed one.
    pub oldest: Option<Duration>,
    /// The other machines at the end of established ones, the one with the most first.
    pub from: Vec<(IpAddr, usize)>,
}

impl GatewayEnd {
    /// Looks at the port of `ours`; `None` when the table cannot be read.
    pub fn look(table: &dyn SocketTable, ours: AddressPair) -> Option<Self> {
        let ports: Ports = std::iter::once(ours.remote.port()).collect();
        let snapshot = table.snapshot(&ports).ok()?;
        let listener = table.listener(ours.remote).ok().flatten();
        Some(Self {
            queue: listener.and_then(|row| row.accept_queue()),
            ..Self::of(&snapshot.sockets, ours)
        })
    }

    /// What these sockets tell, apart from the queue.
    fn of(sockets: &[Socket], ours: AddressPair) -> Self {
        let mut end = Self::default();
        let mut from: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for socket in sockets {
            if socket.local.port() != ours.remote.port() {
                continue;
            }
            if canonical(socket.remote) == canonical(ours.local) {
                end.ours_accepted = socket.accepted();
                end.ours_unread = socket.recv_queue;
            }
            match socket.state {
                _ if socket.accepted() == Some(false) => {}
                TcpState::Established => {
                    end.established += 1;
                    let (theirs, mut all) = (socket.remote, sockets.iter());
                    if !all.any(|other| (other.local, other.remote) == (theirs, socket.local)) {
                        *from.entry(theirs.ip()).or_default() += 1;
                    }
                }
                TcpState::CloseWait => {
                    end.half_closed += 1;
                    end.oldest = end.oldest.max(socket.age);
                }
                _ => {}
            }
        }
        end.from = from.into_iter().collect();
        end.from.sort_by_key(|(_, count)| Reverse(*count));
        end
    }

    /// The connections that take a client's place: both kinds that its program has accepted.
    pub fn standing(&self) -> usize {
        self.established + self.half_closed
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn socket(local: u16, remote: u16, state: TcpState, inode: u64) -> Socket {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Socket {
            recv_queue: Some(17),
            send_queue: Some(0),
            inode: Some(inode),
            age: Some(Duration::from_secs(u64::from(remote))),
            ..Socket::unknown(address(local), address(remote), state)
        }
    }

    #[test]
    fn only_the_gateways_end_counts_and_ours_is_found_in_it() {
        let sockets = [
            socket(4002, 50, TcpState::CloseWait, 1),
            socket(4002, 60, TcpState::CloseWait, 2),
            socket(4002, 70, TcpState::CloseWait, 0),
            socket(4002, 80, TcpState::Established, 0),
            socket(4002, 90, TcpState::Established, 3),
            socket(80, 4002, TcpState::Established, 4),
        ];
        let ours = AddressPair {
            local: ([127, 0, 0, 1], 80).into(),
            remote: ([127, 0, 0, 1], 4002).into(),
        };
        let end = GatewayEnd::of(&sockets, ours);
        assert_eq!((end.half_closed, end.established), (2, 1));
        assert_eq!(end.oldest, Some(Duration::from_secs(60)));
        assert_eq!(
            (end.ours_accepted, end.ours_unread),
            (Some(false), Some(17))
        );
    }
}
