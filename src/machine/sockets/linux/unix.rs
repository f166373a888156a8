//! Which unix stream sockets are connected to which.
//!
//! `/proc/net/unix` does not tell whose peer a socket is: the kernel is asked by `unix_diag`.
//! Layouts from `linux/unix_diag.h`.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{u16_at, u32_at};
use super::netlink::ask_each;
use super::request::connected_unix_sockets;

/// `SOCK_STREAM`; the peer of a datagram socket is not connected.
const STREAM: u8 = 1;
const PEER: u16 = 2;
const SHUTDOWN: u16 = 6;
/// `SHUTDOWN_MASK`: both directions have ended, as they do when the other end is closed.
const BOTH: u8 = 3;
/// The length of `struct unix_diag_msg`.
const ROW: usize = 16;
/// Walks before a table that keeps changing is taken as unreadable.
const WALKS: usize = 3;

/// The other end of each connected unix stream socket, by inode; 0 where it cannot be told, as
/// while no program has accepted the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnixPeers(BTreeMap<u64, u64>);

impl UnixPeers {
    /// Asks the kernel; `None` if neither it nor `/proc/net/unix` can say which sockets there are.
    pub fn read() -> Option<Self> {
        for _ in 0..WALKS {
            let mut peers = BTreeMap::new();
            let walked = ask_each(&connected_unix_sockets(), |payload| {
                let row = row(payload);
                peers.extend(row.and_then(|(inode, peer)| Some((inode, peer?))));
                row.is_some()
            });
            match walked {
                Ok(false) => return Some(Self(peers)),
                Ok(true) => {}
                // A kernel without the module.
                Err(_) => break,
            }
        }
        let table = std::fs::read_to_string("/proc/self/net/unix").ok()?;
        let unclear = connected(&table)?.into_iter();
        Some(Self(unclear.map(|inode| (inode, 0)).collect()))
    }

    /// The other ends of one process's sockets that it does not hold itself; `None` if one of
    /// them cannot be told.
    pub fn of(&self, inodes: &[u64]) -> Option<BTreeSet<u64>> {
        let peers = inodes.iter().filter_map(|inode| self.0.get(inode));
        let outside = peers.filter(|peer| !inodes.contains(peer));
        outside
            .map(|peer| Some(*peer).filter(|peer| *peer != 0))
            .collect()
    }
}

/// One socket, and its peer if it is a stream that has one.
fn row(payload: &[u8]) -> Option<(u64, Option<u64>)> {
    let inode = u64::from(u32_at(payload, 4)?);
    let mut attributes = payload.get(ROW..)?;
    let (mut peer, mut is_over) = (None, false);
    while let (Some(length), Some(kind)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
        let length = usize::from(length);
        let value = attributes.get(4..length)?;
        match kind {
            PEER => peer = Some(u64::from(u32_at(value, 0)?)),
            SHUTDOWN => is_over = value.first() == Some(&BOTH),
            _ => {}
        }
        let next = length.next_multiple_of(4);
        attributes = attributes.get(next..).unwrap_or_default();
    }
    let is_stream = payload.get(1) == Some(&STREAM);
    // An end that was closed has no number, as one that was not accepted has none.
    let is_closed = is_over && peer == Some(0);
    Some((inode, peer.filter(|_| is_stream && !is_closed)))
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

    fn row_of(kind: u8, inode: u32, peer: Option<u32>) -> Vec<u8> {
        let mut row = vec![1, kind, 1, 0];
        row.extend(inode.to_ne_bytes());
        row.extend([0; 8]);
        let peer = peer.map(|peer| attribute(PEER, &peer.to_ne_bytes()));
        row.extend(peer.unwrap_or_default());
        row
    }

    fn peers_of(rows: &[Vec<u8>]) -> UnixPeers {
        let rows = rows.iter().map(|payload| row(payload).unwrap());
        UnixPeers(
            rows.filter_map(|(inode, peer)| Some((inode, peer?)))
                .collect(),
        )
    }

    #[test]
    fn the_other_ends_are_told_but_for_those_that_the_process_holds_itself() {
        let pair = [row_of(STREAM, 7, Some(8)), row_of(STREAM, 8, Some(7))];
        let peers = peers_of(&pair);
        assert_eq!(peers.of(&[7, 9]), Some(BTreeSet::from([8])));
        assert_eq!(peers.of(&[8]), Some(BTreeSet::from([7])));
        assert_eq!(peers.of(&[7, 8]), Some(BTreeSet::new()));
    }

    #[test]
    fn a_connection_whose_other_end_is_not_accepted_is_unclear() {
        let rows = [
            row_of(STREAM, 8, Some(0)),
            row_of(STREAM, 9, None),
            row_of(2, 10, Some(0)),
        ];
        let peers = peers_of(&rows);
        assert_eq!(peers.of(&[8]), None);
        let none = Some(BTreeSet::new());
        assert_eq!(peers.of(&[9]), none, "it has no other end any more");
        assert_eq!(
            peers.of(&[10]),
            none,
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
    fn the_kernel_tells_the_other_end_of_a_stream() {
        let directory = tempfile::tempdir().unwrap();
        let inode = |socket: &dyn AsFd| rustix::fs::fstat(socket.as_fd()).unwrap().st_ino;
        let path = directory.path().join("bus");
        let server = UnixListener::bind(&path).unwrap();
        let client = UnixStream::connect(&path).unwrap();
        let log = directory.path().join("log");
        let _journal = UnixDatagram::bind(&log).unwrap();
        let logging = UnixDatagram::unbound().unwrap();
        logging.connect(&log).unwrap();
        let (one, other) = UnixStream::pair().unwrap();
        assert_eq!(UnixPeers::read().unwrap().of(&[inode(&client)]), None);
        let (accepted, _) = server.accept().unwrap();
        let peers = UnixPeers::read().unwrap();
        let of = |socket: &dyn AsFd| peers.of(&[inode(socket)]).unwrap();
        assert_eq!(of(&client), BTreeSet::from([inode(&accepted)]));
        assert_eq!(of(&one), BTreeSet::from([inode(&other)]));
        assert_eq!(of(&logging), BTreeSet::new());
        drop((accepted, other));
        let peers = UnixPeers::read().unwrap();
        for end in [&client, &one] {
            assert_eq!(peers.of(&[inode(end)]), Some(BTreeSet::new()));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_or_loop(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = row(&bytes);
        }
    }
}
