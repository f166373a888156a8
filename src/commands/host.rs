//! A host that was named alone: a handshake with each of its known ports, and which one is meant.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::{Error, Setup};
use crate::diagnosis;
use crate::diagnosis::host::{PortTried, answers, assess_host, each, most_telling};
use crate::finding::Finding;
use crate::handshake::Attempt;
use crate::handshake::footprint::Ledger;
use crate::handshake::ports::known_ports;
use crate::handshake::resolve::ResolveError;
use crate::machine::World;
use crate::machine::local::is_local_address;
use crate::machine::role::Role;
use crate::session::Plan;
use crate::target::{ClientIds, Target};
use crate::text::words::joined;

/// What a host was resolved to.
pub(super) type Resolved = Result<Vec<SocketAddr>, ResolveError>;

/// The known ports of a host, each with its handshake.
pub(super) struct Tried {
    pub(super) host: String,
    pub(super) ports: Vec<PortTried>,
}

/// Makes a handshake up to the accounts with each known port of a host that was resolved to this;
/// `skipped` are ports of which more is known already.
pub(super) async fn try_host(
    setup: &Setup,
    plan: &Plan,
    host: &str,
    resolved: Resolved,
    skipped: &[u16],
    ledger: &mut Ledger,
) -> Tried {
    let mut ports = ports(&setup.world, &resolved);
    ports.retain(|port| !skipped.contains(port));
    let mut attempter = setup.attempter(plan, ledger);
    let mut ids = ClientIds::from_random_start();
    let attempts = attempter.try_ports(host, resolved, &ports, &mut ids).await;
    let assessed = |attempt: Attempt| {
        let findings = diagnosis::assess_attempt(&attempt, plan);
        (attempt, findings)
    };
    Tried {
        host: host.to_owned(),
        ports: attempts.into_iter().map(assessed).collect(),
    }
}

/// The ports to try: on this machine also those of the Gateways that run here, on another one also
/// those of containers.
pub(super) fn ports(world: &World, resolved: &Resolved) -> Vec<u16> {
    let mut addresses = resolved.iter().flatten();
    if !addresses.any(|address| is_local_address(*address)) {
        return known_ports();
    }
    let known = Role::ALL.iter().map(|(port, _)| *port);
    let mut ports: Vec<u16> = known.collect();
    ports.extend(world.gateway_ports().iter());
    let mut seen = BTreeSet::new();
    ports.retain(|port| seen.insert(*port));
    ports
}

impl Tried {
    /// The first port on which a Gateway answers.
    pub(super) fn first(&self) -> Option<&PortTried> {
        self.ports.iter().find(|(attempt, _)| answers(attempt))
    }

    /// The port on which a Gateway answers, if one does; several are a usage error which names them,
    /// unless they lead to the same accounts.
    pub(super) fn only(&self) -> Result<Option<&PortTried>, Error> {
        let answering = self.ports.iter().filter(|(attempt, _)| answers(attempt));
        let mut different: Vec<&PortTried> = Vec::new();
        for port in answering {
            let is_same = |known: &&PortTried| is_same_login(&known.0, &port.0);
            if !different.iter().any(is_same) {
                different.push(port);
            }
        }
        match different.as_slice() {
            several @ [_, _, ..] => {
                let names = joined(several.iter().map(|(attempt, _)| name(&attempt.target)));
                let host = &self.host;
                let message = format!("several ports of {host} answer, name one: {names}");
                Err(Error::Usage(message))
            }
            one => Ok(one.first().copied()),
        }
    }

    /// What is wrong with the host as a whole.
    pub(super) fn findings(&self) -> Vec<Finding> {
        assess_host(&self.host, &self.ports)
    }

    /// The attempt that stands for the host on which no Gateway answers.
    pub(super) fn most_telling(&self) -> Option<&Attempt> {
        most_telling(&self.ports).map(|(attempt, _)| attempt)
    }

    /// What each port is.
    pub(super) fn each(&self) -> Vec<String> {
        each(&self.ports)
    }
}

/// Two ports that lead to the same accounts lead to one login, and there is one Gateway for it.
fn is_same_login(one: &Attempt, other: &Attempt) -> bool {
    let accounts = one.record.accounts.as_ref();
    accounts.is_some_and(|accounts| !accounts.is_empty())
        && accounts == other.record.accounts.as_ref()
}

fn name(target: &Target) -> String {
    match Role::of_port(target.port) {
        Some(role) => format!("{target} ({})", role.name()),
        None => target.to_string(),
    }
}

/// Whether real money is at stake behind a port: by its number, or where that says nothing, by the
/// accounts; those of paper logins begin with D.
pub(super) fn is_live(attempt: &Attempt) -> bool {
    let role = attempt.target.role();
    role.map_or_else(|| has_live_account(attempt), Role::is_live)
}

fn has_live_account(attempt: &Attempt) -> bool {
    let mut accounts = attempt.record.accounts.iter().flatten();
    accounts.any(|account| !account.starts_with('D'))
}
