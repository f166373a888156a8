//! `--watch`: looks again and again, and tells each client that does something else than before.

use std::time::Duration;

use tokio::time::Instant;

use crate::commands::Setup;
use crate::diagnosis::client::{Who, told};
use crate::event::{Conduct, ConductSeen, Event, Events};
use crate::machine::World;
use crate::machine::inspect::{Inspected, Which};

/// Looks every `every` until a signal or the deadline comes, and tells what has changed.
pub(super) async fn watch(
    world: &World,
    which: &Which,
    every: Duration,
    setup: &Setup,
    events: Events<'_>,
) {
    let began = Instant::now();
    let until = setup.deadline(None);
    let mut interrupt = setup.interrupt.clone();
    let mut known: Vec<ConductSeen> = Vec::new();
    while until.is_none_or(|until| Instant::now() < until) && interrupt.now().is_none() {
        let next = Instant::now() + every;
        let now = tokio::select! {
            inspected = world.inspect(which, Duration::ZERO, until) => inspected,
            _ = interrupt.received() => return,
        };
        if let Ok(inspected) = now {
            for seen in changes(&mut known, &inspected, began.elapsed()) {
                events(Event::Conduct(seen));
            }
        }
        let next = until.map_or(next, |until| until.min(next));
        if tokio::time::timeout_at(next, interrupt.received())
            .await
            .is_ok()
        {
            return;
        }
    }
}

/// What has changed since the looks before, and what is new; `known` becomes what is true now.
fn changes(known: &mut Vec<ConductSeen>, now: &Inspected, at: Duration) -> Vec<ConductSeen> {
    let mut seen = Vec::new();
    for client in &now.clients {
        let told = told(client, Who::default());
        let each = told.connections.iter().filter(|it| !it.half_closed);
        seen.extend(each.map(|it| ConductSeen {
            at,
            pid: told.pid,
            name: told.name.clone(),
            local: it.local,
            remote: it.remote,
            conduct: Some(it.conduct),
            reason: it.reason.clone(),
            unread_bytes: it.unread_bytes,
        }));
    }
    let is_same = |one: &ConductSeen, other: &ConductSeen| {
        (one.pid, one.local, one.remote) == (other.pid, other.local, other.remote)
    };
    // One look that could not tell says nothing.
    seen.retain(|it| {
        it.conduct != Some(Conduct::Unknown) || !known.iter().any(|before| is_same(before, it))
    });
    let is_news = |it: &&ConductSeen| {
        let before = known.iter().find(|before| is_same(before, it));
        before.is_none_or(|before| before.conduct != it.conduct)
    };
    let mut news: Vec<ConductSeen> = seen.iter().filter(is_news).cloned().collect();
    let still = |before: &ConductSeen| {
        now.clients.iter().any(|client| {
            let mut rows = client.connections().iter();
            client.facts.id.pid == before.pid
                && rows.any(|row| (row.local, row.remote) == (before.local, before.remote))
        })
    };
    let gone = known.iter().filter(|before| !still(before)).cloned();
    news.extend(gone.map(|before| ConductSeen {
        at,
        conduct: None,
        reason: "its connection has gone".to_owned(),
        ..before
    }));
    known.retain(|before| still(before) && !seen.iter().any(|it| is_same(before, it)));
    known.append(&mut seen);
    news
}
