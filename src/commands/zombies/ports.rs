//! What is looked at: the ports, this machine's network namespace or another's, and whose
//! processes.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::args::Zombies;
use crate::commands::{Error, Setup};
use crate::finding::{Code, Finding};
use crate::machine::pid::Pid;
use crate::machine::process;
use crate::machine::process::{Search, Users};
use crate::machine::sockets;
use crate::machine::sockets::{Ports, Socket};
use crate::machine::{RunningGateway, World, ports_with};
use crate::text::words::joined;
use crate::zombie::Sight;

/// This machine's processes, and the sockets that this one of them sees; errs if there is none.
pub(super) fn other_namespace(pid: u32) -> Result<World, String> {
    let table = sockets::of_process(Pid(pid));
    let table = table.ok_or_else(|| format!("no process {pid} on this machine"))?;
    Ok(World::new(table, process::system()))
}

/// The ports to look at, and the Gateways that were looked for on the way to them.
pub(super) struct Scope {
    pub(super) ports: Ports,
    /// The Gateways that were looked for; `None` where ports were named or nobody else listens.
    pub(super) gateways: Option<Vec<RunningGateway>>,
}

/// The named ports; without any, those that Gateways have by default and those on which one
/// listens.
pub(super) fn scope(args: &Zombies, setup: &Setup, world: &World) -> Result<Scope, Error> {
    let ports = match &setup.simulated {
        Some(_) if !args.ports.is_empty() => {
            let message = "--port and --sim exclude each other: --sim brings its own Gateway";
            return Err(Error::Usage(message.to_owned()));
        }
        Some(target) => std::iter::once(target.port).collect(),
        None if args.ports.is_empty() => return Ok(with_gateways(world)),
        None => args.ports.iter().copied().collect(),
    };
    Ok(Scope {
        ports,
        gateways: None,
    })
}

/// The default ports, and those of Gateways where there may be one beside them.
fn with_gateways(world: &World) -> Scope {
    let known = ports_with(&[]);
    let is_known = |row: &Socket| known.contains(row.local.port());
    let listeners = world.table.listeners();
    let nobody_else = listeners.is_ok_and(|rows| rows.sockets.iter().all(is_known));
    if nobody_else && world.table.is_whole_machine() {
        return Scope {
            ports: known,
            gateways: None,
        };
    }
    let gateways = world.running_gateways();
    Scope {
        ports: ports_with(&gateways),
        gateways: Some(gateways),
    }
}

/// What may be missing from a look.
pub(super) struct Unseen {
    pub(super) findings: Vec<Finding>,
    /// Whether every Gateway that runs is out of sight, and nothing of one was seen.
    pub(super) is_all: bool,
}

/// Which Gateways are out of this look's sight. Where no socket is, there is none to be seen, and
/// no Gateway is looked for.
pub(super) fn unseen(
    gateways: Option<Vec<RunningGateway>>,
    world: &World,
    sight: &Sight,
    is_here: bool,
) -> Option<Unseen> {
    let were_named = gateways.is_none();
    let gateways = match gateways {
        Some(gateways) => gateways,
        None if !is_here || world.table.is_whole_machine() => return None,
        None => world.running_gateways(),
    };
    let is_elsewhere = |gateway: &&RunningGateway| is_here && gateway.is_elsewhere;
    let is_unseen = |gateway: &&RunningGateway| {
        is_elsewhere(gateway) || !were_named && gateway.is_unaccounted(&sight.ports)
    };
    let (elsewhere, here): (Vec<_>, Vec<_>) =
        gateways.iter().filter(is_unseen).partition(is_elsewhere);
    let count = elsewhere.len() + here.len();
    let mut findings = Vec::new();
    findings.extend(in_another_namespace(&elsewhere));
    findings.extend(on_unseen_ports(&here));
    // Where a Gateway is in full view, there is hardly another one that is hidden.
    let none_seen = gateways.len() == elsewhere.len();
    if !were_named && is_here && none_seen {
        findings.extend(among_hidden_processes(world, &sight.ports));
    }
    let nothing_seen = sight.listening.is_empty() && sight.stuck.is_empty();
    Some(Unseen {
        findings,
        is_all: nothing_seen && count > 0 && count == gateways.len(),
    })
}

fn in_another_namespace(gateways: &[&RunningGateway]) -> Option<Finding> {
    let pid = gateways.first()?.pid;
    let summary = "a Gateway runs in another network namespace: its sockets are not seen here";
    let mut finding = Finding::new(Code::OtherNamespace, &format!("pid {pid}"), summary)
        .with_all_evidence(gateways.iter().map(ToString::to_string));
    finding.remedies = vec![format!(
        "look there, as root: `ibdoc zombies --netns {pid}`; or run ibdoc in that container"
    )];
    Some(finding)
}

fn on_unseen_ports(gateways: &[&RunningGateway]) -> Option<Finding> {
    let pid = gateways.first()?.pid;
    let summary = "a Gateway runs, and on which ports it listens cannot be read from here";
    let mut finding = Finding::new(Code::TableIncomplete, &format!("pid {pid}"), summary)
        .with_all_evidence(gateways.iter().map(ToString::to_string));
    let run = "run it as root, or as the user of the Gateway; or name its port with --port";
    finding.remedies = vec![run.to_owned()];
    Some(finding)
}

/// Where each container of a network of Docker's has a listener that is outside.
const DOCKERS_RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

/// Where processes are hidden: other ports on which somebody listens who is not seen.
fn among_hidden_processes(world: &World, looked_at: &Ports) -> Option<Finding> {
    if !world.processes.hides_processes() {
        return None;
    }
    let mut rows = world.table.listeners().ok()?.sockets;
    let is_resolver = |row: &Socket| row.local.ip() == DOCKERS_RESOLVER;
    rows.retain(|row| !looked_at.contains(row.local.port()) && !is_resolver(row));
    let owners = world.processes.owners(&rows, Search::First).ok()?;
    let holders = rows.iter().zip(&owners.holders);
    let hidden = holders.filter(|(_, holders)| holders.is_empty());
    let ports: BTreeSet<u16> = hidden.map(|(row, _)| row.local.port()).collect();
    ports.first()?;
    let summary = "processes are hidden from here, and a Gateway may be among them";
    let mut finding = Finding::new(Code::TableIncomplete, "this process", summary)
        .with_evidence(format!("who listens is not seen on {}", joined(ports)));
    let run = "name the Gateway's port with --port, or run it as root where its process is seen";
    finding.remedies = vec![run.to_owned()];
    Some(finding)
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
