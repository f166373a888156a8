//! The stages up to the connection: where nothing listens, or nothing answers.

use super::super::gateways::first_remedy;
use super::super::network;
use super::super::version::relay;
use super::{STARTING, address, just_started, of_code};
use crate::event::Stage;
use crate::finding::Code;
use crate::handshake::{Attempt, Setting};
use crate::machine::RunningGateway;
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;

/// A resolver that fails says nothing of the spelling.
pub(super) fn not_resolved(attempt: &Attempt, stage: &Stage) -> Vec<String> {
    let detail = stage.detail.as_deref().unwrap_or_default();
    let failed = ["did not answer", "Temporary failure", "try again"];
    let resolver_failed = failed.iter().any(|words| detail.contains(words));
    let mut remedies = Vec::new();
    if resolver_failed {
        remedies.push(
            "check the DNS of this machine, and its VPN: the resolver itself failed, so the name \
             may be right; an address instead of the name does without it"
                .to_owned(),
        );
    }
    // A service of containers has a name without a dot.
    if attempt.setting.at_hand.in_container && !attempt.target.host.contains('.') {
        remedies.push(
            "check that this is the name of the Gateway's service, and put both containers into \
             one network: only there the name is known"
                .to_owned(),
        );
        return remedies;
    }
    let spelling_first = |remedy: &String| !(resolver_failed && remedy.contains("DNS"));
    remedies.extend(
        of_code(Code::NotResolved)
            .into_iter()
            .filter(spelling_first),
    );
    remedies
}

/// By what listens instead, on this machine or another.
pub(super) fn not_listening(attempt: &Attempt) -> Vec<String> {
    let setting = &attempt.setting;
    let mut remedies: Vec<String> = Vec::new();
    remedies.extend(other_port(setting));
    remedies.extend(first_remedy(Code::NotListening, &setting.gateways));
    remedies.extend(address::own_container(attempt));
    remedies.extend(address::other_container(attempt).or(address::published(attempt)));
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
pub(super) fn gateway_starting(setting: &Setting) -> Vec<String> {
    let here = |gateway: &&RunningGateway| !gateway.is_elsewhere;
    let young = setting.gateways.iter().filter(here).find_map(|gateway| {
        let up = gateway.up.filter(|up| *up < STARTING)?;
        let none_yet = gateway.ports.as_ref().is_none_or(Vec::is_empty);
        none_yet.then(|| just_started(&format!("the Gateway (pid {})", gateway.pid), up))
    });
    let mut remedies: Vec<String> = Vec::new();
    remedies.extend(other_port(setting));
    remedies.extend(young);
    remedies.extend(first_remedy(Code::GatewayStarting, &setting.gateways));
    remedies.extend(of_code(Code::GatewayStarting));
    remedies
}

/// The port on which a Gateway does listen.
fn other_port(setting: &Setting) -> Option<String> {
    let is_gateway = |kind| matches!(kind, ProgramKind::Gateway | ProgramKind::Tws);
    let mut listeners = setting.other_listeners.iter();
    let listening = listeners.find(|listener| is_gateway(listener.kind));
    let listening = listening.map(|listener| (listener.address.to_string(), listener.kind));
    let mut gateways = setting.gateways.iter().filter(|it| !it.is_elsewhere);
    let (address, kind) = listening.or_else(|| {
        gateways.find_map(|gateway| {
            let mut ports = gateway.ports.iter().flatten();
            let port = ports.find(|port| Role::of_port(**port).is_some())?;
            Some((format!("127.0.0.1:{port}"), gateway.kind))
        })
    })?;
    let name = match kind {
        ProgramKind::Tws => "TWS",
        _ => "a Gateway",
    };
    Some(format!("connect to {address}: {name} listens there"))
}

/// Neither an answer nor a refusal.
pub(super) fn unreachable(attempt: &Attempt) -> Vec<String> {
    if network::is_loopback_down(&attempt.setting) {
        return network::loopback_up();
    }
    let mut remedies: Vec<String> = Vec::new();
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
