//! `ibdoc doctor --wait`: the time between two examinations.

use std::time::Duration;

use tokio::time::Instant;

use super::notes::Diagnosed;
use crate::commands::Setup;
use crate::event::{Event, Events};

/// Between two looks at the table while nothing listens.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Waits until the next examination; false if a signal comes first.
pub(super) async fn pause(
    began: Instant,
    (limit, between): (Option<Instant>, Duration),
    diagnosed: &Diagnosed,
    setup: &Setup,
    events: Events<'_>,
) -> bool {
    let until = limit.unwrap_or(began);
    events(Event::Waiting {
        elapsed: setup.began.elapsed(),
        limit: until.saturating_duration_since(setup.began),
        reason: diagnosed.reason(),
    });
    let pause = if diagnosed.connected {
        between
    } else {
        BETWEEN_LOOKS
    };
    let next = (began + pause).max(Instant::now() + BETWEEN_LOOKS);
    let next = limit.map_or(next, |limit| limit.min(next));
    let mut interrupt = setup.interrupt.clone();
    tokio::time::timeout_at(next, interrupt.received())
        .await
        .is_err()
}
