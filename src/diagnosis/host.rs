//! The known ports of one host, seen together.

use super::remedies::address::relay_of;
use crate::event::{StageName, StageStatus};
use crate::finding::verdict::Severity;
use crate::finding::{self, Code, Finding, principal_first};
use crate::handshake::Attempt;
use crate::handshake::connect::ConnectFailure;
use crate::machine::local::lacks_interface;
use crate::text::words::{counted, joined};

/// One port of a host: the handshake with it, and what that showed.
pub type PortTried = (Attempt, Vec<Finding>);

/// Whether a Gateway or TWS answers there, healthy or not.
pub fn answers(attempt: &Attempt) -> bool {
    attempt.record.server_version.is_some()
}

/// What came of the handshake with one port, in a few words.
pub fn outcome(attempt: &Attempt, findings: &[Finding]) -> String {
    let record = &attempt.record;
    let principal = finding::principal(findings).filter(|it| it.severity > Severity::Info);
    if let Some(version) = record.server_version {
        let version = version.0;
        let accounts = record.accounts.as_ref().map_or(0, Vec::len);
        return match principal.filter(|_| !record.is_ready()) {
            Some(principal) => format!("version {version}; {}", principal.summary),
            None => format!("version {version}, {}", counted(accounts, "account")),
        };
    }
    if let Some(trouble) = &attempt.setting.trouble {
        return trouble.clone();
    }
    if is_connected(attempt) {
        let summary = principal.map(|principal| principal.summary.clone());
        return summary.unwrap_or_else(|| "it connects".to_owned());
    }
    if record.cut_short {
        return "not tried to its end: no time was left".to_owned();
    }
    let mut met: Vec<String> = Vec::new();
    for (_, failure) in &attempt.setting.tried {
        let words = failure.words();
        if !met.contains(&words) {
            met.push(words);
        }
    }
    match (met.is_empty(), principal) {
        (true, Some(principal)) => principal.summary.clone(),
        _ => joined(met),
    }
}

/// What was found on a host of which each known port was tried: what is wrong where a Gateway
/// answers, or else why none does.
pub fn assess_host(host: &str, tried: &[PortTried]) -> Vec<Finding> {
    let answering = tried.iter().filter(|(attempt, _)| answers(attempt));
    let mut findings: Vec<Finding> = answering.flat_map(|(_, found)| found.clone()).collect();
    if tried.iter().any(|(attempt, _)| answers(attempt)) {
        principal_first(&mut findings);
        return findings;
    }
    let Some((attempt, found)) = most_telling(tried) else {
        return Vec::new();
    };
    findings.clone_from(found);
    let Some(principal) = findings.first_mut() else {
        return findings;
    };
    if attempt.address.is_none() {
        host.clone_into(&mut principal.subject);
        return findings;
    }
    let port = attempt.target.port;
    let is_local = attempt.setting.local;
    if is_connected(attempt) {
        principal.summary = format!(
            "no known port of {host} answers as a Gateway; {port}: {}",
            principal.summary
        );
    } else {
        principal.summary = match principal.code {
            Code::NotListening if is_local => format!("no known port of {host} listens"),
            Code::GatewayStarting => {
                format!("a Gateway or TWS runs, but no known port of {host} is its API")
            }
            Code::NotListening => format!("{host} takes no connection on any known port"),
            Code::Unreachable if !attempt.address.is_some_and(lacks_interface) => {
                format!("{host} answers on no known port")
            }
            _ => principal.summary.clone(),
        };
        host.clone_into(&mut principal.subject);
        let is_of_port = |words: &String| words.starts_with("connect: ");
        principal.evidence.retain(|words| !is_of_port(words));
    }
    principal.evidence.splice(0..0, each(tried));
    let remedy = missing_relay(attempt, tried);
    principal.remedies.splice(0..0, remedy);
    findings
}

/// In a container: a Gateway in another one takes connections from its own only, and the relay of the
/// image, which takes those of others, refuses. Not where the way to it is seen.
fn missing_relay(attempt: &Attempt, tried: &[PortTried]) -> Option<String> {
    let setting = &attempt.setting;
    let relay = relay_of(attempt.target.port).filter(|_| is_connected(attempt))?;
    let (other, _) = tried.iter().find(|(it, _)| it.target.port == relay)?;
    let is_refused = |(_, failure): &(_, ConnectFailure)| *failure == ConnectFailure::Refused;
    let is_missing = other.setting.tried.iter().any(is_refused);
    let is_elsewhere = !setting.local && setting.path.is_none();
    (setting.at_hand.in_container && is_elsewhere && is_missing).then(|| {
        format!(
            "if it is a container of gnzsnz's images: its relay on port {relay} does not run; its \
             log tells why, and a restart of the container starts it"
        )
    })
}

/// The attempt that tells most of a host on which none answers.
pub fn most_telling(tried: &[PortTried]) -> Option<&PortTried> {
    let rank = |attempt: &Attempt| {
        let stages = attempt.record.stages.iter();
        let mut codes = stages.filter_map(|stage| stage.code);
        match codes.next() {
            Some(Code::NotTwsProtocol) => 1,
            _ if is_connected(attempt) => 0,
            Some(Code::Unreachable) | None => 3,
            Some(_) => 2,
        }
    };
    tried.iter().min_by_key(|(attempt, _)| rank(attempt))
}

/// One line for each outcome, with the ports that have it.
pub fn each(tried: &[PortTried]) -> Vec<String> {
    let mut outcomes: Vec<(String, Vec<u16>)> = Vec::new();
    for (attempt, findings) in tried {
        let words = outcome(attempt, findings);
        if attempt.address.is_none() {
            // Without an address no port was tried.
            return vec![words];
        }
        let port = attempt.target.port;
        match outcomes.iter_mut().find(|(known, _)| *known == words) {
            Some((_, ports)) => ports.push(port),
            None => outcomes.push((words, vec![port])),
        }
    }
    let line = |(words, ports): (String, Vec<u16>)| format!("{}: {words}", joined(ports));
    outcomes.into_iter().map(line).collect()
}

fn is_connected(attempt: &Attempt) -> bool {
    let connect = attempt.record.stage(StageName::Connect);
    connect.is_some_and(|stage| stage.status == StageStatus::Ok)
}
