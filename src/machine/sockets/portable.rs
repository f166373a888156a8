//! The table through the `netstat2` crate, for systems without `inet_diag`.
//!
//! It tells addresses, states and owners (on Linux inodes too), and nothing else. The crate turns some errors into
//! an empty table, so every reading first opens a listener of its own and must find it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, SocketInfo, TcpSocketInfo};

use super::{Snapshot, Socket, SocketTable, Source, TableError, TcpState, Wanted, canonical};
use crate::machine::pid::Pid;

/// What every snapshot lacks. On macOS the crate looks into processes for their sockets, and only
/// root can look into those of others.
const POORER: &str = if cfg!(target_os = "macos") {
    "no queue lengths and no ages from this source, and without root no other user's sockets"
} else {
    "no queue lengths and no ages from this source"
};

/// The reader on `netstat2`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

impl SocketTable for Portable {
    fn read(&self, wanted: Wanted<'_>) -> Result<Snapshot, TableError> {
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
            let inode = inode(&row);
            let ProtocolSocketInfo::Tcp(tcp) = row.protocol_socket_info else {
                continue;
            };
            let Some(socket) = socket(&tcp, &row.associated_pids, inode) else {
                continue;
            };
            if socket.local == witness.1 && socket.state == TcpState::Listen {
                found = true;
            } else if wanted.has(&socket) {
                sockets.push(socket);
            }
        }
        if !found {
            return Err(TableError::Malformed(
                "it does not show a listener just opened",
            ));
        }
        Ok(Snapshot {
            sockets: merged(sockets),
            source: Source::Portable,
            degraded: Some(POORER.to_owned()),
        })
    }
}

/// One row for each socket: macOS gives one for each descriptor of each of its holders.
fn merged(rows: Vec<Socket>) -> Vec<Socket> {
    let mut known = HashMap::new();
    let mut sockets: Vec<Socket> = Vec::new();
    for row in rows {
        // Several listeners may share an address; each keeps its row.
        let key = (row.local, row.remote, row.state, row.inode);
        let at = *known.entry(key).or_insert(sockets.len());
        match sockets
            .get_mut(at)
            .filter(|_| row.state != TcpState::Listen)
        {
            Some(socket) => {
                let pids = socket.pids.get_or_insert_default();
                pids.extend(row.pids.into_iter().flatten());
                pids.sort_unstable();
                pids.dedup();
            }
            None => sockets.push(row),
        }
    }
    sockets
}

/// The inode, which tells a socket that the kernel alone has from one whose owner is hidden.
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn inode(row: &SocketInfo) -> Option<u64> {
    Some(row.inode.into())
}

#[cfg(not(target_os = "linux"))]
fn inode(_: &SocketInfo) -> Option<u64> {
    None
}

fn socket(tcp: &TcpSocketInfo, pids: &[u32], inode: Option<u64>) -> Option<Socket> {
    // Windows names the idle process, 0, where the owner has gone.
    let owners = pids.iter().copied().filter(|pid| *pid != 0);
    let local = plain(tcp.local_addr, tcp.local_port);
    let remote = plain(tcp.remote_addr, tcp.remote_port);
    Some(Socket {
        inode,
        pids: Some(owners.map(Pid).collect()),
        ..Socket::unknown(local, remote, state(tcp.state)?)
    })
}

/// The address as it is usually written. Of an IPv4 connection on a dual-stack socket macOS keeps
/// the address without the prefix (`in4in6_addr`, `sys/proc_info.h`), so that it reads as
/// `::127.0.0.1`, an old form that no other program uses.
fn plain(ip: IpAddr, port: u16) -> SocketAddr {
    let ip = match ip {
        IpAddr::V6(v6) if !v6.is_unspecified() && !v6.is_loopback() => {
            v6.to_ipv4().map_or(ip, IpAddr::V4)
        }
        _ => ip,
    };
    canonical(SocketAddr::new(ip, port))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pid: u32, state: netstat2::TcpState) -> Socket {
        let tcp = TcpSocketInfo {
            local_addr: Ipv4Addr::LOCALHOST.into(),
            local_port: 50_000,
            remote_addr: Ipv4Addr::LOCALHOST.into(),
            remote_port: 4002,
            state,
        };
        socket(&tcp, &[pid], None).unwrap()
    }

    #[test]
    fn an_ipv4_address_of_a_dual_stack_socket_is_written_as_ipv4() {
        let of = |ip: &str| plain(ip.parse().unwrap(), 4002).ip().to_string();
        assert_eq!(of("::127.0.0.1"), "127.0.0.1");
        assert_eq!(of("::ffff:127.0.0.1"), "127.0.0.1");
        for same in ["::", "::1", "fe80::1", "127.0.0.1"] {
            assert_eq!(of(same), same);
        }
    }

    #[test]
    fn the_idle_process_of_windows_owns_nothing() {
        let half = netstat2::TcpState::CloseWait;
        assert_eq!(row(0, half).pids, Some(vec![]));
    }

    #[test]
    fn a_socket_with_two_holders_is_one_row_with_both() {
        let half = netstat2::TcpState::CloseWait;
        let rows = merged(vec![row(7, half), row(9, half), row(7, half)]);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].pids, Some(vec![Pid(7), Pid(9)]));
        let up = row(9, netstat2::TcpState::Established);
        assert_eq!(merged(vec![row(7, half), up]).len(), 2, "two states");
        let listen = netstat2::TcpState::Listen;
        assert_eq!(merged(vec![row(7, listen), row(9, listen)]).len(), 2);
    }
}
