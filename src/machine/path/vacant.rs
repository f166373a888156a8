//! An address on which nothing listens, and to which a relay or the packet filter passes on: which
//! Gateways are beside it, and where they listen instead.

use std::net::SocketAddr;

use super::hops::Place;
use super::seat::place_of;
use super::trace::words_of;
use crate::finding::Code;
use crate::machine::local::is_local;
use crate::machine::process::Gateway;
use crate::machine::process::RunState;
use crate::machine::sockets::{Ports, Socket};
use crate::machine::{RunningGateway, World, forward};

/// An address on which nothing listens although connections are passed on to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacant {
    /// The address, as `host:port`.
    pub target: String,
    /// The Gateways that run in the network namespace of that address.
    pub gateways: Vec<RunningGateway>,
    /// That network namespace in words, where who passes on is in another one: a relay belongs into
    /// it.
    pub inside: Option<String>,
    /// Where one of these Gateways listens with its API.
    pub listens: Option<SocketAddr>,
}

impl Vacant {
    /// What is beside this address of a network namespace, to which something in `from` passes on.
    pub(super) fn at(world: &World, from: Place, place: Place, target: String) -> Self {
        let gateways = gateways_in(world, place);
        let ip = target.parse::<SocketAddr>().map(|target| target.ip());
        let is_inside = place != from && !ip.is_ok_and(|ip| ip.is_loopback());
        let here = || "this network namespace".to_owned();
        Self {
            listens: listens(world, place, &gateways),
            inside: is_inside.then(|| words_of(world, place, None).unwrap_or_else(here)),
            gateways,
            target,
        }
    }

    /// A Gateway that runs and listens nowhere is still starting.
    pub fn code(&self) -> Code {
        let listens = |gateway: &RunningGateway| !gateway.api_ports().is_empty();
        if self.gateways.is_empty() || self.gateways.iter().any(listens) {
            Code::RelayWithoutGateway
        } else {
            Code::GatewayStarting
        }
    }
}

/// The address to which this machine's packet filter forwards this one, where nothing listens there.
pub fn forwarded_to_nothing(world: &World, address: SocketAddr) -> Option<Vacant> {
    if !is_local(address.ip()) {
        return None;
    }
    let target = match world.table.listener(address).ok()? {
        Some(_) => forward::past_listener(address)?,
        None => forward::target(address)?,
    };
    let place = place_of(world, Place::Own, target.ip())?;
    let row = place.with_table(world, |table| table.listener(target))?;
    let is_vacant = row.ok()?.is_none();
    is_vacant.then(|| Vacant::at(world, Place::Own, place, target.to_string()))
}

/// What is beside an address of another network namespace of this machine, such as a container's, on
/// which nothing listens; `None` where something does, or that namespace is not seen.
pub fn inside(world: &World, address: SocketAddr) -> Option<Vacant> {
    let ip = address.ip();
    if is_local(ip) || world.processes.is_behind_device(ip) {
        return None;
    }
    let place = place_of(world, Place::Own, ip)?;
    let row = place.with_table(world, |table| table.listener(address))?;
    let is_vacant = row.ok()?.is_none();
    is_vacant.then(|| Vacant::at(world, Place::Own, place, address.to_string()))
}

/// Whether a connection to this address is led past the listener that stands on it.
pub fn leads_past(address: SocketAddr) -> bool {
    is_local(address.ip()) && forward::past_listener(address).is_some()
}

/// The first API port of these Gateways, under the address on which it is listened there.
fn listens(world: &World, place: Place, gateways: &[RunningGateway]) -> Option<SocketAddr> {
    let port = gateways.iter().flat_map(RunningGateway::api_ports).next()?;
    let rows = place.with_table(world, |table| table.listeners().ok())??;
    let mut rows = rows.sockets.iter();
    Some(rows.find(|row| row.local.port() == port)?.connectable())
}

/// The Gateways of a network namespace, with the ports on which they listen there.
pub(super) fn gateways_in(world: &World, place: Place) -> Vec<RunningGateway> {
    let namespace = |pid| {
        let facts = world.processes.facts(pid).ok().flatten();
        facts.and_then(|facts| facts.net_namespace)
    };
    let wanted = match place {
        Place::Own => return here(world.running_gateways()),
        Place::Of(pid) => namespace(pid),
    };
    let rows = place
        .with_table(world, |table| table.listeners().ok())
        .flatten();
    let rows: Option<Vec<Socket>> = rows.map(|rows| rows.sockets);
    let gateways = world.processes.gateways().unwrap_or_default().into_iter();
    let there =
        gateways.filter(|gateway| wanted.is_some() && gateway.facts.net_namespace == wanted);
    let describe = |gateway: Gateway| {
        let pid = gateway.facts.id.pid;
        let held = rows
            .as_deref()
            .and_then(|rows| world.processes.held(pid, rows).ok().flatten());
        RunningGateway {
            pid,
            kind: gateway.kind,
            up: gateway.facts.up,
            ports: held.map(|held| {
                let ports: Ports = held.iter().map(|row| row.local.port()).collect();
                ports.iter().collect()
            }),
            user_ports: Vec::new(),
            ports_there: None,
            is_stopped: gateway.facts.state == Some(RunState::Stopped),
            // Its ports were looked for where they are.
            is_elsewhere: false,
        }
    };
    there.map(describe).collect()
}

fn here(mut gateways: Vec<RunningGateway>) -> Vec<RunningGateway> {
    gateways.retain(|gateway| !gateway.is_elsewhere);
    gateways
}
