//! Events as progress on a terminal's stderr.

use std::fmt;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::event::{Event, MomentKind};
use crate::text::duration::shown;

/// Shows what goes on; hidden where stderr is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    failed: u64,
    /// The client library whose handshake goes on, as the beginning of a message.
    client: String,
    /// Whether runs of a program are counted, not the handshakes between them.
    counts_runs: bool,
}

impl Progress {
    /// A bar on stderr if that is a terminal and `wanted`, else a hidden one.
    pub fn new(wanted: bool) -> Self {
        let shown = wanted && std::io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        Self {
            bar,
            failed: 0,
            client: String::new(),
            counts_runs: false,
        }
    }

    /// Shows one event.
    pub fn show(&mut self, event: &Event) {
        if self.bar.is_hidden() {
            return;
        }
        match event {
            Event::Stage(stage) => {
                self.spin(&format!("{}: {}", stage.name.name(), shown(stage.elapsed)));
            }
            Event::Client { name, number, of } => {
                self.client = format!("client {number} of {of}: {name}, ");
                self.spin("connecting");
            }
            Event::Waiting { elapsed, reason } => {
                self.spin(&format!("waiting, {}: {reason}", shown(*elapsed)));
            }
            Event::Attempts { planned } => {
                let bar = style("{bar:30} {pos}/{len} handshakes, {rate}, {eta} left{msg}");
                self.count_to(u64::from(*planned), bar.with_key("rate", rate));
            }
            // What the program prints and a progress bar would overwrite each other.
            Event::Runs { shows_output, .. } if *shows_output => {
                self.bar.set_draw_target(ProgressDrawTarget::hidden());
            }
            Event::Runs { planned, .. } => {
                self.counts_runs = true;
                let bar = style("{bar:30} {pos}/{len} runs, {eta} left{msg}");
                self.count_to(u64::from(*planned), bar);
            }
            Event::Attempt(_) if self.counts_runs => {}
            Event::Attempt(attempt) => self.count(attempt.attempt, attempt.succeeded),
            Event::Exec(run) => self.count(run.run, run.succeeded),
            Event::Holding { planned } => {
                self.bar.reset();
                let bar = style("{bar:30} held {pos} of {len} s, {eta} left{msg}");
                self.count_to(planned.as_secs().max(1), bar);
            }
            Event::Ping { at, rtt } => {
                self.bar.set_position(at.as_secs());
                let rtt = rtt.map_or_else(|| "missed".to_owned(), shown);
                self.bar.set_message(format!(", ping {rtt}"));
            }
            Event::Fetch { at, .. } => self.bar.set_position(at.as_secs()),
            Event::Moment(moment) if moment.kind != MomentKind::Up => {
                self.bar.set_position(moment.at.as_secs());
                self.bar.set_message(format!(", {}", moment.text));
            }
            Event::Moment(_)
            | Event::Check(_)
            | Event::Notice(_)
            | Event::Start(_)
            | Event::Listening { .. }
            | Event::Census(_)
            | Event::Watching(_)
            | Event::Socket(_) => {}
        }
    }

    fn spin(&self, message: &str) {
        // Stages of the session that is about to be held do not take the bar away.
        if self.bar.length().is_none() {
            self.draw(style("{spinner} {msg}"));
        }
        self.bar.set_message(format!("{}{message}", self.client));
    }

    fn count_to(&self, length: u64, style: ProgressStyle) {
        self.bar.set_length(length);
        self.draw(style);
    }

    fn draw(&self, style: ProgressStyle) {
        self.bar.set_style(style);
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    fn count(&mut self, number: u32, succeeded: bool) {
        self.failed += u64::from(!succeeded);
        if self.failed > 0 {
            self.bar.set_message(format!(", {} failed", self.failed));
        }
        self.bar.set_position(u64::from(number));
    }

    /// Takes everything away again.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Handshakes a second, with one decimal.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    // A failure to draw is no failure of the command.
    let _ = write!(out, "{:.1}/s", state.per_sec());
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
