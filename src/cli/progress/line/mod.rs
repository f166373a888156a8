//! The one line of progress as text: what is awaited, counted or held, in so many columns.

use std::time::{Duration, Instant};

use crate::event::{Event, Moment, MomentKind};
use crate::text::duration::shown;

/// The longest bar, and the shortest that is worth its place, in columns.
const BARS: [usize; 2] = [8, 30];

/// So many columns of a sentence still have a sense.
const SENSE: usize = 24;

/// How much is done, of how much.
type Part = (u128, u128);

/// What goes on, folded from events.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The client library whose handshake goes on: its name, its number, how many there are.
    client: Option<(&'static str, u32, u32)>,
    work: Work,
}

#[derive(Debug, Default)]
enum Work {
    #[default]
    Nothing,
    Await(Await),
    Count(Count),
    Hold(Hold),
}

#[derive(Debug)]
struct Await {
    /// What is awaited, or why.
    says: String,
    since: Instant,
    limit: Option<Duration>,
}

/// Handshakes or runs that are counted.
#[derive(Debug)]
struct Count {
    what: &'static str,
    /// Whether runs of a program are counted, not the handshakes between them.
    of_runs: bool,
    since: Instant,
    done: u32,
    planned: u32,
    failed: u32,
}

/// A session that is held.
#[derive(Debug)]
struct Hold {
    planned: Duration,
    /// When the first session was up: its time counts from there.
    began: Option<Instant>,
    /// Since when there has been no session.
    down: Option<Instant>,
    drops: u32,
    /// What became of the last time request, in words.
    ping: Option<String>,
}

impl State {
    /// Takes in one event; whether a soak goes on, which may last for hours.
    pub(super) fn take(&mut self, event: &Event, now: Instant) -> bool {
        match event {
            Event::Client { name, number, of } => {
                self.client = Some((name, *number, *of));
                self.wait("waiting".to_owned(), now, None);
            }
            Event::Awaiting { what, limit } => {
                self.wait(format!("waiting for {what}"), now, *limit);
            }
            Event::Waiting {
                elapsed,
                limit,
                reason,
            } => {
                let since = now.checked_sub(*elapsed).unwrap_or(now);
                self.wait(format!("waiting: {reason}"), since, Some(*limit));
            }
            Event::Asking => self.work = Work::Nothing,
            Event::Attempts { planned } => self.count("handshakes", *planned, now),
            Event::Runs { planned, .. } => self.count("runs", *planned, now),
            Event::Attempt(attempt) => self.counted(false, attempt.attempt, attempt.succeeded),
            Event::Exec(run) => self.counted(true, run.run, run.succeeded),
            Event::Holding { planned } => {
                self.work = Work::Hold(Hold {
                    planned: *planned,
                    began: None,
                    down: None,
                    drops: 0,
                    ping: None,
                });
            }
            Event::Ping { rtt, .. } => {
                if let Work::Hold(hold) = &mut self.work {
                    hold.ping = Some(rtt.map_or_else(|| "missed".to_owned(), shown));
                }
            }
            Event::Moment(moment) => {
                if let Work::Hold(hold) = &mut self.work {
                    hold.note(moment, now);
                }
            }
            _ => {}
        }
        matches!(self.work, Work::Count(_) | Work::Hold(_))
    }

    /// Whether nothing goes on.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.work, Work::Nothing)
    }

    /// What a soak awaits meanwhile does not take its line away.
    fn wait(&mut self, says: String, since: Instant, limit: Option<Duration>) {
        if matches!(self.work, Work::Nothing | Work::Await(_)) {
            self.work = Work::Await(Await { says, since, limit });
        }
    }

    fn count(&mut self, what: &'static str, planned: u32, since: Instant) {
        self.work = Work::Count(Count {
            what,
            of_runs: what == "runs",
            since,
            done: 0,
            planned,
            failed: 0,
        });
    }

    fn counted(&mut self, is_run: bool, number: u32, succeeded: bool) {
        if let Work::Count(count) = &mut self.work
            && count.of_runs == is_run
        {
            count.done = number;
            count.failed += u32::from(!succeeded);
        }
    }

    /// The line at `now`, in so many columns at most; nothing where nothing goes on.
    pub(super) fn line(&self, now: Instant, columns: usize) -> String {
        match &self.work {
            Work::Nothing => String::new(),
            Work::Await(wait) => self.awaited(wait, now, columns),
            Work::Count(count) => with_bar(count.part(), &count.pieces(now), columns),
            Work::Hold(hold) => with_bar(hold.part(now), &hold.pieces(now), columns),
        }
    }

    /// The line without a bar, for a log.
    pub(super) fn text(&self, now: Instant, columns: usize) -> String {
        match &self.work {
            Work::Count(count) => fitting(&count.pieces(now), columns),
            Work::Hold(hold) => fitting(&hold.pieces(now), columns),
            Work::Await(_) | Work::Nothing => self.line(now, columns),
        }
    }

    fn awaited(&self, wait: &Await, now: Instant, columns: usize) -> String {
        let elapsed = whole(now.saturating_duration_since(wait.since));
        let time = match wait.limit {
            Some(limit) => format!(", {elapsed} s of {} s", whole(limit).max(1)),
            None => format!(", {elapsed} s"),
        };
        let client = self
            .client
            .map(|(name, number, of)| format!("client {number} of {of}: {name}"));
        let whole = [client.as_deref(), Some(&wait.says)];
        let whole = whole.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let room = columns.saturating_sub(time.chars().count());
        // Where little more than the client has a place, only the client is told.
        let is_narrow = |client: &String| client.chars().count() + SENSE > room;
        let head = match client {
            Some(client) if whole.chars().count() > room && is_narrow(&client) => client,
            _ => whole,
        };
        cut(&format!("{}{time}", cut(&head, room)), columns)
    }
}

impl Count {
    fn part(&self) -> Part {
        (u128::from(self.done), u128::from(self.planned))
    }

    fn pieces(&self, now: Instant) -> Vec<String> {
        let mut pieces = vec![format!("{}/{} {}", self.done, self.planned, self.what)];
        if self.failed > 0 {
            pieces.push(format!("{} failed", self.failed));
        }
        // How long it takes is known from the first on.
        if self.done > 0 {
            let elapsed = now.saturating_duration_since(self.since);
            let each = elapsed / self.done;
            let left = each * self.planned.saturating_sub(self.done);
            pieces.push(format!("{} left", clock(left)));
            if !each.is_zero() {
                pieces.push(format!("{:.1}/s", 1.0 / each.as_secs_f64()));
            }
        }
        pieces
    }
}

impl Hold {
    fn note(&mut self, moment: &Moment, now: Instant) {
        match moment.kind {
            MomentKind::Up => {
                self.down = None;
                self.began.get_or_insert(now);
            }
            MomentKind::Drop => {
                self.drops += 1;
                self.down = Some(now);
            }
            _ => {}
        }
    }

    fn elapsed(&self, now: Instant) -> Duration {
        let elapsed = self.began.map(|began| now.saturating_duration_since(began));
        elapsed.unwrap_or_default().min(self.planned)
    }

    fn part(&self, now: Instant) -> Part {
        (self.elapsed(now).as_millis(), self.planned.as_millis())
    }

    /// The most telling first.
    fn pieces(&self, now: Instant) -> Vec<String> {
        let state = match (self.began, self.down) {
            (None, _) => "connecting".to_owned(),
            (_, Some(since)) => {
                let since = now.saturating_duration_since(since);
                format!("down for {}", clock(since))
            }
            (_, None) => "up".to_owned(),
        };
        let drops = if self.drops == 1 { "drop" } else { "drops" };
        let elapsed = self.elapsed(now);
        let mut pieces = vec![
            format!("{} left", clock(self.planned.saturating_sub(elapsed))),
            state,
            format!("{} {drops}", self.drops),
        ];
        pieces.extend(self.ping.as_ref().map(|ping| format!("ping {ping}")));
        pieces.push(format!(
            "held {} of {}",
            clock(elapsed),
            clock(self.planned)
        ));
        pieces
    }
}

/// As many of the pieces as fit.
fn fitting(pieces: &[String], columns: usize) -> String {
    let mut text = String::new();
    for piece in pieces {
        let longer = if text.is_empty() {
            piece.clone()
        } else {
            format!("{text}, {piece}")
        };
        if longer.chars().count() > columns {
            break;
        }
        text = longer;
    }
    text
}

/// As many of the pieces as fit, and a bar before them where it has a place.
fn with_bar((done, whole): Part, pieces: &[String], columns: usize) -> String {
    let text = fitting(pieces, columns);
    let room = columns.saturating_sub(text.chars().count() + 1);
    let [shortest, longest] = BARS;
    if room < shortest {
        return text;
    }
    let length = room.min(longest);
    let full = length as u128 * done.min(whole) / whole.max(1);
    let full = usize::try_from(full).unwrap_or(length);
    format!("{}{} {text}", "█".repeat(full), "░".repeat(length - full))
}

/// Whole seconds that have passed.
fn whole(duration: Duration) -> u64 {
    duration.as_secs()
}

/// Time to the second: it is read while it runs.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(columns.saturating_sub(1)).collect();
    short.push('…');
    short.chars().take(columns).collect()
}

#[cfg(test)]
mod tests;
