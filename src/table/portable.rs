//! The table through the `netstat2` crate, for systems without `inet_diag`.
//!
//! It tells addresses, states and owners, and nothing else. The crate turns some errors into
//! an empty table, so every reading first opens a listener of its own and must find it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, TcpSocketInfo};

use super::{Ports, Snapshot, Socket, SocketTable, Source, TableError, TcpState, canonical};
use crate::process::Pid;

/// The reader on `netstat2`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

fn read(keep: impl Fn(&Socket) -> bool) -> Result<Snapshot, TableError> {
    let failed = |source| TableError::System {
        attempt: "open a listener to be found",
        source,
    };
    let witness = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    let witness = witness
        .local_addr()
        .map(|address| (witness, address))
        .map_err(failed)?;
    let rows = netstat2::get_sockets_info(
        AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6,
        ProtocolFlags::TCP,
    )
    .map_err(|error| TableError::System {
        attempt: "read the socket table through netstat2",
        source: std::io::Error::other(error),
    })?;
    let (mut sockets, mut found) = (Vec::new(), false);
    for row in rows {
        let ProtocolSocketInfo::Tcp(tcp) = row.protocol_socket_info else {
            continue;
        };
        let Some(socket) = socket(&tcp, &row.associated_pids) else {
            continue;
        };
        if socket.local == witness.1 && socket.state == TcpState::Listen {
            found = true;
        } else if keep(&socket) {
            sockets.push(socket);
        }
    }
    if !found {
        return Err(TableError::Untrustworthy(
            "it does not show a listener just opened",
        ));
    }
    let degraded = Some("no queues, ages or accept state from this source".to_owned());
    Ok(Snapshot {
        sockets,
        source: Source::Portable,
        degraded,
    })
}
impl SocketTable for Portable {
    fn snapshot(&self, ports: &Ports) -> Result<Snapshot, TableError> {
        read(|socket| socket.touches(ports))
    }

    fn listener(&self, address: SocketAddr) -> Result<Option<Socket>, TableError> {
        Ok(self.listeners()?.listener_for(address).cloned())
    }

    fn listeners(&self) -> Result<Snapshot, TableError> {
        read(|socket| socket.state == TcpState::Listen)
    }

    fn all(&self) -> Result<Snapshot, TableError> {
        read(|socket| socket.state != TcpState::TimeWait)
    }

    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Socket>, TableError> {
        let ports = Ports::from([local.port(), remote.port()]);
        Ok(self.snapshot(&ports)?.row(local, remote).cloned())
    }
}

fn socket(tcp: &TcpSocketInfo, pids: &[u32]) -> Option<Socket> {
    Some(Socket {
        local: canonical(SocketAddr::new(tcp.local_addr, tcp.local_port)),
        remote: canonical(SocketAddr::new(tcp.remote_addr, tcp.remote_port)),
        state: state(tcp.state)?,
        recv_queue: None,
        send_queue: None,
        inode: None,
        uid: None,
        cookie: None,
        age: None,
        bytes_received: None,
        v6_only: None,
        pids: Some(pids.iter().copied().map(Pid).collect()),
    })
}

fn state(state: netstat2::TcpState) -> Option<TcpState> {
    Some(match state {
        netstat2::TcpState::Closed | netstat2::TcpState::DeleteTcb => TcpState::Close,
        netstat2::TcpState::Listen => TcpState::Listen,
        netstat2::TcpState::SynSent => TcpState::SynSent,
        netstat2::TcpState::SynReceived => TcpState::SynRecv,
        netstat2::TcpState::Established => TcpState::Established,
        netstat2::TcpState::FinWait1 => TcpState::FinWait1,
        netstat2::TcpState::FinWait2 => TcpState::FinWait2,
        netstat2::TcpState::CloseWait => TcpState::CloseWait,
        netstat2::TcpState::Closing => TcpState::Closing,
        netstat2::TcpState::LastAck => TcpState::LastAck,
        netstat2::TcpState::TimeWait => TcpState::TimeWait,
        netstat2::TcpState::Unknown => return None,
    })
}

/// A source that does not exist on this system.
#[cfg(not(target_os = "linux"))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Missing(pub(super) Source);

#[cfg(not(target_os = "linux"))]
impl SocketTable for Missing {
    fn snapshot(&self, _: &Ports) -> Result<Snapshot, TableError> {
        Err(TableError::Unsupported(self.0))
    }

    fn listener(&self, _: SocketAddr) -> Result<Option<Socket>, TableError> {
        Err(TableError::Unsupported(self.0))
    }

    fn listeners(&self) -> Result<Snapshot, TableError> {
        Err(TableError::Unsupported(self.0))
    }

    fn all(&self) -> Result<Snapshot, TableError> {
        Err(TableError::Unsupported(self.0))
    }

    fn find(&self, _: SocketAddr, _: SocketAddr) -> Result<Option<Socket>, TableError> {
        Err(TableError::Unsupported(self.0))
    }
}
