//! The end of a log, whose last line with a time tells until when it went on. Only the last bytes are
//! looked at, once: a program writes many lines that concern no session.

use super::time::{self, Time};
use crate::text::json::with_marks;
use crate::text::printable::without_colours;

/// So many bytes are kept: more than the traceback with which a program ends.
const KEPT: usize = 64 << 10;
/// The length of the level or thread before a time differs from line to line by so much.
const SHIFT: usize = 16;

/// The last bytes of a log.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    /// Takes the bytes that come next.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.0
            .extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT)..]);
        if self.0.len() > 2 * KEPT {
            self.0.drain(..self.0.len() - KEPT);
        }
    }

    /// The time of the last line that has one by the same clock and where messages have it: a time further
    /// on belongs to a text.
    pub(super) fn last_time(&self, alike: Time) -> Option<Time> {
        let mut lines = self.0.rsplit(|byte| *byte == b'\n');
        lines.find_map(|line| {
            let line = with_marks(line);
            let line = without_colours(&line);
            let near = &line[..line.len().min(alike.end + SHIFT)];
            let time = time::again(&line, alike).or_else(|| time::find(near))?;
            (time.clock == alike.clock).then_some(time)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::chunk::Timestamp;

    #[test]
    fn the_last_time_is_that_of_a_line_whatever_stands_behind_it() {
        let first = b"2026-11-27 10:43:21,584 ib_async.client DEBUG ";
        let like = time::find(first).unwrap();
        let cases: [(&str, &str); 5] = [
            (
                "2026-11-27 10:44:00,000 bot INFO heartbeat\n",
                "10:44:00.000",
            ),
            (
                "2026-11-27 10:44:00,000 bot ERROR\nTraceback:\n  at 1795776300\n",
                "10:44:00.000",
            ),
            (
                "2026-11-27 10:44:00,000 bot\nlong before the next session, on 2026-11-30 09:30:00\n",
                "10:44:00.000",
            ),
            ("WARNING 2026-11-27 10:44:00,000 bot\n", "10:44:00.000"),
            ("\u{1b}[2m2026-11-27 10:44:00\u{1b}[0m bot", "10:44:00.000"),
        ];
        for (text, expected) in cases {
            for piece in [1, 7, usize::MAX] {
                let mut tail = Tail::default();
                for piece in text.as_bytes().chunks(piece) {
                    tail.feed(piece);
                }
                let at = tail.last_time(like).map(|it| it.at);
                let at = at.map(Timestamp::time_of_day);
                assert_eq!(at.as_deref(), Some(expected), "{text}");
            }
        }
    }

    #[test]
    fn only_the_last_bytes_are_kept() {
        let mut tail = Tail::default();
        for _ in 0..10 {
            tail.feed(&vec![b'x'; KEPT - 1]);
        }
        tail.feed(&vec![b'x'; 3 * KEPT]);
        assert!(tail.0.len() <= 2 * KEPT);
    }
}
