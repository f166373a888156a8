//! The wait between two looks, where the table tells no ages and `--kill` needs them.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::Question;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events};
use crate::finding::verdict::ExitStatus;
use crate::zombie::look;
use crate::zombie::{Sight, Wishes, count, lacks_ages};

/// Between two words about the wait.
const EVERY: Duration = Duration::from_secs(1);

/// Why nobody is ended although somebody could be.
const NEVER: &str = "--deadline comes before a second look, by which the ages would be known: set it after --min-age";

/// Looks again after `--min-age` if nothing but unknown ages spares somebody, and replaces the
/// first look; the exit status if a signal came instead. Whoever listens for signals is left for
/// what follows: their handlers stay.
///
/// Errs if signals cannot be listened for, or the second look fails.
pub(crate) async fn look(
    sight: &mut Sight,
    question: &Question<'_>,
    wishes: &Wishes,
    deadline: Option<Instant>,
    interrupt: &mut Option<Interrupt>,
    events: Events<'_>,
) -> Result<Option<ExitStatus>, String> {
    let Some(seen) = question.seen.filter(|_| lacks_ages(sight, wishes)) else {
        return Ok(None);
    };
    let until = tokio::time::Instant::from_std(seen.at()).checked_add(wishes.min_age);
    let until = until.filter(|until| deadline.is_none_or(|deadline| *until < deadline));
    let Some(until) = until else {
        sight.degraded.push(NEVER.to_owned());
        return Ok(None);
    };
    let listening = interrupt.insert(listen()?);
    if let Some(status) = wait(until, wishes.min_age, listening, events).await? {
        return Ok(Some(status));
    }
    *sight = look::look(question).map_err(|error| error.to_string())?;
    events(Event::Census(count(&sight.sockets, question.ports)));
    Ok(None)
}

/// Listens for signals from now on; errs when the handlers cannot be installed.
pub(crate) fn listen() -> Result<Interrupt, String> {
    Interrupt::listen().map_err(|error| format!("failed to listen for signals: {error}"))
}

/// Waits until then, or for a signal.
async fn wait(
    until: Instant,
    min_age: Duration,
    interrupt: &mut Interrupt,
    events: Events<'_>,
) -> Result<Option<ExitStatus>, String> {
    let began = Instant::now();
    let reason = format!(
        "this system tells no ages, so the sockets are looked at again after {} s",
        min_age.as_secs_f64()
    );
    tracing::info!("{reason}");
    let over = sleep_until(until);
    tokio::pin!(over);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            status = interrupt.received() => return Ok(Some(status)),
            () = &mut over => return Ok(None),
            _ = ticks.tick() => events(Event::Waiting {
                elapsed: began.elapsed(),
                reason: reason.clone(),
            }),
        }
    }
}
