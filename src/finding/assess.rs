//! From what was measured to findings: pure functions of plain data.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::{Code, Finding, principal_first};
use crate::attempt::Attempt;
use crate::connect::ConnectFailure;
use crate::event::{Notice, Stage, StageName, StageStatus};
use crate::process::ProgramKind;
use crate::queue::StuckQueue;
use crate::report::Listener;
use crate::session::{HeldEnd, Plan, shown};

/// Everything that one handshake shows, the principal finding first.
pub fn assess_attempt(attempt: &Attempt, plan: &Plan) -> Vec<Finding> {
    let subject = attempt.subject();
    let record = &attempt.record;
    let mut findings: Vec<Finding> = Vec::new();
    for stage in &record.stages {
        if let Some(code) = stage.code {
            add_stage(&mut findings, attempt, stage, code);
        }
    }
    if let Some(ready) = record.ready.filter(|ready| *ready > plan.client_timeout) {
        findings.push(accounts_late(attempt, plan, ready));
    }
    if record.account_ready == Some(false) {
        findings.push(
            Finding::new(
                Code::AccountNotReady,
                &subject,
                "the account's figures are not ready",
            )
            .with_evidence("the Gateway sent AccountReady=false"),
        );
    }
    findings.extend(assess_notices(&record.notices, &subject));
    findings.extend(held_findings(attempt));
    findings.extend(ipv6_localhost(attempt));
    if let Some(listener) = &attempt.setting.listener {
        findings.extend(assess_listener(listener, &subject));
    }
    if attempt.setting.forwarded {
        findings.push(forwarded(&subject));
    }
    principal_first(&mut findings);
    findings
}

/// What can be said of a listener itself.
pub fn assess_listener(listener: &Listener, subject: &str) -> Vec<Finding> {
    let name = listener.name.as_deref().unwrap_or("a program");
    match (listener.kind, listener.pid) {
        (ProgramKind::Relay, _) => {
            let summary = format!("{name} listens here: it accepts before the Gateway does");
            let finding = Finding::new(Code::RelayListener, subject, summary);
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

/// The finding of an accept queue in which a connection would only take a place.
pub fn accept_queue_stuck(subject: &str, queue: &StuckQueue) -> Finding {
    let summary = "the Gateway has stopped accepting connections";
    Finding::new(Code::AcceptQueueStuck, subject, summary).with_evidence(queue.words())
}

/// The finding of an address that did not connect, where no session was wanted.
pub fn not_connected(address: SocketAddr, failure: &ConnectFailure) -> Finding {
    let code = match failure {
        ConnectFailure::Refused => Code::NotListening,
        ConnectFailure::ResetAtOnce => Code::ClosedBeforeVersion,
        ConnectFailure::Stuck(_) => Code::AcceptQueueStuck,
        ConnectFailure::TimedOut | ConnectFailure::Network(_) | ConnectFailure::Ours(_) => {
            Code::Unreachable
        }
    };
    let summary = format!("no TCP connection: {}", failure.words());
    Finding::new(code, &address, summary).with_evidence(format!("{address}: {}", failure.words()))
}

/// The finding of a port that connects although nothing listens on this machine.
pub(crate) fn forwarded(subject: &str) -> Finding {
    Finding::new(
        Code::ForwardedPort,
        subject,
        "nothing listens here, yet it connects: the port is forwarded",
    )
    .with_evidence("no LISTEN row in this machine's socket table")
}

fn add_stage(findings: &mut Vec<Finding>, attempt: &Attempt, stage: &Stage, code: Code) {
    let detail = stage.detail.as_deref().unwrap_or_default();
    let evidence = format!("{}: {detail}", stage.name.name());
    if let Some(known) = findings.iter_mut().find(|finding| finding.code == code) {
        known.evidence.push(evidence);
        return;
    }
    let finding = Finding::new(code, &attempt.subject(), summary(attempt, stage, code));
    findings.push(
        finding
            .with_evidence(evidence)
            .with_all_evidence(stage_evidence(attempt, code)),
    );
}

fn summary(attempt: &Attempt, stage: &Stage, code: Code) -> String {
    let client_id = attempt.record.client_id;
    let request = stage.name.name().trim_start_matches("sync:");
    match code {
        Code::NotResolved => format!("{} has no address", attempt.target.host),
        Code::NotListening if !attempt.setting.local => {
            "refused: nothing listens there, or a firewall refuses".to_owned()
        }
        Code::NotListening => "nothing listens on this port".to_owned(),
        Code::GatewayStarting => {
            "a Gateway or TWS runs, but nothing listens on this port".to_owned()
        }
        Code::Unreachable if stage.status == StageStatus::Failed => {
            "it cannot be reached".to_owned()
        }
        Code::Unreachable => "neither an answer nor a refusal".to_owned(),
        Code::AcceptQueueStuck => "the Gateway has stopped accepting connections".to_owned(),
        Code::SilentAfterConnect => "it accepts the connection and sends no version".to_owned(),
        Code::ClosedBeforeVersion => "it closes the connection before its version".to_owned(),
        Code::NotTwsProtocol if stage.name != StageName::Version => {
            "the stream is out of step: what came after the version is no message".to_owned()
        }
        Code::NotTwsProtocol => "what answers here does not speak the TWS API".to_owned(),
        Code::VersionUnsupported => {
            "the negotiated version is outside the announced range".to_owned()
        }
        Code::ClientIdInUse => format!("client id {client_id} is already in use"),
        Code::ClosedAfterStart => {
            "it closes the connection after the start, without a reason".to_owned()
        }
        Code::PortChanged => "the API port was changed in the Gateway's settings".to_owned(),
        Code::NoAccountsNoId => {
            "the session starts, but neither accounts nor next id come".to_owned()
        }
        Code::AccountsMissing => "the accounts do not come".to_owned(),
        Code::AccountsEmpty => "the list of accounts is empty".to_owned(),
        Code::NextIdMissing => "the next valid id does not come".to_owned(),
        Code::SyncTimeout => format!("{request} got no end marker"),
        Code::SyncRefused => format!("{request} was refused"),
        Code::ReadOnlyApi => format!("the API is read-only; {request} was skipped"),
        Code::TooManySubscriptions => format!("{request} was refused: too many subscriptions"),
        Code::Dropped => format!("the connection was lost during {request}"),
        Code::GatewayKeepsClosedSockets => {
            "the other end does not close after its client has".to_owned()
        }
        _ => format!("{} did not pass", stage.name.name()),
    }
}

fn stage_evidence(attempt: &Attempt, code: Code) -> Vec<String> {
    let setting = &attempt.setting;
    let mut evidence = Vec::new();
    match code {
        Code::NotListening | Code::GatewayStarting => {
            if setting.local {
                evidence.push("no LISTEN row in this machine's socket table".to_owned());
                evidence.push(other_listeners(&setting.other_listeners));
            }
            evidence.extend(setting.gateways.iter().map(ToString::to_string));
        }
        Code::SilentAfterConnect | Code::ClosedBeforeVersion => {
            if let Some(listener) = &setting.listener {
                evidence.push(listener_words(listener));
            }
            if setting.forwarded {
                evidence.push("nothing listens here: the port is forwarded".to_owned());
            }
        }
        Code::GatewayKeepsClosedSockets => {
            if setting.is_relayed() {
                evidence.push("through a relay: it or the Gateway behind it".to_owned());
            }
            evidence.push("ibdoc reset its connection, so none of its own is left".to_owned());
        }
        Code::SyncTimeout | Code::SyncRefused | Code::Dropped => {
            evidence.extend(answered(attempt));
        }
        _ => {}
    }
    evidence
}

fn answered(attempt: &Attempt) -> Option<String> {
    let names: Vec<&str> = attempt
        .record
        .stages
        .iter()
        .filter(|stage| stage.code.is_none() && matches!(stage.name, StageName::Sync(_)))
        .map(|stage| stage.name.name().trim_start_matches("sync:"))
        .collect();
    (!names.is_empty()).then(|| format!("answered: {}", names.join(", ")))
}

fn other_listeners(listeners: &[Listener]) -> String {
    if listeners.is_empty() {
        return "none of the known ports listens either".to_owned();
    }
    let words: Vec<String> = listeners.iter().map(listener_words).collect();
    format!("listening instead: {}", words.join("; "))
}

fn listener_words(listener: &Listener) -> String {
    let name = listener.name.as_deref().unwrap_or("owner not seen");
    let pid = listener
        .pid
        .map_or_else(String::new, |pid| format!(", pid {pid}"));
    format!(
        "port {}: {} ({name}{pid})",
        listener.port,
        listener.kind.name()
    )
}

fn accounts_late(attempt: &Attempt, plan: &Plan, ready: std::time::Duration) -> Finding {
    let summary = format!(
        "accounts and id came {} after the connect began; usual clients give up after {}",
        shown(ready),
        shown(plan.client_timeout)
    );
    let mut finding = Finding::new(Code::AccountsLate, &attempt.subject(), summary);
    for name in [StageName::Connect, StageName::Version, StageName::Accounts] {
        if let Some(stage) = attempt.record.stage(name) {
            finding = finding.with_evidence(format!("{}: {}", name.name(), shown(stage.elapsed)));
        }
    }
    if attempt.record.asked_again {
        finding = finding.with_evidence("what was missing was asked for again");
    }
    finding
}

fn held_findings(attempt: &Attempt) -> Vec<Finding> {
    let Some(held) = &attempt.held else {
        return Vec::new();
    };
    let subject = attempt.subject();
    let mut findings = Vec::new();
    if let HeldEnd::Dropped { how, code } = &held.end {
        let summary = format!("the held session was lost after {}", shown(held.elapsed));
        findings.push(Finding::new(*code, &subject, summary).with_evidence(how));
    }
    if held.pings_missed > 0 {
        let (missed, sent) = (held.pings_missed, held.pings_sent);
        let summary = format!("{missed} of {sent} time requests stayed unanswered");
        let evidence = "each was repeated once after 1.1 s; the socket was still up";
        findings.push(Finding::new(Code::HeartbeatLost, &subject, summary).with_evidence(evidence));
    }
    let unanswered = held.fetches_sent - held.fetches_answered;
    let interrupted = u32::from(held.fetch_cut_off);
    if unanswered > interrupted {
        let code = if held.refusals.is_empty() {
            Code::SyncTimeout
        } else {
            Code::SyncRefused
        };
        let summary = format!(
            "{unanswered} of {} fetches were not answered",
            held.fetches_sent
        );
        let refusals = held.refusals.iter().cloned();
        findings.push(Finding::new(code, &subject, summary).with_all_evidence(refusals));
    }
    findings
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
    Some(Finding::new(Code::Ipv6Localhost, &attempt.subject(), summary).with_evidence(evidence))
}

/// What the Gateway's own notices tell; a fault that a later notice clears is none.
fn assess_notices(notices: &[Notice], subject: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, notice) in notices.iter().enumerate() {
        let later = &notices[at + 1..];
        let Some((code, summary)) = notice_finding(notice, later) else {
            continue;
        };
        let evidence = format!("{} {}", notice.code, notice.message);
        let known = findings
            .iter_mut()
            .find(|known: &&mut Finding| known.code == code);
        match known {
            Some(known) => known.evidence.push(evidence),
            None => findings.push(Finding::new(code, subject, summary).with_evidence(evidence)),
        }
    }
    findings
}

fn notice_finding(notice: &Notice, later: &[Notice]) -> Option<(Code, &'static str)> {
    let cleared_by = |codes: &[i32], same_farm: bool| {
        later.iter().any(|other| {
            codes.contains(&other.code)
                && (!same_farm || farm(&other.message) == farm(&notice.message))
        })
    };
    match notice.code {
        100 => Some((Code::Pacing, "the Gateway says that messages come too fast")),
        1100 | 2110 if !cleared_by(&[1101, 1102], false) => Some((
            Code::UpstreamLost,
            "the Gateway has lost its connection to IBKR",
        )),
        2103 if !cleared_by(&[2104], true) => Some((Code::DataFarmDown, "a data farm is down")),
        2105 if !cleared_by(&[2106], true) => Some((Code::DataFarmDown, "a data farm is down")),
        2157 if !cleared_by(&[2158], true) => Some((Code::DataFarmDown, "a data farm is down")),
        10197 => Some((
            Code::CompetingSession,
            "the account is logged in elsewhere too",
        )),
        _ => None,
    }
}

/// The farm's name, which follows the last colon of a notice.
fn farm(message: &str) -> &str {
    message.rsplit(':').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn notice(code: i32, message: &str) -> Notice {
        Notice {
            code,
            message: message.to_owned(),
            at: Duration::ZERO,
        }
    }

    fn codes(notices: &[Notice]) -> Vec<Code> {
        let findings = assess_notices(notices, "127.0.0.1:4002");
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn the_usual_farm_notices_are_good_news() {
        let usual = [
            notice(2104, "Market data farm connection is OK:usfarm"),
            notice(2106, "HMDS data farm connection is OK:ushmds"),
            notice(2158, "Sec-def data farm connection is OK:secdefnj"),
            notice(2107, "HMDS data farm connection is inactive:euhmds"),
        ];
        assert_eq!(codes(&usual), []);
    }

    #[test]
    fn a_farm_is_down_until_the_same_farm_is_back() {
        let broken = notice(2103, "Market data farm connection is broken:usfarm");
        let other = notice(2104, "Market data farm connection is OK:eufarm");
        let same = notice(2104, "Market data farm connection is OK:usfarm");
        assert_eq!(codes(&[broken.clone(), other]), [Code::DataFarmDown]);
        assert_eq!(codes(&[broken, same]), []);
    }

    #[test]
    fn a_lost_upstream_is_cleared_only_by_a_later_notice() {
        let lost = notice(1100, "Connectivity between IB and TWS has been lost.");
        let back = notice(1102, "Connectivity has been restored - data maintained.");
        assert_eq!(codes(&[back.clone(), lost.clone()]), [Code::UpstreamLost]);
        assert_eq!(codes(&[lost, back]), []);
    }
}
