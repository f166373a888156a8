//! A small writer of captures: pcap and pcapng, with the link layers that tcpdump writes.

use std::time::Duration;

use ibdoc::event::Speaker;
use ibdoc::wire::{Reply, Request};

use super::talk::{BEGAN, Talk};

/// The client's port, and the Gateway's.
pub(crate) const CLIENT: u16 = 50_000;
pub(crate) const GATEWAY: u16 = 4002;

/// TCP flags.
pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const ACK: u8 = 0x10;

/// A link layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Ethernet,
    Vlan,
    Mpls,
    Pppoe,
    Sll,
    Sll2,
    Null,
    Loop,
    Raw,
}

impl Link {
    pub(crate) const ALL: [Link; 9] = [
        Link::Ethernet,
        Link::Vlan,
        Link::Mpls,
        Link::Pppoe,
        Link::Sll,
        Link::Sll2,
        Link::Null,
        Link::Loop,
        Link::Raw,
    ];

    fn number(self) -> u32 {
        match self {
            Link::Ethernet | Link::Vlan | Link::Mpls | Link::Pppoe => 1,
            Link::Sll => 113,
            Link::Sll2 => 276,
            Link::Null => 0,
            Link::Loop => 108,
            Link::Raw => 101,
        }
    }

    fn header(self, is_v6: bool) -> Vec<u8> {
        let protocol: [u8; 2] = if is_v6 { [0x86, 0xdd] } else { [0x08, 0x00] };
        let family = if is_v6 { 30_u8 } else { 2 };
        let mut header = match self {
            Link::Ethernet => vec![0; 12],
            Link::Vlan => [&[0; 12][..], &[0x81, 0x00, 0, 42]].concat(),
            // Two labels, the last of which says so.
            Link::Mpls => {
                return [&[0; 12][..], &[0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64]].concat();
            }
            // Within a VLAN: version and type, code, session and length, and the number of PPP.
            Link::Pppoe => {
                let kind = if is_v6 { 0x57 } else { 0x21 };
                let tag = [0x81, 0x00, 0, 42, 0x88, 0x64];
                return [&[0; 12][..], &tag, &[0x11, 0, 0, 1, 0, 42, 0, kind]].concat();
            }
            Link::Sll => vec![0; 14],
            Link::Sll2 => return [&protocol[..], &[0; 18]].concat(),
            Link::Null => return vec![family, 0, 0, 0],
            Link::Loop => return vec![0, 0, 0, family],
            Link::Raw => return Vec::new(),
        };
        header.extend(protocol);
        header
    }
}

/// One segment of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) at: u64,
    pub(crate) side: Speaker,
    pub(crate) sequence: u32,
    pub(crate) acknowledged: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    pub(crate) payload: Vec<u8>,
    /// The client's port.
    pub(crate) port: u16,
    /// The Gateway's port.
    pub(crate) gateway: u16,
}

/// Segments of one connection after the other, with the numbers that both sides have come to.
#[derive(Clone, Debug)]
pub(crate) struct Dialogue {
    pub(crate) segments: Vec<Segment>,
    next: [u32; 2],
    port: u16,
}

impl Dialogue {
    /// A connection that is dialled and accepted; its numbers begin so that they soon wrap around.
    pub(crate) fn dialled(port: u16) -> Self {
        let mut dialogue = Self {
            segments: Vec::new(),
            next: [u32::MAX - 20, u32::MAX - 40],
            port,
        };
        dialogue.add(0, Speaker::Client, SYN, b"");
        dialogue.add(0, Speaker::Gateway, SYN | ACK, b"");
        dialogue.add(0, Speaker::Client, ACK, b"");
        dialogue
    }

    /// Everything that both sides of a talk send.
    pub(crate) fn of(talk: &Talk) -> Self {
        let mut dialogue = Self::dialled(CLIENT);
        for (at, side, bytes) in &talk.acts {
            dialogue.add(*at, *side, ACK, bytes);
        }
        dialogue
    }

    pub(crate) fn add(&mut self, at: u64, side: Speaker, flags: u8, payload: &[u8]) -> &mut Self {
        let from = usize::from(side == Speaker::Gateway);
        self.segments.push(Segment {
            at,
            side,
            sequence: self.next[from],
            acknowledged: self.next[1 - from],
            flags,
            window: 500,
            payload: payload.to_vec(),
            port: self.port,
            gateway: GATEWAY,
        });
        let taken = u32::from(flags & (SYN | FIN) != 0);
        let length = u32::try_from(payload.len()).expect("a short payload");
        self.next[from] = self.next[from].wrapping_add(length + taken);
        self
    }

    /// Each segment's payload in pieces of at most this length.
    pub(crate) fn cut(&self, piece: usize) -> Vec<Segment> {
        let mut cut = Vec::new();
        for whole in &self.segments {
            if whole.payload.is_empty() {
                cut.push(whole.clone());
            }
            for (place, piece_of) in whole.payload.chunks(piece).enumerate() {
                let offset = u32::try_from(place * piece).expect("a short payload");
                cut.push(Segment {
                    sequence: whole.sequence.wrapping_add(offset),
                    payload: piece_of.to_vec(),
                    ..whole.clone()
                });
            }
        }
        cut
    }
}

fn packet(segment: &Segment, link: Link, is_v6: bool) -> Vec<u8> {
    let ports = match segment.side {
        Speaker::Client => [segment.port, segment.gateway],
        Speaker::Gateway => [segment.gateway, segment.port],
    };
    let mut tcp = Vec::new();
    tcp.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    tcp.extend(segment.sequence.to_be_bytes());
    let has_ack = segment.flags & ACK != 0;
    let acknowledged = if has_ack { segment.acknowledged } else { 0 };
    tcp.extend(acknowledged.to_be_bytes());
    // The window is shifted by 7 bits.
    let options: &[u8] = if segment.flags & SYN != 0 {
        &[3, 3, 7, 1]
    } else {
        &[]
    };
    let words = u8::try_from(5 + options.len() / 4).expect("a short header");
    tcp.extend([words << 4, segment.flags]);
    tcp.extend(segment.window.to_be_bytes());
    tcp.extend([0; 4]);
    tcp.extend(options);
    tcp.extend(&segment.payload);
    let ends = match segment.side {
        Speaker::Client => [1_u8, 2],
        Speaker::Gateway => [2, 1],
    };
    let mut packet = link.header(is_v6);
    let length = u16::try_from(tcp.len()).expect("a short packet");
    if is_v6 {
        packet.extend([0x60, 0, 0, 0]);
        packet.extend(length.to_be_bytes());
        packet.extend([6, 64]);
        for end in ends {
            packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
        }
    } else {
        packet.extend([0x45, 0]);
        packet.extend((length + 20).to_be_bytes());
        packet.extend([0, 1, 0x40, 0, 64, 6, 0, 0]);
        for end in ends {
            packet.extend([10, 0, 0, end]);
        }
    }
    packet.extend(tcp);
    packet
}

fn time(segment: &Segment) -> Duration {
    Duration::from_millis(BEGAN + segment.at)
}

/// A pcap of little or big endian.
pub(crate) fn pcap(segments: &[Segment], link: Link, is_v6: bool, is_big_endian: bool) -> Vec<u8> {
    let four = |value: u32| {
        if is_big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let two = |value: u16| {
        if is_big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let mut file = four(0xa1b2_c3d4).to_vec();
    file.extend([two(2), two(4)].concat());
    file.extend([four(0), four(0), four(262_144), four(link.number())].concat());
    for segment in segments {
        let packet = packet(segment, link, is_v6);
        let at = time(segment);
        let length = u32::try_from(packet.len()).expect("a short packet");
        let seconds = u32::try_from(at.as_secs()).expect("before 2106");
        file.extend(
            [
                four(seconds),
                four(at.subsec_micros()),
                four(length),
                four(length),
            ]
            .concat(),
        );
        file.extend(packet);
    }
    file
}

/// A pcapng of one section and one interface, whose clock ticks in nanoseconds.
pub(crate) fn pcapng(segments: &[Segment], link: Link, is_v6: bool) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let length = u32::try_from(12 + body.len() + padding.len()).expect("a short block");
        let length = length.to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &padding, &length].concat()
    };
    let mut file = block(
        0x0a0d_0d0a,
        &[
            &0x1a2b_3c4d_u32.to_le_bytes()[..],
            &[1, 0, 0, 0],
            &[0xff; 8],
        ]
        .concat(),
    );
    let link_number = u16::try_from(link.number()).expect("a number of two bytes");
    let resolution = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    file.extend(block(
        1,
        &[&link_number.to_le_bytes()[..], &[0; 6], &resolution].concat(),
    ));
    for segment in segments {
        let packet = packet(segment, link, is_v6);
        let at = u64::try_from(time(segment).as_nanos()).expect("before 2554");
        let (high, low) = ((at >> 32) as u32, (at & 0xffff_ffff) as u32);
        let length = u32::try_from(packet.len()).expect("a short packet");
        let head = [0, high, low, length, length]
            .map(u32::to_le_bytes)
            .concat();
        file.extend(block(6, &[head, packet].concat()));
    }
    file
}

/// A pcap of little endian, of whose packets only so many bytes were captured.
pub(crate) fn in_part(file: &[u8], most: usize) -> Vec<u8> {
    let (head, mut rest) = file.split_at(24);
    let mut short = head.to_vec();
    while let Some((times, packet)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes(packet_length(times)) as usize;
        let kept = length.min(most);
        let captured = u32::try_from(kept).expect("a short packet");
        short.extend(&times[..8]);
        short.extend(captured.to_le_bytes());
        short.extend(&times[12..]);
        short.extend(&packet[..kept]);
        rest = &packet[length..];
    }
    short
}

fn packet_length(times: &[u8]) -> [u8; 4] {
    *times[12..].first_chunk().expect("a length")
}

/// A capture of a client that is ready: positions come, executions are never finished, and it leaves after
/// four seconds.
pub(crate) fn unfinished(ready: Talk, link: Link) -> Vec<u8> {
    let talk = ready
        .asks(10, &Request::Positions)
        .says(12, &Reply::PositionEnd)
        .asks(584, &Request::Executions { req_id: 4 });
    let mut dialogue = Dialogue::of(&talk);
    dialogue.add(4_584, Speaker::Client, FIN | ACK, b"").add(
        4_585,
        Speaker::Gateway,
        FIN | ACK,
        b"",
    );
    pcap(&dialogue.segments, link, false, false)
}
