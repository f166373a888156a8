//! The Gateway that is meant: the one that was typed, the simulated one, or the one that listens.

use super::{Error, Setup};
use crate::machine::listener::Listener;
use crate::machine::path;
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;
use crate::machine::{RunningGateway, World, ports_with};
use crate::target::Target;
use crate::text::words::joined;

/// The Gateway that a command is about.
pub(super) enum Choice {
    /// The target was typed, or is the simulated Gateway.
    Typed(Target),
    /// The target is the port that listens here, or the usual one where none listens.
    Found(Target),
    /// The socket table could not be read.
    Blind(String),
}

/// The typed target or the simulated one; else the port that listens, of the known ones and those
/// of recognised Gateways, and paper when none does. Several that listen are a usage error which
/// names them.
pub(super) fn choose(setup: &Setup, typed: Option<&Target>) -> Result<Choice, Error> {
    if let Some(target) = setup.target(typed)? {
        return Ok(Choice::Typed(target));
    }
    let world = &setup.world;
    let gateways = world.running_gateways();
    let mut listeners = match world.listeners_on(&ports_with(&gateways)) {
        Ok(listeners) => listeners,
        Err(error) => return Ok(Choice::Blind(error.to_string())),
    };
    // A port that is no API is no Gateway to choose.
    listeners.retain(|listener| !is_command_port(&gateways, listener));
    if listeners.len() > 1 {
        let behind: Vec<_> = listeners.iter().map(|front| behind(world, front)).collect();
        // Two relays in front of one Gateway are two ways to it.
        let is_behind = |listener: &Listener| {
            let mut fronts = behind.iter().flatten();
            fronts.any(|port| *port == listener.port)
        };
        listeners.retain(|listener| !is_behind(listener));
    }
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
