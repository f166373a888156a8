//! What a relay's own lines in the log say of what a connection through it met.

use super::{Context, today};
use crate::evidence::log::marker::RelayTrouble;
use crate::evidence::log::read::Relayed;
use crate::evidence::look::ReadLog;
use crate::finding::{Code, Finding};
use crate::text::words::counted;

/// Adds what the log says of relays to the finding that it explains.
pub(super) fn explain(findings: &mut [Finding], read: &ReadLog, context: &Context) {
    let ports = [context.port, context.gateway_port()];
    for seen in &read.log.relays {
        let symptom = findings
            .iter_mut()
            .find(|it| explains(seen, it.code, ports));
        let Some(symptom) = symptom else {
            continue;
        };
        symptom.evidence.push(words(seen, read));
        match seen.trouble {
            RelayTrouble::PortTaken => {
                symptom.code = Code::RelayWithoutGateway;
                symptom.summary = format!(
                    "a relay could not listen on port {}, which was in use: {}",
                    seen.port, symptom.summary
                );
                symptom.remedies = vec![
                    "start the relay again: the port was still in use when it was started, as after a \
                     restart of the Gateway"
                        .to_owned(),
                ];
            }
            RelayTrouble::TimedOut => {
                let restarts = |remedy: &String| remedy.contains("restart the Gateway");
                symptom.remedies.retain(|remedy| !restarts(remedy));
                let remedy =
                    "restart the Gateway: behind the relay it accepts no connection any more";
                symptom.remedies.insert(0, remedy.to_owned());
            }
            RelayTrouble::Refused => {}
        }
    }
}

fn explains(seen: &Relayed, code: Code, ports: [u16; 2]) -> bool {
    match seen.trouble {
        RelayTrouble::Refused => {
            matches!(code, Code::RelayWithoutGateway | Code::ClosedBeforeVersion)
        }
        RelayTrouble::TimedOut => matches!(
            code,
            Code::SilentAfterConnect | Code::ClosedBeforeVersion | Code::AcceptQueueStuck
        ),
        RelayTrouble::PortTaken => {
            let is_closed = matches!(
                code,
                Code::NotListening
                    | Code::GatewayStarting
                    | Code::RelayWithoutGateway
                    | Code::WrongPort
            );
            is_closed && ports.contains(&seen.port)
        }
    }
}

/// What a relay met, in words.
pub(super) fn words(seen: &Relayed, read: &ReadLog) -> String {
    let last = seen
        .last
        .map(|at| format!(", last at {}", at.told(today(read))));
    let last = last.unwrap_or_default();
    let (times, port) = (counted(u64::from(seen.count), "time"), seen.port);
    let since = format!("{times} since the login{last}");
    match seen.trouble {
        RelayTrouble::Refused => {
            format!("socat's log: a connection to port {port} was refused, {since}")
        }
        RelayTrouble::TimedOut => {
            format!("socat's log: a connection to port {port} timed out, {since}")
        }
        RelayTrouble::PortTaken => {
            format!("socat's log: it could not listen on port {port}, which was in use{last}")
        }
    }
}
