//! Without a target: the known ports, and those of every Gateway or TWS process found here.

use super::Prober;
use super::seen::{collect, unlooked};
use crate::commands::Outcome;
use crate::commands::choice::is_command_port;
use crate::diagnosis;
use crate::event::Events;
use crate::finding::{Code, Finding};
use crate::machine::ports_with;
use crate::machine::sockets::Ports;
use crate::target::Target;
use crate::text::words::joined;

impl Prober<'_> {
    /// Without a target: from the table, and healthy if one of the ports listens.
    pub(super) async fn look_at_known_ports(&mut self, events: Events<'_>) -> Outcome {
        let gateways = self.setup.world.running_gateways();
        let ports = ports_with(&gateways);
        let listeners = match self.setup.world.listeners_on(&ports) {
            Ok(listeners) => listeners,
            Err(error) => return Outcome::blind(error),
        };
        let mut all = Vec::new();
        let mut anything = false;
        for port in ports.iter() {
            let here: Vec<_> = listeners.iter().filter(|row| row.port == port).collect();
            // IBC's command server listens before the login is finished.
            anything |= here.iter().any(|row| !is_command_port(&gateways, row));
            for listener in &here {
                let target = Target::address(listener.address);
                let mut seen = self.look_at(&target, events).await;
                if here.len() > 1 && seen.endpoint.listener.is_some() {
                    // Of two that share an address the table tells one.
                    seen.endpoint.listener = Some((*listener).clone());
                }
                if is_command_port(&gateways, listener) {
                    // Where no port was named, it is no answer to a question.
                    let says = |finding: &Finding| finding.code == Code::CommandPort;
                    seen.findings.retain(says);
                }
                all.push(seen);
            }
            if here.is_empty() {
                all.push(unlooked(&Target::loopback(port), Some(false)));
            }
        }
        let mut outcome = collect(all);
        if !anything {
            outcome
                .findings
                .insert(0, self.nothing_listens_at_all(&ports));
        }
        outcome
    }

    fn nothing_listens_at_all(&self, ports: &Ports) -> Finding {
        let gateways = self.setup.world.running_gateways();
        let nothing = "no Gateway or TWS port listens on this machine";
        let starting = "a Gateway or TWS runs, but no API port is seen to listen";
        let (code, summary) = if gateways.iter().all(|gateway| gateway.is_elsewhere) {
            (Code::NotListening, nothing)
        } else {
            (Code::GatewayStarting, starting)
        };
        let mut finding = Finding::new(code, "127.0.0.1", summary)
            .with_evidence(format!("looked at ports {}", joined(ports.iter())))
            .with_all_evidence(gateways.iter().map(ToString::to_string));
        let first = diagnosis::first_remedy(code, &gateways);
        finding.remedies.splice(0..0, first);
        finding
    }
}
