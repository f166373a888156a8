//! The kernel's own word of each TCP socket that comes to its end (`sock_diag` multicast, Linux
//! 4.3): what lived between two looks at the table is told too. Any user may listen.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use super::message::{self, Message};
use crate::machine::sockets::{Endings, Socket};

/// `SKNLGRP_INET_TCP_DESTROY` and `SKNLGRP_INET6_TCP_DESTROY` (`linux/sock_diag.h`) as bits.
const GROUPS: u32 = 1 | 1 << 2;
/// Room for some thousand sockets between two looks.
const ROOM: usize = 4 << 20;
/// A message tells of one socket in well under this.
const BUFFER: usize = 4096;

/// Told of every TCP socket of this network namespace that ends from now on.
#[derive(Debug)]
pub(super) struct Ended {
    channel: OwnedFd,
    /// The client's end of the last mark, until its end is told.
    mark: Option<SocketAddr>,
}

impl Ended {
    /// Begins to listen; `None` where the kernel does not tell.
    pub(super) fn listen() -> Option<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let channel = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            flags,
            Some(SOCK_DIAG),
        )
        .ok()?;
        // With less room more may be lost, which is told.
        let _ = set_socket_recv_buffer_size(&channel, ROOM);
        bind(&channel, &SocketAddrNetlink::new(0, GROUPS)).ok()?;
        Some(Self {
            channel,
            mark: None,
        })
    }
}

impl Endings for Ended {
    fn take(&mut self) -> Option<Vec<Socket>> {
        let mut sockets = Vec::new();
        let mut is_whole = true;
        let mut buffer = [0; BUFFER];
        loop {
            let length = match recv(&self.channel, &mut buffer[..], RecvFlags::empty()) {
                Ok((length, _)) => length,
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => continue,
                // The kernel had no room for some, and goes on with the next ones.
                Err(Errno::NOBUFS) => {
                    is_whole = false;
                    continue;
                }
                Err(_) => return None,
            };
            let mut bytes = &buffer[..length];
            while let Some(Message { payload, .. }) = message::split(&mut bytes) {
                sockets.extend(message::socket(payload));
            }
        }
        if sockets.iter().any(|row| Some(row.local) == self.mark) {
            self.mark = None;
        }
        is_whole.then_some(sockets)
    }

    fn mark(&mut self) -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        self.mark = Some(client.local_addr()?);
        Ok(())
    }

    fn is_mark_told(&self) -> bool {
        self.mark.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_connection_that_lived_between_two_looks_is_told_with_both_ends() {
        // Since Linux 4.3.
        let mut endings = Ended::listen().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let gateway = listener.local_addr().unwrap();
        let client = TcpStream::connect(gateway).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let local = client.local_addr().unwrap();
        drop((client, accepted));
        endings.mark().unwrap();
        assert!(!endings.is_mark_told());
        let until = Instant::now() + Duration::from_secs(60);
        let mut told = Vec::new();
        while !endings.is_mark_told() && Instant::now() < until {
            told.extend(endings.take().unwrap());
            std::thread::yield_now();
        }
        let has = |one, other| {
            let mut rows = told.iter();
            rows.any(|row: &Socket| (row.local, row.remote) == (one, other))
        };
        assert!(has(local, gateway) && has(gateway, local), "{told:?}");
    }
}
