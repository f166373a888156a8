//! What one endpoint showed, and the verdict of several together.

use crate::commands::Outcome;
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding, principal_first};
use crate::report::{self, Body, Endpoint, Method};
use crate::target::Target;

/// What one endpoint showed.
pub(super) struct Seen {
    pub(super) endpoint: Endpoint,
    pub(super) findings: Vec<Finding>,
    /// Why it could not be looked at.
    pub(super) blind: Option<String>,
    /// Whether the findings prove nothing, because the time for them was too short.
    pub(super) is_unproven: bool,
}

pub(super) fn endpoint(target: &Target) -> Endpoint {
    Endpoint {
        address: target.to_string(),
        host: target.host.clone(),
        port: target.port,
        role: target.role(),
        method: Method::Connect,
        listening: None,
        reachable: None,
        answer: None,
        server_version: None,
        forwarded: false,
        connect: None,
        listener: None,
        path: None,
        clients: None,
    }
}

/// An endpoint to which no connection was made.
pub(super) fn unlooked(target: &Target, listening: Option<bool>) -> Seen {
    Seen {
        endpoint: Endpoint {
            method: Method::Table,
            listening,
            ..endpoint(target)
        },
        findings: Vec::new(),
        blind: None,
        is_unproven: false,
    }
}

/// An endpoint to which no connection could be made.
pub(super) fn unreached(target: &Target) -> Seen {
    let mut seen = unlooked(target, None);
    seen.endpoint.method = Method::Connect;
    seen.endpoint.reachable = Some(false);
    seen
}

/// Whether nothing was found behind the endpoint and no connection was made.
pub(super) fn is_idle(endpoint: &Endpoint) -> bool {
    endpoint.listening == Some(false) && endpoint.reachable != Some(true)
}

pub(super) fn collect(all: Vec<Seen>) -> Outcome {
    let mut endpoints = Vec::with_capacity(all.len());
    let mut findings = Vec::new();
    let mut blind = None;
    let mut proven = Verdict::Healthy;
    for seen in all {
        endpoints.push(seen.endpoint);
        if !seen.is_unproven {
            proven = proven.max(finding::verdict(&seen.findings));
        }
        for finding in seen.findings {
            // Two that share an address have what is found there in common.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        blind = blind.or(seen.blind);
    }
    principal_first(&mut findings);
    let body = Body::Probe(report::Probe { endpoints });
    let mut outcome = Outcome::of(body, findings, crate::event::Footprint::default());
    if blind.is_some() {
        // One endpoint that does not work is worse than another that could not be looked at.
        outcome.verdict = Some(proven.max(Verdict::Unknown));
        outcome.error = blind;
    }
    outcome
}

/// Whether there is nothing left to wait for.
pub(super) fn works(outcome: &Outcome) -> bool {
    outcome.error.is_none() && finding::verdict(&outcome.findings) < Verdict::Failed
}
