//! The stages up to the connection: where nothing listens, or nothing answers.

use std::net::SocketAddr;

use super::super::gateways::first_remedy;
use super::super::meant;
use super::super::network;
use super::super::vacant;
use super::super::version::relay;
use super::{STARTING, address, just_started, of_code};
use crate::finding::{COMMAND, Code};
use crate::handshake::{Attempt, Setting};
use crate::machine::RunningGateway;
use crate::machine::local::lacks_interface;
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;
use crate::text::words::joined;

/// A name that does not exist; of a service of containers it is known in their network only.
pub(super) fn not_resolved(attempt: &Attempt) -> Vec<String> {
    let host = attempt.target.host.as_str();
    if host.contains('%') {
        return vec!["name an interface of this machine: `ip link` lists them".to_owned()];
    }
    if let Some(service) = name_of_service(attempt) {
        return vec![service];
    }
    let mut remedies = of_code(Code::NotResolved);
    if !host.contains('.') {
        remedies.push(
            "if a port of this machine was meant: paper, live, tws-paper, tws-live, or its number"
                .to_owned(),
        );
    }
    remedies
}

/// A resolver that fails says nothing of the spelling.
pub(super) fn resolver_failed(attempt: &Attempt) -> Vec<String> {
    // An engine's resolver fails so too where it does not know the name and has nobody to ask.
    let service = name_of_service(attempt).into_iter();
    service.chain(of_code(Code::ResolverFailed)).collect()
}

/// In a container: what a name without a dot, as a service of containers has it, needs.
fn name_of_service(attempt: &Attempt) -> Option<String> {
    let is_service = attempt.setting.at_hand.in_container && !attempt.target.host.contains('.');
    is_service.then(|| {
        "check that this is the name of the Gateway's service, and put both containers into one \
         network: only there the name is known"
            .to_owned()
    })
}

/// By what listens instead, on this machine or another.
pub(super) fn not_listening(attempt: &Attempt) -> Vec<String> {
    let setting = &attempt.setting;
    let mut remedies: Vec<String> = vacant::to_fill(attempt).into_iter().collect();
    remedies.extend(other_port(attempt).or_else(|| other_address(attempt)));
    remedies.extend(first_remedy(Code::NotListening, &setting.gateways));
    if setting.inside.is_some() {
        return remedies;
    }
    remedies.extend(address::own_container(attempt));
    remedies.extend(address::other_container(attempt).or(address::another_port(attempt)));
    remedies.extend(address::relay_there(attempt));
    if !setting.local {
        remedies.push(
            "on the Gateway's machine run `ibdoc probe`: it tells on which ports a Gateway listens"
                .to_owned(),
        );
    }
    remedies.extend(of_code(Code::NotListening));
    remedies
}

/// A Gateway process runs: it starts, waits for its login, or listens on another port.
pub(super) fn gateway_starting(attempt: &Attempt) -> Vec<String> {
    let setting = &attempt.setting;
    let here = |gateway: &&RunningGateway| !gateway.is_elsewhere;
    let young = setting.gateways.iter().filter(here).find_map(|gateway| {
        let up = gateway.up.filter(|up| *up < STARTING)?;
        let none_yet = gateway.ports.as_ref().is_none_or(Vec::is_empty);
        none_yet.then(|| just_started(&format!("the Gateway (pid {})", gateway.pid), up))
    });
    let mut remedies: Vec<String> = Vec::new();
    remedies.extend(other_port(attempt));
    remedies.extend(young);
    remedies.extend(first_remedy(Code::GatewayStarting, &setting.gateways));
    remedies.extend(of_code(Code::GatewayStarting));
    remedies
}

/// The port on which a Gateway does listen, that of a live account last where none was asked for.
fn other_port(attempt: &Attempt) -> Option<String> {
    let (setting, asked) = (&attempt.setting, attempt.target.port);
    let is_gateway = |kind| matches!(kind, ProgramKind::Gateway | ProgramKind::Tws);
    let listening = setting.other_listeners.iter();
    let listening = listening.filter(|listener| is_gateway(listener.kind));
    let listening = listening.map(|listener| (listener.address, listener.kind));
    let gateways = setting.gateways.iter().filter(|it| !it.is_elsewhere);
    let known = gateways.flat_map(|gateway| {
        let ports = gateway.ports.iter().flatten();
        let ports = ports.filter(|port| Role::of_port(**port).is_some());
        ports.map(|port| (SocketAddr::from(([127, 0, 0, 1], *port)), gateway.kind))
    });
    let all = listening.chain(known);
    let (address, kind) = all.min_by_key(|(address, _)| meant::distance(asked, address.port()))?;
    let name = match kind {
        ProgramKind::Tws => "TWS",
        _ => "a Gateway",
    };
    let port = address.port();
    let (condition, account) = (meant::condition(asked, port), meant::of_port(asked, port));
    Some(format!(
        "{condition}connect to {address}{account}: {name} listens there"
    ))
}

/// Another address of this machine on which the same port is listened on.
fn other_address(attempt: &Attempt) -> Option<String> {
    let port = attempt.target.port;
    let mut listeners = attempt.setting.other_listeners.iter();
    let other = listeners.find(|listener| listener.port == port)?;
    let who = other.name.as_deref().unwrap_or("a program");
    let address = other.address;
    Some(format!(
        "connect to {address}, where {who} listens on this port: `ibdoc {COMMAND} {address}`"
    ))
}

/// Neither an answer nor a refusal.
pub(super) fn unreachable(attempt: &Attempt) -> Vec<String> {
    if network::is_loopback_down(&attempt.setting) {
        return network::loopback_up();
    }
    let mut remedies: Vec<String> = Vec::new();
    if let Some(address) = attempt.address.filter(|address| lacks_interface(*address)) {
        let port = address.port();
        let with = |name: &str| format!("`ibdoc {COMMAND} [{}%{name}]:{port}`", address.ip());
        return vec![match attempt.setting.at_hand.interfaces.as_slice() {
            [] => format!(
                "name the interface after the address: {}",
                with("INTERFACE")
            ),
            [one] => format!("name the interface after the address: {}", with(one)),
            [first, ..] => {
                let names = joined(&attempt.setting.at_hand.interfaces);
                format!(
                    "name the interface after the address, one of {names}: {}",
                    with(first)
                )
            }
        }];
    }
    if attempt.setting.at_hand.in_container {
        remedies.push(
            "put this container and the Gateway's into one network, and connect to the name of its \
             service"
                .to_owned(),
        );
    }
    remedies.extend(of_code(Code::Unreachable));
    remedies
}

/// A relay that does not accept is no Gateway.
pub(super) fn stuck(setting: &Setting) -> Option<Vec<String>> {
    relay(setting)?;
    let restart = "restart the relay or its container: it is the relay that accepts";
    Some(vec![restart.to_owned()])
}
