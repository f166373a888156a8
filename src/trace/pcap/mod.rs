//! Captures of packets, as `tcpdump -w` writes them: pcap and pcapng.

mod flow;
mod format;
mod kept;
mod link;
mod stream;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use pcap_parser::nom;
use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use pcap_parser::{Linktype, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header};

use self::flow::{Flow, Out};
use self::format::{Format, Interface};
use self::link::{Captured, Segment};
use super::chunk::{Chunk, ConnectionId, Timestamp};
use crate::report::RecordingKind;

/// Connections that are followed at the same time; beyond, those of other services are forgotten.
const FLOWS: usize = 50_000;
/// No packet or block is longer, in bytes.
const LONGEST: usize = 64 << 20;
/// What a pcapng file begins with.
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// The byte order of a section, as it stands in a big-endian one.
const BIG_ENDIAN: [u8; 4] = [0x1a, 0x2b, 0x3c, 0x4d];

/// Reads a capture.
#[derive(Debug)]
pub(super) struct PcapReader {
    source: usize,
    format: Format,
    buffer: BytesMut,
    flows: HashMap<(SocketAddr, SocketAddr), Flow>,
    gateways: HashSet<SocketAddr>,
    /// The one that was met last: most packets are of one Gateway.
    last_gateway: Option<SocketAddr>,
    next_id: u64,
    last: Timestamp,
    pub(super) packets: u64,
    pub(super) unreadable: u64,
    /// TCP connections that were none of the API.
    others: u64,
    /// Those that fit the API, where it is not known which end is the Gateway.
    undirected: u64,
    /// Packets that were captured in part only, and the longest part.
    pub(super) cut: (u64, usize),
    /// The kind of link of packets that cannot be read.
    pub(super) unknown_link: Option<i32>,
}

/// Whether a file that begins so is a capture.
pub(super) fn is_capture(first: &[u8]) -> Option<RecordingKind> {
    match *first.first_chunk::<4>()? {
        SECTION => Some(RecordingKind::Pcapng),
        // Times in micro- and nanoseconds, of both byte orders.
        [0xa1, 0xb2, 0xc3, 0xd4]
        | [0xa1, 0xb2, 0x3c, 0x4d]
        | [0xd4, 0xc3, 0xb2, 0xa1]
        | [0x4d, 0x3c, 0xb2, 0xa1] => Some(RecordingKind::Pcap),
        _ => None,
    }
}

impl PcapReader {
    pub(super) fn new(source: usize) -> Self {
        Self {
            source,
            format: Format::Unknown,
            buffer: BytesMut::new(),
            flows: HashMap::new(),
            gateways: HashSet::new(),
            last_gateway: None,
            next_id: (source as u64) << 32,
            last: Timestamp::default(),
            packets: 0,
            unreadable: 0,
            others: 0,
            undirected: 0,
            cut: (0, 0),
            unknown_link: None,
        }
    }

    /// Takes bytes of the file and hands on what its packets carry.
    pub(super) fn feed(&mut self, bytes: &[u8], out: Out<'_>) {
        if matches!(self.format, Format::Broken) {
            return;
        }
        // Whole packets are read from the bytes as they are; only a begun one is kept.
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.extend_from_slice(bytes);
        let mut read = 0;
        while let Some(length) = self.record(&buffer[read..], out) {
            read += length;
        }
        buffer.advance(read);
        if buffer.len() > LONGEST {
            self.give_up();
        }
        self.buffer = buffer;
    }

    fn give_up(&mut self) {
        self.unreadable += 1;
        self.format = Format::Broken;
    }

    /// Reads one record: its length, or nothing while more bytes are needed.
    fn record(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        match self.format {
            Format::Unknown => self.head(bytes),
            Format::Pcap {
                is_big_endian,
                nanos,
                link,
            } => {
                let frame = if is_big_endian {
                    parse_pcap_frame_be
                } else {
                    parse_pcap_frame
                };
                let (rest, packet) = self.parsed(frame(bytes))?;
                let fraction = if nanos {
                    Duration::from_nanos(packet.ts_usec.into())
                } else {
                    Duration::from_micros(packet.ts_usec.into())
                };
                let at = Timestamp(Duration::from_secs(packet.ts_sec.into()) + fraction);
                let length = packet.origlen as usize;
                self.packet(at, link, packet.data, length, out);
                Some(bytes.len() - rest.len())
            }
            Format::Pcapng { is_big_endian, .. } => {
                let is_big_endian = match bytes.get(..12) {
                    // A new section may have another byte order.
                    Some(head) if head.starts_with(&SECTION) => head.ends_with(&BIG_ENDIAN),
                    _ => is_big_endian,
                };
                let block = if is_big_endian {
                    parse_block_be
                } else {
                    parse_block_le
                };
                let (rest, block) = self.parsed(block(bytes))?;
                let length = bytes.len() - rest.len();
                self.block(&block, is_big_endian, out);
                Some(length)
            }
            Format::Broken => None,
        }
    }

    /// What was parsed; nothing where bytes are missing, or where it is nothing that can be read.
    fn parsed<'a, T, E>(
        &mut self,
        result: Result<(&'a [u8], T), nom::Err<E>>,
    ) -> Option<(&'a [u8], T)> {
        match result {
            Ok(parsed) => Some(parsed),
            Err(nom::Err::Incomplete(_)) => None,
            Err(_) => {
                self.give_up();
                None
            }
        }
    }

    /// The head of the file.
    fn head(&mut self, bytes: &[u8]) -> Option<usize> {
        if is_capture(bytes)? == RecordingKind::Pcapng {
            self.format = Format::Pcapng {
                is_big_endian: false,
                interfaces: Vec::new(),
            };
            return Some(0);
        }
        let (rest, header) = self.parsed(parse_pcap_header(bytes))?;
        self.format = Format::Pcap {
            is_big_endian: header.is_bigendian(),
            nanos: header.is_nanosecond_precision(),
            // The upper bits say how long the checksum of a frame is.
            link: Linktype(header.network.0 & 0xffff),
        };
        Some(bytes.len() - rest.len())
    }

    fn block(&mut self, block: &Block<'_>, big_endian: bool, out: Out<'_>) {
        let Format::Pcapng {
            is_big_endian,
            interfaces,
        } = &mut self.format
        else {
            return;
        };
        *is_big_endian = big_endian;
        match block {
            Block::SectionHeader(_) => interfaces.clear(),
            Block::InterfaceDescription(it) => interfaces.push(Interface::of(it)),
            Block::EnhancedPacket(it) => {
                let Some(interface) = interfaces.get(it.if_id as usize).copied() else {
                    self.unreadable += 1;
                    return;
                };
                let ticks = u64::from(it.ts_high) << 32 | u64::from(it.ts_low);
                let length = it.data.len().min(it.caplen as usize);
                let (at, bytes) = (interface.time(ticks), &it.data[..length]);
                self.packet(at, interface.link, bytes, it.origlen as usize, out);
            }
            Block::SimplePacket(it) => {
                // It has no time: that of the packet before.
                if let Some(interface) = interfaces.first().copied() {
                    let length = it.origlen as usize;
                    let bytes = &it.data[..it.data.len().min(length)];
                    self.packet(self.last, interface.link, bytes, length, out);
                }
            }
            _ => {}
        }
    }

    /// Takes a packet of this length, of which these bytes were captured.
    fn packet(&mut self, at: Timestamp, link: Linktype, bytes: &[u8], length: usize, out: Out<'_>) {
        self.packets += 1;
        self.last = self.last.max(at);
        if !link::is_known(link) {
            self.unreadable += 1;
            self.unknown_link = Some(link.0);
            return;
        }
        let is_read = match link::segment(link, bytes) {
            Some(segment) => self.segment(at, &segment, out) || segment.captured == Captured::Whole,
            None => bytes.len() >= length,
        };
        if !is_read {
            self.cut = (self.cut.0 + 1, self.cut.1.max(bytes.len()));
        }
    }

    /// Takes a segment; whether its connection is known to be none of the API.
    fn segment(&mut self, at: Timestamp, segment: &Segment<'_>, out: Out<'_>) -> bool {
        let key = (segment.from.min(segment.to), segment.from.max(segment.to));
        let is_dial = segment.syn && segment.acknowledged.is_none();
        let flow = match self.flows.get_mut(&key) {
            Some(flow) if !is_dial || !flow.is_dialled_anew(segment) => flow,
            None if !segment.syn && segment.payload.is_empty() => return false,
            before => {
                // The same ports again, for another connection.
                if let Some(before) = before {
                    before.replace(at, self.gateways.contains(&before.server()), out);
                    self.others += u64::from(before.is_other());
                    self.undirected += u64::from(before.is_undirected());
                }
                self.make_room();
                self.next_id += 1;
                let id = ConnectionId(self.next_id);
                let flow = Flow::new(id, self.source, at, segment);
                self.flows.entry(key).insert_entry(flow).into_mut()
            }
        };
        let gateways = &self.gateways;
        flow.take(at, segment, &|address| gateways.contains(&address), out);
        let gateway = flow.gateway().filter(|_| !segment.payload.is_empty());
        if let Some(gateway) = gateway.filter(|_| gateway != self.last_gateway) {
            self.gateways.insert(gateway);
            self.last_gateway = Some(gateway);
        }
        flow.is_settled() && flow.is_other()
    }

    /// Forgets connections of other services, and those that are over, where there are too many.
    fn make_room(&mut self) {
        if self.flows.len() < FLOWS {
            return;
        }
        (self.others, self.undirected) = (self.others(), self.undirected());
        self.flows
            .retain(|_, flow| !flow.is_other() && !flow.is_over());
        if self.flows.len() >= FLOWS {
            self.flows.clear();
        }
    }

    /// The file is over; whether it ends in the middle of a packet.
    pub(super) fn end(&mut self, out: Out<'_>) -> bool {
        let last = self.last;
        let mut flows: Vec<&mut Flow> = self.flows.values_mut().collect();
        flows.sort_by_key(|flow| flow.id());
        for flow in flows {
            let is_gateway = self.gateways.contains(&flow.server());
            flow.end(last, is_gateway, out);
        }
        out(&Chunk::goes_on(last, self.source));
        !self.buffer.is_empty() && !matches!(self.format, Format::Broken)
    }

    /// TCP connections that fit the API, where it is not known which end is the Gateway.
    pub(super) fn undirected(&self) -> u64 {
        let now = self.flows.values().filter(|flow| flow.is_undirected());
        self.undirected + now.count() as u64
    }

    /// TCP connections that were none of the API, or not known for one.
    pub(super) fn others(&self) -> u64 {
        let now = self.flows.values().filter(|flow| flow.is_other()).count();
        self.others + now as u64
    }
}
