//! The reader of DEBUG logs, the analyser and its diagnosis against arbitrary bytes: no panic, and no
//! byte is lost, however they are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/helpers/recorded.rs"]
mod recorded;

fuzz_target!(|data: &[u8]| {
    let [piece, bytes @ ..] = data else {
        return;
    };
    let recording = bytes;
    let (trace, ..) = recorded::read(recording, usize::from(*piece));
    assert_eq!(trace.sources[0].bytes, recording.len() as u64);
});
