//! From a captured packet to its TCP segment: the link layers that tcpdump writes.

use std::net::{IpAddr, SocketAddr};

use etherparse::{
    EtherType, LaxNetSlice, LaxSlicedPacket, TcpOptionElement, TcpSlice, TransportSlice,
};
use pcap_parser::Linktype;

/// The header of Ethernet, in bytes; the protocol is its end.
const ETHERNET: usize = 14;
/// The header of Linux's cooked captures, version 1, in bytes; the protocol is its end.
const SLL: usize = 16;
/// That of version 2; the protocol is its beginning.
const SLL2: usize = 20;
/// The header of a loopback interface of BSD and macOS: the family of addresses, in bytes.
const NULL: usize = 4;

/// One TCP segment.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    /// What the sender acknowledges; `None` in the first segment of a client.
    pub(super) acknowledged: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    /// The receive window, as it stands in the header.
    pub(super) window: u16,
    /// By how many bits it is shifted; only in the first segments.
    pub(super) scale: Option<u8>,
    pub(super) payload: &'a [u8],
    pub(super) captured: Captured,
}

/// How much of a segment was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Captured {
    Whole,
    InPart,
}

/// The segment of a packet; `None` where it holds none, or is cut off before its end.
pub(super) fn segment(link: Linktype, packet: &[u8]) -> Option<Segment<'_>> {
    let sliced = match link {
        Linktype::ETHERNET => in_ethernet(packet.get(ETHERNET - 2..)?)?,
        Linktype::LINUX_SLL => in_ethernet(packet.get(SLL - 2..)?)?,
        Linktype::LINUX_SLL2 => {
            let protocol = EtherType(u16::from_be_bytes(*packet.first_chunk::<2>()?));
            LaxSlicedPacket::from_ether_type(protocol, packet.get(SLL2..)?)
        }
        Linktype::NULL | Linktype::LOOP => LaxSlicedPacket::from_ip(packet.get(NULL..)?).ok()?,
        // What begins with an IP header at once: raw, and its numbers on other systems.
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => {
            LaxSlicedPacket::from_ip(packet).ok()?
        }
        _ => return None,
    };
    let (from, to, is_cut): (IpAddr, IpAddr, bool) = match sliced.net? {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            let (from, to) = (header.source_addr(), header.destination_addr());
            (from.into(), to.into(), ip.payload().incomplete)
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            let (from, to) = (header.source_addr(), header.destination_addr());
            (from.into(), to.into(), ip.payload().incomplete)
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = sliced.transport else {
        return None;
    };
    let captured = if is_cut {
        Captured::InPart
    } else {
        Captured::Whole
    };
    Some(Segment {
        captured,
        ..of(from, to, &tcp)
    })
}

/// What follows the kind of what is inside, without the layers that a provider puts between.
fn in_ethernet(packet: &[u8]) -> Option<LaxSlicedPacket<'_>> {
    let (kind, rest) = packet.split_first_chunk::<2>()?;
    match u16::from_be_bytes(*kind) {
        // MPLS: labels of four bytes, the last of which has a bit set.
        0x8847 | 0x8848 => {
            let mut labels = rest.chunks_exact(4);
            let last = labels.position(|label| label[2] & 1 == 1)?;
            LaxSlicedPacket::from_ip(rest.get(4 * (last + 1)..)?).ok()
        }
        // A PPPoE session: six bytes, then the kind in the numbers of PPP.
        0x8864 => match rest.get(6..8)? {
            [0x00, 0x21 | 0x57] => LaxSlicedPacket::from_ip(rest.get(8..)?).ok(),
            _ => None,
        },
        // Tags of VLANs, which may stand before either.
        0x8100 | 0x88a8 | 0x9100 => in_ethernet(rest.get(2..)?),
        kind => Some(LaxSlicedPacket::from_ether_type(EtherType(kind), rest)),
    }
}

fn of<'a>(from: IpAddr, to: IpAddr, tcp: &TcpSlice<'a>) -> Segment<'a> {
    let scale = if tcp.syn() { scale(tcp) } else { None };
    Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        window: tcp.window_size(),
        scale,
        payload: tcp.payload(),
        captured: Captured::Whole,
    }
}

fn scale(tcp: &TcpSlice<'_>) -> Option<u8> {
    tcp.options_iterator()
        .flatten()
        .find_map(|option| match option {
            TcpOptionElement::WindowScale(scale) => Some(scale.min(14)),
            _ => None,
        })
}

/// Whether packets of this kind can be read.
pub(super) fn is_known(link: Linktype) -> bool {
    matches!(
        link,
        Linktype::ETHERNET
            | Linktype::LINUX_SLL
            | Linktype::LINUX_SLL2
            | Linktype::NULL
            | Linktype::LOOP
            | Linktype::RAW
            | Linktype::IPV4
            | Linktype::IPV6
            | Linktype(12 | 14)
    )
}
