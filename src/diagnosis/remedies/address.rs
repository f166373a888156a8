//! Remedies that name an address: the one to trust, and the one to connect to.

use std::net::IpAddr;

use crate::handshake::{Attempt, Setting};
use crate::machine::role::Role;

/// Whether this client reaches the Gateway from an address that it trusts by itself.
pub(super) fn is_trusted(setting: &Setting) -> bool {
    matches!(setting.at_hand.ours, Some(IpAddr::V4(ip)) if ip.is_loopback())
}

/// Which address to trust.
pub(super) fn trust(setting: &Setting) -> String {
    match setting.at_hand.ours {
        Some(ip) if setting.at_hand.in_container && !setting.local => format!(
            "add the address of this client to the Trusted IPs of the API settings: {ip} in this \
             container, or that of the machine that runs it if the connection leaves from there; \
             ranges do not work"
        ),
        Some(ip) => format!(
            "add {ip}, the address of this client, to the Trusted IPs of the API settings: each \
             address by itself, ranges do not work (behind NAT the Gateway sees another one)"
        ),
        None => "add the address from which this client comes to the Trusted IPs of the API \
                 settings: each address by itself, ranges do not work"
            .to_owned(),
    }
}

/// The address that needs no trust, where the Gateway listens on it too.
pub(super) fn loopback(attempt: &Attempt) -> Option<String> {
    let setting = &attempt.setting;
    let ours = setting.at_hand.ours?;
    let listener = setting.listener.as_ref()?;
    let there = listener.address;
    let helps = setting.local && !is_trusted(setting) && there.ip().is_loopback();
    (helps && there.is_ipv4()).then(|| {
        format!("connect to {there} instead: from {ours} this client is not trusted by itself")
    })
}

/// What 127.0.0.1 is in a container or in Linux inside Windows, where it was asked and no Gateway is
/// there.
pub(super) fn own_container(attempt: &Attempt) -> Option<String> {
    let setting = &attempt.setting;
    let ip = attempt.address.map(|address| address.ip())?;
    let alone = setting.gateways.is_empty() && setting.listener.is_none();
    if !alone || !(ip.is_loopback() || ip.is_unspecified()) {
        return None;
    }
    if setting.at_hand.in_container {
        return Some(format!(
            "{ip} is this container itself: if the Gateway runs in another one, connect to the \
             name of its service; {CONTAINER_PORTS}"
        ));
    }
    setting.at_hand.in_wsl.then(|| {
        format!(
            "{ip} is Linux itself: a TWS or Gateway on Windows is reached at the address that `ip \
             route show default` names, and its Trusted IPs must contain that of this side \
             (`hostname -I`)"
        )
    })
}

/// On another machine: a port on which a relay belongs.
pub(super) fn relay_there(attempt: &Attempt) -> Option<String> {
    let port = attempt.target.port;
    let own = Role::behind_relay(port)?;
    let setting = &attempt.setting;
    (!setting.local && !setting.at_hand.all_ports_tried).then(|| {
        format!(
            "see that the relay of port {port} runs there and passes on to {own}, the Gateway's own \
             port: its log tells why it ended"
        )
    })
}

/// Which port counts from one container to another.
const CONTAINER_PORTS: &str = "between containers the container's own port counts, not the \
    published one (4003 live and 4004 paper in the gnzsnz images, 8888 in extrange's, 7498 and \
    7499 in those of TWS)";

/// The port of the relay in front of a Gateway on this port, in images that have one.
pub(in crate::diagnosis) fn relay_of(port: u16) -> Option<u16> {
    let mut relays = Role::ALL.iter().map(|(relay, _)| *relay);
    relays.find(|relay| Role::behind_relay(*relay) == Some(port))
}

/// In a container: the port of the relay in front of a Gateway in another one, where the Gateway's
/// own was asked.
pub(super) fn other_container(attempt: &Attempt) -> Option<String> {
    let port = relay_of(attempt.target.port)?;
    (is_elsewhere(attempt) && !attempt.setting.at_hand.all_ports_tried).then(|| {
        format!(
            "if it is a container, try port {port}: inside it a relay takes what comes from other \
             containers, and the Gateway only what comes from its own; {CONTAINER_PORTS}"
        )
    })
}

/// On another machine: a port that refuses may not be the one that is meant, in a container for
/// instance the published one of another container.
pub(super) fn another_port(attempt: &Attempt) -> Option<String> {
    let setting = &attempt.setting;
    let host = &attempt.target.host;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.clone()
    };
    let try_all = format!("try its known ports: `ibdoc probe {host}`");
    match (
        setting.at_hand.in_container,
        setting.at_hand.all_ports_tried,
    ) {
        _ if setting.local => None,
        (false, true) => None,
        (true, true) => Some(format!(
            "see whether the Gateway's container has another port of its own: {CONTAINER_PORTS}"
        )),
        (false, false) => Some(try_all),
        (true, false) => Some(format!("{try_all}; {CONTAINER_PORTS}")),
    }
}

fn is_elsewhere(attempt: &Attempt) -> bool {
    attempt.setting.at_hand.in_container && !attempt.setting.local
}
