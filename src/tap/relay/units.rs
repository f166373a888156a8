//! What a side sends, cut into whole messages with their lengths: what a drill drops, delays or says
//! stands between two of them.

use bytes::{Buf, Bytes, BytesMut};

use crate::event::Speaker;
use crate::wire::{Decoder, KEEP_LIMIT, MAX_LENGTH, ServerGreeting, ServerVersion};

/// What a client says first.
const HELLO: &[u8] = b"API\0";
/// The length before each message, in bytes.
const LENGTH: usize = 4;

/// A piece of what a side sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// The first message of a side: the greeting.
    Greeting(Bytes),
    /// One message, with its length before it.
    Message(Bytes),
    /// Part of a message that is too long to be held, or bytes that are no messages: they go on as
    /// they come.
    Part(Bytes),
}

/// Cuts what one side sends.
#[derive(Debug)]
pub(super) struct Units {
    side: Speaker,
    waiting: BytesMut,
    has_begun: bool,
    /// How much of a long message is still to come; without end where the bytes are no messages.
    long: u64,
}

impl Units {
    pub(super) fn new(side: Speaker) -> Self {
        Self {
            side,
            waiting: BytesMut::new(),
            has_begun: false,
            long: 0,
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// What is left when the side has closed amid a message.
    pub(super) fn rest(&mut self) -> Bytes {
        self.waiting.split().freeze()
    }

    /// Whether no part of a long message is still to come.
    pub(super) fn is_between(&self) -> bool {
        self.long == 0
    }

    pub(super) fn next(&mut self) -> Option<Unit> {
        if self.waiting.is_empty() {
            return None;
        }
        if self.long > 0 {
            let most = usize::try_from(self.long).unwrap_or(usize::MAX);
            let part = self.waiting.split_to(self.waiting.len().min(most));
            self.long -= part.len() as u64;
            return Some(Unit::Part(part.freeze()));
        }
        let hello = match self.side {
            Speaker::Client if !self.has_begun => HELLO.len(),
            _ => 0,
        };
        let known = self.waiting.len().min(hello);
        if self.waiting[..known] != HELLO[..known] {
            return self.no_messages();
        }
        let length = self
            .waiting
            .get(hello..)?
            .first_chunk::<LENGTH>()
            .copied()?;
        let length = u32::from_be_bytes(length);
        if length > MAX_LENGTH {
            return self.no_messages();
        }
        let whole = hello + LENGTH + length as usize;
        if length as usize > KEEP_LIMIT {
            self.long = whole as u64;
            return self.next();
        }
        if self.waiting.len() < whole {
            return None;
        }
        let message = self.waiting.split_to(whole).freeze();
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        Some(if is_first {
            Unit::Greeting(message)
        } else {
            Unit::Message(message)
        })
    }

    fn no_messages(&mut self) -> Option<Unit> {
        self.long = u64::MAX;
        self.next()
    }
}

/// The version that the Gateway's greeting names.
pub(super) fn version(greeting: &Bytes) -> Option<ServerVersion> {
    let body = greeting.get(LENGTH..)?;
    Some(ServerGreeting::decode(body).ok()?.version)
}

/// The id of a message at this version.
pub(super) fn id(message: &Bytes, version: ServerVersion) -> Option<u32> {
    let mut decoder = Decoder::new(Some(version));
    // The beginning of a message tells its id.
    decoder.feed(message.chunk());
    decoder.next_frame().ok()?.map(|frame| frame.id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{ClientGreeting, Reply, Request, VersionRange};

    const VERSION: ServerVersion = ServerVersion(178);

    fn cut(side: Speaker, bytes: &[u8], piece: usize) -> Vec<Unit> {
        let mut units = Units::new(side);
        let mut all = Vec::new();
        for piece in bytes.chunks(piece) {
            units.feed(piece);
            all.extend(std::iter::from_fn(|| units.next()));
        }
        let rest = units.rest();
        all.extend((!rest.is_empty()).then_some(Unit::Part(rest)));
        all
    }

    fn joined(units: &[Unit]) -> Vec<u8> {
        let bytes = units.iter().flat_map(|unit| match unit {
            Unit::Greeting(bytes) | Unit::Message(bytes) | Unit::Part(bytes) => bytes.to_vec(),
        });
        bytes.collect()
    }

    #[test]
    fn a_greeting_and_messages_are_cut_and_their_ids_read() {
        let range: VersionRange = "100..178".parse().unwrap();
        let greeting = ClientGreeting::new(range).encode();
        let start = Request::StartApi {
            client_id: 7,
            capabilities: String::new(),
        };
        let start = start.encode(VERSION);
        let units = cut(
            Speaker::Client,
            &[greeting.clone(), start.clone()].concat(),
            3,
        );
        assert_eq!(
            units,
            [
                Unit::Greeting(greeting.into()),
                Unit::Message(start.clone().into())
            ]
        );
        assert_eq!(id(&start.into(), VERSION), Some(71));
        let end = Reply::ExecutionsEnd { req_id: 3 };
        for version in [VERSION, ServerVersion::NEWEST] {
            assert_eq!(id(&end.encode(version).into(), version), Some(55));
        }
    }

    #[test]
    fn what_is_no_message_goes_on_as_it_comes() {
        let http = b"GET / HTTP/1.1\r\n\r\n";
        assert_eq!(
            cut(Speaker::Client, http, 100),
            [Unit::Part(http.as_slice().into())]
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_goes_on_unchanged(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            lengths in prop::collection::vec(0_u32..40, 0..8),
            piece in 1_usize..50,
        ) {
            let frames = lengths.iter().flat_map(|length| {
                [&length.to_be_bytes()[..], &vec![b'x'; *length as usize]].concat()
            });
            let all: Vec<u8> = frames.chain(bytes).collect();
            for side in [Speaker::Client, Speaker::Gateway] {
                prop_assert_eq!(joined(&cut(side, &all, piece)), all.clone());
            }
        }
    }
}
