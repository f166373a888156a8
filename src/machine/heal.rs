//! `--heal`: shuts a half-closed socket down in the program that holds it; the program lives on
//! and reads an end of stream, which it should have read long ago.

use std::collections::BTreeMap;
use std::io;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{Shutdown, shutdown, sockopt};
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};

use super::pid::ProcessId;
use super::process::linux::Proc;
use super::sockets::{Socket, SocketTable, TcpState};

/// What `pidfd_getfd` answers where ptrace would not be allowed either.
const NOT_PERMITTED: &str = "the kernel does not let this user into it (Yama's ptrace_scope, or a container without \
     CAP_SYS_PTRACE)";

/// A program whose sockets are shut down, and the numbers of their descriptors: they are read once
/// for all its sockets, since it may have thousands.
pub struct Holder {
    process: OwnedFd,
    descriptors: BTreeMap<u64, i32>,
}

impl Holder {
    /// Holds the process fast; errs if it is not the same any more, or may not be read.
    pub fn open(processes: &Proc, id: ProcessId) -> io::Result<Self> {
        let process = super::kill::open(processes, id)?;
        let process = process.ok_or_else(|| io::Error::other("it has gone"))?;
        let descriptors = processes.descriptors(id.pid);
        let descriptors =
            descriptors.ok_or_else(|| io::Error::other("its descriptors cannot be read"))?;
        Ok(Self {
            process,
            descriptors,
        })
    }

    /// Shuts down our direction of `socket`; errs if it could not, if the descriptor turned out to
    /// be another socket, or if it is not half closed any more.
    ///
    /// Sends the FIN that the program owes: CLOSE_WAIT becomes `LAST_ACK`, and the row goes. Bytes
    /// that came before the Gateway's end stay readable.
    pub fn heal(&self, table: &dyn SocketTable, socket: &Socket) -> io::Result<()> {
        let (Some(inode), Some(cookie)) = (socket.inode, socket.cookie) else {
            return Err(io::Error::other("the socket's identity is not known"));
        };
        let descriptor = self.descriptors.get(&inode);
        let descriptor = descriptor.ok_or_else(|| {
            io::Error::other(
                "the socket is not among the descriptors of its main thread: it has gone, or is a \
                 ring's or another thread's own",
            )
        })?;
        let copy = pidfd_getfd(&self.process, *descriptor, PidfdGetfdFlags::empty());
        let copy = copy.map_err(|errno| match errno {
            Errno::PERM => io::Error::other(NOT_PERMITTED),
            errno => errno.into(),
        })?;
        // The number may have come to mean something else since it was read.
        if sockopt::socket_cookie(&copy)? != cookie {
            return Err(io::Error::other(
                "its descriptor is another socket by now, or one of several paths (MPTCP)",
            ));
        }
        // The last look: the same socket may have been disconnected and connected again, and its
        // addresses may be another one's. Nothing but that leads from CLOSE_WAIT back to a connection.
        let now = table.find(socket.local, socket.remote);
        let now = now.map_err(io::Error::other)?;
        if !now.is_some_and(|now| now.cookie == Some(cookie) && now.state == TcpState::CloseWait) {
            return Err(io::Error::other("it is not half closed any more"));
        }
        match shutdown(&copy, Shutdown::Write) {
            // It was closed or reset at this very moment.
            Ok(()) | Err(Errno::NOTCONN) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}
