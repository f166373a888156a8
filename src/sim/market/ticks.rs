//! The next step of each stream that is due.

use tokio::time::Instant;

use super::desk::{Desk, Feed, Slot, Stream};
use super::{bars, portfolio, quotes};
use crate::wire::{Reply, ServerVersion};

/// What the streams send that are due by now; each of them is due again after its pace, also one
/// that is late.
pub(in crate::sim) fn due(desk: &mut Desk, now: Instant, version: ServerVersion) -> Vec<Reply> {
    let mut replies = Vec::new();
    for ((slot, id), stream) in &mut desk.streams {
        let Some(pace) = stream.pace().filter(|_| stream.due <= now) else {
            continue;
        };
        stream.step += 1;
        stream.due = now + pace;
        replies.extend(step(*slot, *id, stream, version));
    }
    replies
}

fn step(slot: Slot, id: i32, stream: &Stream, version: ServerVersion) -> Vec<Reply> {
    let step = stream.step;
    match (&stream.feed, &stream.instrument) {
        (Feed::Quotes { delayed }, Some(it)) => quotes::ticks(id, it, *delayed, step, version),
        (Feed::Depth { rows, smart }, Some(it)) => {
            let row = i32::try_from(step.rem_euclid(i64::from(*rows))).unwrap_or_default();
            let side = i32::from(step % 2 == 0);
            vec![quotes::depth_row(
                id,
                it,
                (row, 1, side),
                *smart,
                step,
                version,
            )]
        }
        (Feed::RealTimeBars, Some(it)) => vec![bars::real_time_bar(id, it, version)],
        (Feed::Bars { seconds, form }, Some(it)) => {
            vec![bars::update(id, it, (*seconds, *form), version)]
        }
        (Feed::TickByTick(kind), Some(it)) => {
            vec![quotes::single_tick(id, it, *kind, step, version)]
        }
        (Feed::Pnl, _) => vec![portfolio::profit_at(id, step, version)],
        (Feed::PnlSingle(con_id), _) => portfolio::single_profit_at(id, *con_id, step, version),
        (feed, _) => {
            tracing::trace!(?slot, ?feed, "stays silent");
            Vec::new()
        }
    }
}
