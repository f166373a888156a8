//! Unix sockets that lead to a display server, as X11 and Wayland programs have them.
//!
//! Only the server's end has a name, and `/proc/net/unix` does not tell whose peer it is: the
//! kernel is asked by `unix_diag`. Layouts from `linux/unix_diag.h`.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{u16_at, u32_at};
use super::netlink::ask_each;
use super::request::connected_unix_sockets;

/// `SOCK_STREAM`, as every display has it; the peer of a datagram socket is not connected.
const STREAM: u8 = 1;
const NAME: u16 = 0;
const PEER: u16 = 2;
/// The length of `struct unix_diag_msg`.
const ROW: usize = 16;
/// Walks before a table that keeps changing is taken as unreadable.
const WALKS: usize = 3;

/// Which unix sockets are connections to a display server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Displays {
    /// The inodes of those that are.
    clients: BTreeSet<u64>,
    /// The inodes of those whose other end could not be told.
    unclear: BTreeSet<u64>,
}

impl Displays {
    /// Whether one of these sockets leads to a display; `None` if that cannot be told.
    pub fn any_of(&self, inodes: &[u64]) -> Option<bool> {
        let any = |set: &BTreeSet<u64>| inodes.iter().any(|inode| set.contains(inode));
        match (any(&self.clients), any(&self.unclear)) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        }
    }
}

/// Asks the kernel; `None` if neither it nor `/proc/net/unix` can say which sockets there are.
pub fn displays() -> Option<Displays> {
    for _ in 0..WALKS {
        let mut ends = BTreeMap::new();
        let walked = ask_each(&connected_unix_sockets(), |payload| {
            let end = end(payload);
            let is_row = end.is_some();
            ends.extend(end);
            is_row
        });
        match walked {
            Ok(false) => return Some(sorted(&ends)),
            Ok(true) => {}
            // A kernel without the module.
            Err(_) => break,
        }
    }
    let table = std::fs::read_to_string("/proc/self/net/unix").ok()?;
    Some(Displays {
        unclear: connected(&table)?,
        ..Displays::default()
    })
}

/// One end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct End {
    is_display: bool,
    /// The inode of the other end; 0 when no program has accepted it yet.
    peer: Option<u32>,
}

fn end(payload: &[u8]) -> Option<(u32, End)> {
    let inode = u32_at(payload, 4)?;
    let mut end = End::default();
    let mut attributes = payload.get(ROW..)?;
    if payload.get(1) != Some(&STREAM) {
        return Some((inode, end));
    }
    while let (Some(length), Some(kind)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
        let length = usize::from(length);
        let value = attributes.get(4..length)?;
        match kind {
            NAME => end.is_display = is_display(value),
            PEER => end.peer = Some(u32_at(value, 0)?),
            _ => {}
        }
        let next = length.next_multiple_of(4);
        attributes = attributes.get(next..).unwrap_or_default();
    }
    Some((inode, end))
}

/// Whether a display server listens under this name; the abstract ones begin with a zero byte.
///
/// A Wayland server calls itself `wayland-N`. One that was told another name is not recognised.
fn is_display(name: &[u8]) -> bool {
    const X11: &[u8] = b"/.X11-unix/";
    const WAYLAND: [&[u8]; 2] = [b"wayland-", b"gamescope-"];
    let file = name.rsplit(|byte| *byte == b'/').next().unwrap_or(name);
    name.windows(X11.len()).any(|part| part == X11)
        || WAYLAND.iter().any(|prefix| file.starts_with(prefix))
}

fn sorted(ends: &BTreeMap<u32, End>) -> Displays {
    let mut displays = Displays::default();
    for (inode, end) in ends {
        let inode = u64::from(*inode);
        match end.peer.map(|peer| ends.get(&peer)) {
            Some(Some(peer)) if peer.is_display => drop(displays.clients.insert(inode)),
            // It has not been accepted, or was closed during the walk.
            Some(None) => drop(displays.unclear.insert(inode)),
            Some(Some(_)) | None => {}
        }
    }
    displays
}

/// The inodes of the connected sockets in the text of `/proc/net/unix`.
fn connected(table: &str) -> Option<BTreeSet<u64>> {
    const STREAM_AND_CONNECTED: [&str; 2] = ["0001", "03"];
    let rows = table.lines().skip(1).map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(4);
        let kind = [fields.next()?, fields.next()?];
        Some((kind, fields.next()?.parse().ok()?))
    });
    let rows: Option<Vec<([&str; 2], u64)>> = rows.collect();
    let connected = rows?
        .into_iter()
        .filter(|(kind, _)| *kind == STREAM_AND_CONNECTED);
    Some(connected.map(|(_, inode)| inode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sockets::linux::message::samples::attribute;
    use proptest::prelude::*;
    use std::os::fd::AsFd;
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    fn row(inode: u32, name: Option<&[u8]>, peer: Option<u32>) -> Vec<u8> {
        let mut row = vec![1, 1, 1, 0];
        row.extend(inode.to_ne_bytes());
        row.extend([0; 8]);
        row.extend(name.map(|name| attribute(NAME, name)).unwrap_or_default());
        row.extend(
            peer.map(|peer| attribute(PEER, &peer.to_ne_bytes()))
                .unwrap_or_default(),
        );
        row
    }

    fn displays_of(rows: &[Vec<u8>]) -> Displays {
        sorted(&rows.iter().map(|row| end(row).unwrap()).collect())
    }

    #[test]
    fn a_client_of_a_display_is_known_by_the_name_of_its_peer() {
        for name in [
            &b"/tmp/.X11-unix/X0\0"[..],
            b"\0/tmp/.X11-unix/X0",
            b"/run/user/1000/wayland-0\0",
        ] {
            let displays = displays_of(&[row(7, Some(name), Some(8)), row(8, None, Some(7))]);
            assert_eq!(displays.any_of(&[8, 9]), Some(true), "{name:?}");
            assert_eq!(
                displays.any_of(&[7, 9]),
                Some(false),
                "the server's own end"
            );
        }
        let bus = row(7, Some(b"/run/user/1000/bus\0"), Some(8));
        assert_eq!(
            displays_of(&[bus, row(8, None, Some(7))]).any_of(&[8]),
            Some(false)
        );
    }

    #[test]
    fn a_connection_whose_other_end_is_not_seen_is_unclear() {
        let displays = displays_of(&[row(8, None, Some(0)), row(9, None, None)]);
        assert_eq!(displays.any_of(&[8]), None);
        assert_eq!(
            displays.any_of(&[9]),
            Some(false),
            "it has no other end any more"
        );
        let mut logging = row(8, None, Some(7));
        logging[1] = 2;
        let displays = displays_of(&[logging]);
        assert_eq!(
            displays.any_of(&[8]),
            Some(false),
            "a datagram to another namespace's log"
        );
    }

    #[test]
    fn without_the_module_every_connected_socket_is_unclear() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
                     0000: 00000003 00000000 00000000 0001 03 647\n\
                     0000: 00000003 00000000 00000000 0002 03 649\n\
                     0000: 00000002 00000000 00010000 0001 01 648 /run/bus\n";
        assert_eq!(connected(table), Some(BTreeSet::from([647])));
        assert_eq!(connected("Num\nnonsense\n"), None);
    }

    #[test]
    fn the_kernel_tells_a_display_from_another_server() {
        let directory = tempfile::tempdir().unwrap();
        let inode = |socket: &dyn AsFd| rustix::fs::fstat(socket.as_fd()).unwrap().st_ino;
        let connect = |name: &str| {
            let path = directory.path().join(name);
            let server = UnixListener::bind(&path).unwrap();
            let client = UnixStream::connect(&path).unwrap();
            let accepted = server.accept().unwrap();
            (client, accepted)
        };
        let (display, _accepted) = connect("wayland-7");
        let (bus, _kept) = connect("bus");
        let log = directory.path().join("log");
        let _journal = UnixDatagram::bind(&log).unwrap();
        let logging = UnixDatagram::unbound().unwrap();
        logging.connect(&log).unwrap();
        let displays = displays().unwrap();
        assert_eq!(displays.any_of(&[inode(&logging)]), Some(false));
        assert_eq!(displays.any_of(&[inode(&display)]), Some(true));
        assert_eq!(displays.any_of(&[inode(&bus)]), Some(false));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_or_loop(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = end(&bytes);
        }
    }
}
