//! The clients on this machine that leave unread what a watched Gateway sends: who they are and what
//! they do instead, looked at while the watch goes on.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Course, Local};
use crate::diagnosis::client::{Who, finding, told};
use crate::finding::{Code, Finding};
use crate::machine::World;
use crate::machine::inspect::Which;
use crate::machine::sockets::{Ports, Socket};
use crate::zombie::UNREAD_FOR;

/// Between two such looks at the clients of one Gateway.
const EVERY: Duration = Duration::from_secs(60);

impl Course {
    /// Begins to look at the clients of each Gateway of which one reads nothing; it takes about a
    /// second.
    pub(super) fn look_at_clients(&mut self, now: Instant) {
        for Local { place, address, .. } in &self.local {
            let post = Rc::clone(&self.posts[*place]);
            let silent = post.monitor.borrow().unread(UNREAD_FOR, now);
            if silent.is_empty() {
                post.monitor.borrow_mut().judged_clients(None);
                continue;
            }
            let next = &mut self.next_inspections[*place];
            if now < *next {
                continue;
            }
            *next = now + EVERY;
            let (world, ports) = (Rc::clone(&self.world), Ports::from([address.port()]));
            tokio::task::spawn_local(async move {
                let found = judged(&world, ports, &silent).await;
                post.monitor.borrow_mut().judged_clients(found);
            });
        }
    }
}

/// The finding of the client that reads nothing; `None` if it reads by now.
async fn judged(world: &World, ports: Ports, silent: &[Socket]) -> Option<Finding> {
    let which = Which {
        ports,
        ..Which::default()
    };
    let inspected = world.inspect(&which, Duration::ZERO, None).await.ok()?;
    let is_silent = |row: &Socket| {
        let ends = (row.local, row.remote);
        silent.iter().any(|it| (it.local, it.remote) == ends)
    };
    let mut clients = inspected.clients.iter();
    let found = clients.find_map(|client| {
        let is_it = client.connections().iter().any(is_silent);
        // The watch itself has seen for how long nothing was read.
        let found = || finding(client, &told(client, Who::default()), Duration::ZERO);
        is_it.then(found)?
    });
    found.or_else(|| unseen(silent.first()?).filter(|_| inspected.unseen > 0))
}

/// The same where it cannot be seen whose connection it is.
fn unseen(row: &Socket) -> Option<Finding> {
    let (bytes, local) = (row.recv_queue?, row.local);
    let summary = format!("the Gateway has answered, and its client at {local} has not read it");
    let finding = Finding::new(Code::ClientNotReading, &row.remote, summary);
    Some(finding.with_evidence(format!("{bytes} bytes unread, its program cannot be seen")))
}
