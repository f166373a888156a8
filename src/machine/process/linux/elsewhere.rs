//! Whether a process has a connection that no table of this network namespace shows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::getxattr;
use rustix::net::sockopt::socket_cookie;
use rustix::net::{SocketAddrAny, getpeername, getsockname};
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};

use super::outlets::pidfd;
use crate::machine::pid::Pid;
use crate::machine::sockets::{AddressPair, Socket, canonical};

/// The extended attribute with the name of a socket's protocol (net/socket.c).
const PROTOCOL: &str = "system.sockprotoname";

/// Whether one of these sockets is a connected one of TCP and not of this namespace: it is not among the
/// `known`, and no new one either, which `is_here` tells by its addresses and cookie. A process keeps what
/// it opened in another one (`setns`). One that was reset is in no table either, and connected to nobody.
/// False where the kernel does not let it be looked at.
pub(super) fn is_connected(
    proc: &Path,
    pid: Pid,
    mut descriptors: BTreeMap<u64, i32>,
    known: &[Socket],
    is_here: &dyn Fn(AddressPair, u64) -> bool,
) -> bool {
    for inode in known.iter().filter_map(|socket| socket.inode) {
        descriptors.remove(&inode);
    }
    let is_tcp = |descriptor: &i32| {
        let path = proc.join(format!("{pid}/fd/{descriptor}"));
        let mut name = [0; 32];
        let length = getxattr(&path, PROTOCOL, &mut name[..]).unwrap_or_default();
        name[..length].starts_with(b"TCP") || name[..length].starts_with(b"MPTCP")
    };
    let mut unknown = descriptors.into_values().filter(is_tcp).peekable();
    if unknown.peek().is_none() {
        return false;
    }
    let Some(process) = pidfd(pid) else {
        return false;
    };
    unknown.any(|descriptor| {
        // As long as the duplicate is there, the connection stays in its table.
        let copy = pidfd_getfd(&process, descriptor, PidfdGetfdFlags::empty());
        let Ok(copy) = copy else {
            return false;
        };
        let Some(pair) = pair(&copy) else {
            return false;
        };
        !socket_cookie(&copy).is_ok_and(|cookie| is_here(pair, cookie))
    })
}

/// Both ends of a connection; `None` of what is connected to nothing.
fn pair(socket: &OwnedFd) -> Option<AddressPair> {
    let address = |any: SocketAddrAny| SocketAddr::try_from(any).ok().map(canonical);
    Some(AddressPair {
        local: address(getsockname(socket).ok()?)?,
        remote: address(getpeername(socket).ok()??)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sockets::TcpState;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    #[test]
    fn a_connection_that_no_table_shows_is_found_and_a_socket_without_one_is_not() {
        let own = Pid(std::process::id());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        let found = |descriptor: i32, known: &[Socket], is_here: bool| {
            let descriptors = BTreeMap::from([(7, descriptor)]);
            let is_here = |pair: AddressPair, _| pair.remote == address && is_here;
            is_connected(Path::new("/proc"), own, descriptors, known, &is_here)
        };
        assert!(found(stream.as_raw_fd(), &[], false));
        assert!(!found(stream.as_raw_fd(), &[], true), "a new one");
        assert!(
            !found(listener.as_raw_fd(), &[], false),
            "it waits for clients"
        );
        assert!(!found(0, &[], false), "no socket of TCP");
        let known = Socket {
            inode: Some(7),
            ..Socket::unknown(stream.local_addr().unwrap(), address, TcpState::Established)
        };
        assert!(!found(stream.as_raw_fd(), &[known], false));
    }
}
