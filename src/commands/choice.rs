//! The Gateway that is meant: the one that was typed, the simulated one, or the one that listens or
//! answers.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::host::{Tried, try_host};
use super::{Error, Setup};
use crate::handshake::ahead::at;
use crate::handshake::connect::{Look, look};
use crate::handshake::footprint::Ledger;
use crate::handshake::resolve::resolve;
use crate::machine::listener::Listener;
use crate::machine::path;
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;
use crate::machine::{RunningGateway, World, ports_with};
use crate::target::{Target, TypedTarget};
use crate::text::words::joined;

/// Deadline of the handshakes with the ports of a host, without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);

/// The Gateway that a command is about.
pub(super) enum Choice {
    /// The target was typed, or is the simulated Gateway.
    Typed(Target),
    /// The target is the port that listens here, or the usual one where none listens.
    Found(Target),
    /// A host of which each known port was tried.
    Tried(Tried),
    /// The socket table could not be read.
    Blind(String),
}

/// The typed target or the simulated one; else the port that listens, of the known ones and those
/// of recognised Gateways, and paper when none does. Several that listen are a usage error which
/// names them. On a host that was named alone its known ports are tried, where this machine's table
/// shows no listener on it.
pub(super) async fn choose(
    setup: &Setup,
    typed: Option<&TypedTarget>,
    deadline: Option<Instant>,
    ledger: &mut Ledger,
) -> Result<Choice, Error> {
    let host = match setup.typed(typed)? {
        Some(TypedTarget::Port(target)) => return Ok(Choice::Typed(target)),
        Some(TypedTarget::Host(host)) => Some(host),
        None => None,
    };
    let deadline = deadline.or(setup.deadline(Some(DEADLINE)));
    let plan = setup.short_plan(deadline);
    let world = &setup.world;
    let gateways = world.running_gateways();
    let mut listeners = match world.listeners_on(&ports_with(&gateways)) {
        Ok(listeners) => listeners,
        Err(error) => return Ok(Choice::Blind(error.to_string())),
    };
    // A port that is no API is no Gateway to choose.
    listeners.retain(|listener| !is_command_port(&gateways, listener));
    if let Some(host) = &host {
        let until = plan.until(Instant::now(), plan.timeouts.connect);
        let resolved = resolve(host, 0, until).await;
        let addresses = resolved.as_deref().unwrap_or_default();
        listeners.retain(|listener| takes(world, addresses, listener.port));
        listeners.dedup_by_key(|listener| listener.port);
        if listeners.is_empty() {
            let tried = try_host(setup, &plan, host, resolved, &[], ledger).await;
            return Ok(Choice::Tried(tried));
        }
    }
    if listeners.len() > 1 {
        let behind: Vec<_> = listeners.iter().map(|front| behind(world, front)).collect();
        // Two relays in front of one Gateway are two ways to it.
        let is_behind = |listener: &Listener| {
            let mut fronts = behind.iter().flatten();
            fronts.any(|port| *port == listener.port)
        };
        listeners.retain(|listener| !is_behind(listener));
    }
    match (listeners.as_slice(), host) {
        ([], _) => Ok(Choice::Found(Target::loopback(Role::ALL[0].0))),
        ([one], Some(host)) => Ok(Choice::Found(Target {
            host,
            port: one.port,
        })),
        ([one], None) => Ok(Choice::Found(Target::address(one.address))),
        (several, _) => {
            let names = joined(several.iter().map(name));
            let message = format!("several ports listen, name one: {names}");
            Err(Error::Usage(message))
        }
    }
}

/// Whether something listens on this port of one of these addresses, which is this machine's.
pub(super) fn takes(world: &World, addresses: &[SocketAddr], port: u16) -> bool {
    let addresses = at(addresses, port);
    let mut looks = addresses.iter().map(|it| look(world.table.as_ref(), *it));
    looks.any(|look| matches!(look, Look::Listening(_)))
}

/// Whether a Gateway's process listens there, and that is not its API.
pub(super) fn is_command_port(gateways: &[RunningGateway], listener: &Listener) -> bool {
    gateways
        .iter()
        .any(|gateway| Some(gateway.pid) == listener.pid && gateway.is_command_port(listener.port))
}

/// The port of this network namespace to which a relay passes on.
fn behind(world: &World, front: &Listener) -> Option<u16> {
    let path = path::trace(world, front.address)?;
    let hop = path.behind()?;
    hop.is_here().then(|| hop.address.port())
}

fn name(listener: &Listener) -> String {
    match (Role::of_port(listener.port), listener.kind) {
        (Some(role), _) => format!("{} ({})", listener.port, role.name()),
        (None, kind @ (ProgramKind::Gateway | ProgramKind::Tws)) => {
            format!("{} ({})", listener.port, kind.name())
        }
        (None, _) => listener.port.to_string(),
    }
}
