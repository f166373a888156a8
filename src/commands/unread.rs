//! Why a client does not read what the Gateway sends, as evidence of the finding that says so.

use std::time::Duration;

use tokio::time::Instant;

use crate::diagnosis::client::{Who, remedies, told};
use crate::finding::{Code, Finding};
use crate::machine::World;
use crate::machine::inspect::{InspectError, Which};
use crate::machine::sockets::Ports;
use crate::report::InspectedClient;

/// Adds to each finding of a client that does not read what the client does instead, and puts first what
/// to do about that; nothing where there is no such finding, or where it cannot be seen.
pub(super) async fn explain(
    findings: &mut [Finding],
    world: &World,
    ports: &Ports,
    until: Option<Instant>,
) {
    let is_unread = |finding: &&mut Finding| finding.code == Code::ClientNotReading;
    let mut unread: Vec<&mut Finding> = findings.iter_mut().filter(is_unread).collect();
    if unread.is_empty() {
        return;
    }
    let Ok(clients) = silent_clients(world, ports, until).await else {
        return;
    };
    for finding in &mut unread {
        let each = clients.iter();
        let each = each.map(|it| format!("{} (pid {}): {}", it.name, it.pid, it.reason));
        finding.evidence.extend(each);
        if let [one] = clients.as_slice() {
            finding.remedies = remedies(one);
        }
    }
}

/// The clients of a Gateway that leave unread what comes, and what each does instead; none where that
/// cannot be seen.
async fn silent_clients(
    world: &World,
    ports: &Ports,
    until: Option<Instant>,
) -> Result<Vec<InspectedClient>, InspectError> {
    let which = Which {
        ports: ports.clone(),
        ..Which::default()
    };
    let inspected = world.inspect(&which, Duration::ZERO, until).await?;
    let mut clients: Vec<InspectedClient> = inspected
        .clients
        .iter()
        .map(|client| told(client, Who::default()))
        .collect();
    clients.retain(|client| client.conduct.is_silent());
    Ok(clients)
}
