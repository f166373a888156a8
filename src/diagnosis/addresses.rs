//! A name of which one address does not connect and another one does.

use std::net::{IpAddr, Ipv6Addr};

use super::host::{PortTried, answers, outcome};
use crate::event::{Stage, StageName};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::handshake::clients::{AddressWalk, CLIENTS};
use crate::handshake::connect::ConnectFailure;
use crate::handshake::{Attempt, address_walk};
use crate::text::words::joined;

/// What is said of a name that has no address, with the name that was probably meant.
pub(super) fn none(attempt: &Attempt, stage: &Stage) -> String {
    let host = &attempt.target.host;
    let words = stage.detail.as_deref().filter(|_| host.contains('%'));
    if let Some(words) = words {
        return words.to_owned();
    }
    let meant = attempt.setting.at_hand.name_meant.as_ref();
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean {name}?"));
    format!("{host} has no address{meant}")
}

/// The finding of an address that did not connect although the name led to it first; `::1` for
/// `localhost` has a code of its own.
pub(super) fn assess(attempt: &Attempt) -> Option<Finding> {
    ipv6_localhost(attempt).or_else(|| dead_address(attempt))
}

/// `localhost` led to `::1` first, which failed or was not trusted.
fn ipv6_localhost(attempt: &Attempt) -> Option<Finding> {
    if attempt.target.host != "localhost" {
        return None;
    }
    let loopback = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let version = attempt.record.stage(StageName::Version);
    let first = attempt
        .setting
        .tried
        .first()
        .filter(|(address, _)| address.ip() == loopback);
    let untrusted = attempt
        .address
        .is_some_and(|address| address.ip() == loopback)
        && version.is_some_and(|stage| stage.code == Some(Code::ClosedBeforeVersion));
    let evidence = match first {
        Some((address, failure)) if version.is_some() => format!("{address}: {}", failure.words()),
        _ if untrusted => {
            "[::1] was closed at once; the Gateway may trust 127.0.0.1 only".to_owned()
        }
        _ => return None,
    };
    let summary = "localhost leads to ::1 first, which does not work";
    let finding = Finding::new(Code::Ipv6Localhost, &attempt.subject(), summary);
    Some(
        finding
            .with_evidence(evidence)
            .with_all_evidence(kept_out(attempt)),
    )
}

fn dead_address(attempt: &Attempt) -> Option<Finding> {
    let reached = attempt
        .address
        .filter(|_| attempt.setting.connected_in.is_some())?;
    let tried = attempt.setting.tried.as_slice();
    let (first, failure) = tried.first()?;
    let summary = match failure {
        ConnectFailure::Unanswered(words) => format!(
            "{} leads to {first} first, which {words}; {reached} answers",
            attempt.target.host
        ),
        _ => format!(
            "{} leads to {first} first, which does not connect; {reached} does",
            attempt.target.host
        ),
    };
    let evidence = tried
        .iter()
        .map(|(address, failure)| format!("{address}: {}", failure.words()));
    let mut finding = Finding::new(Code::DeadAddress, &attempt.subject(), summary)
        .with_all_evidence(evidence)
        .with_all_evidence(kept_out(attempt));
    finding.remedies = vec![format!("connect to {reached} instead of the name")];
    Some(finding)
}

/// The findings of the addresses of a name that come after the one that answered, and do not answer.
pub fn other_addresses(reached: &Attempt, tried: &[PortTried]) -> Vec<Finding> {
    let Some(first) = reached.address else {
        return Vec::new();
    };
    let host = &reached.target.host;
    let dead = tried.iter().filter(|(attempt, _)| !answers(attempt));
    let finding = |(attempt, findings): &PortTried| {
        let subject = attempt.subject();
        let summary =
            format!("{host} leads to {subject} too, where no Gateway answers; {first} does");
        let outcome = outcome(attempt, findings);
        let mut finding = Finding::new(Code::DeadAddress, &subject, summary);
        finding.evidence.push(format!("{subject}: {outcome}"));
        match attempt.address.map(|it| (it.is_ipv4(), first.is_ipv4())) {
            // The resolver puts the family that works here first.
            Some((false, true)) => finding.severity = Severity::Info,
            Some((true, false)) => {
                let by = CLIENTS.iter();
                let by = by.filter(|client| matches!(client.addresses, AddressWalk::FirstIpv4));
                let names = joined(by.map(|client| client.title));
                let evidence = format!("tried first by those that know IPv4 only: {names}");
                finding.evidence.push(evidence);
            }
            _ => finding.evidence.push(
                "name servers turn the order of addresses round: clients get to this one too"
                    .to_owned(),
            ),
        }
        finding.remedies = vec![
            format!("connect to {first} instead of the name"),
            format!(
                "or take {} out of the name's addresses",
                without_port(&subject)
            ),
        ];
        finding
    };
    dead.map(finding).collect()
}

fn without_port(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _)| host)
}

/// Which of the usual clients the addresses of the name keep out, one line for each way.
fn kept_out(attempt: &Attempt) -> Vec<String> {
    let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
    for client in CLIENTS {
        let Some(why) = address_walk::keeps_out(client, attempt) else {
            continue;
        };
        match ways.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(client.title),
            None => ways.push((why, vec![client.title])),
        }
    }
    let line = |(why, names): (String, Vec<&str>)| format!("{}: {why}", joined(names));
    ways.into_iter().map(line).collect()
}
