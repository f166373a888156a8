//! One TCP connection of a capture: which side is the Gateway, whether it is one of the API, and its
//! segments as chunks.

use std::net::SocketAddr;

use super::kept::{Kept, kept_of};
use super::link::Segment;
use super::stream::{Piece, Stream, Window};
use crate::event::Speaker;
use crate::machine::role::Role;
use crate::trace::chunk::{Chunk, Closing, ConnectionId, Ends, Timestamp, What};
use crate::trace::frames::looks_like;

/// What a connection that is not known for one of the API yet has kept, in bytes and in chunks.
const KEPT: usize = 16 << 10;
const CHUNKS: usize = 64;
/// Ports from here on are given to clients.
const EPHEMERAL: u16 = 32_768;
/// What a client of the API says first.
const MAGIC: &[u8] = b"API\0";

/// Where chunks go.
pub(super) type Out<'a> = &'a mut dyn FnMut(&Chunk<'_>);

/// What is known of a connection.
#[derive(Debug)]
enum Known {
    /// Whether it is one of the API is not known yet: what it did so far.
    Nothing(Vec<Kept>),
    Api,
    Other,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Flow {
    id: ConnectionId,
    source: usize,
    began: Timestamp,
    /// The two ends; the first one is the client, if that is known.
    ends: [SocketAddr; 2],
    /// Whether the first end is the client for certain.
    is_dialled: bool,
    /// Whether the ports tell which one is probably the Gateway's.
    is_directed: bool,
    known: Known,
    streams: [Stream; 2],
    closed: [bool; 2],
    is_over: bool,
}

impl Flow {
    /// A connection whose first captured segment this is.
    pub(super) fn new(id: ConnectionId, source: usize, at: Timestamp, first: &Segment<'_>) -> Self {
        let is_answer = first.syn && first.acknowledged.is_some();
        let is_dialled = first.syn;
        let (from, to) = (first.from.port(), first.to.port());
        let is_directed =
            is_api_port(from) != is_api_port(to) || (from < EPHEMERAL) != (to < EPHEMERAL);
        let mut ends = [first.from, first.to];
        // The Gateway's port is the known one, or the one below those that are given to clients.
        let looks_reversed = !first.syn
            && !first.payload.starts_with(MAGIC)
            && (is_api_port(first.from.port())
                || (first.from.port() < EPHEMERAL && first.to.port() >= EPHEMERAL));
        if is_answer || looks_reversed {
            ends.reverse();
        }
        Self {
            id,
            source,
            began: at,
            ends,
            is_dialled,
            is_directed,
            known: Known::Nothing(Vec::new()),
            streams: [Stream::default(), Stream::default()],
            closed: [false; 2],
            is_over: false,
        }
    }

    /// The number of its connection.
    pub(super) fn id(&self) -> ConnectionId {
        self.id
    }

    /// The address of the end that did not dial.
    pub(super) fn server(&self) -> SocketAddr {
        self.ends[1]
    }

    /// Whether nothing more comes of it.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The address of its Gateway, if it is a connection of the API.
    pub(super) fn gateway(&self) -> Option<SocketAddr> {
        matches!(self.known, Known::Api).then(|| self.ends[1])
    }

    /// Whether it is known to be none of the API.
    pub(super) fn is_other(&self) -> bool {
        !matches!(self.known, Known::Api)
    }

    /// Takes a segment; `is_gateway` knows the addresses of Gateways that were met before.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        segment: &Segment<'_>,
        is_gateway: &dyn Fn(SocketAddr) -> bool,
        out: Out<'_>,
    ) {
        if self.is_over || matches!(self.known, Known::Other) {
            self.is_over |= segment.rst;
            return;
        }
        // Which end is the client may turn out only by what they say.
        if segment.syn {
            self.dial(at, self.side(segment.from), segment, out);
        }
        self.acknowledge(at, segment, out);
        let mut side = self.side(segment.from);
        if !segment.syn && (!segment.payload.is_empty() || segment.fin) {
            let mut stream = std::mem::take(&mut self.streams[side]);
            let (sequence, from) = (segment.sequence, segment.from);
            stream.take(at, sequence, segment.payload, segment.fin, &mut |piece| {
                self.piece(at, self.side(from), &piece, out);
            });
            side = self.side(from);
            self.streams[side] = stream;
        }
        if segment.rst || (segment.fin && self.closed != [false; 2]) {
            self.judge_end(is_gateway(self.ends[1]), out);
        }
        if segment.rst {
            self.finish_streams(at, out);
            side = self.side(segment.from);
            self.close(at, side, Closing::Reset, out);
        }
    }

    /// 0 for the client's end, 1 for the Gateway's.
    fn side(&self, from: SocketAddr) -> usize {
        usize::from(from != self.ends[0])
    }

    fn dial(&mut self, at: Timestamp, side: usize, segment: &Segment<'_>, out: Out<'_>) {
        if self.streams[side].has_begun() {
            // The same segment again: nobody has answered it yet.
            return;
        }
        self.streams[side].begin(segment.sequence);
        self.streams[side].scale = segment.scale;
        let what = if segment.acknowledged.is_some() {
            What::Accepted
        } else {
            What::Connects
        };
        self.say(at, side, what, out);
    }

    fn acknowledge(&mut self, at: Timestamp, segment: &Segment<'_>, out: Out<'_>) {
        let Some(number) = segment.acknowledged else {
            return;
        };
        let other = segment.to;
        let mut stream = std::mem::take(&mut self.streams[self.side(other)]);
        stream.acknowledge(at, number, &mut |piece| {
            self.piece(at, self.side(other), &piece, out);
        });
        let place = self.side(other);
        self.streams[place] = stream;
        let side = 1 - place;
        if segment.rst || segment.syn {
            return;
        }
        match self.streams[side].offer(number, segment.window) {
            Some(Window::Full(unread)) => self.say(at, side, What::NotReading(unread), out),
            Some(Window::Open) => self.say(at, side, What::Reads, out),
            None => {}
        }
    }

    fn piece(&mut self, at: Timestamp, side: usize, piece: &Piece<'_>, out: Out<'_>) {
        match piece {
            Piece::Bytes(at, bytes) => {
                self.say(*at, side, What::Bytes(bytes), out);
                self.judge(side, out);
            }
            Piece::Gap(bytes) => self.say(at, side, What::Gap(*bytes), out),
            Piece::Repeated(bytes) => self.say(at, side, What::Repeated(*bytes), out),
            Piece::Fin => self.close(at, side, Closing::Fin, out),
        }
    }

    fn close(&mut self, at: Timestamp, side: usize, how: Closing, out: Out<'_>) {
        self.say(at, side, What::Closed(how), out);
        self.closed[side] = true;
        if how == Closing::Reset || self.closed == [true; 2] {
            self.over(at, out);
        }
    }

    /// Hands on what was captured behind gaps.
    fn finish_streams(&mut self, at: Timestamp, out: Out<'_>) {
        for from in self.ends {
            let mut stream = std::mem::take(&mut self.streams[self.side(from)]);
            stream.finish(&mut |piece| self.piece(at, self.side(from), &piece, out));
            let side = self.side(from);
            self.streams[side] = stream;
        }
    }

    /// The capture ends.
    pub(super) fn end(&mut self, at: Timestamp, is_gateway: bool, out: Out<'_>) {
        if !self.is_over {
            self.judge_end(is_gateway, out);
            self.finish_streams(at, out);
            self.unacknowledged(at, out);
        }
    }

    fn unacknowledged(&mut self, at: Timestamp, out: Out<'_>) {
        for side in 0..2 {
            if let Some(bytes @ 1..) = self.streams[side].unacknowledged() {
                self.say(at, side, What::Unacknowledged(bytes), out);
            }
        }
    }

    fn over(&mut self, at: Timestamp, out: Out<'_>) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        self.unacknowledged(at, out);
        self.say(at, 0, What::Over, out);
    }

    /// Decides whether it is a connection of the API, and which end is the Gateway, by the first bytes
    /// that it carries, in their order. The port alone says nothing: a Gateway itself dials port 4001
    /// of IBKR.
    fn judge(&mut self, side: usize, out: Out<'_>) {
        let Known::Nothing(kept) = &self.known else {
            return;
        };
        let of_side = kept.iter().filter(|it| it.from_first == (side == 0));
        let first: Vec<u8> = of_side.flat_map(|it| it.bytes.iter().copied()).collect();
        if first.len() < MAGIC.len() {
            return;
        }
        if first.starts_with(MAGIC) {
            if side == 1 && !self.is_dialled {
                self.reverse();
            }
            self.admit(out);
        } else if self.is_dialled && side == 0 {
            self.known = Known::Other;
        } else if !self.is_dialled {
            let fits = looks_like(speaker(side), &first);
            let fits_other = looks_like(speaker(1 - side), &first);
            // Many ids are those of messages of either side: then the ports tell, or nothing does.
            if fits && (self.is_directed || !fits_other) {
                self.admit(out);
            } else if fits_other && !fits {
                self.reverse();
                self.admit(out);
            }
        }
    }

    /// A connection that ends without a word, to where a Gateway is known or expected, is one of the
    /// API too.
    fn judge_end(&mut self, is_gateway: bool, out: Out<'_>) {
        let is_expected = is_gateway || is_api_port(self.ends[1].port());
        if matches!(self.known, Known::Nothing(_)) && self.is_dialled && is_expected {
            self.admit(out);
        }
    }

    fn reverse(&mut self) {
        self.ends.reverse();
        self.streams.reverse();
        self.closed.reverse();
        if let Known::Nothing(kept) = &mut self.known {
            for it in kept {
                it.from_first = !it.from_first;
            }
        }
    }

    /// It is a connection of the API: everything that was kept is handed on.
    fn admit(&mut self, out: Out<'_>) {
        let Known::Nothing(kept) = std::mem::replace(&mut self.known, Known::Api) else {
            return;
        };
        let met = Ends {
            client: Some(self.ends[0].to_string()),
            gateway: Some(self.ends[1].to_string()),
            source: self.source,
            ..Ends::default()
        };
        self.say(self.began, 0, What::Met(met), out);
        for it in kept {
            let side = usize::from(!it.from_first);
            let what = match it.what {
                What::Bytes(_) => What::Bytes(&it.bytes),
                what => what,
            };
            self.say(it.at, side, what, out);
        }
    }

    fn say(&mut self, at: Timestamp, side: usize, what: What<'_>, out: Out<'_>) {
        match &mut self.known {
            Known::Api => out(&Chunk {
                at,
                connection: self.id,
                side: speaker(side),
                what,
            }),
            Known::Other => {}
            Known::Nothing(kept) => {
                let held: usize = kept.iter().map(|it| it.bytes.len()).sum();
                if kept.len() >= CHUNKS || held >= KEPT {
                    self.known = Known::Other;
                } else if let Some(it) = kept_of(at, side == 0, what) {
                    kept.push(it);
                }
            }
        }
    }
}

fn speaker(side: usize) -> Speaker {
    if side == 0 {
        Speaker::Client
    } else {
        Speaker::Gateway
    }
}

/// Whether the port is one that a Gateway or TWS listens on by convention, or a relay in front of one.
fn is_api_port(port: u16) -> bool {
    Role::of_port(port).is_some()
}
