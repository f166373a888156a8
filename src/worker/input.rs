//! Lines of stdin, or of a child's stdout, read by a thread of their own: a terminal or a pipe cannot
//! be waited for otherwise on every system. Bounded: the reader waits until lines are taken.

use std::io::{self, BufRead, BufReader, Read};
use std::thread;

use tokio::sync::mpsc;

/// The longest line, in bytes; of a longer one nothing is kept.
pub(super) const LONGEST: usize = 1 << 20;
/// Lines that are read ahead.
const AHEAD: usize = 16;

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line.
    Whole(Vec<u8>),
    /// A line that is longer than any command.
    TooLong,
}

/// Reads lines until the end, which closes the channel; of any length with `longest` at its greatest.
pub(super) fn lines(
    from: impl Read + Send + 'static,
    longest: usize,
) -> io::Result<mpsc::Receiver<Line>> {
    let (send, lines) = mpsc::channel(AHEAD);
    let reader = thread::Builder::new().name("lines".to_owned());
    reader.spawn(move || {
        let mut from = BufReader::with_capacity(64 << 10, from);
        // What cannot be read any more has ended.
        while let Ok(Some(line)) = next(&mut from, longest) {
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}

/// The next line; `None` at the end.
fn next(from: &mut impl BufRead, longest: usize) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    let read = from.take(limit).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(Line::Whole(line)));
    }
    if line.len() <= longest {
        return Ok(Some(Line::Whole(line)));
    }
    skip_line(from)?;
    Ok(Some(Line::TooLong))
}

fn skip_line(from: &mut impl BufRead) -> io::Result<()> {
    loop {
        let ahead = from.fill_buf()?;
        let end = ahead.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(ahead.len(), |end| end + 1);
        let is_over = end.is_some() || ahead.is_empty();
        from.consume(used);
        if is_over {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], longest: usize) -> Vec<Line> {
        let mut from = BufReader::with_capacity(4, text);
        std::iter::from_fn(|| next(&mut from, longest).expect("a slice is read")).collect()
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.as_bytes().to_vec())
    }

    #[test]
    fn a_line_ends_at_its_feed_and_the_last_may_lack_it() {
        assert_eq!(all(b"a\n\nbc", 10), [whole("a"), whole(""), whole("bc")]);
        assert_eq!(all(b"", 10), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let lines = all(b"12345\n123456\nab\n1234567", 5);
        assert_eq!(
            lines,
            [whole("12345"), Line::TooLong, whole("ab"), Line::TooLong]
        );
    }
}
