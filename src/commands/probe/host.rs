//! A host that was named alone: each of its known ports.

use std::net::SocketAddr;

use tokio::time::Instant;

use super::Prober;
use super::seen::{Seen, unreached};
use crate::commands::choice::{is_command_port, on_host};
use crate::commands::host::{Resolved, ports, try_host};
use crate::diagnosis;
use crate::diagnosis::host::{PortTried, answers};
use crate::event::Events;
use crate::finding::{Code, Finding};
use crate::handshake::connect::ConnectFailure;
use crate::handshake::ports::connect_each;
use crate::handshake::resolve::resolve;
use crate::machine::local::is_local_address;
use crate::target::Target;

impl Prober<'_> {
    /// What each known port of a host is: from the table where something listens on this machine,
    /// else by one handshake each.
    pub(super) async fn look_at_host(&mut self, host: &str, events: Events<'_>) -> Vec<Seen> {
        let resolved = resolve(host, 0, self.connect_until()).await;
        let addresses = resolved.clone().unwrap_or_default();
        let is_remote = !addresses.iter().any(|address| is_local_address(*address));
        if self.args.tcp_only && is_remote && !addresses.is_empty() {
            return self.connect_to_each(host, &resolved, &addresses).await;
        }
        let world = &self.setup.world;
        let ports = ports(world, &resolved);
        let listeners = on_host(world, &addresses, &ports.iter().copied().collect());
        let listening: Vec<u16> = listeners.iter().map(|listener| listener.port).collect();
        let gateways = world.running_gateways();
        let mut all: Vec<Seen> = Vec::with_capacity(ports.len());
        let mut anything = false;
        for listener in &listeners {
            let mut seen = self.look_at(&of(host, listener.port), events).await;
            if is_command_port(&gateways, listener) {
                let says = |finding: &Finding| finding.code == Code::CommandPort;
                seen.findings.retain(says);
            } else {
                anything = true;
            }
            all.push(seen);
        }
        let plan = self.setup.short_plan(Some(self.deadline()));
        let tried = try_host(
            self.setup,
            &plan,
            host,
            resolved,
            &listening,
            &mut self.ledger,
        )
        .await;
        anything |= tried.first().is_some();
        let together = tried.findings();
        let telling = tried.most_telling();
        let trouble = telling.and_then(|attempt| attempt.setting.trouble.clone());
        for (attempt, findings) in tried.ports {
            all.push(self.seen_of_port((attempt, findings)));
        }
        all.sort_by_key(|seen| ports.iter().position(|port| *port == seen.endpoint.port));
        if !anything && let Some(first) = all.first_mut() {
            first.findings.splice(0..0, together);
            first.blind = trouble;
        }
        all
    }

    /// One port of several: what is wrong with it counts only where a Gateway answers there.
    fn seen_of_port(&mut self, (attempt, findings): PortTried) -> Seen {
        let is_gateway = answers(&attempt);
        let mut seen = self.seen_of(&attempt, findings);
        if !is_gateway {
            seen.findings.clear();
            seen.blind = None;
        }
        seen
    }

    /// A bare connection to each port, at once: those that do not answer need not wait for another.
    async fn connect_to_each(
        &mut self,
        host: &str,
        resolved: &Resolved,
        addresses: &[SocketAddr],
    ) -> Vec<Seen> {
        let ports = ports(&self.setup.world, resolved);
        let until: Instant = self.connect_until();
        let mut all: Vec<Seen> = Vec::with_capacity(ports.len());
        let mut failed: Vec<Finding> = Vec::new();
        for (port, met) in connect_each(addresses, &ports, until).await {
            let mut seen = unreached(&of(host, port));
            for bare in met {
                match &bare.failure {
                    None => self.ledger.opened_out_of_sight(None),
                    Some(ConnectFailure::ResetAtOnce) => self.ledger.opened_and_reset_by_peer(),
                    Some(failure) => {
                        failed.push(diagnosis::not_connected(bare.address, failure));
                        seen.endpoint.answer = Some(failure.words());
                        continue;
                    }
                }
                seen.endpoint.reachable = Some(true);
                seen.endpoint.connect = Some(bare.elapsed);
                seen.endpoint.answer = bare.failure.map(|failure| failure.words());
            }
            all.push(seen);
        }
        let is_reachable = all.iter().any(|seen| seen.endpoint.reachable == Some(true));
        // A refusal tells that the host is there.
        failed.sort_by_key(|finding| finding.code != Code::NotListening);
        if let (false, Some(mut finding), Some(first)) =
            (is_reachable, failed.first().cloned(), all.first_mut())
        {
            finding.summary = format!("{host} takes no connection on any known port");
            host.clone_into(&mut finding.subject);
            let evidence = failed.iter().flat_map(|other| other.evidence.clone());
            finding.evidence = evidence.collect();
            first.findings.push(finding);
        }
        all
    }
}

fn of(host: &str, port: u16) -> Target {
    Target {
        host: host.to_owned(),
        port,
    }
}
