//! A netlink socket to the kernel's `sock_diag`, used for one question and closed.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};

use super::message::{self, Message};
use crate::machine::sockets::{Socket, TableError};

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// `NLM_F_MULTI` and `NLM_F_DUMP_INTR`.
const MULTI: u16 = 2;
const INTERRUPTED: u16 = 0x10;
/// The kernel fills at most 32 KiB of a dump at a time (`netlink_dump`).
const BUFFER: usize = 32 * 1024;
/// One walk over a million sockets takes well under a second.
const PATIENCE: Duration = Duration::from_secs(5);

fn failed(attempt: &'static str, errno: Errno) -> TableError {
    TableError::System {
        attempt,
        source: errno.into(),
    }
}

/// The rows of one walk.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) sockets: Vec<Socket>,
    /// Rows may be missing or doubled: the table changed, a message was cut or made no sense.
    pub(super) incomplete: bool,
}

/// Sends `request` and collects the rows that `keep` wants.
pub(super) fn ask(
    request: &[u8],
    mut keep: impl FnMut(&Socket) -> bool,
) -> Result<Rows, TableError> {
    let mut sockets = Vec::new();
    let incomplete = ask_each(request, |payload| {
        let socket = message::socket(payload);
        let is_row = socket.is_some();
        sockets.extend(socket.filter(|socket| keep(socket)));
        is_row
    })?;
    Ok(Rows {
        sockets,
        incomplete,
    })
}

/// Sends `request` and passes the payload of each row on to `row`, which says whether it made
/// sense; true if rows may be missing or doubled.
pub(super) fn ask_each(
    request: &[u8],
    mut row: impl FnMut(&[u8]) -> bool,
) -> Result<bool, TableError> {
    let channel = open()?;
    send(&channel, request, SendFlags::empty())
        .map_err(|errno| failed("send a netlink request", errno))?;
    let mut buffer = vec![0; BUFFER];
    let mut incomplete = false;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let (length, whole) = match recv(&channel, &mut buffer[..], RecvFlags::TRUNC) {
            Ok(answer) => answer,
            Err(Errno::INTR) => continue,
            // The kernel dropped rows for lack of room, and goes on with the next ones.
            Err(Errno::NOBUFS) => {
                incomplete = true;
                continue;
            }
            Err(errno) => return Err(failed("read a netlink answer", errno)),
        };
        if length == 0 {
            return Err(TableError::Malformed(
                "the kernel closed its netlink answer",
            ));
        }
        incomplete |= whole > length;
        if take(&buffer[..length], &mut incomplete, &mut row)? {
            return Ok(incomplete);
        }
    }
    Err(TableError::Malformed("the kernel's answer has no end"))
}

fn open() -> Result<OwnedFd, TableError> {
    let failed = |errno| failed("open a netlink socket", errno);
    let kind = SocketType::RAW;
    let channel = socket_with(
        AddressFamily::NETLINK,
        kind,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )
    .map_err(failed)?;
    // Connected to the kernel, it takes messages from no other sender.
    connect(&channel, &SocketAddrNetlink::new(0, 0)).map_err(failed)?;
    set_socket_timeout(&channel, Timeout::Recv, Some(PATIENCE)).map_err(failed)?;
    Ok(channel)
}

/// Takes the rows of one datagram; true when the answer is complete.
fn take(
    mut bytes: &[u8],
    incomplete: &mut bool,
    row: &mut impl FnMut(&[u8]) -> bool,
) -> Result<bool, TableError> {
    while !bytes.is_empty() {
        let Some(Message {
            kind,
            flags,
            payload,
        }) = message::split(&mut bytes)
        else {
            *incomplete = true;
            return Ok(false);
        };
        *incomplete |= flags & INTERRUPTED != 0;
        match kind {
            NLMSG_ERROR | NLMSG_DONE => {
                return match message::errno(payload) {
                    0 => Ok(true),
                    // Any number may stand there, not only one that is an error.
                    number => Err(TableError::System {
                        attempt: "ask the kernel for its sockets (inet_diag)",
                        source: io::Error::from_raw_os_error(number),
                    }),
                };
            }
            // NLMSG_NOOP and NLMSG_OVERRUN.
            0..16 => {
                *incomplete |= kind == 4;
                continue;
            }
            _ => *incomplete |= !row(payload),
        }
        // The answer to an exact look-up is one message without an end mark.
        if flags & MULTI == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sockets::linux::message::samples;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> (Result<bool, TableError>, Rows) {
        let mut rows = Rows::default();
        let mut row = |payload: &[u8]| {
            let socket = message::socket(payload);
            let is_row = socket.is_some();
            rows.sockets.extend(socket);
            is_row
        };
        let answer = take(bytes, &mut rows.incomplete, &mut row);
        (answer, rows)
    }

    #[test]
    fn rows_are_taken_until_the_end_mark() {
        let row = samples::message(20, MULTI, &samples::row());
        let done = samples::message(NLMSG_DONE, MULTI, &0_i32.to_ne_bytes());
        let (ended, rows) = read(&[row.clone(), row.clone()].concat());
        assert!(matches!(ended, Ok(false)) && rows.sockets.len() == 2 && !rows.incomplete);
        let (ended, rows) = read(&[row, done].concat());
        assert!(matches!(ended, Ok(true)) && rows.sockets.len() == 1);
    }

    #[test]
    fn an_exact_answer_ends_with_its_only_row() {
        let (ended, rows) = read(&samples::message(20, 0, &samples::row()));
        assert!(matches!(ended, Ok(true)) && rows.sockets.len() == 1);
    }

    #[test]
    fn an_error_is_no_empty_table_wherever_it_stands() {
        for kind in [NLMSG_ERROR, NLMSG_DONE] {
            let (answer, _) = read(&samples::message(kind, 0, &(-13_i32).to_ne_bytes()));
            let denied = |error| matches!(error, TableError::System { source, .. } if source.raw_os_error() == Some(13));
            assert!(answer.is_err_and(denied));
        }
    }

    #[test]
    fn an_interrupted_or_cut_walk_is_incomplete() {
        let row = samples::message(20, MULTI | INTERRUPTED, &samples::row());
        assert!(read(&row).1.incomplete);
        assert!(read(&row[..row.len() - 4]).1.incomplete);
        assert!(
            read(&samples::message(20, MULTI, &samples::row()[..71]))
                .1
                .incomplete
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic_or_loop(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_change_of_a_byte_panics(at in 0_usize..300, byte in any::<u8>()) {
            let mut bytes = samples::message(20, MULTI, &samples::row());
            let place = at % bytes.len();
            bytes[place] = byte;
            let _ = read(&bytes);
        }
    }
}
