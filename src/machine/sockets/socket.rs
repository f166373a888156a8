//! One row of the table, and what can be read off it without looking further.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::{Snapshot, Transmission};
use crate::machine::pid::Pid;

/// The state of a TCP socket, as RFC 9293 names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TcpState {
    /// Both ends are open.
    Established,
    /// A SYN was sent, no answer yet: a full accept queue looks like this.
    SynSent,
    /// A SYN was answered (Linux `NEW_SYN_RECV` counts as this).
    SynRecv,
    /// Our end is closed, the peer has not confirmed it.
    FinWait1,
    /// Our end is closed and confirmed, the peer's is still open.
    FinWait2,
    /// Both ends are closed; late segments are being waited out.
    TimeWait,
    /// No connection.
    Close,
    /// The peer closed and this end did not.
    CloseWait,
    /// The peer closed first, this end has closed too, unconfirmed.
    LastAck,
    /// Waiting for connections.
    Listen,
    /// Both ends closed at once, unconfirmed.
    Closing,
}

impl TcpState {
    /// Whether a connection was made by the state of its client's end. While both are open it may still
    /// lie in an accept queue; what the other end has closed in order, a program has accepted.
    pub fn is_connected(self) -> bool {
        matches!(
            self,
            Self::Established | Self::CloseWait | Self::LastAck | Self::Closing | Self::TimeWait
        )
    }

    /// The state of a Linux state number (`net/tcp_states.h`); `None` for one it does not name.
    pub const fn from_linux(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Established,
            2 => Self::SynSent,
            // 12 is NEW_SYN_RECV, the request socket of a handshake that is still going on.
            3 | 12 => Self::SynRecv,
            4 => Self::FinWait1,
            5 => Self::FinWait2,
            6 => Self::TimeWait,
            7 => Self::Close,
            8 => Self::CloseWait,
            9 => Self::LastAck,
            10 => Self::Listen,
            11 => Self::Closing,
            _ => return None,
        })
    }

    /// The name that `ss` and `netstat` users know, such as `CLOSE_WAIT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Established => "ESTABLISHED",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::FinWait1 => "FIN_WAIT1",
            Self::FinWait2 => "FIN_WAIT2",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::Listen => "LISTEN",
            Self::Closing => "CLOSING",
        }
    }
}

/// One TCP socket; a field that its source cannot tell is `None`, never a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// This end, canonical: `::ffff:127.0.0.1` is `127.0.0.1`.
    pub local: SocketAddr,
    /// The other end, canonical; port 0 on a LISTEN row.
    pub remote: SocketAddr,
    /// The state.
    pub state: TcpState,
    /// Bytes not read yet, a received FIN counting one; on LISTEN the connections waiting.
    pub recv_queue: Option<u32>,
    /// Bytes not acknowledged yet; on LISTEN the limit of the accept queue.
    pub send_queue: Option<u32>,
    /// The inode that `/proc/PID/fd` names; `Some(0)`: no process has the socket.
    pub inode: Option<u64>,
    /// The user who made the socket (for a socket not accepted yet, 0 or the listener's).
    pub uid: Option<u32>,
    /// The kernel's identity of the socket, as `SO_COOKIE` gives it.
    pub cookie: Option<u64>,
    /// Since the peer's last segment (`tcp_info.last_ack_recv`, and of an established connection
    /// `last_data_recv` if that is less, ms): how old a `CLOSE_WAIT` is.
    pub age: Option<Duration>,
    /// Bytes ever received (`tcp_info.bytes_received`), a received FIN counting one.
    pub bytes_received: Option<u64>,
    /// Since the peer's last segment with data (`tcp_info.last_data_recv`); of a connection that has
    /// received none since it was made.
    pub last_received: Option<Duration>,
    /// Since this end sent data last (`tcp_info.last_data_sent`); only where it has sent some.
    pub last_sent: Option<Duration>,
    /// What became of the bytes that this end sent; only of connections, by `inet_diag`.
    pub transmission: Option<Transmission>,
    /// Whether an IPv6 listener refuses IPv4; only on LISTEN rows of `inet_diag`.
    pub v6_only: Option<bool>,
    /// The owners, where the source itself names them (portable).
    pub pids: Option<Vec<Pid>>,
}

impl Socket {
    /// A socket of which only the addresses and the state are known.
    pub const fn unknown(local: SocketAddr, remote: SocketAddr, state: TcpState) -> Self {
        Self {
            local,
            remote,
            state,
            recv_queue: None,
            send_queue: None,
            inode: None,
            uid: None,
            cookie: None,
            age: None,
            bytes_received: None,
            last_received: None,
            last_sent: None,
            transmission: None,
            v6_only: None,
            pids: None,
        }
    }

    /// Whether a program has taken the connection from its listener; `None` where it cannot be told.
    ///
    /// Only ESTABLISHED and `CLOSE_WAIT` can wait for that: with inode 0 they still do. On any
    /// other state this is `None`, because there inode 0 means the kernel is finishing alone.
    pub fn accepted(&self) -> Option<bool> {
        match self.state {
            TcpState::Established | TcpState::CloseWait => self.inode.map(|inode| inode != 0),
            _ => None,
        }
    }

    /// Bytes that its program has read, ever; `None` where this system does not tell it.
    pub fn bytes_read(&self) -> Option<u64> {
        self.bytes_received?.checked_sub(self.recv_queue?.into())
    }

    /// Whether its program has read nothing since the look in which the row was `before`, although
    /// it could have at both.
    pub fn has_read_nothing_since(&self, before: &Self) -> bool {
        let could = |row: &Self| row.recv_queue.is_some_and(|bytes| bytes > 0);
        let same = before.cookie == self.cookie && self.state == TcpState::Established;
        let read = before.bytes_read().filter(|_| could(before) && could(self));
        same && read.is_some_and(|read| self.bytes_read() == Some(read))
    }

    /// Connections waiting to be accepted and the limit, on a LISTEN row whose source tells both.
    pub fn accept_queue(&self) -> Option<(u32, u32)> {
        match self.state {
            TcpState::Listen => Some((self.recv_queue?, self.send_queue?)),
            _ => None,
        }
    }

    /// Whether the accept queue takes no more.
    pub fn accept_queue_full(&self) -> Option<bool> {
        self.accept_queue()
            .map(|(waiting, limit)| is_queue_full(waiting, limit))
    }

    /// Whether this row has a port of its own or its peer's in `ports`.
    pub fn touches(&self, ports: &super::Ports) -> bool {
        ports.contains(self.local.port()) || ports.contains(self.remote.port())
    }

    /// The address under which a LISTEN row is reached from its own machine.
    pub fn connectable(&self) -> SocketAddr {
        let ip = match self.local.ip() {
            IpAddr::V6(ip) if ip.is_unspecified() && self.v6_only == Some(true) => {
                Ipv6Addr::LOCALHOST.into()
            }
            ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.local.port())
    }

    /// How well a LISTEN row fits a connection to `address`: higher is better, `None` not at all.
    ///
    /// The kernel's own order (`compute_score`): the exact address, then the wildcard of the
    /// family, then a dual-stack wildcard.
    pub fn listens_for(&self, address: SocketAddr) -> Option<u8> {
        let address = canonical(address);
        if self.state != TcpState::Listen || self.local.port() != address.port() {
            return None;
        }
        match (self.local.ip(), address.ip()) {
            (local, wanted) if local == wanted => Some(3),
            (IpAddr::V4(local), IpAddr::V4(_)) if local.is_unspecified() => Some(2),
            (IpAddr::V6(local), IpAddr::V6(_)) if local.is_unspecified() => Some(2),
            (IpAddr::V6(local), IpAddr::V4(_))
                if local.is_unspecified() && self.v6_only != Some(true) =>
            {
                Some(1)
            }
            _ => None,
        }
    }
}

/// Whether an accept queue takes no more: Linux lets one more than the limit wait.
pub fn is_queue_full(waiting: u32, limit: u32) -> bool {
    waiting > limit
}

impl Snapshot {
    /// The LISTEN row that fits a connection to `address` best, decided by address alone.
    pub fn listener_for(&self, address: SocketAddr) -> Option<&Socket> {
        let address = reachable(address);
        self.sockets
            .iter()
            .filter_map(|socket| Some((socket.listens_for(address)?, socket)))
            .max_by_key(|(score, _)| *score)
            .map(|(_, socket)| socket)
    }

    /// The row with exactly these addresses, in any state but LISTEN.
    pub fn row(&self, local: SocketAddr, remote: SocketAddr) -> Option<&Socket> {
        let (local, remote) = (canonical(local), canonical(remote));
        self.sockets.iter().find(|socket| {
            socket.local == local && socket.remote == remote && socket.state != TcpState::Listen
        })
    }
}

/// The address as it is usually written: an IPv4-mapped IPv6 address becomes IPv4, scope and flow go.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Where a connection to `address` really goes: connecting to the wildcard means loopback.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let address = canonical(address);
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => {
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port())
        }
        IpAddr::V6(ip) if ip.is_unspecified() => {
            SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port())
        }
        _ => address,
    }
}
