//! Bytes cut into lines, in bounded memory.

/// The longest line that is handed on whole, in bytes; the rest of a longer one is passed over.
const LONGEST: usize = 4 << 20;

/// Cuts bytes into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
    is_skipping: bool,
    /// How many lines were handed on.
    pub(super) count: u64,
}

impl Lines {
    /// Takes bytes and hands on each line that is whole, without its line feed.
    pub(super) fn feed(&mut self, bytes: &[u8], line: &mut dyn FnMut(&[u8])) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let whole = &bytes[start..end];
            start = end + 1;
            if std::mem::take(&mut self.is_skipping) {
                continue;
            }
            self.count += 1;
            if self.rest.is_empty() {
                line(whole);
            } else {
                self.rest.extend_from_slice(whole);
                line(&self.rest);
                self.rest.clear();
            }
        }
        let rest = &bytes[start..];
        if self.is_skipping {
            return;
        }
        if self.rest.len() + rest.len() > LONGEST {
            // What a line begins with is enough for its kind.
            let room = LONGEST.saturating_sub(self.rest.len());
            self.rest.extend_from_slice(&rest[..room]);
            self.end(line);
            self.is_skipping = true;
        } else {
            self.rest.extend_from_slice(rest);
        }
    }

    /// Hands on what is left: a line without its end; whether there was one.
    pub(super) fn end(&mut self, line: &mut dyn FnMut(&[u8])) -> bool {
        if self.rest.is_empty() {
            return false;
        }
        self.count += 1;
        line(&self.rest);
        self.rest.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_bytes_are_cut() {
        let text = b"one\n\ntwo\r\nthree";
        for piece in 1..text.len() {
            let mut lines = Lines::default();
            let mut got = Vec::new();
            let mut take = |line: &[u8]| got.push(String::from_utf8_lossy(line).into_owned());
            for piece in text.chunks(piece) {
                lines.feed(piece, &mut take);
            }
            assert!(lines.end(&mut take));
            assert_eq!(got, ["one", "", "two\r", "three"]);
            assert_eq!(lines.count, 4);
        }
    }

    #[test]
    fn a_line_without_an_end_is_kept_in_part() {
        let mut lines = Lines::default();
        let mut lengths = Vec::new();
        for _ in 0..10 {
            lines.feed(&vec![b'x'; 1 << 20], &mut |line| lengths.push(line.len()));
        }
        lines.feed(b"rest\nnext\n", &mut |line| lengths.push(line.len()));
        assert_eq!(lengths, [LONGEST, 4]);
    }
}
