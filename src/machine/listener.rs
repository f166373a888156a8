//! Who listens on a port.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::pid::Pid;
use super::process::ProgramKind;
use crate::finding::{Code, Finding};

/// Who listens on a port, and its accept queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Listener {
    /// The address under which it is reached from this machine; the wildcard where another one has
    /// that address to itself.
    pub address: SocketAddr,
    /// The local port.
    pub port: u16,
    /// The process, null when its owner could not be seen.
    pub pid: Option<Pid>,
    /// The program's name.
    pub name: Option<String>,
    /// What kind of program it is.
    pub kind: ProgramKind,
    /// Connections waiting to be accepted.
    pub accept_queue: Option<u32>,
    /// The limit of that queue.
    pub backlog: Option<u32>,
}

impl Listener {
    /// Whether it is a program of which it is not known whether it passes connections on: neither a
    /// Gateway nor a known relay, and not ibdoc, whose simulated Gateway stands for a real one.
    pub fn may_be_relay(&self) -> bool {
        may_be_relay(self.kind, self.name.as_deref(), self.pid)
    }
}

/// The same of a program of this kind and name.
pub fn may_be_relay(kind: ProgramKind, name: Option<&str>, pid: Option<Pid>) -> bool {
    let is_ibdoc = name == Some("ibdoc") || pid.is_some_and(|pid| pid.0 == std::process::id());
    kind == ProgramKind::Other && !is_ibdoc
}

/// Listeners in the order of their ports and addresses, each with the address of its row: where one
/// has an address to itself under which a wildcard would be reached, that one is not.
pub fn told_apart(mut listeners: Vec<(SocketAddr, Listener)>) -> Vec<Listener> {
    let own: Vec<SocketAddr> = listeners.iter().map(|(local, _)| *local).collect();
    for (local, listener) in &mut listeners {
        if local.ip().is_unspecified() && own.contains(&listener.address) {
            listener.address = *local;
        }
    }
    listeners.sort_by_key(|(_, listener)| (listener.port, listener.address, listener.pid));
    listeners
        .into_iter()
        .map(|(_, listener)| listener)
        .collect()
}

/// What a listener is called, such as `IB Gateway (pid 3)`.
pub fn title(kind: ProgramKind, name: Option<&str>, pid: Option<Pid>) -> String {
    let name = match (kind, name) {
        (ProgramKind::Gateway, _) => "IB Gateway",
        (ProgramKind::Tws, _) => "TWS",
        (_, Some(name)) => name,
        (_, None) => "owner not seen",
    };
    let pid = pid.map(|pid| format!(" (pid {pid})"));
    format!("{name}{}", pid.unwrap_or_default())
}

/// The shortest target that leads to this address.
pub fn typed(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(four) if four.ip().octets() == [127, 0, 0, 1] => four.port().to_string(),
        other => other.to_string(),
    }
}

/// What can be said of a listener itself; whether a relay's Gateway answers, a handshake tells, where
/// none has been made and nothing that was seen forbids it.
pub fn assess_listener(listener: &Listener, subject: &str, is_asked: bool) -> Vec<Finding> {
    let name = listener.name.as_deref().unwrap_or("a program");
    match (listener.kind, listener.pid) {
        (ProgramKind::Relay, _) => {
            let summary = format!("{name} listens here: it accepts before the Gateway does");
            let mut finding = Finding::new(Code::RelayListener, subject, summary);
            let ask = format!(
                "run `ibdoc handshake {}`: a relay accepts connections before the Gateway does",
                typed(listener.address)
            );
            finding.remedies = if is_asked { Vec::new() } else { vec![ask] };
            vec![finding.with_all_evidence(listener.pid.map(|pid| format!("{name}, pid {pid}")))]
        }
        (ProgramKind::Unknown, None) => vec![Finding::new(
            Code::TableIncomplete,
            subject,
            "the listener's owner could not be seen, so neither can a relay",
        )],
        _ => Vec::new(),
    }
}
