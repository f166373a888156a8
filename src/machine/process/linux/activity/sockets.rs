//! The sockets among the descriptors of a process, whether reads of them wait, and the epoll sets in
//! which they are.

use std::collections::BTreeMap;

use rustix::fd::OwnedFd;

use crate::machine::activity::{Descriptor, Registered};
use crate::machine::process::linux::read;

/// More descriptors are not looked at: that would take a second.
const MOST: u64 = 200_000;

/// More of the list of an epoll set is not read: a line of it has about 80 bytes.
const SET: usize = 4 * 1024 * 1024;

/// What an epoll descriptor is called.
const EPOLL: &str = "anon_inode:[eventpoll]";

/// `O_NONBLOCK`, and the events of epoll that wake for reading (`EPOLLIN`, `EPOLLRDNORM`) and once
/// for what has come (`EPOLLET`).
const NONBLOCK: u32 = 0o4000;
const READABLE: u32 = 0x41;
const EDGE: u32 = 1 << 31;

/// Each socket of the process by its inode, and how many descriptors the process has; `None` where they
/// may not be read.
pub(super) fn sockets(process: &OwnedFd) -> Option<(BTreeMap<u64, Descriptor>, u64)> {
    let descriptors = crate::machine::process::linux::directory(process, "fd").ok()?;
    let mut sockets: BTreeMap<u64, Descriptor> = BTreeMap::new();
    let (mut open, mut sets, mut is_readable) = (0, Vec::new(), true);
    let listed = read::each(&descriptors, |name| {
        open += 1;
        let number = name.to_str().ok().and_then(|name| name.parse().ok());
        let Some(number) = number else { return true };
        match read::link(&descriptors, &format!("{number}")) {
            Ok(link) if link == EPOLL => sets.push(number),
            Ok(link) => {
                if let Some(inode) = read::bracketed(link.as_bytes(), b"socket") {
                    let socket = sockets.entry(inode).or_default();
                    socket.numbers.push(number);
                    socket.never_waits = flags(process, number).map(|it| it & NONBLOCK != 0);
                }
            }
            // It was closed meanwhile; or nothing of this process may be read.
            Err(error) => is_readable &= error == rustix::io::Errno::NOENT,
        }
        open < MOST
    });
    listed.ok()?;
    if !is_readable {
        return None;
    }
    for set in sets {
        register(process, set, &mut sockets);
    }
    Some((sockets, open))
}

/// The flags with which a descriptor was opened.
fn flags(process: &OwnedFd, number: i32) -> Option<u32> {
    let (info, _) = read::file(process, &format!("fdinfo/{number}"), 4096).ok()?;
    let info = String::from_utf8_lossy(&info);
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    u32::from_str_radix(flags.trim(), 8).ok()
}

/// Adds an epoll set to the sockets that are in it.
fn register(process: &OwnedFd, epoll: i32, sockets: &mut BTreeMap<u64, Descriptor>) {
    let Ok((info, _)) = read::file(process, &format!("fdinfo/{epoll}"), SET) else {
        return;
    };
    for line in String::from_utf8_lossy(&info).lines() {
        let Some(member) = Member::parse(line) else {
            continue;
        };
        let found = sockets
            .iter_mut()
            .find(|(inode, socket)| match member.inode {
                Some(member) => **inode == member,
                None => socket.numbers.contains(&member.number),
            });
        if let Some((_, socket)) = found {
            socket.registered.push(Registered {
                epoll,
                reads: member.events & READABLE != 0,
                once: member.events & EDGE != 0,
            });
        }
    }
}

/// One line of an epoll set.
#[derive(Debug, PartialEq, Eq)]
struct Member {
    number: i32,
    events: u32,
    /// Older kernels do not tell it.
    inode: Option<u64>,
}

impl Member {
    /// Reads `tfd: 6 events: 19 data: 6  pos:0 ino:2f0 sdev:9`.
    fn parse(line: &str) -> Option<Self> {
        let spaced = line.replace(':', " ");
        let mut words = spaced.split_ascii_whitespace();
        let mut member = Self {
            number: -1,
            events: 0,
            inode: None,
        };
        (words.next()? == "tfd").then_some(())?;
        member.number = words.next()?.parse().ok()?;
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match name {
                "events" => member.events = u32::from_str_radix(value, 16).ok()?,
                "ino" => member.inode = u64::from_str_radix(value, 16).ok(),
                _ => {}
            }
        }
        Some(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_an_epoll_set_is_read_with_and_without_an_inode() {
        let line = "tfd:        6 events: 80000019 data:                6  pos:0 ino:2f0 sdev:9";
        let member = Member::parse(line).unwrap();
        assert_eq!((member.number, member.inode), (6, Some(0x2f0)));
        assert_eq!(member.events & EDGE, EDGE);
        let old = Member::parse("tfd:        6 events:       19 data:        6").unwrap();
        assert_eq!((old.events, old.inode), (0x19, None));
        assert_eq!(Member::parse("pos:\t0"), None);
        assert_eq!(Member::parse("tfd: x"), None);
    }
}
