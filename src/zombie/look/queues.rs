//! The accept queues in which something waits: one look alone often cannot tell whether it moves.

use crate::machine::World;
use crate::machine::accept_queue;
use crate::zombie::Snapshot;

/// Watches each queue that is not empty, and notes in which connections wait for long.
pub(crate) async fn watch(snapshot: &mut Snapshot, world: &World) {
    for listening in &mut snapshot.listening {
        let table = world.table.as_ref();
        match accept_queue::watch_from(table, &listening.row, &snapshot.sockets).await {
            Ok(queue) => listening.long_queue = queue,
            Err(error) => snapshot.degraded.push(error.to_string()),
        }
    }
}
