//! `ibdoc zombies`: the census of half-closed and unaccepted sockets on the Gateway ports.

use super::{Error, Outcome, Setup};
use crate::cli::Zombies;
use crate::finding::{Code, Finding, principal_first};
use crate::process::{Ownership, Search};
use crate::report::{self, Body, Footprint, Holder};
use crate::table::{Ports, Socket};
use crate::zombie;

/// Runs the command.
pub(super) fn run(args: &Zombies, setup: &Setup) -> Result<Outcome, Error> {
    let ports: Ports = match &setup.simulated {
        Some(_) if !args.ports.is_empty() => {
            let message = "--port and --sim exclude each other: --sim brings its own Gateway";
            return Err(Error::Usage(message.to_owned()));
        }
        Some(target) => std::iter::once(target.port).collect(),
        None if args.ports.is_empty() => setup.world.gateway_ports(),
        None => args.ports.iter().copied().collect(),
    };
    Ok(census(&ports, setup))
}

fn census(ports: &Ports, setup: &Setup) -> Outcome {
    let world = &setup.world;
    let snapshot = match world.table.snapshot(ports) {
        Ok(snapshot) => snapshot,
        Err(error) => return Outcome::blind(error),
    };
    let listeners = match world.listeners_on(ports) {
        Ok(listeners) => listeners,
        Err(error) => return Outcome::blind(error),
    };
    let sockets: Vec<Socket> = snapshot
        .sockets
        .iter()
        .filter(|socket| zombie::is_zombie(socket, ports))
        .cloned()
        .collect();
    let mut findings = Vec::new();
    let holders = holders(&sockets, setup, &mut findings);
    let zombies: Vec<report::Zombie> = sockets
        .iter()
        .zip(holders)
        .map(|(socket, holders)| {
            zombie::describe(socket, zombie::side(socket, ports, &listeners), holders)
        })
        .collect();
    findings.extend(zombie::assess(&zombies));
    if let Some(reason) = snapshot.degraded {
        let summary = "the socket table could be read only in part";
        findings.push(
            Finding::new(Code::TableIncomplete, "socket table", summary).with_evidence(reason),
        );
    }
    principal_first(&mut findings);
    let body = report::Zombies {
        ports: ports.iter().collect(),
        listeners,
        sockets: zombie::count(&snapshot.sockets, ports),
        remaining: zombies.len(),
        zombies,
        killed: Vec::new(),
        healed: Vec::new(),
    };
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    Outcome::of(Body::Zombies(body), findings, footprint)
}

/// The holders of each socket; owners are looked for only when there is a socket.
fn holders(sockets: &[Socket], setup: &Setup, findings: &mut Vec<Finding>) -> Vec<Vec<Holder>> {
    if sockets.is_empty() {
        return Vec::new();
    }
    let owners = match setup.world.processes.owners(sockets, Search::Every) {
        Ok(owners) => owners,
        Err(error) => {
            let summary = "the owners of the sockets could not be read";
            let finding = Finding::new(Code::TableIncomplete, "processes", summary);
            findings.push(finding.with_evidence(error.to_string()));
            return vec![Vec::new(); sockets.len()];
        }
    };
    let mut hidden = 0;
    let rows = sockets
        .iter()
        .enumerate()
        .map(|(index, socket)| match owners.of(index, socket) {
            Ownership::Held(pids) => pids.iter().map(|pid| holder(*pid, setup)).collect(),
            Ownership::Hidden(_) => {
                hidden += 1;
                Vec::new()
            }
            Ownership::Kernel | Ownership::Nobody => Vec::new(),
        });
    let rows = rows.collect();
    if hidden > 0 {
        let summary = format!("the owners of {hidden} sockets are hidden from this user");
        findings.push(Finding::new(Code::TableIncomplete, "processes", summary));
    }
    rows
}

fn holder(pid: crate::process::Pid, setup: &Setup) -> Holder {
    let facts = setup.world.processes.facts(pid).ok().flatten();
    Holder {
        pid,
        started: facts.as_ref().map(|facts| facts.id.started),
        user: facts
            .as_ref()
            .and_then(|facts| facts.uid)
            .map(|uid| uid.to_string()),
        name: facts.map(|facts| facts.name),
        class: "unknown",
        reason: "not judged".to_owned(),
    }
}
