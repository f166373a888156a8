//! The bytes of one side cut into greetings and frames, also where the recording begins in the middle
//! of a session or has gaps.

use bytes::{Buf, BytesMut};

use crate::event::Speaker;
use crate::wire::messages::{asked, told};
use crate::wire::{
    ClientGreeting, Decoder, Frame, MAX_LENGTH, NotTws, PROTOBUF_OFFSET, ServerGreeting,
    ServerVersion,
};

/// How much is searched for the beginning of a frame before it is given up, in bytes.
const SEARCHED: usize = 64 << 10;
/// The Gateway's answer to a greeting is shorter, in bytes.
const LONGEST: u32 = 4096;
/// No frame is shorter, and so many bytes tell what another protocol is.
const SHORTEST: usize = 8;
/// The last id of a message.
const LAST_ID: u16 = 111;
/// What is taken for the version where none was seen and message ids are text: the fields stand where
/// they do in every version that a library with text ids announces.
const TEXT: ServerVersion = ServerVersion(178);

/// What the bytes of a side turn out to be.
#[derive(Debug)]
pub(super) enum Piece {
    /// What a client says first.
    Client(ClientGreeting),
    /// What the Gateway answers to it, and its length in bytes.
    Gateway(ServerGreeting, u32),
    /// One message.
    Frame(Frame),
    /// Another protocol.
    NotTws(NotTws),
    /// So many bytes belong to no message that could be read.
    Skipped(u64),
    /// The version that was assumed, for none was seen.
    Assumed(ServerVersion),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first bytes of the connection come.
    Greeting,
    /// Frames follow one another.
    Framed,
    /// The beginning of a frame is searched.
    Seeking,
    /// Another protocol: nothing is read any more.
    Foreign,
}

/// Cuts what one side sent.
#[derive(Debug)]
pub(super) struct Framer {
    side: Speaker,
    state: State,
    version: Option<ServerVersion>,
    decoder: Decoder,
    /// What is not cut yet, but in [`State::Framed`].
    waiting: BytesMut,
}

impl Framer {
    /// For a side of which the first bytes are expected.
    pub(super) fn new(side: Speaker) -> Self {
        Self {
            side,
            state: State::Greeting,
            version: None,
            decoder: Decoder::new(None),
            waiting: BytesMut::new(),
        }
    }

    /// Takes the version agreed on, which decides how frames are read.
    pub(super) fn set_version(&mut self, version: ServerVersion) {
        self.version = Some(version);
        self.decoder.set_version(version);
    }

    /// The recording goes on in the middle of a session.
    pub(super) fn seek(&mut self) {
        let rest = self.decoder.unread().to_vec();
        self.decoder = Decoder::new(self.version);
        self.waiting.extend_from_slice(&rest);
        self.state = State::Seeking;
    }

    /// Bytes are missing: what was begun is lost, as many bytes as are returned.
    pub(super) fn gap(&mut self) -> u64 {
        let lost = self.decoder.unread().len() + self.waiting.len();
        self.decoder = Decoder::new(self.version);
        self.waiting.clear();
        if self.state != State::Foreign {
            self.state = State::Seeking;
        }
        lost as u64
    }

    /// Whether what was said so far is how a greeting begins, and not all of it.
    pub(super) fn is_greeting(&self) -> bool {
        let is_first = self.state == State::Greeting && !self.waiting.is_empty();
        is_first && matches!(ClientGreeting::decode(&self.waiting), Ok(None))
    }

    /// Takes bytes, of which [`Framer::next`] hands on what is whole.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        match self.state {
            State::Foreign => {}
            State::Framed => self.decoder.feed(bytes),
            State::Greeting | State::Seeking => self.waiting.extend_from_slice(bytes),
        }
    }

    /// The next piece that is whole.
    pub(super) fn next(&mut self) -> Option<Piece> {
        match self.state {
            State::Foreign => None,
            State::Greeting if self.side == Speaker::Client => self.client_greeting(),
            State::Greeting => self.gateway_greeting(),
            State::Framed => {
                if let Ok(frame) = self.decoder.next_frame() {
                    return frame.map(Piece::Frame);
                }
                self.seek();
                self.seek_on(1)
            }
            State::Seeking => self.seek_on(0),
        }
    }

    fn framed(&mut self) {
        let rest = self.waiting.split();
        self.decoder = Decoder::new(self.version);
        self.decoder.feed(&rest);
        self.state = State::Framed;
    }

    fn client_greeting(&mut self) -> Option<Piece> {
        match ClientGreeting::decode(&self.waiting) {
            Ok(None) => None,
            Ok(Some((greeting, length))) => {
                self.waiting.advance(length);
                // No frame is read before the version is there; frames behind a version that was
                // not recorded say by themselves what they are.
                self.state = State::Seeking;
                Some(Piece::Client(greeting))
            }
            Err(_) if self.waiting.len() < SHORTEST => None,
            Err(_) => {
                if let Some(other) = NotTws::recognise_client(&self.waiting) {
                    return Some(self.foreign(other));
                }
                self.state = State::Seeking;
                self.seek_on(0)
            }
        }
    }

    fn foreign(&mut self, other: NotTws) -> Piece {
        self.state = State::Foreign;
        self.waiting.clear();
        Piece::NotTws(other)
    }

    fn gateway_greeting(&mut self) -> Option<Piece> {
        let length = self.waiting.first_chunk::<4>().copied();
        let length = u32::from_be_bytes(length?);
        if let Some(body) = self.waiting.get(4..4 + length.min(LONGEST) as usize) {
            if let Some(greeting) = greeting(body) {
                self.waiting.advance(4 + length as usize);
                self.set_version(greeting.version);
                self.framed();
                return Some(Piece::Gateway(greeting, length));
            }
            if is_head(self.side, &self.waiting) == Some(true) {
                self.state = State::Seeking;
                return self.seek_on(0);
            }
        }
        match NotTws::recognise(&self.waiting) {
            Some(other) => Some(self.foreign(other)),
            None if self.waiting.len() > SEARCHED => {
                self.state = State::Seeking;
                self.seek_on(1)
            }
            None => None,
        }
    }

    /// Searches the beginning of a frame from `from` on: one that is followed by another beginning,
    /// or with which the bytes end.
    fn seek_on(&mut self, from: usize) -> Option<Piece> {
        let mut at = from;
        while at < self.waiting.len() {
            let rest = &self.waiting[at..];
            match is_head(self.side, rest) {
                Some(false) => {}
                // Too few bytes to tell.
                None => break,
                Some(true) => {
                    let length = rest.first_chunk::<4>().copied();
                    let end = 4 + u32::from_be_bytes(length.unwrap_or_default()) as usize;
                    match rest.get(end..).map(|next| is_head(self.side, next)) {
                        Some(Some(true) | None) => return self.found(at),
                        // The rest of the frame is still to come.
                        None if end < SEARCHED => break,
                        Some(Some(false)) | None => {}
                    }
                }
            }
            at += 1;
        }
        let passed = at.min(self.waiting.len());
        (passed > 0).then(|| self.skip(passed))
    }

    fn skip(&mut self, bytes: usize) -> Piece {
        self.waiting.advance(bytes);
        Piece::Skipped(bytes as u64)
    }

    /// A frame begins at `at`: what was passed over, what was assumed, or the frame.
    fn found(&mut self, at: usize) -> Option<Piece> {
        if at > 0 {
            return Some(self.skip(at));
        }
        let assumed = match self.version {
            Some(_) => None,
            // The first byte of a text id is a digit, that of a binary one 0.
            None if self.waiting.get(4) == Some(&0) => Some(ServerVersion::PROTOBUF),
            None => Some(TEXT),
        };
        if let Some(version) = assumed {
            self.set_version(version);
        }
        self.framed();
        match assumed {
            Some(version) => Some(Piece::Assumed(version)),
            None => self.next(),
        }
    }
}

/// The Gateway's first frame: a version and a time, which no message looks like.
fn greeting(body: &[u8]) -> Option<ServerGreeting> {
    let greeting = ServerGreeting::decode(body).ok()?;
    let fields = body.split(|byte| *byte == 0).count();
    let has_time = greeting
        .connection_time
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count()
        >= 8;
    // Without a time it would be taken for a message with that id.
    let oldest = if has_time {
        ServerVersion::FRAMED.0
    } else {
        LAST_ID + 1
    };
    let is_version = (oldest..1000).contains(&greeting.version.0);
    (is_version && fields <= 3).then_some(greeting)
}

/// The message id with which the body of a frame begins, 0 where it begins with none; `None` while too
/// few bytes are there.
pub(super) fn id(body: &[u8]) -> Option<u32> {
    if body.first() == Some(&0) {
        let id = u32::from_be_bytes(*body.first_chunk::<4>()?);
        return Some(
            id.checked_sub(PROTOBUF_OFFSET)
                .filter(|id| *id > 0)
                .unwrap_or(id),
        );
    }
    match body.iter().take(4).position(|byte| *byte == 0) {
        Some(end) => {
            let digits = std::str::from_utf8(&body[..end]).unwrap_or_default();
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            Some(digits.parse().ok().filter(|_| is_plain).unwrap_or_default())
        }
        None if body.len() < 4 => None,
        None => Some(0),
    }
}

/// Whether bytes begin like a frame with a known message id of this side; `None` while too few are
/// there.
pub(super) fn is_head(side: Speaker, bytes: &[u8]) -> Option<bool> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length);
    if !(2..=MAX_LENGTH).contains(&length) {
        return Some(false);
    }
    let id = id(rest)?;
    // A binary id takes four bytes, a text one as many as it has and a NUL.
    let is_long_enough = rest.first() != Some(&0) || length >= 4;
    let fits = length as usize > rest.iter().take(4).take_while(|byte| **byte != 0).count();
    let is_known = match side {
        Speaker::Client => asked(id).is_some(),
        Speaker::Gateway => told(id).is_some(),
    };
    Some(is_known && is_long_enough && fits)
}
