//! The reader of captures, pcap and pcapng, the analyser and its diagnosis against arbitrary bytes: no panic, and no
//! byte is lost, however they are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/helpers/recorded.rs"]
mod recorded;

/// The head of a little-endian pcap without a link layer.
const PCAP: &[u8] = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x65\0\0\0";
/// The section and the interface of such a pcapng.
const PCAPNG: &[u8] = b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\
    \x1c\0\0\0\x01\0\0\0\x14\0\0\0\x65\0\0\0\0\0\x04\0\x14\0\0\0";

fuzz_target!(|data: &[u8]| {
    let [kind, piece, bytes @ ..] = data else {
        return;
    };
    let head = if kind % 2 == 0 { PCAP } else { PCAPNG };
    let recording = [head, bytes].concat();
    let (trace, ..) = recorded::read(&recording, usize::from(*piece));
    assert_eq!(trace.sources[0].bytes, recording.len() as u64);
});
