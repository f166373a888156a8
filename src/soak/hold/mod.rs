//! One session kept up for a long time: held, and made anew with back-off after each drop.
//!
//! Generic over how a session is made, so that a whole day can be run under paused time.

mod tally;

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

pub use self::tally::Tally;

use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events, Moment, MomentKind};
use crate::finding::{Code, Finding, principal};
use crate::session::{Held, HeldEnd, HoldPlan};

/// After this long without a session the first new one is tried.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The wait doubles with each try, up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A session that was up for so long has shown that the trouble is over.
const SETTLED: Duration = Duration::from_secs(60);

/// How long a session is kept up, and how patiently.
#[derive(Clone, Copy, Debug)]
pub struct KeepPlan {
    /// For how long, counted from the moment at which the first session is up.
    pub duration: Duration,
    /// Until a fetch counts as unanswered.
    pub fetch_timeout: Duration,
    /// New sessions that end in silence one after the other until it gives up: each may leave
    /// an open dialog. `None` never gives up.
    pub silent_tries: Option<u32>,
}

/// What became of one session that was to be held.
#[derive(Debug)]
pub struct Tried {
    /// Its figures; `None` when it could not be made.
    pub held: Option<Held>,
    /// What was found, the principal finding first.
    pub findings: Vec<Finding>,
}

/// How the keeping of a session ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept<S> {
    /// The time was over.
    Done,
    /// It was asked to stop.
    Interrupted,
    /// The first session could not be made.
    NotMade,
    /// Too many new sessions ended in silence.
    GaveUp,
    /// The maker of the sessions wanted to stop.
    Stopped(S),
}

/// Keeps a session up, by `session` for each one; every result goes into `tally` and `findings`.
///
/// The first session that cannot be made ends it; after a drop new ones are made until the time
/// is over, first after 1 s, then after 2, 4, … at most 60 s.
pub async fn keep<S>(
    plan: KeepPlan,
    mut session: impl AsyncFnMut(HoldPlan, Events<'_>) -> Result<Tried, S>,
    interrupt: &mut Interrupt,
    tally: &RefCell<Tally>,
    findings: &mut impl FnMut(Vec<Finding>),
    events: Events<'_>,
) -> Kept<S> {
    let mut since = None;
    let mut wait = FIRST_WAIT;
    let mut silent = 0;
    loop {
        let lasting = HoldPlan::lasting(plan.duration, plan.fetch_timeout);
        let tried = match session(HoldPlan { since, ..lasting }, &mut *events).await {
            Ok(tried) => tried,
            Err(stop) => return Kept::Stopped(stop),
        };
        let code = principal(&tried.findings).map(|finding| finding.code);
        findings(tried.findings);
        match (&tried.held, since) {
            (None, None) => return Kept::NotMade,
            (None, Some(since)) => {
                silent = in_a_row(silent, code);
                let gives_up = plan.silent_tries == Some(silent);
                let next = Instant::now() + wait < since + plan.duration;
                let next = (next && !gives_up).then_some(wait);
                events(failed_again(since, code, next));
                if gives_up {
                    return Kept::GaveUp;
                }
            }
            (Some(held), _) => {
                silent = 0;
                let zero = *since.get_or_insert(held.began);
                tally.borrow_mut().add(held);
                match &held.end {
                    HeldEnd::Done => return Kept::Done,
                    HeldEnd::Interrupted => return Kept::Interrupted,
                    HeldEnd::Dropped { how, code } => events(dropped(held, zero, *code, how)),
                }
                if held.elapsed >= SETTLED {
                    wait = FIRST_WAIT;
                }
            }
        }
        let next = Instant::now() + wait;
        let over_at = since.map(|since| since + plan.duration);
        // A session that would be over at once says nothing more.
        let over_at = over_at.filter(|over_at| next >= *over_at);
        tokio::select! {
            biased;
            _ = interrupt.received() => return Kept::Interrupted,
            () = tokio::time::sleep_until(over_at.unwrap_or(next)) => {}
        }
        if over_at.is_some() {
            return Kept::Done;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Silent failures in a row, after one more handshake that ended with `code`.
pub(super) fn in_a_row(silent: u32, code: Option<Code>) -> u32 {
    match code {
        Some(Code::SilentAfterConnect) => silent + 1,
        _ => 0,
    }
}

fn dropped(held: &Held, zero: Instant, code: Code, how: &str) -> Event {
    let at = (held.began + held.elapsed).saturating_duration_since(zero);
    Event::Moment(Moment {
        code: Some(code),
        ..Moment::new(at, MomentKind::Drop, how)
    })
}

fn failed_again(since: Instant, code: Option<Code>, next: Option<Duration>) -> Event {
    let next = match next {
        Some(wait) => format!(
            "the next try comes {} later",
            humantime::format_duration(wait)
        ),
        None => "no other try follows".to_owned(),
    };
    let text = format!("no new session; {next}");
    Event::Moment(Moment {
        code,
        ..Moment::new(since.elapsed(), MomentKind::ReconnectFailed, text)
    })
}
