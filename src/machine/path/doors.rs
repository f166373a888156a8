//! Where a Gateway of this machine can be reached from here: its own listeners, and relays that
//! lead to one.

use std::net::{IpAddr, SocketAddr};

use super::hops::End;
use super::trace::trace;
use crate::machine::listener::Listener;
use crate::machine::process::ProgramKind;
use crate::machine::role::{COMMAND_PORT, Role};
use crate::machine::sockets::Ports;
use crate::machine::{RunningGateway, World, ports_with};

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
    let others = listeners
        .iter()
        .filter(|it| it.kind == ProgramKind::Relay || it.pid.is_none());
    let all = own.chain(others);
    all.filter_map(|listener| door(world, listener.address, gateways))
        .collect()
}

/// The same of another network namespace of this machine, which has the address: by the known ports
/// there, and those of the Gateways in it.
pub fn doors_at(world: &World, ip: IpAddr, gateways: &[RunningGateway]) -> Vec<Door> {
    let ports = ports_with(gateways);
    let addresses = ports.iter().map(|port| SocketAddr::new(ip, port));
    addresses
        .filter_map(|address| door(world, address, gateways))
        .collect()
}

fn door(world: &World, address: SocketAddr, gateways: &[RunningGateway]) -> Option<Door> {
    let path = trace(world, address)?;
    let last = path.hops.last()?;
    let port = last.address.port();
    let is_command_port =
        |gateway: &RunningGateway| Some(gateway.pid) == last.pid && gateway.is_command_port(port);
    let is_api = match last.kind {
        _ if port == COMMAND_PORT || gateways.iter().any(is_command_port) => false,
        ProgramKind::Gateway | ProgramKind::Tws => path.end == End::Reached,
        ProgramKind::Unknown if last.pid.is_none() && last.is_here() => {
            gateways.iter().any(|gateway| may_listen(gateway, port))
        }
        _ => false,
    };
    is_api.then(|| Door {
        address,
        is_relay: path.hops.len() > 1,
        path: path.to_string(),
    })
}

/// Whether a Gateway whose ports are not seen may listen on its usual port, where a program of its user
/// does.
fn may_listen(gateway: &RunningGateway, port: u16) -> bool {
    let is_own = Role::of_port(port).is_some_and(|role| !role.is_relay());
    let is_unseen = !gateway.is_elsewhere && gateway.ports.is_none();
    is_own && is_unseen && gateway.user_ports.contains(&port)
}
