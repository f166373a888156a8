//! The frame decoder and every message decoder against arbitrary bytes: no panic, bounded
//! memory, and the same frames however the bytes are cut.

#![no_main]

use ibdoc::wire::{Asked, ClientGreeting, Decoder, Frame, NotTws, Reply, ServerGreeting, ServerVersion};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [version, piece, bytes @ ..] = data else {
        return;
    };
    let version = (*version > 0).then_some(ServerVersion(90 + u16::from(*version)));
    let whole = frames(version, bytes, bytes.len().max(1));
    let cut = frames(version, bytes, usize::from(*piece).max(1));
    assert_eq!(whole, cut, "frames depend on how the bytes are cut");
    let version = version.unwrap_or(ServerVersion::FRAMED);
    for frame in &whole {
        let _ = Reply::decode(frame, version);
        let _ = Asked::decode(frame);
        let _ = ServerGreeting::decode(&frame.body);
    }
    let _ = ClientGreeting::decode(bytes);
    let _ = NotTws::recognise(bytes);
});

fn frames(version: Option<ServerVersion>, bytes: &[u8], piece: usize) -> Vec<Frame> {
    let mut decoder = Decoder::new(version);
    let mut frames = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.feed(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return frames,
            }
        }
        assert!(decoder.unread().len() <= bytes.len());
    }
    frames
}
