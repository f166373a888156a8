//! An endpoint of this machine as the socket table shows it, without a connection.

use std::net::SocketAddr;

use super::seen::{Seen, endpoint};
use crate::diagnosis;
use crate::finding::Code;
use crate::machine::World;
use crate::machine::accept_queue::{self, LongQueue};
use crate::machine::listener::assess_listener;
use crate::machine::path::{self, Path};
use crate::machine::process::ProgramKind;
use crate::machine::sockets::{Socket, TcpState};
use crate::report::{Endpoint, Method};
use crate::target::Target;
use crate::zombie;

/// Who listens on an endpoint, the way behind it and its accept queue.
pub(super) async fn seen(
    world: &World,
    target: &Target,
    address: SocketAddr,
    row: &Socket,
    path: Option<Path>,
) -> Seen {
    let subject = address.to_string();
    let listener = world.who_listens(row);
    let obstacle = match &path {
        Some(path) => path::obstacle_at(world, address, path).await,
        None => None,
    };
    let mut findings = assess_listener(&listener, &subject, obstacle.is_some());
    findings.extend(diagnosis::loopback_down(address));
    if let Some(obstacle) = &obstacle {
        findings.extend(diagnosis::obstacles(obstacle, &subject));
    }
    let is_stopped = findings.iter().any(|it| it.code == Code::GatewayStopped);
    let ports = std::iter::once(target.port).collect();
    let (clients, blind) = match world.table.snapshot(&ports) {
        Ok(snapshot) => {
            let (queue, error) = queue(world, row, &snapshot.sockets).await;
            // The queue of a stopped program empties when it goes on.
            if let Some(queue) = queue.filter(|_| !is_stopped) {
                let who = match listener.kind {
                    ProgramKind::Relay => "the relay",
                    _ => "the Gateway",
                };
                findings.push(queue.finding(&subject, who));
            }
            (Some(zombie::count(&snapshot.sockets, &ports)), error)
        }
        Err(error) => (None, Some(error.to_string())),
    };
    Seen {
        endpoint: Endpoint {
            method: Method::Table,
            listening: Some(true),
            reachable: None,
            listener: Some(listener),
            path,
            clients,
            ..endpoint(target)
        },
        findings,
        blind,
        is_unproven: false,
    }
}

/// The first queue of a listener that stands, and why one could not be looked at; a connection goes to
/// either of two that share an address (`SO_REUSEPORT`).
async fn queue(
    world: &World,
    listener: &Socket,
    sockets: &[Socket],
) -> (Option<LongQueue>, Option<String>) {
    let is_twin = |it: &&Socket| it.state == TcpState::Listen && it.local == listener.local;
    let mut blind = None;
    for twin in sockets.iter().filter(is_twin) {
        match accept_queue::watch_from(world.table.as_ref(), twin, sockets).await {
            Ok(Some(queue)) => return (Some(queue), blind),
            Ok(None) => {}
            Err(error) => blind = Some(error.to_string()),
        }
    }
    (None, blind)
}
