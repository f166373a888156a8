//! The terminal under the line of progress, which may be resized while that stands.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::TermLike;

/// Columns where the terminal tells none.
const COLUMNS: u16 = 80;

/// How wide the terminal on stderr is.
pub(super) fn columns() -> u16 {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(COLUMNS, |(columns, _)| columns.0)
}

/// Stderr; it remembers how wide the line is that stands on it.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    /// Columns of the line that was drawn last.
    drawn: Mutex<usize>,
}

impl Terminal {
    /// Goes to the beginning of the line, over the rows into which a terminal that has become
    /// narrower has folded it.
    fn begin(&self) -> io::Result<()> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let folds = folds(std::mem::take(&mut *drawn), columns().into());
        let up = if folds > 0 {
            format!("\x1b[{folds}A")
        } else {
            String::new()
        };
        write!(io::stderr(), "\r{up}\x1b[J")
    }
}

/// How many rows a line takes besides its first one.
fn folds(line: usize, columns: usize) -> usize {
    line.saturating_sub(1) / columns.max(1)
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        columns()
    }

    fn move_cursor_up(&self, rows: usize) -> io::Result<()> {
        match rows {
            0 => Ok(()),
            _ => write!(io::stderr(), "\x1b[{rows}A"),
        }
    }

    fn move_cursor_down(&self, rows: usize) -> io::Result<()> {
        match rows {
            0 => Ok(()),
            _ => write!(io::stderr(), "\x1b[{rows}B"),
        }
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        match columns {
            0 => Ok(()),
            _ => write!(io::stderr(), "\x1b[{columns}C"),
        }
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        match columns {
            0 => Ok(()),
            _ => write!(io::stderr(), "\x1b[{columns}D"),
        }
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stderr(), "{text}")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // The rest of the row is erased before: blanks in it would be folded too.
        if text.trim_matches(' ').is_empty() {
            return Ok(());
        }
        if text == "\r" {
            return self.begin();
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        *drawn += text.chars().count();
        write!(io::stderr(), "{text}")
    }

    fn clear_line(&self) -> io::Result<()> {
        self.begin()
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_folds_where_the_terminal_is_narrower() {
        assert_eq!([0, 1, 39, 40].map(|line| folds(line, 40)), [0, 0, 0, 0]);
        assert_eq!([41, 79, 80, 81].map(|line| folds(line, 40)), [1, 1, 1, 2]);
        assert_eq!(folds(10, 0), 9);
    }
}
