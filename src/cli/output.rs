//! Where answers, events and logs go: stdout carries the answer and nothing else.

use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::time::SystemTime;

use tokio::sync::Notify;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::progress::Progress;
use super::{Color, FailOn, Format, Global};
use crate::event::Event;
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::render::{self, Paint};
use crate::report::Answer;
use crate::report::Report;
use crate::text::clock::with_millis;

/// Writes what a command says, in the format that was asked for.
#[derive(Debug)]
pub struct Output {
    format: Format,
    quiet: bool,
    color: bool,
    progress: Progress,
    /// The client library whose handshake goes on, with `--as`.
    client: Option<&'static str>,
    /// The first failure to write to stdout; that the reader has gone is no failure.
    failure: Option<io::Error>,
    reader_gone: Rc<Notify>,
    is_reader_gone: bool,
}

impl Output {
    /// An output in the format and the colours that the options ask for.
    pub fn new(global: &Global) -> Self {
        let format = if global.json {
            Format::Json
        } else {
            global.format
        };
        let shows_events = format == Format::Ndjson && io::stdout().is_terminal();
        Self {
            format,
            quiet: global.quiet,
            color: is_colored(global.color),
            // Log lines or events and a line that is drawn anew would overwrite each other.
            progress: Progress::new(!global.quiet && global.verbose == 0 && !shows_events),
            client: None,
            failure: None,
            reader_gone: Rc::default(),
            is_reader_gone: false,
        }
    }

    /// Notified when the reader of stdout has gone: then the answer has no reader either.
    pub fn reader_gone(&self) -> Rc<Notify> {
        Rc::clone(&self.reader_gone)
    }

    /// Shows one event: as a line of ndjson, or as progress on stderr.
    pub fn event(&mut self, event: &Event) {
        self.progress.show(event);
        if let Event::Client { name, .. } = event {
            self.client = Some(name);
        }
        match self.format {
            _ if event.is_internal() => {}
            Format::Ndjson => {
                let (client, time) = (self.client, with_millis(SystemTime::now()));
                self.write(|out| render::ndjson_event(event, client, &time, out));
            }
            Format::Json => tell_port(event),
            Format::Text => self.line(event),
        }
    }

    /// Shows an event as what it says in the text, most of them only unless it is quiet.
    fn line(&mut self, event: &Event) {
        let (quiet, paint) = (self.quiet, self.paint());
        match event {
            // A script that starts the simulated Gateway, or a relay, has to learn its port.
            Event::Listening { address, .. } => {
                self.write(|out| writeln!(out, "listening on {address}"));
            }
            Event::TapStart(start) => self.write(|out| render::tap_start(start, out)),
            Event::Socket(change) => self.write(|out| render::change(change, quiet, paint, out)),
            Event::State(change) => {
                self.write(|out| render::state_change(change, quiet, paint, out));
            }
            Event::Conduct(seen) => self.write(|out| render::conduct(seen, quiet, paint, out)),
            _ if quiet => {}
            Event::Check(check) => {
                self.progress.clear();
                self.write(|out| render::check(check, paint, out));
            }
            Event::Message(message) => {
                self.progress.clear();
                self.write(|out| render::message(message, paint, out));
            }
            Event::Watching(start) => self.write(|out| render::watch_start(start, paint, out)),
            Event::GatewaysWatched(start) => {
                self.write(|out| render::gateways_watched(start, paint, out));
            }
            Event::LostTime(lost) => self.write(|out| render::lost_time(lost, paint, out)),
            Event::TapDoor(door) => self.write(|out| render::tap_door(door, paint, out)),
            Event::TapClient(client) => self.write(|out| render::tap_client(client, paint, out)),
            Event::Drill(step) => self.write(|out| render::drill(step, paint, out)),
            _ => {}
        }
    }

    /// Writes the answer; errs when stdout fails other than by a reader that has gone.
    pub fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        self.progress.end();
        match answer {
            Answer::Report(report) => self.report(report),
            Answer::Document(text) => self.write(|out| out.write_all(text.as_bytes())),
            Answer::Told(_) => {}
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    /// The terminal may have been resized since the last line.
    fn paint(&self) -> Paint {
        let size = terminal_size::terminal_size_of(io::stdout());
        Paint {
            color: self.color,
            size: size.map(|(columns, rows)| (columns.0.into(), rows.0.into())),
        }
    }

    fn report(&mut self, report: &Report) {
        let (paint, quiet) = (self.paint(), self.quiet);
        match self.format {
            Format::Text if quiet => self.write(|out| render::quiet(report, paint, out)),
            Format::Text => self.write(|out| render::text(report, paint, out)),
            Format::Json => self.write(|out| render::json(report, out)),
            Format::Ndjson => self
                .write(|out| render::ndjson_report(report, &with_millis(SystemTime::now()), out)),
        }
    }

    fn write(&mut self, what: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.is_reader_gone || self.failure.is_some() {
            return;
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = what(&mut out).and_then(|()| out.flush());
        let Err(error) = written else {
            return;
        };
        // The rest of the buffer would fail in the same way when it is dropped.
        drop(out.into_parts());
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.is_reader_gone = true;
            self.reader_gone.notify_one();
        } else {
            self.failure = Some(error);
        }
    }
}

/// Beside an answer in JSON the port that a script has to learn is told on stderr.
fn tell_port(event: &Event) {
    // Where stderr is closed too, there is no place left to write to.
    let _ = match event {
        Event::Listening { address, .. } => writeln!(io::stderr(), "listening on {address}"),
        Event::TapStart(start) => render::tap_start(start, &mut io::stderr()),
        _ => Ok(()),
    };
}

fn is_colored(color: Color) -> bool {
    let wished = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            io::stdout().is_terminal() && !wished("NO_COLOR") && !dumb
        }
    }
}

/// Waits until stdout has no reader any more, if the command is a watch: it may have nothing to
/// write for hours, and otherwise only a write tells. Every other command goes on without a
/// reader: `ibdoc sim | head -n 1` serves.
pub async fn reader_left(is_watch: bool) {
    #[cfg(target_os = "linux")]
    if is_watch {
        // The thread ends with the process at the latest: a file never loses its reader.
        let left = tokio::task::spawn_blocking(wait_for_hangup).await;
        if left.is_ok_and(|left| left.is_ok()) {
            return;
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = is_watch;
    std::future::pending::<()>().await;
}

/// Polls for no event: that returns only on an error or a hang-up, such as a pipe without a reader.
#[cfg(target_os = "linux")]
fn wait_for_hangup() -> rustix::io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdout = io::stdout();
    loop {
        match poll(&mut [PollFd::new(&stdout, PollFlags::empty())], None) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            answer => return answer.map(drop),
        }
    }
}

/// Logs to stderr: stages and connections with one `-v`, every frame with two. The simulator's
/// side is logged only by `ibdoc sim`, which also without `-v` tells what it refuses: elsewhere its
/// lines would stand beside those of the client.
pub fn log(verbose: u8, is_simulator: bool) {
    let level = match verbose {
        0 if is_simulator => LevelFilter::WARN,
        0 => return,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let simulator = if is_simulator {
        level
    } else {
        LevelFilter::OFF
    };
    let targets = Targets::new()
        .with_target("ibdoc", level)
        .with_target("ibdoc::sim", simulator);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .init();
}

/// The exit status of a run: the signal that ended it, or its verdict.
pub fn exit_status(answer: &Answer, fail_on: FailOn) -> ExitStatus {
    let report = match answer {
        Answer::Report(report) => report,
        Answer::Document(_) => return ExitStatus::Healthy,
        Answer::Told(status) => return *status,
    };
    match (report.exit_status, report.verdict, fail_on) {
        (Some(status), _, _) => status,
        (None, Verdict::Attention, FailOn::Failed) => ExitStatus::Healthy,
        (None, verdict, _) => verdict.exit_status(),
    }
}
