//! The Gateway that is meant: the one that was typed, the simulated one, or the one that listens.

use super::{Error, Setup};
use crate::machine::listener::Listener;
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;
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
    let listeners = match setup.world.listeners_on(&setup.world.gateway_ports()) {
        Ok(listeners) => listeners,
        Err(error) => return Ok(Choice::Blind(error.to_string())),
    };
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

fn name(listener: &Listener) -> String {
    match (Role::of_port(listener.port), listener.kind) {
        (Some(role), _) => format!("{} ({})", listener.port, role.name()),
        (None, kind @ (ProgramKind::Gateway | ProgramKind::Tws)) => {
            format!("{} ({})", listener.port, kind.name())
        }
        (None, _) => listener.port.to_string(),
    }
}
