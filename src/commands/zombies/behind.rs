//! The Gateways behind the relays of a census: their ports are looked at too, for the findings and
//! never for a kill.

use std::collections::BTreeSet;

use crate::commands::inside::from_outside;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::machine::World;
use crate::machine::netns::way_in;
use crate::machine::path::{self, Hop};
use crate::machine::process::{self, ProgramKind};
use crate::machine::sockets::Ports;
use crate::zombie::look::{self, Observer};
use crate::zombie::{Criteria, Listening, Snapshot};

/// What is wrong at the ports behind these relays, where they are in sight.
pub(super) async fn findings(
    world: &World,
    snapshot: &Snapshot,
    criteria: &Criteria,
) -> Vec<Finding> {
    let mut told: BTreeSet<(Option<String>, u16)> = BTreeSet::new();
    let mut all = Vec::new();
    for (relay, hop) in behind(world, snapshot) {
        let port = hop.address.port();
        let is_looked_at = hop.is_here() && criteria.ports.contains(port);
        if is_looked_at || !told.insert((hop.place.clone(), port)) {
            continue;
        }
        all.extend(of_hop(world, relay, &hop, criteria).await);
    }
    all
}

/// Each listener behind a relay of the census, with the relay's port.
fn behind(world: &World, snapshot: &Snapshot) -> Vec<(u16, Hop)> {
    // A program that is no known relay passes nothing on while nobody is connected to it: the census
    // has the sockets of its port, which take half as long to read as all of a quiet look.
    let may_pass_on = |it: &&Listening| match it.who.kind {
        ProgramKind::Gateway | ProgramKind::Tws => false,
        ProgramKind::Other => path::is_used(it.who.port, &snapshot.sockets),
        ProgramKind::Relay | ProgramKind::Unknown => it.who.pid.is_some(),
    };
    let relays = snapshot.listening.iter().filter(may_pass_on);
    let paths = relays.map(|it| path::trace_behind(world, it.row.clone(), it.who.clone()));
    let hops = paths.flat_map(|path| {
        let mut hops = path.hops.into_iter();
        let relay = hops.next().map_or(0, |first| first.address.port());
        hops.map(move |hop| (relay, hop))
    });
    hops.collect()
}

/// What is wrong at one port behind a relay.
async fn of_hop(world: &World, relay: u16, hop: &Hop, criteria: &Criteria) -> Vec<Finding> {
    let port = hop.address.port();
    let mut there = Criteria::of_report(Ports::from([port]), criteria.min_age);
    there.is_elsewhere = criteria.is_elsewhere || !hop.is_here();
    let mut other = None;
    if !hop.is_here() {
        // Who may not enter reads no ages there.
        let Some(table) = hop.within(|| ()).and_then(|()| hop.table()) else {
            return vec![out_of_sight(relay, hop)];
        };
        other = Some(World::new(table, process::system()));
    }
    let world = other.as_ref().unwrap_or(world);
    let Ok(mut census) = Observer::new(world).look(&there) else {
        return vec![out_of_sight(relay, hop)];
    };
    look::queues::watch(&mut census.snapshot, world).await;
    let mut findings = census.findings();
    findings.retain(|finding| finding.severity > Severity::Info);
    if let Some(pid) = hop.pid.filter(|_| !hop.is_here()) {
        from_outside(&mut findings, &way_in(pid));
    }
    for finding in &mut findings {
        finding.subject = format!("{}{}", finding.subject, hop.whereabouts());
        let behind = format!("{} is behind the relay of port {relay}", hop.who());
        finding.evidence.push(behind);
    }
    findings
}

fn out_of_sight(relay: u16, hop: &Hop) -> Finding {
    let summary = format!(
        "the sockets of {}, behind the relay of port {relay}, are not seen from here",
        hop.who()
    );
    let mut finding = Finding::new(Code::TableIncomplete, &hop.address, summary);
    let netns = hop.pid.map(|pid| format!(" --netns {pid}"));
    let remedy = format!(
        "look there, as root: `ibdoc zombies {}{}`",
        hop.address.port(),
        netns.unwrap_or_default()
    );
    finding.remedies = vec![remedy];
    finding
}
