//! A page of text: how wide it is, how many lines were written, and what no line may begin with.

use std::io::{self, Write};

use super::Paint;

/// Text is no narrower and no wider than this, in columns.
const NARROWEST: usize = 60;
const WIDEST: usize = 100;

/// The width of text where no terminal has one.
const WIDTH: usize = 80;

/// How wide text is on a terminal of so many columns, or where there is none.
pub(super) fn width(columns: Option<usize>) -> usize {
    columns.map_or(WIDTH, |columns| columns.clamp(NARROWEST, WIDEST))
}

/// A writer of text that knows its width. Each line is handed on when it is whole.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    line: Vec<u8>,
    columns: usize,
    lines: usize,
    rows: Option<usize>,
}

impl<'a> Page<'a> {
    /// An empty page on a terminal, or somewhere else.
    pub(super) fn new(paint: Paint, out: &'a mut dyn Write) -> Self {
        Self {
            out,
            line: Vec::new(),
            columns: width(paint.size.map(|(columns, _)| columns)),
            lines: 0,
            rows: paint.size.map(|(_, rows)| rows),
        }
    }

    /// How wide the text is.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Whether it is written to a terminal.
    pub(super) fn is_on_terminal(&self) -> bool {
        self.rows.is_some()
    }

    /// Whether its first line has left the terminal: one line more is the prompt's.
    pub(super) fn has_scrolled(&self) -> bool {
        self.rows.is_some_and(|rows| self.lines >= rows)
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        let safe = if commands_a_runner(&line) {
            // The mark of a text that goes on takes the meaning from what follows.
            format!("…{line}")
        } else {
            line.into_owned()
        };
        self.line.clear();
        self.out.write_all(safe.as_bytes())
    }
}

/// Whether a CI runner would take the line for a command: GitHub's `::error::text` and `##[error]text`
/// also stand behind blanks.
fn commands_a_runner(line: &str) -> bool {
    let line = line.trim_start();
    let is_command = |rest: &str| rest.contains("::");
    line.starts_with("##[") || line.strip_prefix("::").is_some_and(is_command)
}

impl Write for Page<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.lines += 1;
                self.end_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_line()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_wide_as_the_terminal_within_limits_and_80_columns_elsewhere() {
        let widths = [None, Some(40), Some(60), Some(72), Some(100), Some(200)].map(width);
        assert_eq!(widths, [80, 60, 60, 72, 100, 100]);
    }

    #[test]
    fn no_line_begins_with_a_command_to_a_runner() {
        let written = |text: &str| {
            let mut out = Vec::new();
            let mut page = Page::new(Paint::PLAIN, &mut out);
            write!(page, "{text}").unwrap();
            page.flush().unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written("::error::x\n"), "…::error::x\n");
        assert_eq!(
            written("a\n  ::set-output name=a::x"),
            "a\n…  ::set-output name=a::x"
        );
        assert_eq!(written("\t##[group]x\nb\n"), "…\t##[group]x\nb\n");
        for kept in [
            "::1 listens\n",
            "a ::error::x\n",
            "[::1]:4002\n",
            "# a\n",
            "std::io\n",
        ] {
            assert_eq!(written(kept), kept);
        }
    }
}
