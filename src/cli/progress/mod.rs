//! Events as one line of progress on a terminal's stderr; elsewhere a soak says a line now and then.

mod line;
mod terminal;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use self::line::State;
use self::terminal::Terminal;
use crate::event::Event;

/// Between two lines of a soak where stderr is no terminal, as in CI.
const EVERY: Duration = Duration::from_secs(30);
/// Between two pictures of the line on a terminal.
const TICK: Duration = Duration::from_millis(100);
/// Such a line is read in a log.
const LOG_COLUMNS: usize = 120;

/// Shows what goes on.
#[derive(Debug)]
pub struct Progress {
    state: Arc<Mutex<State>>,
    means: Means,
}

/// By what it is shown.
#[derive(Debug)]
enum Means {
    /// A line on the terminal that is drawn anew; nothing while it is taken away.
    Bar(Option<ProgressBar>),
    /// A line now and then; a thread writes them once a soak goes on, until the sender is dropped.
    Lines(Option<Sender<()>>),
    Nothing,
}

impl Progress {
    /// Progress on stderr if it is `wanted`.
    pub fn new(wanted: bool) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let means = match (wanted, io::stderr().is_terminal() && !is_dumb) {
            (false, _) => Means::Nothing,
            (true, false) => Means::Lines(None),
            (true, true) => Means::Bar(None),
        };
        Self { state, means }
    }

    /// Shows one event.
    pub fn show(&mut self, event: &Event) {
        let (is_soak, is_idle) = {
            let mut state = locked(&self.state);
            (state.take(event, Instant::now()), state.is_idle())
        };
        if shows_output(event) {
            // What the program prints and a line that is drawn anew would overwrite each other.
            return self.end();
        }
        match &mut self.means {
            Means::Bar(shown) => {
                if is_idle {
                    self.clear();
                } else if !is_shown_itself(event) {
                    shown.get_or_insert_with(|| bar(Arc::clone(&self.state)));
                }
            }
            Means::Lines(sender) => {
                if is_soak && sender.is_none() {
                    *sender = Some(speak(Arc::clone(&self.state), EVERY, io::stderr()));
                }
            }
            Means::Nothing => {}
        }
    }

    /// Takes everything away while something else is written; the next event brings it back.
    pub fn clear(&mut self) {
        if let Means::Bar(shown) = &mut self.means
            && let Some(bar) = shown.take()
        {
            bar.finish_and_clear();
        }
    }

    /// Takes everything away for good.
    pub fn end(&mut self) {
        self.clear();
        self.means = Means::Nothing;
    }
}

/// Whether a line of its own is written for it, or may be, and nothing goes on after it yet.
fn is_shown_itself(event: &Event) -> bool {
    matches!(
        event,
        Event::Check(_)
            | Event::Listening { .. }
            | Event::Watching(_)
            | Event::Socket(_)
            | Event::GatewaysWatched(_)
            | Event::State(_)
            | Event::LostTime(_)
            | Event::TapStart(_)
            | Event::TapDoor(_)
            | Event::TapClient(_)
            | Event::Drill(_)
            | Event::Conduct(_)
    )
}

fn shows_output(event: &Event) -> bool {
    matches!(
        event,
        Event::Runs {
            shows_output: true,
            ..
        }
    )
}

/// A bar that is one line, made of the state whenever it is drawn.
fn bar(state: Arc<Mutex<State>>) -> ProgressBar {
    let target = ProgressDrawTarget::term_like(Box::new(Terminal::default()));
    let bar = ProgressBar::with_draw_target(None, target);
    let line = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // The last column is the cursor's.
        let columns = usize::from(terminal::columns()).saturating_sub(1);
        let line = locked(&state).line(Instant::now(), columns);
        // A failure to draw is no failure of the command.
        let _ = out.write_str(&line);
    };
    let style = ProgressStyle::with_template("{line}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.with_key("line", line));
    bar.enable_steady_tick(TICK);
    bar
}

/// Writes a line now and then, in a thread of its own: nothing may happen for longer than that.
fn speak(
    state: Arc<Mutex<State>>,
    every: Duration,
    mut out: impl Write + Send + 'static,
) -> Sender<()> {
    let (sender, told) = mpsc::channel();
    thread::spawn(move || {
        while told.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            let line = locked(&state).text(Instant::now(), LOG_COLUMNS);
            if writeln!(out, "ibdoc: {line}").is_err() {
                return;
            }
        }
    });
    sender
}

fn locked(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, for a reader in another thread.
    #[derive(Clone)]
    struct Log(Sender<String>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.0.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn where_there_is_no_terminal_a_soak_says_lines_until_it_is_over() {
        let state = Arc::new(Mutex::new(State::default()));
        locked(&state).take(&Event::Attempts { planned: 3 }, Instant::now());
        let (log, lines) = mpsc::channel();
        let sender = speak(state, Duration::from_millis(1), Log(log));
        let mut text = String::new();
        while text.matches("0/3 handshakes\n").count() < 2 {
            text += &lines.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        assert!(text.starts_with("ibdoc: 0/3 handshakes\n"), "{text}");
        drop(sender);
        // The log is dropped with the thread.
        while lines.recv_timeout(Duration::from_secs(60)).is_ok() {}
    }
}
