//! The wait between two looks, where the table tells no ages and `--kill` needs them.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::Observer;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events};
use crate::finding::verdict::ExitStatus;
use crate::zombie::Census;

/// Between two words about the wait.
const EVERY: Duration = Duration::from_secs(1);

/// Why no process is ended although one could be.
const NEVER: &str = "--deadline comes before a second look, by which the ages would be known: set it after --min-age";

/// Looks again after `--min-age` if nothing but unknown ages spares a process, and replaces the
/// first look, unless a signal comes instead. Errs if the second look fails.
pub(crate) async fn look(
    census: &mut Census,
    observer: &Observer<'_>,
    deadline: Option<Instant>,
    interrupt: &mut Interrupt,
    events: Events<'_>,
) -> Result<(), String> {
    let waits = census.plan.waits_for_ages;
    let Some(first) = observer.first.as_ref().filter(|_| waits) else {
        return Ok(());
    };
    let min_age = census.criteria.min_age;
    let until = Instant::from_std(first.at).checked_add(min_age);
    let until = until.filter(|until| deadline.is_none_or(|deadline| *until < deadline));
    let Some(until) = until else {
        census.snapshot.degraded.push(NEVER.to_owned());
        return Ok(());
    };
    if wait(until, min_age, interrupt, events).await.is_some() {
        return Ok(());
    }
    let again = observer.look(&census.criteria);
    *census = again.map_err(|error| error.to_string())?;
    events(Event::Census(census.snapshot.count()));
    Ok(())
}

/// Waits until then, or for a signal.
async fn wait(
    until: Instant,
    min_age: Duration,
    interrupt: &mut Interrupt,
    events: Events<'_>,
) -> Option<ExitStatus> {
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
            status = interrupt.received() => return Some(status),
            () = &mut over => return None,
            _ = ticks.tick() => events(Event::Waiting {
                elapsed: began.elapsed(),
                limit: until.saturating_duration_since(began),
                reason: reason.clone(),
            }),
        }
    }
}
