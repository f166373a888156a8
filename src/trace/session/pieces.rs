//! The bytes of a side as what they turn out to be: greetings, messages, or none.

use super::Session;
use super::met::{Met, Tell};
use crate::event::{MessageRole, Speaker};
use crate::trace::chunk::Chunk;
use crate::trace::frames::Piece;
use crate::wire::ServerVersion;

impl Session {
    pub(super) fn bytes(&mut self, chunk: &Chunk<'_>, bytes: &[u8], tell: Tell<'_>) {
        if chunk.side == Speaker::Gateway && self.opening.dialled.is_some() {
            // Who speaks has accepted, also where the line that says so is not in a log.
            self.opening.accepted.get_or_insert(chunk.at);
        }
        let flow = self.flow_mut(chunk.side);
        flow.bytes += bytes.len() as u64;
        flow.heard(chunk.at);
        self.framer(chunk.side).feed(bytes);
        while let Some(piece) = self.framer(chunk.side).next() {
            self.piece(chunk, piece, tell);
        }
    }

    fn piece(&mut self, chunk: &Chunk<'_>, piece: Piece, tell: Tell<'_>) {
        let (at, side) = (chunk.at, chunk.side);
        match piece {
            Piece::Client(greeting) => {
                self.opening.greeted = Some(at);
                let words = format!("v{}", greeting.range);
                let bytes = 8 + words.len() as u64;
                self.opening.client = Some(greeting);
                self.greeting(chunk, bytes, words, tell);
            }
            Piece::Gateway(greeting, length) => {
                self.opening.answered = Some(at);
                self.set_version(greeting.version);
                let words = format!("version {}", greeting.version);
                self.opening.gateway = Some(greeting);
                self.greeting(chunk, 4 + u64::from(length), words, tell);
            }
            Piece::Frame(frame) => self.message(chunk, &frame, tell),
            Piece::NotTws(other) => self.opening.foreign = Some((side, other)),
            Piece::Skipped(bytes) => {
                self.flow_mut(side).skip(at, bytes);
                if side == Speaker::Gateway {
                    self.requests.gap();
                }
            }
            Piece::Assumed(version) => {
                if self.version.is_none() {
                    self.version_assumed = true;
                    self.set_version(version);
                }
            }
        }
    }

    fn set_version(&mut self, version: ServerVersion) {
        self.version = Some(version);
        self.client.set_version(version);
        self.gateway.set_version(version);
    }

    fn greeting(&mut self, chunk: &Chunk<'_>, bytes: u64, words: String, tell: Tell<'_>) {
        self.count(chunk);
        tell(&Met {
            at: chunk.at,
            session: self.number,
            connection: chunk.connection,
            from: chunk.side,
            frame: None,
            request_id: None,
            role: MessageRole::Greeting,
            elapsed: None,
            bytes,
            words: Some(words),
            accounts: &[],
        });
    }

    pub(super) fn count(&mut self, chunk: &Chunk<'_>) {
        let flow = self.flow_mut(chunk.side);
        flow.messages += 1;
        flow.out_of_step = None;
        let is_client = chunk.side == Speaker::Client;
        if is_client {
            self.rate.count(chunk.at);
        }
        self.activity.count(is_client, chunk.at.since(self.first));
    }
}
