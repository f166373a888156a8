//! Gateways that a look cannot see: in another network namespace, or of a process that is hidden.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use crate::finding::{Code, Finding};
use crate::machine::local::is_local;
use crate::machine::process::Search;
use crate::machine::sockets::{Ports, Socket};
use crate::machine::{RunningGateway, World};
use crate::target::Target;
use crate::text::words::joined;
use crate::zombie::Snapshot;

/// What may be missing from a look.
#[derive(Default)]
pub(crate) struct Unseen {
    pub(crate) findings: Vec<Finding>,
    /// Whether every Gateway that runs is out of sight, and nothing of one was seen.
    pub(crate) is_all: bool,
}

/// Which Gateways are out of this look's snapshot. Where no socket is, there is none to be seen, and
/// no Gateway is looked for.
pub(crate) fn unseen(
    gateways: Option<Vec<RunningGateway>>,
    world: &World,
    snapshot: &Snapshot,
    is_here: bool,
) -> Option<Unseen> {
    let were_named = gateways.is_none();
    let gateways = match gateways {
        Some(gateways) => gateways,
        None if !is_here || world.table.is_whole_machine() => return None,
        None => world.running_gateways_among(snapshot.programs.as_ref()),
    };
    let is_elsewhere = |gateway: &&RunningGateway| is_here && gateway.is_elsewhere;
    let is_unseen = |gateway: &&RunningGateway| {
        is_elsewhere(gateway) || !were_named && gateway.is_unaccounted(&snapshot.ports)
    };
    let (elsewhere, here): (Vec<_>, Vec<_>) =
        gateways.iter().filter(is_unseen).partition(is_elsewhere);
    let count = elsewhere.len() + here.len();
    let mut findings = Vec::new();
    findings.extend(in_another_namespace(&elsewhere));
    findings.extend(on_unseen_ports(&here, snapshot.own.uid == Some(0)));
    // Where a Gateway is in full view, there is hardly another one that is hidden.
    let none_seen = gateways.len() == elsewhere.len();
    if !were_named && is_here && none_seen {
        findings.extend(among_hidden_processes(world, &snapshot.ports));
    }
    let nothing_seen = snapshot.listening.is_empty() && snapshot.stuck.is_empty();
    Some(Unseen {
        findings,
        is_all: nothing_seen && count > 0 && count == gateways.len(),
    })
}

impl Unseen {
    /// Adds the targets on other machines, of which only the connections of this machine's clients
    /// are seen.
    pub(crate) fn with_elsewhere(mut self, targets: &[Target], snapshot: &Snapshot) -> Self {
        let elsewhere = targets.iter().filter(|target| is_elsewhere(target));
        let before = self.findings.len();
        self.findings.extend(elsewhere.map(|target| {
            let summary = "of a Gateway on another machine only the connections of this machine's \
                           programs are seen here";
            let port = target.port;
            let remedy = format!("run it on the machine of that Gateway: `ibdoc zombies {port}`");
            let mut finding = Finding::new(Code::TableIncomplete, target, summary);
            finding.remedies = vec![remedy];
            finding
        }));
        let is_every = self.findings.len() - before == targets.len() && !targets.is_empty();
        self.is_all |= is_every && snapshot.sockets.is_empty();
        self
    }
}

/// Whether a target may be on another machine; a name is not looked up.
pub(crate) fn is_elsewhere(target: &Target) -> bool {
    let ip: Result<IpAddr, _> = target.host.parse();
    ip.map_or(target.host != "localhost", |ip| !is_local(ip))
}

fn in_another_namespace(gateways: &[&RunningGateway]) -> Option<Finding> {
    let pid = gateways.first()?.pid;
    let summary = "a Gateway runs in another network namespace: its sockets are not seen here";
    let remedy = format!(
        "look there, as root: `ibdoc zombies --netns {pid}`; or run ibdoc in that container"
    );
    of_gateways(Code::OtherNamespace, gateways, summary, remedy)
}

fn on_unseen_ports(gateways: &[&RunningGateway], is_root: bool) -> Option<Finding> {
    let summary = "a Gateway runs, and on which ports it listens cannot be read from here";
    let remedy = if is_root {
        "name its port with --port, or run it as the user of the Gateway"
    } else {
        "run it as root, or as the user of the Gateway; or name its port with --port"
    };
    of_gateways(Code::TableIncomplete, gateways, summary, remedy.to_owned())
}

fn of_gateways(
    code: Code,
    gateways: &[&RunningGateway],
    summary: &str,
    remedy: String,
) -> Option<Finding> {
    let pid = gateways.first()?.pid;
    let mut finding = Finding::new(code, &format!("pid {pid}"), summary)
        .with_all_evidence(gateways.iter().map(ToString::to_string));
    finding.remedies = vec![remedy];
    Some(finding)
}

/// Where each container of a network of Docker's has a listener that is outside.
const DOCKERS_RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

/// Where processes are hidden: other ports on which a process listens that is not seen.
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
