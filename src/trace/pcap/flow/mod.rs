//! One TCP connection of a capture: which side is the Gateway, whether it is one of the API, and its
//! segments as chunks.

mod judge;

use std::net::SocketAddr;

use super::kept::{Kept, kept_of};
use super::link::Segment;
use super::stream::{Piece, Stream, Window};
use crate::event::Speaker;
use crate::machine::role::Role;
use crate::trace::chunk::{Chunk, Closing, ConnectionId, Timestamp, What};

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
    /// Its messages fit the API in both directions: which end is the Gateway is not known.
    Undirected,
}

/// By what it is told which end is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    /// It dialled.
    Dialled,
    /// Its port, which is probably not the Gateway's.
    Port,
    /// Nothing, so far.
    Nothing,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Flow {
    id: ConnectionId,
    source: usize,
    began: Timestamp,
    /// The two ends; the first one is the client, if that is known.
    ends: [SocketAddr; 2],
    /// By what the first end is taken for the client.
    client: Client,
    /// Whether a Gateway is known or expected where it leads to.
    is_expected: bool,
    known: Known,
    streams: [Stream; 2],
    closed: [bool; 2],
    is_over: bool,
}

impl Flow {
    /// A connection whose first captured segment this is.
    pub(super) fn new(id: ConnectionId, source: usize, at: Timestamp, first: &Segment<'_>) -> Self {
        let is_answer = first.syn && first.acknowledged.is_some();
        let (from, to) = (first.from.port(), first.to.port());
        let is_directed =
            is_api_port(from) != is_api_port(to) || (from < EPHEMERAL) != (to < EPHEMERAL);
        let client = match (first.syn, is_directed) {
            (true, _) => Client::Dialled,
            (false, true) => Client::Port,
            (false, false) => Client::Nothing,
        };
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
            client,
            is_expected: is_api_port(ends[1].port()),
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

    /// Whether a segment that dials begins another connection between the same ends.
    pub(super) fn is_dialled_anew(&self, segment: &Segment<'_>) -> bool {
        let place = self.side(segment.from);
        self.is_over || self.streams[place].is_dialled_anew(segment.sequence)
    }

    /// Whether nothing more comes of it.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The address of its Gateway, if it is a connection of the API.
    pub(super) fn gateway(&self) -> Option<SocketAddr> {
        matches!(self.known, Known::Api).then(|| self.ends[1])
    }

    /// Whether it is not known for one of the API.
    pub(super) fn is_other(&self) -> bool {
        !matches!(self.known, Known::Api)
    }

    /// Whether it is known what it is.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(self.known, Known::Nothing(_))
    }

    /// Whether it fits the API, and which end is the Gateway is not known.
    pub(super) fn is_undirected(&self) -> bool {
        matches!(self.known, Known::Undirected)
    }

    /// Takes a segment; `is_gateway` knows the addresses of Gateways that were met before.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        segment: &Segment<'_>,
        is_gateway: &dyn Fn(SocketAddr) -> bool,
        out: Out<'_>,
    ) {
        if self.is_over || matches!(self.known, Known::Other | Known::Undirected) {
            self.is_over |= segment.rst;
            return;
        }
        if matches!(self.known, Known::Nothing(_)) {
            self.is_expected |= is_gateway(self.ends[1]);
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
            self.judge_end(out);
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
        let mut place = self.side(other);
        if self.streams[place].acknowledge(at, number) {
            let mut stream = std::mem::take(&mut self.streams[place]);
            stream.give_up_late(at, &mut |piece| {
                self.piece(at, self.side(other), &piece, out);
            });
            place = self.side(other);
            self.streams[place] = stream;
        }
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
            Piece::Fin(captured) => self.close(*captured, side, Closing::Fin, out),
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
            self.is_expected |= is_gateway;
            self.finish_streams(at, out);
            self.judge_end(out);
            self.unacknowledged(at, out);
        }
    }

    /// Another connection between the same ends begins: of this one nothing more comes.
    pub(super) fn replace(&mut self, at: Timestamp, is_gateway: bool, out: Out<'_>) {
        self.end(at, is_gateway, out);
        self.over(at, out);
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

    fn say(&mut self, at: Timestamp, side: usize, what: What<'_>, out: Out<'_>) {
        if let Known::Nothing(kept) = &self.known {
            let held: usize = kept.iter().map(|it| it.bytes.len()).sum();
            if kept.len() >= CHUNKS || held >= KEPT {
                self.judge_late(out);
            }
        }
        match &mut self.known {
            Known::Api => out(&Chunk {
                at,
                connection: self.id,
                side: speaker(side),
                what,
            }),
            Known::Other | Known::Undirected => {}
            Known::Nothing(kept) => kept.extend(kept_of(at, side == 0, what)),
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
