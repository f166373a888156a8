//! Whether a process has a connection that no table of this network namespace shows.

use std::collections::BTreeMap;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::getxattr;
use rustix::net::getpeername;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::machine::pid::Pid;
use crate::machine::sockets::Socket;

/// The extended attribute with the name of a socket's protocol (net/socket.c).
const PROTOCOL: &str = "system.sockprotoname";

/// Whether one of these sockets is a connected one of TCP and not among the `known`, all of this
/// namespace: a process keeps what it opened in another one (`setns`). One that was reset is in no
/// table either, and connected to nobody. False where the kernel does not let it be looked at.
pub(super) fn is_connected(
    proc: &Path,
    pid: Pid,
    mut descriptors: BTreeMap<u64, i32>,
    known: &[Socket],
) -> bool {
    for inode in known.iter().filter_map(|socket| socket.inode) {
        descriptors.remove(&inode);
    }
    let is_tcp = |descriptor: &i32| {
        let path = proc.join(format!("{pid}/fd/{descriptor}"));
        let mut name = [0; 32];
        let length = getxattr(&path, PROTOCOL, &mut name[..]).unwrap_or_default();
        ["TCP", "MPTCP"]
            .iter()
            .any(|tcp| name[..length].starts_with(tcp.as_bytes()))
    };
    let mut unknown = descriptors.into_values().filter(is_tcp).peekable();
    if unknown.peek().is_none() {
        return false;
    }
    let Some(process) = pidfd(pid) else {
        return false;
    };
    unknown.any(|descriptor| {
        let copy = pidfd_getfd(&process, descriptor, PidfdGetfdFlags::empty());
        copy.is_ok_and(|copy| getpeername(&copy).is_ok_and(|peer| peer.is_some()))
    })
}

fn pidfd(pid: Pid) -> Option<OwnedFd> {
    let pid = i32::try_from(pid.0).ok()?;
    pidfd_open(rustix::process::Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    #[test]
    fn a_connection_that_no_table_shows_is_found_and_a_socket_without_one_is_not() {
        let own = Pid(std::process::id());
        let of = |descriptor: i32| {
            is_connected(
                Path::new("/proc"),
                own,
                BTreeMap::from([(7, descriptor)]),
                &[],
            )
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        assert!(of(stream.as_raw_fd()));
        assert!(!of(listener.as_raw_fd()), "it waits for clients");
        assert!(!of(0), "no socket of TCP");
        let known = Socket {
            inode: Some(7),
            ..Socket::unknown(
                stream.local_addr().unwrap(),
                address,
                crate::machine::sockets::TcpState::Established,
            )
        };
        let descriptors = BTreeMap::from([(7, stream.as_raw_fd())]);
        assert!(!is_connected(
            Path::new("/proc"),
            own,
            descriptors,
            &[known]
        ));
    }
}
