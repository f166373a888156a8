//! `inet_diag` answers as bytes: pure, bounded, and safe on anything.
//!
//! Layouts from `linux/netlink.h`, `linux/inet_diag.h` and `linux/tcp.h`; numbers are in the
//! machine's order, ports and addresses in the network's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::machine::sockets::{Socket, TcpState, Transmission, canonical};

/// `INET_DIAG_INFO`: the `tcp_info` of a socket.
pub(super) const ATTRIBUTE_INFO: u16 = 2;
const ATTRIBUTE_V6_ONLY: u16 = 11;
/// The length of `struct nlmsghdr` and of `struct inet_diag_msg`.
pub(super) const HEADER: usize = 16;
const ROW: usize = 72;

/// `AF_INET` and `AF_INET6` on Linux.
pub(super) const INET: u8 = 2;
pub(super) const INET6: u8 = 10;

/// One netlink message of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) payload: &'a [u8],
}

/// Takes the first message off `bytes`; `None` if there is no whole one.
pub(super) fn split<'a>(bytes: &mut &'a [u8]) -> Option<Message<'a>> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let message = bytes.get(..length).filter(|_| length >= HEADER)?;
    let kind = u16_at(message, 4)?;
    let flags = u16_at(message, 6)?;
    // Messages are aligned to four bytes; the padding of the last one may be missing.
    *bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some(Message {
        kind,
        flags,
        payload: &message[HEADER..],
    })
}

/// The errno that an error or end message carries at its start; 0 is success.
pub(super) fn errno(payload: &[u8]) -> i32 {
    payload
        .first_chunk::<4>()
        .map_or(0, |bytes| i32::from_ne_bytes(*bytes).saturating_neg())
}

/// The socket in the payload of a row; `None` if it is too short or has an unknown state.
pub(super) fn socket(payload: &[u8]) -> Option<Socket> {
    let row = payload.get(..ROW)?;
    let state = TcpState::from_linux(row[1])?;
    let address = |at: usize, port: usize| -> Option<SocketAddr> {
        let ip = match row[0] {
            INET => IpAddr::V4(Ipv4Addr::from(*row.get(at..)?.first_chunk::<4>()?)),
            INET6 => IpAddr::V6(Ipv6Addr::from(*row.get(at..)?.first_chunk::<16>()?)),
            _ => return None,
        };
        let port = u16::from_be_bytes(*row.get(port..)?.first_chunk()?);
        Some(canonical(SocketAddr::new(ip, port)))
    };
    let mut socket = Socket {
        recv_queue: u32_at(row, 56),
        send_queue: u32_at(row, 60),
        inode: u32_at(row, 68).map(u64::from),
        uid: u32_at(row, 64),
        cookie: Some(u64::from(u32_at(row, 44)?) | u64::from(u32_at(row, 48)?) << 32),
        ..Socket::unknown(address(8, 4)?, address(24, 6)?, state)
    };
    attributes(&payload[ROW..], &mut socket);
    Some(socket)
}

fn attributes(mut bytes: &[u8], socket: &mut Socket) {
    while let (Some(length), Some(kind)) = (u16_at(bytes, 0), u16_at(bytes, 2)) {
        let length = usize::from(length);
        let Some(value) = bytes.get(4..length) else {
            return;
        };
        match kind {
            ATTRIBUTE_INFO => tcp_info(value, socket),
            ATTRIBUTE_V6_ONLY => socket.v6_only = value.first().map(|byte| *byte != 0),
            _ => {}
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
}

/// Reads what this kernel has of `struct tcp_info`, which grew over the years.
fn tcp_info(info: &[u8], socket: &mut Socket) {
    // Since Linux 4.1.
    socket.bytes_received =
        u64_at(info, 128).filter(|_| !matches!(socket.state, TcpState::Listen | TcpState::SynRecv));
    // Before the peer has answered, its last segment is no time but the machine's start.
    if matches!(
        socket.state,
        TcpState::Listen | TcpState::SynSent | TcpState::SynRecv | TcpState::Close
    ) {
        return;
    }
    let since = |at: usize| u32_at(info, at).map(|ms| Duration::from_millis(u64::from(ms)));
    let (data, acknowledged) = (since(52), since(56));
    // While data comes in the order that is expected, the time of the last acknowledgement stands
    // still (`tcp_rcv_established`). Of a FIN nothing else tells; and what no program has accepted
    // waits no less for what its client sends.
    socket.age = match socket.state {
        TcpState::Established if socket.inode != Some(0) => {
            acknowledged.zip(data).map(|(one, other)| one.min(other))
        }
        _ => acknowledged,
    };
    socket.last_received = data;
    socket.transmission = transmission(info, socket.send_queue);
    let has_sent = socket
        .transmission
        .is_some_and(|it| it.bytes_acknowledged > 1);
    socket.last_sent = since(44).filter(|_| has_sent);
}

/// What became of the bytes that this end sent, from Linux 4.2 on; the last three fields are younger.
fn transmission(info: &[u8], send_queue: Option<u32>) -> Option<Transmission> {
    let again = u32_at(info, 100)?;
    let had_twice = u32_at(info, 216).unwrap_or_default();
    Some(Transmission {
        unacknowledged: send_queue?,
        retransmits: *info.get(2)?,
        backoff: *info.get(4)?,
        segments: u32_at(info, 136)?,
        segments_again: again.saturating_sub(had_twice),
        out_of_order: u32_at(info, 224).unwrap_or_default(),
        bytes_acknowledged: u64_at(info, 120)?,
        round_trip: Duration::from_micros(u64::from(u32_at(info, 68)?)),
        window: u32_at(info, 228),
    })
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Messages as the kernel would send them.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::machine::sockets::linux::request;

    /// A `CLOSE_WAIT` of a dual-stack Gateway: 4002 ← 50000, 18 bytes unread, 1,234 ms old, and
    /// the last of the bytes a second younger.
    pub(in super::super) fn row() -> Vec<u8> {
        let mut row = vec![INET6, 8, 0, 0];
        row.extend(4002_u16.to_be_bytes());
        row.extend(50000_u16.to_be_bytes());
        for ip in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 0, 0, 7)] {
            row.extend(ip.to_ipv6_mapped().octets());
        }
        // The interface, two halves of the cookie, expires, both queues, uid and inode.
        for number in [0_u32, 7, 1, 0, 18, 5, 1000, 4711] {
            row.extend(number.to_ne_bytes());
        }
        row.extend(attribute(ATTRIBUTE_INFO, &info(240)));
        row
    }

    pub(in super::super) fn info(length: usize) -> Vec<u8> {
        let mut info = vec![0; length.max(136)];
        info[52..56].copy_from_slice(&234_u32.to_ne_bytes());
        info[56..60].copy_from_slice(&1234_u32.to_ne_bytes());
        info[128..136].copy_from_slice(&18_u64.to_ne_bytes());
        info.truncate(length);
        info
    }

    pub(in super::super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut attribute = request::length16(value.len() + 4).to_ne_bytes().to_vec();
        attribute.extend(kind.to_ne_bytes());
        attribute.extend(value);
        attribute.resize(attribute.len().next_multiple_of(4), 0);
        attribute
    }

    pub(in super::super) fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        request::finish([&[0; HEADER][..], payload].concat(), kind, flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_row_of_a_dual_stack_socket_has_canonical_addresses() {
        let socket = socket(&samples::row()).unwrap();
        assert_eq!(socket.local, "127.0.0.1:4002".parse().unwrap());
        assert_eq!(socket.remote, "10.0.0.7:50000".parse().unwrap());
        assert_eq!(socket.state, TcpState::CloseWait);
        assert_eq!((socket.recv_queue, socket.send_queue), (Some(18), Some(5)));
        assert_eq!((socket.uid, socket.inode), (Some(1000), Some(4711)));
        assert_eq!(socket.cookie, Some(1 << 32 | 7));
        assert_eq!(socket.age, Some(Duration::from_millis(1234)));
        let mut established = samples::row();
        established[1] = 1;
        let age = super::socket(&established).unwrap().age;
        assert_eq!(age, Some(Duration::from_millis(234)), "data keeps it young");
        established[68..72].fill(0);
        let age = super::socket(&established).unwrap().age;
        assert_eq!(
            age,
            Some(Duration::from_millis(1234)),
            "nobody has accepted it"
        );
        assert_eq!(socket.bytes_received, Some(18));
    }

    #[test]
    fn what_became_of_the_bytes_is_read_as_far_as_the_kernel_tells_it() {
        let mut bytes = samples::info(240);
        (bytes[2], bytes[4]) = (3, 2);
        for (at, number) in [
            (68, 31_000_u32),
            (100, 7),
            (136, 40),
            (216, 2),
            (224, 1),
            (228, 0),
        ] {
            bytes[at..at + 4].copy_from_slice(&number.to_ne_bytes());
        }
        bytes[120..128].copy_from_slice(&198_u64.to_ne_bytes());
        let seen = transmission(&bytes, Some(17)).unwrap();
        assert_eq!((seen.unacknowledged, seen.bytes_acknowledged), (17, 198));
        assert_eq!((seen.retransmits, seen.backoff), (3, 2));
        assert_eq!(
            (seen.segments, seen.segments_again),
            (40, 5),
            "two came twice"
        );
        assert_eq!((seen.out_of_order, seen.window), (1, Some(0)));
        assert_eq!(seen.round_trip, Duration::from_millis(31));
        assert!(
            seen.has_losses() && !seen.is_held_up(),
            "a window of 0 is no loss"
        );
        let older = transmission(&bytes[..200], Some(17)).unwrap();
        assert_eq!((older.segments_again, older.window), (7, None));
        assert!(older.is_held_up());
        assert_eq!(transmission(&bytes[..136], Some(17)), None);
        assert_eq!(transmission(&bytes, None), None);
    }

    #[test]
    fn an_older_kernel_tells_less() {
        let row = &samples::row()[..ROW];
        let with = |length| {
            let info = samples::attribute(ATTRIBUTE_INFO, &samples::info(length));
            socket(&[row, &info].concat()).unwrap()
        };
        // Linux 3: 104 bytes.
        assert_eq!(
            (with(104).age, with(104).bytes_received),
            (Some(Duration::from_millis(1234)), None)
        );
        assert_eq!(with(56).age, None);
        assert_eq!(socket(row).unwrap().age, None);
    }

    #[test]
    fn a_listener_has_no_age() {
        let mut row = samples::row();
        row[1] = 10;
        assert_eq!(socket(&row).unwrap().age, None);
        assert_eq!(socket(&row).unwrap().accept_queue_full(), Some(true));
    }

    #[test]
    fn an_unknown_state_or_family_is_no_socket() {
        for (at, byte) in [(0, 99), (1, 0), (1, 13)] {
            let mut row = samples::row();
            row[at] = byte;
            assert_eq!(socket(&row), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = (socket(&bytes), errno(&bytes), split(&mut &bytes[..]));
        }

        #[test]
        fn no_attributes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let row = [&samples::row()[..ROW], &bytes].concat();
            prop_assert!(socket(&row).is_some());
        }

        #[test]
        fn each_message_taken_makes_the_rest_shorter(
            bytes in prop::collection::vec(prop_oneof![Just(0_u8), Just(16), any::<u8>()], 0..200),
        ) {
            let mut rest = &bytes[..];
            while let Some(message) = split(&mut rest) {
                prop_assert!(message.payload.len() + rest.len() < bytes.len());
            }
        }
    }
}
