//! What is looked at: the ports, this machine's network namespace or another's, and whose
//! processes.

use crate::cli::Zombies;
use crate::commands::{Error, Setup};
use crate::finding::{Code, Finding};
use crate::process::{self, Pid, Users};
use crate::table::{self, Ports, Reader};
use crate::world::{RunningGateway, World, ports_with};

/// This machine's processes, and the sockets that this one of them sees.
pub(super) fn other_namespace(pid: u32) -> World {
    let directory = format!("/proc/{pid}/net").into();
    let table = table::open(&Reader::NetDirectory(directory));
    World::new(table, process::system())
}

/// The ports to look at; without any named also which Gateways are out of sight.
pub(super) fn ports(
    args: &Zombies,
    setup: &Setup,
    world: &World,
) -> Result<(Ports, Option<Finding>), Error> {
    let ports = match &setup.simulated {
        Some(_) if !args.ports.is_empty() => {
            let message = "--port and --sim exclude each other: --sim brings its own Gateway";
            return Err(Error::Usage(message.to_owned()));
        }
        Some(target) => std::iter::once(target.port).collect(),
        None if args.ports.is_empty() => {
            let gateways = world.running_gateways();
            let seen = args.netns.is_some();
            let elsewhere = (!seen).then(|| elsewhere(&gateways)).flatten();
            return Ok((ports_with(&gateways), elsewhere));
        }
        None => args.ports.iter().copied().collect(),
    };
    Ok((ports, None))
}

/// Gateways whose sockets are in the table of another network namespace.
fn elsewhere(gateways: &[RunningGateway]) -> Option<Finding> {
    let mut others = gateways.iter().filter(|gateway| gateway.is_elsewhere);
    let first = others.next()?;
    let summary = "a Gateway runs in another network namespace: its sockets are not seen here";
    let rest = others.map(ToString::to_string);
    let finding = Finding::new(Code::OtherNamespace, &format!("pid {}", first.pid), summary);
    Some(
        finding
            .with_evidence(first.to_string())
            .with_all_evidence(rest),
    )
}

/// The user that was named; only root may name another than itself.
pub(super) fn user(args: &Zombies, setup: &Setup) -> Result<Option<u32>, Error> {
    let Some(name) = &args.user else {
        return Ok(None);
    };
    let Some(uid) = Users::local().id(name) else {
        return Err(Error::Usage(format!("no user {name} on this machine")));
    };
    let own = setup.world.processes.facts(Pid(std::process::id()));
    let own = own.ok().flatten().and_then(|facts| facts.uid);
    if own == Some(0) || own == Some(uid) {
        Ok(Some(uid))
    } else {
        let message = "--user needs root: only root may end another user's processes";
        Err(Error::Usage(message.to_owned()))
    }
}
