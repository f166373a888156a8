//! A whole session against arbitrary bytes, by the harness of the property test.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/helpers/against_bytes.rs"]
mod against_bytes;

fuzz_target!(|data: &[u8]| against_bytes::session_against(data));
