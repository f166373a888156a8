//! The reader of IBC's log and the readers of settings against arbitrary bytes: no panic, bounded memory,
//! the same logins however the bytes are cut, and no character that steers a terminal in what is told.

#![no_main]

use ibdoc::evidence::log::read::Reader;
use ibdoc::evidence::settings::{ibc::IbcSettings, jts, stored::StoredApi};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [piece, bytes @ ..] = data else {
        return;
    };
    let whole = read(bytes, bytes.len().max(1));
    let cut = read(bytes, usize::from(*piece).max(1));
    assert_eq!(whole, cut, "a log tells something else when it is cut elsewhere");
    let text = String::from_utf8_lossy(bytes);
    let _ = IbcSettings::parse(&text);
    let _ = jts::trusted(&text);
    let _ = StoredApi::parse(&text);
});

fn read(bytes: &[u8], piece: usize) -> String {
    let mut reader = Reader::default();
    bytes.chunks(piece).for_each(|piece| reader.feed(piece));
    let log = reader.log();
    for login in log.logins.all() {
        let words = login.words(log.last);
        assert!(!words.chars().any(char::is_control), "{words:?}");
    }
    format!("{log:?}")
}
