//! What was carried, as a capture in the format of libpcap: the packets that a direct connection of
//! the client and the Gateway would have had, with the relay left out.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

use super::files::MAGIC;
use crate::event::Speaker;
use crate::trace::{Chunk, Closing, ConnectionId, Ends, What};

/// Packets begin with their IP header (`LINKTYPE_RAW`).
const RAW: u32 = 101;
/// The longest packet of a capture, in bytes.
const LONGEST: u32 = 256 << 10;
/// What one packet carries at most, in bytes.
const PAYLOAD: usize = 16 << 10;
/// The receive window of a side that reads.
const WINDOW: u16 = u16::MAX;
const HOPS: u8 = 64;

/// The flags of a packet.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    syn: bool,
    fin: bool,
    rst: bool,
}

/// A connection that is captured.
#[derive(Debug)]
struct Flow {
    addresses: [SocketAddr; 2],
    /// The next byte of the client and of the Gateway.
    next: [u32; 2],
    windows: [u16; 2],
    is_accepted: bool,
}

/// Makes packets of what happened.
#[derive(Debug, Default)]
pub(super) struct Capture {
    flows: BTreeMap<ConnectionId, Flow>,
}

/// The head of a file.
pub(super) fn head() -> Vec<u8> {
    let mut head = Vec::new();
    head.extend(MAGIC.to_le_bytes());
    head.extend(2_u16.to_le_bytes());
    head.extend(4_u16.to_le_bytes());
    // The zone and the accuracy of times, which nobody uses.
    head.extend([0; 8]);
    head.extend(LONGEST.to_le_bytes());
    head.extend(RAW.to_le_bytes());
    head
}

impl Capture {
    /// Appends the packets of what happened.
    pub(super) fn take(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        match &chunk.what {
            What::Met(ends) => {
                if let Some(flow) = Flow::new(ends) {
                    self.flows.insert(chunk.connection, flow);
                }
            }
            What::Over => drop(self.flows.remove(&chunk.connection)),
            _ => {
                if let Some(flow) = self.flows.get_mut(&chunk.connection) {
                    flow.take(chunk, out);
                }
            }
        }
    }
}

impl Flow {
    /// `None` where an address is not known.
    fn new(ends: &Ends) -> Option<Self> {
        let address = |text: &Option<String>| text.as_ref()?.parse::<SocketAddr>().ok();
        let mut addresses = [address(&ends.client)?, address(&ends.gateway)?];
        // A packet has addresses of one family.
        if addresses[0].is_ipv4() != addresses[1].is_ipv4() {
            for address in &mut addresses {
                if let IpAddr::V4(ip) = address.ip() {
                    address.set_ip(ip.to_ipv6_mapped().into());
                }
            }
        }
        Some(Self {
            addresses,
            next: [1_000, 2_000],
            windows: [WINDOW; 2],
            is_accepted: false,
        })
    }

    fn take(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        let side = chunk.side;
        let syn = Flags {
            syn: true,
            ..Flags::default()
        };
        match &chunk.what {
            What::Connects => self.packet(chunk, Speaker::Client, syn, &[], out),
            What::Accepted => {
                self.packet(chunk, Speaker::Gateway, syn, &[], out);
                self.is_accepted = true;
                self.packet(chunk, Speaker::Client, Flags::default(), &[], out);
            }
            What::Bytes(bytes) => {
                for piece in bytes.chunks(PAYLOAD) {
                    self.packet(chunk, side, Flags::default(), piece, out);
                }
                self.packet(chunk, side.other(), Flags::default(), &[], out);
            }
            What::Gap(bytes) => {
                let gap = u32::try_from(bytes & u64::from(u32::MAX)).unwrap_or_default();
                self.advance(side, gap);
            }
            What::NotReading(_) | What::Reads => {
                self.windows[side as usize] = match chunk.what {
                    What::Reads => WINDOW,
                    _ => 0,
                };
                self.packet(chunk, side, Flags::default(), &[], out);
            }
            What::Closed(Closing::Fin) => {
                let fin = Flags {
                    fin: true,
                    ..Flags::default()
                };
                self.packet(chunk, side, fin, &[], out);
                self.packet(chunk, side.other(), Flags::default(), &[], out);
            }
            What::Closed(Closing::Reset) => {
                let rst = Flags {
                    rst: true,
                    ..Flags::default()
                };
                self.packet(chunk, side, rst, &[], out);
            }
            _ => {}
        }
    }

    fn advance(&mut self, side: Speaker, bytes: u32) {
        let next = &mut self.next[side as usize];
        *next = next.wrapping_add(bytes);
    }

    fn packet(
        &mut self,
        chunk: &Chunk<'_>,
        from: Speaker,
        flags: Flags,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) {
        let (to, place) = (from.other() as usize, from as usize);
        let tcp = |step: PacketBuilderStep<etherparse::IpHeaders>| {
            let mut header = TcpHeader::new(
                self.addresses[place].port(),
                self.addresses[to].port(),
                self.next[place],
                self.windows[place],
            );
            (header.syn, header.fin, header.rst) = (flags.syn, flags.fin, flags.rst);
            header.psh = !payload.is_empty();
            let is_first = flags.syn && from == Speaker::Client;
            header.ack = !is_first;
            header.acknowledgment_number = if is_first { 0 } else { self.next[to] };
            step.tcp_header(header)
        };
        let built = match (self.addresses[place].ip(), self.addresses[to].ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                tcp(PacketBuilder::ipv4(from.octets(), to.octets(), HOPS))
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                tcp(PacketBuilder::ipv6(from.octets(), to.octets(), HOPS))
            }
            _ => return,
        };
        let length = u32::try_from(built.size(payload.len())).unwrap_or_default();
        let micros = chunk.at.0.subsec_micros();
        let seconds = chunk.at.0.as_secs() & u64::from(u32::MAX);
        out.extend(u32::try_from(seconds).unwrap_or_default().to_le_bytes());
        for word in [micros, length, length] {
            out.extend(word.to_le_bytes());
        }
        if let Err(error) = built.write(out, payload) {
            tracing::warn!(%error, "a packet is not whole in the capture");
        }
        let sent = u32::try_from(payload.len()).unwrap_or_default();
        self.advance(from, sent + u32::from(flags.syn) + u32::from(flags.fin));
    }
}
