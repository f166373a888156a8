//! Where a Gateway of this machine can be reached from here: its own listeners, and relays that
//! lead to one.

use std::net::SocketAddr;

use super::hops::End;
use super::trace::trace;
use crate::machine::listener::Listener;
use crate::machine::process::ProgramKind;
use crate::machine::sockets::Ports;
use crate::machine::{RunningGateway, World};

/// A listener through which a Gateway is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The address to connect to.
    pub address: SocketAddr,
    /// Whether it is a relay's.
    pub is_relay: bool,
    /// The way from it to the Gateway, in words.
    pub path: String,
}

/// The API ports of the Gateways that run in this network namespace, then the relays among
/// `listeners` behind which a Gateway listens.
pub fn doors(world: &World, gateways: &[RunningGateway], listeners: &[Listener]) -> Vec<Door> {
    let here = gateways.iter().filter(|gateway| !gateway.is_elsewhere);
    let ports: Ports = here.flat_map(RunningGateway::api_ports).collect();
    let is_gateway = |listener: &Listener| {
        gateways.iter().any(|gateway| {
            Some(gateway.pid) == listener.pid && gateway.api_ports().contains(&listener.port)
        })
    };
    let own = world.listeners_on(&ports).unwrap_or_default();
    let own = own.iter().filter(|listener| is_gateway(listener));
    let relays = listeners
        .iter()
        .filter(|listener| listener.kind == ProgramKind::Relay);
    let all = own
        .map(|own| (own, false))
        .chain(relays.map(|relay| (relay, true)));
    all.filter_map(|(listener, is_relay)| door(world, listener.address, is_relay))
        .collect()
}

fn door(world: &World, address: SocketAddr, is_relay: bool) -> Option<Door> {
    let path = trace(world, address)?;
    let leads = match path.hops.last()?.kind {
        ProgramKind::Gateway | ProgramKind::Tws => path.end == End::Reached,
        _ => false,
    };
    leads.then(|| Door {
        address,
        is_relay,
        path: path.to_string(),
    })
}
