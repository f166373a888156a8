//! Which unix sockets are connected to which, and which listen.
//!
//! `/proc/net/unix` does not tell whose peer a socket is: the kernel is asked by `unix_diag`.
//! Layouts from `linux/unix_diag.h`.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{u16_at, u32_at};
use super::netlink::ask_each;
use super::request::unix_sockets;

/// `SOCK_STREAM` and `SOCK_SEQPACKET`; the peer of a datagram socket is not connected.
const STREAMS: [u8; 2] = [1, 5];
/// `TCP_LISTEN`, which is a state of unix sockets too.
const LISTENING: u8 = 10;
const PEER: u16 = 2;
const SHUTDOWN: u16 = 6;
/// `SHUTDOWN_MASK`: both directions have ended, as they do when the other end is closed.
const BOTH: u8 = 3;
/// The length of `struct unix_diag_msg`.
const ROW: usize = 16;
/// Walks before a table that keeps changing is taken as unreadable.
const WALKS: usize = 3;

/// The unix sockets that are connected or listen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnixPeers {
    /// The other end of each connected one, by inode; 0 where it cannot be told, as while no program
    /// has accepted the connection.
    peers: BTreeMap<u64, u64>,
    /// Those that listen.
    listening: BTreeSet<u64>,
    /// The other end of each connected datagram socket, by inode; 0 where it cannot be told.
    datagrams: BTreeMap<u64, u64>,
}

impl UnixPeers {
    /// Asks the kernel; `None` if neither it nor `/proc/net/unix` can say which sockets there are.
    pub fn read() -> Option<Self> {
        for _ in 0..WALKS {
            let mut sockets = Self::default();
            let walked = ask_each(&unix_sockets(), |payload| {
                let row = row(payload);
                if let Some(row) = row {
                    sockets.add(row);
                }
                row.is_some()
            });
            match walked {
                Ok(false) => return Some(sockets),
                Ok(true) => {}
                // A kernel without the module.
                Err(_) => break,
            }
        }
        of_text(&std::fs::read_to_string("/proc/self/net/unix").ok()?)
    }

    fn add(&mut self, (inode, end): (u64, End)) {
        match end {
            End::None => {}
            End::Peer(peer) => drop(self.peers.insert(inode, peer)),
            End::Any => drop(self.listening.insert(inode)),
            End::Datagram(peer) => drop(self.datagrams.insert(inode, peer)),
        }
    }

    /// Whether one of these sockets listens.
    pub fn any_listens(&self, inodes: &[u64]) -> bool {
        inodes.iter().any(|inode| self.listening.contains(inode))
    }

    /// The other ends of one process's sockets that it does not hold itself; `None` if one of
    /// them cannot be told.
    pub fn of(&self, inodes: &[u64]) -> Option<BTreeSet<u64>> {
        outside(&self.peers, inodes)
    }

    /// The same of its datagram sockets.
    pub fn of_datagrams(&self, inodes: &[u64]) -> Option<BTreeSet<u64>> {
        outside(&self.datagrams, inodes)
    }
}

fn outside(peers: &BTreeMap<u64, u64>, inodes: &[u64]) -> Option<BTreeSet<u64>> {
    let peers = inodes.iter().filter_map(|inode| peers.get(inode));
    let outside = peers.filter(|peer| !inodes.contains(peer));
    outside
        .map(|peer| Some(*peer).filter(|peer| *peer != 0))
        .collect()
}

/// What is at the other end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing.
    None,
    /// Where a datagram socket sends to; 0 where that cannot be told.
    Datagram(u64),
    /// The socket with this inode; 0 where that cannot be told.
    Peer(u64),
    /// Whatever connects: it listens.
    Any,
}

/// One socket, and what is at its other end.
fn row(payload: &[u8]) -> Option<(u64, End)> {
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
    let is_stream = payload.get(1).is_some_and(|kind| STREAMS.contains(kind));
    // An end that was closed has no number, as one that was not accepted has none.
    let is_closed = is_over && peer == Some(0);
    let end = match peer {
        Some(peer) if !is_stream && peer != 0 => End::Datagram(peer),
        _ if !is_stream => End::None,
        _ if payload.get(2) == Some(&LISTENING) => End::Any,
        Some(peer) if !is_closed => End::Peer(peer),
        Some(_) | None => End::None,
    };
    Some((inode, end))
}

/// The sockets in the text of `/proc/net/unix`, which tells no peers.
fn of_text(table: &str) -> Option<UnixPeers> {
    const CONNECTED: &str = "03";
    /// `__SO_ACCEPTCON`.
    const LISTENS: &str = "00010000";
    let mut sockets = UnixPeers::default();
    for line in table.lines().skip(1) {
        let mut fields = line.split_ascii_whitespace().skip(3);
        let (flags, kind, state) = (fields.next()?, fields.next()?, fields.next()?);
        let end = match (kind, flags, state) {
            ("0001" | "0005", LISTENS, _) => End::Any,
            ("0001" | "0005", _, CONNECTED) => End::Peer(0),
            ("0002", _, CONNECTED) => End::Datagram(0),
            _ => End::None,
        };
        sockets.add((fields.next()?.parse().ok()?, end));
    }
    Some(sockets)
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
        let mut sockets = UnixPeers::default();
        for payload in rows {
            sockets.add(row(payload).unwrap());
        }
        sockets
    }

    #[test]
    fn the_other_ends_are_told_but_for_those_that_the_process_holds_itself() {
        let pair = [
            row_of(STREAMS[0], 7, Some(8)),
            row_of(STREAMS[0], 8, Some(7)),
        ];
        let peers = peers_of(&pair);
        assert_eq!(peers.of(&[7, 9]), Some(BTreeSet::from([8])));
        assert_eq!(peers.of(&[8]), Some(BTreeSet::from([7])));
        assert_eq!(peers.of(&[7, 8]), Some(BTreeSet::new()));
    }

    #[test]
    fn a_connection_whose_other_end_is_not_accepted_is_unclear() {
        let rows = [
            row_of(STREAMS[0], 8, Some(0)),
            row_of(STREAMS[0], 9, None),
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
        let sockets = of_text(table).unwrap();
        assert_eq!(sockets.peers, BTreeMap::from([(647, 0)]));
        assert_eq!(sockets.listening, BTreeSet::from([648]));
        assert_eq!(sockets.of_datagrams(&[649]), None);
        assert_eq!(of_text("Num\nnonsense\n"), None);
    }

    #[test]
    fn the_kernel_tells_the_other_end_of_a_stream() {
        let directory = tempfile::tempdir().unwrap();
        let inode = |socket: &dyn AsFd| rustix::fs::fstat(socket.as_fd()).unwrap().st_ino;
        let path = directory.path().join("bus");
        let server = UnixListener::bind(&path).unwrap();
        let client = UnixStream::connect(&path).unwrap();
        let log = directory.path().join("log");
        let journal = UnixDatagram::bind(&log).unwrap();
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
        let logs_to = peers.of_datagrams(&[inode(&logging)]);
        assert_eq!(logs_to, Some(BTreeSet::from([inode(&journal)])));
        assert!(peers.any_listens(&[inode(&one), inode(&server)]));
        assert!(!peers.any_listens(&[inode(&one), inode(&accepted)]));
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
