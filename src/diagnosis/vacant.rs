//! Relays and rules of the packet filter that lead to nothing, or to themselves, as findings.

use super::gateways::first_remedy;
use super::meant;
use crate::finding::{Code, Finding};
use crate::handshake::Attempt;
use crate::machine::RunningGateway;
use crate::machine::path::{Hop, Obstacle, Vacant};

/// The finding of relays that pass on to each other.
pub(super) fn looping(
    code: Code,
    subject: &str,
    obstacle: &Obstacle,
    gateways: &[RunningGateway],
) -> Finding {
    let finding = Finding::new(code, subject, obstacle.loop_words());
    let mut finding = finding.with_all_evidence(gateways.iter().map(ToString::to_string));
    let mut ports = gateways.iter().flat_map(RunningGateway::api_ports);
    let to = ports.next().map_or_else(
        || "the Gateway's port".to_owned(),
        |port| format!("port {port}, on which the Gateway listens"),
    );
    let who = obstacle.hop.who();
    finding.remedies = vec![format!(
        "let {who} pass on to {to}: a connection would make the relays connect to each other \
         without end"
    )];
    finding
}

/// The finding of a relay with nothing behind it.
pub(super) fn nothing_behind(subject: &str, hop: &Hop, vacant: &Vacant) -> Finding {
    let who = hop.who();
    let (code, target) = (vacant.code(), &vacant.target);
    let summary = match code {
        Code::GatewayStarting => {
            format!("a Gateway or TWS runs, but nothing listens on {target}, where {who} passes on")
        }
        _ => format!("{who} passes on to {target}, where nothing listens"),
    };
    let mut finding = of_vacant(vacant, subject, summary);
    instead(&mut finding, vacant, &who, hop.address.port());
    finding
}

/// The finding of a port that this machine forwards to where nothing listens.
pub(super) fn forwarded_to_nothing(vacant: &Vacant, attempt: &Attempt) -> Finding {
    let (port, target) = (attempt.target.port, &vacant.target);
    let is_starting = vacant.code() == Code::GatewayStarting;
    let summary = if is_starting {
        format!("a Gateway or TWS runs, but nothing listens on {target}, where port {port} leads")
    } else {
        format!("port {port} is forwarded to {target}, where nothing listens")
    };
    let mut finding = of_vacant(vacant, &attempt.subject(), summary);
    let correct = "correct the rule of the packet filter that forwards the port".to_owned();
    let other = instead(&mut finding, vacant, "that rule of the packet filter", port);
    if !other && !is_starting {
        let first = format!("start what listens on {target}, or {correct}");
        finding.remedies.insert(0, first);
    }
    finding.with_all_evidence(attempt.setting.tried_in_words())
}

/// The finding of a port in a container on which a relay is missing in front of the Gateway there.
pub(super) fn relay_missing(vacant: &Vacant, attempt: &Attempt) -> Finding {
    let summary = format!("nothing listens on {}{}", vacant.target, in_place(vacant));
    let mut finding = of_vacant(vacant, &attempt.subject(), summary);
    instead(&mut finding, vacant, "it", attempt.target.port);
    finding.with_all_evidence(attempt.setting.tried_in_words())
}

/// That nothing listens in a container, and no Gateway runs in it.
pub(super) fn empty(attempt: &Attempt) -> String {
    let place = attempt.setting.inside.as_deref().map(in_place);
    let place = place.unwrap_or_default();
    format!("nothing listens on this port{place}, and neither a Gateway nor a TWS runs there")
}

/// What to do about a container in which no Gateway runs.
pub(super) fn to_fill(attempt: &Attempt) -> Option<String> {
    let place = attempt.setting.inside.as_ref()?.inside.as_deref()?;
    Some(format!(
        "start the Gateway in {place}, or ask the container that has one: none runs in this one"
    ))
}

fn in_place(vacant: &Vacant) -> String {
    let place = vacant.inside.as_deref();
    place.map_or_else(String::new, |place| format!(", in {place}"))
}

fn of_vacant(vacant: &Vacant, subject: &str, summary: String) -> Finding {
    let (code, gateways) = (vacant.code(), &vacant.gateways);
    let finding = Finding::new(code, subject, summary);
    let mut finding = finding.with_all_evidence(gateways.iter().map(ToString::to_string));
    // What starts or corrects a Gateway does not help one that listens.
    if vacant.listens.is_some() {
        finding.remedies.clear();
    }
    finding.remedies.splice(0..0, first_remedy(code, gateways));
    finding
}

/// Adds what lets connections reach the Gateway that does listen, beside the address to which `who`
/// passes on from the port that was asked for; false where none does.
fn instead(finding: &mut Finding, vacant: &Vacant, who: &str, asked: u16) -> bool {
    let (Some(listens), target) = (vacant.listens, &vacant.target) else {
        return false;
    };
    let port = listens.port();
    let (condition, account) = (meant::condition(asked, port), meant::of_port(asked, port));
    let is_same = target.ends_with(&format!(":{port}"));
    let first = match &vacant.inside {
        Some(place) => format!(
            "{condition}start the relay inside {place}: from {target} to {listens}, on which the \
             Gateway listens"
        ),
        None if is_same => {
            format!(
                "{condition}let {who} pass on to {listens}{account}, on which the Gateway listens"
            )
        }
        None => {
            format!(
                "{condition}let {who} pass on to port {port}{account}, on which the Gateway listens"
            )
        }
    };
    finding.evidence.extend(meant::mixed_up(asked, port));
    let other = format!("else start the Gateway that belongs behind port {asked}");
    let other = (!condition.is_empty()).then_some(other);
    finding
        .remedies
        .splice(0..0, std::iter::once(first).chain(other));
    true
}
