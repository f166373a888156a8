//! What a recording shows, for the property tests and the fuzz targets: the same however it is cut.

use ibdoc::finding::Finding;
use ibdoc::report::Trace;
use ibdoc::trace::{Analyser, Met, Reader};

/// What is found in a recording whose bytes come in pieces of this length, and how many messages.
pub(crate) fn read(recording: &[u8], piece: usize) -> (Trace, Vec<Finding>, u64) {
    let mut analyser = Analyser::default();
    let mut reader = Reader::new(0, "a recording");
    let mut messages = 0;
    for piece in recording.chunks(piece.max(1)) {
        reader.feed(piece, &mut |chunk| {
            analyser.take(chunk, &mut |_: &Met<'_>| messages += 1);
        });
    }
    reader.end(&mut |chunk| analyser.take(chunk, &mut |_: &Met<'_>| messages += 1));
    let (mut trace, findings) = analyser.finish();
    trace.sources = vec![reader.source()];
    trace.notes = reader.notes();
    trace.other_connections += reader.others();
    (trace, findings, messages)
}
