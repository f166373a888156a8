//! Lines of stdin, or of a child's stdout: of a pipe where it can be waited for, else read by a thread of
//! their own, as those of a terminal. Bounded: no more is read than is taken.

use std::io::{self, BufRead, BufReader, Read};
use std::process::ChildStdout;
use std::{mem, thread};

#[cfg(unix)]
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc;

/// The longest line, in bytes; of a longer one nothing is kept.
pub(super) const LONGEST: usize = 1 << 20;
/// Lines that a thread reads ahead.
const AHEAD: usize = 16;
/// Read at once, in bytes.
const BUFFER: usize = 64 << 10;

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line.
    Whole(Vec<u8>),
    /// A line that is longer than any command.
    TooLong,
}

/// Lines that are read as they come.
#[derive(Debug)]
pub(super) enum Lines {
    /// By a thread of their own.
    Thread(mpsc::Receiver<Line>),
    /// From a pipe that can be waited for, which spares two changes of threads.
    #[cfg(unix)]
    Pipe(Box<Pipe>),
}

impl Lines {
    /// Those of stdin, none longer than [`LONGEST`]; errs where there can be no thread.
    pub(super) fn of_stdin() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(pipe) = stdin_pipe() {
            return Ok(Self::Pipe(Box::new(Pipe::new(pipe, LONGEST))));
        }
        by_thread(io::stdin(), LONGEST)
    }

    /// Those of a child, of any length; errs where it cannot be waited for.
    pub(super) fn of_child(stdout: ChildStdout) -> io::Result<Self> {
        #[cfg(unix)]
        {
            let pipe = Receiver::from_owned_fd(stdout.into())?;
            Ok(Self::Pipe(Box::new(Pipe::new(pipe, usize::MAX))))
        }
        #[cfg(not(unix))]
        by_thread(stdout, usize::MAX)
    }

    /// The next line; `None` at the end, and of what cannot be read any more. Nothing is lost where it is
    /// not awaited to its end.
    pub(super) async fn next(&mut self) -> Option<Line> {
        match self {
            Self::Thread(lines) => lines.recv().await,
            #[cfg(unix)]
            Self::Pipe(pipe) => pipe.next().await,
        }
    }
}

/// Lines of a pipe.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Pipe {
    from: tokio::io::BufReader<Receiver>,
    cutter: Cutter,
    has_ended: bool,
}

#[cfg(unix)]
impl Pipe {
    fn new(pipe: Receiver, longest: usize) -> Self {
        Self {
            from: tokio::io::BufReader::with_capacity(BUFFER, pipe),
            cutter: Cutter::new(longest),
            has_ended: false,
        }
    }

    async fn next(&mut self) -> Option<Line> {
        use tokio::io::AsyncBufReadExt;
        while !self.has_ended {
            let ahead = self.from.fill_buf().await.unwrap_or_default();
            if ahead.is_empty() {
                self.has_ended = true;
                return self.cutter.last();
            }
            let (used, line) = self.cutter.take(ahead);
            self.from.consume(used);
            if line.is_some() {
                return line;
            }
        }
        None
    }
}

/// stdin, if it is a pipe without a name, opened anew: what others do with theirs stays as it is.
#[cfg(target_os = "linux")]
fn stdin_pipe() -> Option<Receiver> {
    const STDIN: &str = "/proc/self/fd/0";
    // A named one tells nobody who opens it later that its writers have gone.
    let name = std::fs::read_link(STDIN).ok()?;
    let is_nameless = name.to_string_lossy().starts_with("pipe:");
    let open = || tokio::net::unix::pipe::OpenOptions::new().open_receiver(STDIN);
    is_nameless.then(open)?.ok()
}

fn by_thread(from: impl Read + Send + 'static, longest: usize) -> io::Result<Lines> {
    let (send, lines) = mpsc::channel(AHEAD);
    let reader = thread::Builder::new().name("lines".to_owned());
    reader.spawn(move || {
        let from = BufReader::with_capacity(BUFFER, from);
        // One that nobody takes any more ends the reading.
        let _ = read(from, longest, |line| send.blocking_send(line));
    })?;
    Ok(Lines::Thread(lines))
}

/// Gives each line until the end, or until one is not taken.
fn read<E>(
    mut from: impl BufRead,
    longest: usize,
    mut give: impl FnMut(Line) -> Result<(), E>,
) -> Result<(), E> {
    let mut cutter = Cutter::new(longest);
    loop {
        // What cannot be read any more has ended.
        let ahead = from.fill_buf().unwrap_or_default();
        if ahead.is_empty() {
            return cutter.last().map_or(Ok(()), give);
        }
        let (used, line) = cutter.take(ahead);
        from.consume(used);
        if let Some(line) = line {
            give(line)?;
        }
    }
}

/// Cuts what is read into lines.
#[derive(Debug)]
struct Cutter {
    /// What was read of a line.
    part: Vec<u8>,
    is_too_long: bool,
    longest: usize,
}

impl Cutter {
    fn new(longest: usize) -> Self {
        Self {
            part: Vec::new(),
            is_too_long: false,
            longest,
        }
    }

    /// How many of these bytes belong to the line under way, and that line if it ends in them.
    fn take(&mut self, ahead: &[u8]) -> (usize, Option<Line>) {
        let end = memchr::memchr(b'\n', ahead);
        let bytes = &ahead[..end.unwrap_or(ahead.len())];
        if self.is_too_long || bytes.len() > self.longest - self.part.len() {
            self.is_too_long = true;
            self.part = Vec::new();
        } else {
            self.part.extend_from_slice(bytes);
        }
        match end {
            Some(end) => (end + 1, Some(self.line())),
            None => (ahead.len(), None),
        }
    }

    /// The last line, which lacks its feed.
    fn last(&mut self) -> Option<Line> {
        (self.is_too_long || !self.part.is_empty()).then(|| self.line())
    }

    fn line(&mut self) -> Line {
        if mem::take(&mut self.is_too_long) {
            Line::TooLong
        } else {
            Line::Whole(mem::take(&mut self.part))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], longest: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let from = BufReader::with_capacity(4, text);
        let all = read(from, longest, |line| {
            lines.push(line);
            Ok::<(), ()>(())
        });
        assert_eq!(all, Ok(()));
        lines
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
