//! Golden frames and properties of the codec.

mod any;
mod golden;
mod hostile;
mod round_trip;

use super::{Decoder, Frame, ServerVersion};

/// The only frame in the bytes.
fn only_frame(bytes: &[u8], version: u16) -> Frame {
    let mut decoder = Decoder::new(Some(ServerVersion(version)));
    decoder.feed(bytes);
    let frame = decoder.next_frame().unwrap().unwrap();
    assert!(decoder.unread().is_empty());
    frame
}
