//! The accept queues in which something waits: one look alone often cannot tell whether it moves.

use crate::machine::World;
use crate::machine::accept_queue;
use crate::zombie::Snapshot;

/// Watches for a second each queue that is not empty, and notes which are stuck.
pub(crate) async fn watch(snapshot: &mut Snapshot, world: &World) {
    for listening in &mut snapshot.listening {
        if listening.stuck_queue.is_some() {
            continue;
        }
        let table = world.table.as_ref();
        match accept_queue::watch_from(table, &listening.row, &snapshot.sockets).await {
            Ok(stuck) => listening.stuck_queue = stuck,
            Err(error) => snapshot.degraded.push(error.to_string()),
        }
    }
}
