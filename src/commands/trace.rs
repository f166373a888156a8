//! `ibdoc trace`: what a recording of another client's sessions shows.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueHint};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::examples::shown;
use super::{Error, Outcome, Setup, files};
use crate::cli::{Format, Global, MessageLines, ReportFiles};
use crate::event::{Event, Events, Footprint};
use crate::finding::{self, verdict::Verdict};
use crate::report::read::why_unread;
use crate::report::{Body, Trace as Report};
use crate::text::printable::clean;
use crate::text::words::{counted, listed};
use crate::trace::{Analyser, Chunk, Met, Reader, message};

/// What a recording of your client's sessions shows
///
/// Reads DEBUG logs of ib_async and ib_insync in any logging format, pcap and pcapng, and what
/// `ibdoc tap` recorded, each recognised by its content: which client it is, its waterfall, what was
/// never finished, errors tied to their requests, who closed first. Stdin is shown as it comes.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc trace bot.log", "a DEBUG log: which request hangs, who closed first"),
    ("ibdoc trace session.pcap --report session.html", "a capture, with the timeline drawn"),
    ("tcpdump -U -i any -w - port 4002 | ibdoc trace -", "a live view of a bot that runs already"),
]))]
pub struct Trace {
    /// A DEBUG log of ib_async or ib_insync, a pcap or pcapng, or a recording of tap; `-` is stdin
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, required = true)]
    pub recordings: Vec<PathBuf>,

    /// How messages are shown.
    #[command(flatten)]
    pub lines: MessageLines,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}

/// How much is read at once, in bytes.
const PIECE: usize = 1 << 20;
/// Pieces that are read ahead.
const AHEAD: usize = 4;
/// How stdin is typed.
const STDIN: &str = "-";

/// Runs the command; errs when a file cannot be read, or would be written over.
pub(super) async fn run(
    args: &Trace,
    global: &Global,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let paths: Vec<&Path> = args.recordings.iter().map(PathBuf::as_path).collect();
    files::check_apart(&paths, &args.files.reports)?;
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(Error::Usage("stdin can be read once only".to_owned()));
    }
    let is_live = paths.iter().any(|path| is_stdin(path)) && !global.quiet;
    let tells = args.lines.are_shown() || is_live || global.format == Format::Ndjson;
    let mut gathered = Gathered::new(tells, args.lines.full, events);
    for path in paths {
        if !gathered.read(path, setup).await? {
            break;
        }
    }
    Ok(gathered.outcome())
}

/// What was gathered of all recordings.
struct Gathered<'a> {
    analyser: Analyser,
    readers: Vec<Reader>,
    tells: bool,
    full: bool,
    events: Events<'a>,
}

impl<'a> Gathered<'a> {
    fn new(tells: bool, full: bool, events: Events<'a>) -> Self {
        Self {
            analyser: Analyser::default(),
            readers: Vec::new(),
            tells,
            full,
            events,
        }
    }

    /// Reads one recording to its end; whether the next one may be read.
    async fn read(&mut self, path: &Path, setup: &Setup) -> Result<bool, Error> {
        let name = path.to_string_lossy();
        let mut pieces = pieces(path);
        let mut interrupt = setup.interrupt.clone();
        let mut reader = Reader::new(self.readers.len(), &name);
        let mut heard = Instant::now();
        let goes_on = loop {
            let deadline = async {
                match setup.deadline(None) {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let piece = tokio::select! {
                biased;
                _ = interrupt.received() => break false,
                () = deadline => break false,
                piece = pieces.recv() => piece,
            };
            match piece {
                // Ctrl-C ends tcpdump as well, whose end may be seen first.
                None if is_stdin(path) => break interrupt.heard().await.is_none(),
                None => break true,
                Some(Ok(piece)) => {
                    heard = Instant::now();
                    reader.feed(&piece, &mut |chunk| self.take(chunk));
                }
                Some(Err(error)) => {
                    let name = clean(&name, 200);
                    let why = why_unread(&error);
                    return Err(Error::Usage(format!("failed to read {name}: {why}")));
                }
            }
        };
        reader.end(&mut |chunk| self.take(chunk));
        // What grows may have given nothing for long.
        let silence = if is_stdin(path) {
            heard.elapsed()
        } else {
            Duration::ZERO
        };
        self.analyser.end_recording_after(silence);
        self.readers.push(reader);
        Ok(goes_on)
    }

    fn take(&mut self, chunk: &Chunk<'_>) {
        let tells = self.tells.then(|| self.analyser.clock(chunk.connection));
        let full = self.full;
        let events = &mut *self.events;
        self.analyser.take(chunk, &mut |met: &Met<'_>| {
            if !met.accounts.is_empty() {
                events(Event::Accounts(met.accounts.to_vec()));
            }
            if let Some(clock) = tells {
                events(Event::Message(message(met, clock, full)));
            }
        });
    }

    fn outcome(self) -> Outcome {
        let (mut trace, findings) = self.analyser.finish();
        trace.sources = self.readers.iter().map(Reader::source).collect();
        trace
            .notes
            .extend(self.readers.iter().flat_map(Reader::notes));
        trace.other_connections += self.readers.iter().map(Reader::others).sum::<u64>();
        let backwards = self.readers.iter().find(|reader| reader.runs_backwards());
        let mut guessed = self.readers.iter().filter(|reader| reader.is_guessed());
        let guessed = guessed.next().map(|reader| reader.notes().join("; "));
        let error = match backwards {
            Some(reader) => Some(reader.notes().join("; ")),
            None if trace.sessions.is_empty() => Some(nothing(&trace)),
            // What is wrong may be another session's, as what is fine.
            None if guessed.is_some() => guessed,
            None if finding::verdict(&findings) == Verdict::Healthy => {
                let mut cut = self.readers.iter().filter_map(Reader::is_cut_short);
                cut.next().or_else(|| trace.open_question())
            }
            None => None,
        };
        Outcome {
            error,
            ..Outcome::of(Body::Trace(Box::new(trace)), findings, Footprint::NONE)
        }
    }
}

/// Why there is nothing to tell.
fn nothing(trace: &Report) -> String {
    let names: Vec<String> = trace
        .sources
        .iter()
        .map(|source| source.name.clone())
        .collect();
    let words = format!("no session of the API was found in {}", listed(&names));
    match (trace.notes.as_slice(), trace.other_connections) {
        ([], 0) => words,
        ([], others) => format!(
            "{words}: its {} are of other services, or began before it and were not recognised",
            counted(others, "TCP connection")
        ),
        (notes, _) => format!("{words}: {}", notes.join("; ")),
    }
}

/// Reads a file, or stdin, on a thread of its own: what grows may give nothing for hours, and a named pipe
/// is not even open before another program writes to it.
fn pieces(path: &Path) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (send, pieces) = mpsc::channel(AHEAD);
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut input = match open(&path) {
            Ok(input) => input,
            Err(error) => return drop(send.blocking_send(Err(error))),
        };
        loop {
            let mut piece = vec![0; PIECE];
            let read = match input.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    piece.truncate(length);
                    Ok(piece)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let is_over = read.is_err();
            if send.blocking_send(read).is_err() || is_over {
                return;
            }
        }
    });
    pieces
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}

fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if is_stdin(path) {
        let is_terminal = io::stdin().is_terminal();
        return if is_terminal {
            Err(io::Error::other("nothing is piped into it"))
        } else {
            Ok(Box::new(io::stdin()))
        };
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(Box::new(file))
}
