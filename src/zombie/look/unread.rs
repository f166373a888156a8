//! Clients whose stream goes on and who read nothing of it. Each segment makes the table's age
//! young again, so only watching tells them from clients that are merely behind.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::event::Side;
use crate::event::{Event, Events};
use crate::machine::World;
use crate::machine::process::Search;
use crate::machine::sockets::{Socket, SocketTable};
use crate::zombie::{
    Criteria, Snapshot, StuckSocket, Subject, has_read_nothing, may_be_unread, unread_for,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Watches clients with fresh bytes unread until each has read something, or for as long as old
/// bytes lie before they count; adds those that have read nothing.
pub(crate) async fn watch(
    snapshot: &mut Snapshot,
    world: &World,
    criteria: &Criteria,
    deadline: Option<Instant>,
    events: Events<'_>,
) {
    let (rows, min_age) = (snapshot.sockets.iter(), criteria.min_age);
    let mut doubtful: Vec<Socket> = rows
        .filter(|row| may_be_unread(row, &snapshot.ports, min_age))
        .cloned()
        .collect();
    let (began, enough) = (Instant::now(), unread_for(min_age));
    let too_late = |then| deadline.is_some_and(|deadline| then >= deadline);
    while !doubtful.is_empty() && began.elapsed() < enough {
        let pause = EVERY.min(enough.saturating_sub(began.elapsed()));
        if too_late(Instant::now() + pause) {
            return;
        }
        events(Event::Waiting {
            elapsed: began.elapsed(),
            limit: enough,
            reason: "whether clients read what lies in their queues".to_owned(),
        });
        sleep(pause).await;
        doubtful = still_unread(&doubtful, world.table.as_ref());
    }
    let watched = began.elapsed();
    add(snapshot, doubtful, watched, world);
}

/// Those that have read nothing since, as they are now.
fn still_unread(before: &[Socket], table: &dyn SocketTable) -> Vec<Socket> {
    let now = |row: &Socket| table.find(row.local, row.remote).ok().flatten();
    let rows = before.iter();
    rows.filter_map(|row| now(row).filter(|now| has_read_nothing(row, now)))
        .collect()
}

/// Adds clients that were watched for so long and have read nothing.
pub(crate) fn add(snapshot: &mut Snapshot, rows: Vec<Socket>, watched: Duration, world: &World) {
    if rows.is_empty() {
        return;
    }
    let owners = world.processes.owners(&rows, Search::First);
    let mut owners = owners.unwrap_or_default();
    owners.holders.resize(rows.len(), Vec::new());
    let gone: Vec<Socket> = world.gone(&rows, &owners).into_iter().cloned().collect();
    for (mut socket, holders) in rows.into_iter().zip(owners.holders) {
        if gone.contains(&socket) {
            continue;
        }
        for pid in &holders {
            let facts = world.processes.facts(*pid).ok().flatten();
            let subject = facts.map(Subject::of);
            if let Some(subject) = subject {
                snapshot.processes.entry(*pid).or_insert(subject);
            }
        }
        socket.age = Some(watched);
        snapshot.unread.push(StuckSocket {
            socket,
            side: Side::Client,
            hidden: holders.is_empty(),
            holders,
            every: false,
            is_older: true,
        });
    }
}
