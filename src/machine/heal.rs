//! `--heal`: shuts a half-closed socket down in the program that holds it; the program lives on
//! and reads an end of stream, which it should have read long ago.

use std::collections::BTreeMap;
use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::fstat;
use rustix::io::Errno;
use rustix::net::{Shutdown, ipproto, shutdown, sockopt};
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};

use super::pid::{Pid, ProcessId};
use super::process::linux::Proc;
use super::sockets::{Socket, SocketTable, TcpState};

/// What `pidfd_getfd` answers where ptrace would not be allowed either.
const NOT_PERMITTED: &str = "the kernel does not let this user into it (Yama's ptrace_scope, or a container without \
     CAP_SYS_PTRACE)";

/// A program whose sockets are shut down, and the numbers of their descriptors: they are read once
/// for all its sockets, since it may have thousands.
pub struct Holder {
    processes: Proc,
    pid: Pid,
    process: OwnedFd,
    descriptors: BTreeMap<u64, i32>,
}

impl Holder {
    /// Holds the process fast; errs if it is not the same any more, or may not be read.
    pub fn open(processes: &Proc, id: ProcessId) -> io::Result<Self> {
        let process = super::kill::open(processes, id)?;
        let process = process.ok_or_else(|| io::Error::other("it has gone"))?;
        // Of a process whose main thread has ended only the others have any.
        let descriptors = processes.descriptors(id.pid).unwrap_or_default();
        Ok(Self {
            processes: processes.clone(),
            pid: id.pid,
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
        let copy = self.copy(inode)?;
        // The number may have come to mean something else since it was read.
        if sockopt::socket_cookie(&copy)? != cookie && !is_ended_whole(&copy, inode)? {
            return Err(io::Error::other(
                "its descriptor is another socket by now, or has other paths that are up (MPTCP)",
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

    /// A copy of the descriptor of this socket, in whichever thread it is.
    fn copy(&self, inode: u64) -> io::Result<OwnedFd> {
        let none = PidfdGetfdFlags::empty();
        let copy = if let Some(number) = self.descriptors.get(&inode) {
            pidfd_getfd(&self.process, *number, none)
        } else {
            let thread = self.processes.thread_with(self.pid, inode);
            let (thread, number) = thread.ok_or_else(|| {
                io::Error::other(
                    "none of its descriptors is the socket: it has gone, or is a ring's, or one \
                     thread's own, which takes Linux 6.9",
                )
            })?;
            pidfd_getfd(thread, number, none)
        };
        copy.map_err(|errno| match errno {
            Errno::PERM => io::Error::other(NOT_PERMITTED),
            errno => errno.into(),
        })
    }
}

/// Whether this is a socket of MPTCP with this inode, which its paths have too, and the other end has ended
/// all of it: a path has a cookie of its own, and another one may be up.
fn is_ended_whole(socket: &OwnedFd, inode: u64) -> io::Result<bool> {
    if sockopt::socket_protocol(socket)? != Some(ipproto::MPTCP) || fstat(socket)?.st_ino != inode {
        return Ok(false);
    }
    let mut end = [PollFd::new(socket, PollFlags::RDHUP)];
    poll(&mut end, Some(&Timespec::default()))?;
    Ok(end[0].revents().contains(PollFlags::RDHUP))
}
