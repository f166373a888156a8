//! The reader of recordings of tap, the analyser and its diagnosis against arbitrary bytes: no panic, and no
//! byte is lost, however they are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/helpers/recorded.rs"]
mod recorded;

/// The first line of each file.
const HEADER: &[u8] = b"{\"format\":\"ibdoc-tap/1\",\"version\":\"0.1.0\"}\n";

fuzz_target!(|data: &[u8]| {
    let [piece, bytes @ ..] = data else {
        return;
    };
    let recording = [HEADER, bytes].concat();
    let (trace, ..) = recorded::read(&recording, usize::from(*piece));
    assert_eq!(trace.sources[0].bytes, recording.len() as u64);
});
