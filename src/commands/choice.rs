//! The Gateway that is meant: the one that was typed, the simulated one, or the one that listens or
//! answers.

use std::net::{Ipv4Addr, SocketAddr};
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
use crate::machine::sockets::Ports;
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
/// names them. On a host that was named alone its known ports are tried, unless this machine's table
/// shows a single listener on it.
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
        let ports = listeners.iter().map(|listener| listener.port);
        let ports: Ports = ports.collect();
        listeners = on_host(world, addresses, &ports);
        let behind = leave_fronts(world, &mut listeners);
        if let [one] = listeners.as_slice() {
            let (host, port) = (host.clone(), one.port);
            return Ok(Choice::Found(Target { host, port }));
        }
        let tried = try_host(setup, &plan, host, resolved, &behind, ledger).await;
        return Ok(Choice::Tried(tried));
    }
    leave_fronts(world, &mut listeners);
    match listeners.as_slice() {
        [] => Ok(Choice::Found(Target::loopback(Role::ALL[0].0))),
        [one] => Ok(Choice::Found(Target::address(one.address))),
        several => {
            let names = joined(several.iter().map(name));
            let message = format!("several ports listen, name one: {names}");
            Err(Error::Usage(message))
        }
    }
}

/// Takes away those to which a relay among them passes on, and returns their ports. Two relays in
/// front of one Gateway are two ways to it.
fn leave_fronts(world: &World, listeners: &mut Vec<Listener>) -> Vec<u16> {
    if listeners.len() < 2 {
        return Vec::new();
    }
    let fronts = listeners.iter();
    let behind: Vec<u16> = fronts.filter_map(|front| behind(world, front)).collect();
    listeners.retain(|listener| !behind.contains(&listener.port));
    behind
}

/// Who takes connections to these ports of a host of this machine, under the address that they are
/// made to.
pub(super) fn on_host(world: &World, addresses: &[SocketAddr], ports: &Ports) -> Vec<Listener> {
    let taken_by = |address: SocketAddr| match look(world.table.as_ref(), address) {
        Look::Listening(row) => Some(Listener {
            address,
            ..world.who_listens(&row)
        }),
        Look::Remote | Look::Unlistened | Look::Blind(_) => None,
    };
    let of_port = |port| at(addresses, port).into_iter().find_map(taken_by);
    ports.iter().filter_map(of_port).collect()
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

/// A port of 127.0.0.1 by its number, another address in full, as either has to be typed.
fn name(listener: &Listener) -> String {
    let address = match listener.address.ip() {
        ip if ip == Ipv4Addr::LOCALHOST => listener.port.to_string(),
        _ => listener.address.to_string(),
    };
    match (Role::of_port(listener.port), listener.kind) {
        (Some(role), _) => format!("{address} ({})", role.name()),
        (None, kind @ (ProgramKind::Gateway | ProgramKind::Tws)) => {
            format!("{address} ({})", kind.name())
        }
        (None, _) => address,
    }
}
