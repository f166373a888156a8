//! A log as it comes in, in pieces of any size.

use std::mem;
use std::time::SystemTime;

use super::line::{Line, Writer};
use super::marker::{Marker, RelayTrouble, setting};
use crate::evidence::login::several::Logins;
use crate::evidence::stamp::Stamp;

/// A longer line is no line of IBC, and passed over.
const LONGEST: usize = 16 * 1024;
/// More different troubles of relays are not kept.
const MOST_TROUBLES: usize = 16;

/// What a relay met, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// What it met.
    pub trouble: RelayTrouble,
    /// At which port: its own if that was taken, else the one to which it passes on.
    pub port: u16,
    /// How often since the last login.
    pub count: u32,
    /// The last time.
    pub last: Option<Stamp>,
}

/// What a log tells.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The logins.
    pub logins: Logins,
    /// What relays met since a login last completed.
    pub relays: Vec<Relayed>,
    /// The last stamp in it.
    pub last: Option<Stamp>,
    /// A stamp with the same moment in UTC, where an engine wrote it beside.
    pub utc: Option<(Stamp, SystemTime)>,
    /// How many lines IBC or socat wrote.
    pub lines: u64,
    /// Whether IBC's settings are being printed.
    is_in_settings: bool,
}

impl Log {
    fn take(&mut self, line: &Line<'_>) {
        if line.writer != Writer::Other {
            self.lines += 1;
        }
        self.last = line.at.or(self.last);
        self.utc = line.at.zip(line.utc).or(self.utc);
        let setting =
            || (self.is_in_settings && line.writer != Writer::Socat).then(|| setting(&line.text));
        let Some(marker) = Marker::of(line).or_else(|| setting().flatten()) else {
            return;
        };
        // A script's line comes right after the one before it.
        let at = line.at.or(self.last);
        match marker {
            Marker::Settings(is_begin) => {
                self.is_in_settings = is_begin;
                if is_begin {
                    self.logins.feed(&Marker::Started, None);
                }
            }
            // But for the first of a start: the last stamp is of the run before it.
            Marker::Started => self.logins.feed(&marker, None),
            Marker::Relay(trouble, port) => self.relay(trouble, port, at),
            Marker::Completed => {
                // What was refused before a login completed is what a relay meets at each start.
                self.relays
                    .retain(|it| it.trouble == RelayTrouble::PortTaken);
                self.logins.feed(&marker, at);
            }
            marker => self.logins.feed(&marker, at),
        }
    }

    fn relay(&mut self, trouble: RelayTrouble, port: u16, last: Option<Stamp>) {
        let known = |it: &&mut Relayed| it.trouble == trouble && it.port == port;
        if let Some(known) = self.relays.iter_mut().find(known) {
            known.count = known.count.saturating_add(1);
            known.last = last;
        } else if self.relays.len() < MOST_TROUBLES {
            let count = 1;
            self.relays.push(Relayed {
                trouble,
                port,
                count,
                last,
            });
        }
    }
}

/// Takes a log in pieces; what is kept of it is bounded, however long it is.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    log: Log,
    /// The beginning of a line that has not ended.
    begun: Vec<u8>,
    is_too_long: bool,
}

impl Reader {
    /// A reader of a log's end, whose first line is not whole.
    pub fn amid_line() -> Self {
        let is_too_long = true;
        Self {
            is_too_long,
            ..Self::default()
        }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, mut piece: &[u8]) {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = piece.split_at(end);
            self.add(line);
            let line = mem::take(&mut self.begun);
            if !mem::take(&mut self.is_too_long) {
                let text = String::from_utf8_lossy(&line);
                self.log.take(&Line::parse(&text));
            }
            piece = &rest[1..];
        }
        self.add(piece);
    }

    fn add(&mut self, piece: &[u8]) {
        self.is_too_long |= self.begun.len() + piece.len() > LONGEST;
        if self.is_too_long {
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(piece);
        }
    }

    /// What the log tells so far: a line without its end may be cut in the middle of a number, and
    /// does not count.
    pub fn log(&self) -> &Log {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> String {
        let mut reader = Reader::default();
        for piece in pieces {
            reader.feed(piece);
        }
        format!("{:?}", reader.log())
    }

    /// Lines as they may come, and damaged ones.
    fn line() -> impl Strategy<Value = String> {
        let texts = [
            "Starting IBC version 3.23.0",
            "    TradingMode=live",
            "    TradingMode=paper",
            "Login attempt: 2",
            "Click button: Paper Log In",
            "detected dialog entitled: Second Factor Authentication; event=Activated",
            "detected dialog entitled: Second Factor Authentication; event=Closed",
            "detected dialog entitled: x; event=Opened",
            "Login has completed",
            "Re-login is required",
            "Login failed",
            "TWS API socket port is now set to 4002",
            "IBC closing because login has not completed after Second Factor Authentication",
        ];
        let known = proptest::sample::select(texts.to_vec());
        let known = known.prop_map(|text| format!("2026-11-27 06:00:11:042 IBC: {text}\n"));
        let script =
            proptest::sample::select(vec!["IBC returned exit status 87\n", "\n", "\u{1b}["]);
        prop_oneof![
            6 => known,
            1 => script.prop_map(str::to_owned),
            1 => ".{0,80}\n",
        ]
    }

    proptest! {
        #[test]
        fn a_log_tells_the_same_however_it_is_cut(
            lines in proptest::collection::vec(line(), 0..40),
            at in 0_usize..4000,
        ) {
            let text = lines.concat().into_bytes();
            let at = at.min(text.len());
            prop_assert_eq!(read(&[&text]), read(&[&text[..at], &text[at..]]));
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            read(&[&bytes]);
        }

        #[test]
        fn what_is_told_has_no_character_that_steers_a_terminal(
            lines in proptest::collection::vec(line(), 0..40),
        ) {
            let mut reader = Reader::default();
            reader.feed(lines.concat().as_bytes());
            for login in reader.log().logins.all() {
                let words = login.words(reader.log().last);
                prop_assert!(!words.chars().any(char::is_control), "{}", words);
            }
        }
    }

    #[test]
    fn a_line_without_an_end_is_bounded() {
        let mut reader = Reader::default();
        for _ in 0..1000 {
            reader.feed(&[b'x'; 4096]);
        }
        assert!(reader.begun.len() <= LONGEST);
        reader.feed(b"\n2026-11-27 06:00:11:042 IBC: Login has completed\n");
        assert_eq!(reader.log().lines, 1);
    }
}
