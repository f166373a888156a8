//! From what was measured to findings: pure functions of plain data.

mod account;
mod addresses;
pub mod client;
mod client_id;
mod gateways;
pub mod host;
pub(crate) mod last_words;
mod libraries;
pub mod login;
mod meant;
mod network;
pub(crate) mod notices;
mod outages;
mod path;
mod places;
mod remedies;
pub mod repeat;
mod stages;
mod summary;
#[cfg(test)]
mod tests;
mod vacant;
mod version;
pub mod vitals;

pub use self::addresses::other_addresses;
pub use self::gateways::first_remedy;
pub use self::network::loopback_down;
pub use self::outages::assess_outages;
pub use self::path::obstacles;

use std::net::SocketAddr;

use crate::event::StageName;
use crate::finding::ib_code::is_routine;
use crate::finding::{Code, Finding, principal_first};
use crate::handshake::Attempt;
use crate::handshake::clients;
use crate::handshake::connect::ConnectFailure;
use crate::machine::listener::{self, Listener, assess_listener};
use crate::session::{Held, HeldEnd, Plan};
use crate::text::clock::to_the_second;
use crate::text::duration::shown;

/// Everything that one handshake shows, the principal finding first.
pub fn assess_attempt(attempt: &Attempt, plan: &Plan) -> Vec<Finding> {
    let subject = attempt.subject();
    let record = &attempt.record;
    let mut findings: Vec<Finding> = Vec::new();
    for stage in &record.stages {
        if let Some(code) = stage.code {
            stages::add(&mut findings, attempt, plan, stage, code);
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
    // What was lost and came back while a session was held is told with its times.
    let notices = match attempt.held {
        Some(_) => outages::without(&record.notices),
        None => record.notices.clone(),
    };
    for finding in notices::assess(&notices, &subject) {
        add_notices(&mut findings, finding);
    }
    network::add_held(&mut findings, attempt);
    findings.extend(held_findings(attempt));
    findings.extend(addresses::assess(attempt));
    if !findings.iter().any(|it| it.code == Code::Network) {
        findings.extend(network::losses(attempt));
    }
    findings.extend(account::kind(attempt));
    findings.extend(account::clock(attempt));
    findings.extend(path::slow(attempt, &findings));
    path::add_detour(&mut findings, attempt);
    if let Some(listener) = &attempt.setting.listener {
        findings.extend(assess_listener(listener, &subject, true));
    }
    if attempt.setting.forwarded {
        let path = attempt.setting.path.as_ref();
        let led_past = attempt.setting.led_past.as_deref();
        let mut finding =
            forwarded(&subject, led_past).with_all_evidence(path.map(ToString::to_string));
        if let Some(pid) = path.and_then(|path| path.hops.last()?.pid) {
            finding.remedies = vec![format!(
                "see its sockets from here, as root: `ibdoc zombies --netns {pid}`"
            )];
        }
        findings.push(finding);
    }
    principal_first(&mut findings);
    findings
}

/// Adds the finding of notices; where one of them was a cause already, only what is new of it.
fn add_notices(findings: &mut Vec<Finding>, finding: Finding) {
    match findings.iter_mut().find(|known| known.code == finding.code) {
        Some(known) => {
            for words in finding.evidence {
                if !known.evidence.contains(&words) {
                    known.evidence.push(words);
                }
            }
        }
        None => findings.push(finding),
    }
}

/// The finding of an address that did not connect, where no session was wanted.
pub fn not_connected(address: SocketAddr, failure: &ConnectFailure) -> Finding {
    let code = match failure {
        ConnectFailure::Refused => Code::NotListening,
        ConnectFailure::ResetAtOnce | ConnectFailure::Unanswered(_) => Code::ClosedBeforeVersion,
        ConnectFailure::Stuck(queue) => queue.code(),
        ConnectFailure::Blocked(_) => Code::AcceptQueueStuck,
        ConnectFailure::Filtered { .. } => Code::LocalFirewall,
        ConnectFailure::TimedOut
        | ConnectFailure::LoopbackDown
        | ConnectFailure::Network(_)
        | ConnectFailure::Prohibited(_)
        | ConnectFailure::NoInterface
        | ConnectFailure::Ours(_) => Code::Unreachable,
    };
    let summary = format!("no TCP connection: {}", failure.words());
    Finding::new(code, &address, summary).with_evidence(format!("{address}: {}", failure.words()))
}

/// The finding of a port that connects although nothing listens on this machine, or although what
/// listens is passed by.
pub(crate) fn forwarded(subject: &str, led_past: Option<&Listener>) -> Finding {
    if let Some(listener) = led_past {
        let who = listener::title(listener.kind, listener.name.as_deref(), listener.pid);
        let summary =
            format!("a rule of the packet filter forwards the port past {who}, which listens here");
        return Finding::new(Code::ForwardedPort, subject, summary);
    }
    Finding::new(
        Code::ForwardedPort,
        subject,
        "nothing listens here, yet it connects: the port is forwarded",
    )
    .with_evidence("no LISTEN row in this machine's socket table")
}

/// Whether a Gateway shows this that listens, and whose login is not complete.
fn is_unready(code: Code) -> bool {
    matches!(
        code,
        Code::SilentAfterConnect
            | Code::ClosedBeforeVersion
            | Code::ClosedAfterStart
            | Code::NoAccountsNoId
            | Code::AccountsMissing
            | Code::AccountsEmpty
            | Code::NextIdMissing
    )
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
    for name in [StageName::Accounts, StageName::Version, StageName::Connect] {
        if let Some(stage) = attempt.record.stage(name) {
            finding = finding.with_evidence(format!("{}: {}", name.name(), shown(stage.elapsed)));
        }
    }
    if attempt.record.asked_again {
        finding = finding.with_evidence("what was missing was asked for again");
    }
    let losses = network::losses(attempt).map(|losses| losses.summary);
    finding = finding.with_all_evidence(losses);
    finding.with_evidence(format!(
        "ib_async and ib_insync would have shown: TimeoutError after {}",
        shown(plan.client_timeout)
    ))
}

fn held_findings(attempt: &Attempt) -> Vec<Finding> {
    let Some(held) = &attempt.held else {
        return Vec::new();
    };
    let subject = attempt.subject();
    let mut findings = Vec::new();
    if let HeldEnd::Dropped { how, code } = &held.end {
        let after = shown(held.elapsed);
        let notices = &attempt.record.notices;
        let lost = format!("the held session was lost after {after}");
        let upstream = last_words::upstream_lost(&attempt.record);
        let mut finding = match (notices::port_change(notices), upstream) {
            (Some((notice, port)), _) => notices::port_changed(&subject, notice, port),
            (None, Some(notice)) => {
                let summary = format!("{}, and then {lost}", last_words::said(notice));
                Finding::new(Code::UpstreamLost, &subject, summary)
            }
            (None, None) => Finding::new(*code, &subject, lost),
        };
        finding = finding
            .with_evidence(how)
            .with_all_evidence(dropped_at(attempt));
        if let (Code::UpstreamLost, Some(notice)) = (finding.code, upstream) {
            last_words::explain(&mut finding, notice, *code);
        }
        if finding.code == Code::Dropped {
            finding = finding.with_all_evidence(last_said(attempt));
        }
        findings.push(finding.with_all_evidence(clients::shown_for(*code)));
    }
    let missed = held.pings_missed - held.pings_unheard;
    if missed > 0 {
        let sent = held.pings_sent;
        let summary = format!("{missed} of {sent} time requests stayed unanswered");
        let evidence = "each was repeated once after 1.1 s; the socket was still up";
        let mut finding =
            Finding::new(Code::HeartbeatLost, &subject, summary).with_evidence(evidence);
        remedies::adapt_heartbeat(&mut finding, attempt);
        let finding = finding.with_all_evidence(unread_words(attempt));
        findings.push(finding.with_all_evidence(last_said(attempt)));
    }
    findings.extend(fetch_findings(held, attempt));
    findings
}

/// What became of the fetches that did not come to their end.
fn fetch_findings(held: &Held, attempt: &Attempt) -> Vec<Finding> {
    let subject = &attempt.subject();
    let (sent, refused) = (held.fetches_sent, held.fetches_refused);
    let ended = held.fetches_answered + refused + u32::from(held.fetch_cut_off);
    let unanswered = sent.saturating_sub(ended + held.fetches_unheard);
    let mut findings = Vec::new();
    if unanswered > 0 {
        let summary = format!("{unanswered} of {sent} fetches were not answered");
        let mut finding = Finding::new(Code::SyncTimeout, subject, summary);
        remedies::adapt_fetches(&mut finding);
        findings.push(finding.with_all_evidence(last_said(attempt)));
    }
    if refused > 0 {
        let summary = format!("{refused} of {sent} fetches were answered with an error");
        let refusals = held.refusals.iter().cloned();
        let finding = Finding::new(Code::SyncRefused, subject, summary);
        findings.push(finding.with_all_evidence(refusals));
    }
    findings
}

/// The last that the Gateway said to a held session, other than good news of a farm.
fn last_said(attempt: &Attempt) -> Option<String> {
    let mut notices = attempt.record.notices.iter().rev();
    let last = notices.find(|notice| !is_routine(notice.code))?;
    let words = notices::words(last);
    Some(format!("the last that the Gateway said: {words}"))
}

/// What the kernel shows of bytes under way, which tells a wedged Gateway from a dead link.
fn unread_words(attempt: &Attempt) -> Vec<String> {
    let Some(unread) = attempt.setting.unread else {
        return Vec::new();
    };
    // What a relay has read, it need not have passed on.
    let reader = match version::relay(&attempt.setting) {
        Some(relay) => relay,
        None if attempt.setting.is_relayed() => "who listens, perhaps a relay,".to_owned(),
        None => "the Gateway".to_owned(),
    };
    let mut words = Vec::new();
    match unread.unconfirmed {
        Some(0) => words.push("every byte sent was confirmed: the link itself works".to_owned()),
        Some(bytes) => words.push(format!("{bytes} bytes sent were not confirmed by TCP")),
        None => {}
    }
    match unread.by_gateway {
        Some(0) => words.push(format!("{reader} had read every request; no answer came")),
        Some(bytes) => words.push(format!("{bytes} bytes were not read by {reader}")),
        None => {}
    }
    words
}

/// When a connection was lost, to be held against the Gateway's daily restart.
fn dropped_at(attempt: &Attempt) -> Option<String> {
    let at = to_the_second(attempt.setting.dropped_at?);
    Some(format!("at {at}"))
}
