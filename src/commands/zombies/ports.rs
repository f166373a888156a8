//! What is looked at: the ports, this machine's network namespace or another's, and whose
//! processes.

use crate::cli::Zombies;
use crate::commands::{Error, Setup};
use crate::finding::{Code, Finding};
use crate::process::{self, Pid, Users};
use crate::table::{self, Ports, Reader, Snapshot, Socket};
use crate::world::{RunningGateway, World, ports_with};
use crate::zombie::Sight;

/// This machine's processes, and the sockets that this one of them sees; errs if there is none.
pub(super) fn other_namespace(pid: u32) -> Result<World, String> {
    if !std::path::Path::new(&format!("/proc/{pid}")).exists() {
        return Err(format!("no process {pid} on this machine"));
    }
    let directory = format!("/proc/{pid}/net").into();
    let table = table::open(&Reader::NetDirectory(directory));
    Ok(World::new(table, process::system()))
}

/// The ports to look at, and what was read on the way to them.
pub(super) struct Scope {
    pub(super) ports: Ports,
    /// The Gateways that were looked for; `None` where ports were named.
    pub(super) gateways: Option<Vec<RunningGateway>>,
    /// The sockets of these ports.
    pub(super) snapshot: Option<Snapshot>,
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
        snapshot: None,
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
            gateways: Some(Vec::new()),
            snapshot: None,
        };
    }
    let read = || world.table.snapshot(&known).ok();
    let (gateways, snapshot) = world.started_gateways_while(read);
    let ports = ports_with(&gateways);
    Scope {
        snapshot: snapshot.filter(|_| ports == known),
        gateways: Some(gateways),
        ports,
    }
}

/// Gateways whose sockets are in the table of another network namespace.
pub(super) struct Elsewhere {
    pub(super) finding: Finding,
    /// Whether no other Gateway runs, and nothing of one was seen here.
    pub(super) is_all: bool,
}

/// Which Gateways are out of this look's sight; where ports were named and somebody listens on
/// them, nobody is looked for.
pub(super) fn elsewhere(
    gateways: Option<Vec<RunningGateway>>,
    world: &World,
    sight: &Sight,
) -> Option<Elsewhere> {
    let nothing_seen = sight.listening.is_empty() && sight.stuck.is_empty();
    let gateways = match gateways {
        Some(gateways) => gateways,
        None if nothing_seen && !world.table.is_whole_machine() => {
            world.started_gateways_while(|| ()).0
        }
        None => return None,
    };
    let mut others = gateways.iter().filter(|gateway| gateway.is_elsewhere);
    let first = others.next()?;
    let summary = "a Gateway runs in another network namespace: its sockets are not seen here";
    let rest = others.map(ToString::to_string);
    let mut finding = Finding::new(Code::OtherNamespace, &format!("pid {}", first.pid), summary)
        .with_evidence(first.to_string())
        .with_all_evidence(rest);
    finding.remedies = vec![format!(
        "look there, as root: `ibdoc zombies --netns {}`; or run ibdoc in that container",
        first.pid
    )];
    let is_all = nothing_seen && gateways.iter().all(|gateway| gateway.is_elsewhere);
    Some(Elsewhere { finding, is_all })
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
