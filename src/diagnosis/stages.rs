//! The stages that did not pass: one finding for each code, with what was measured.

use std::time::Duration;

use super::summary::{requests, summary};
use super::{
    client_id, dropped_at, last_words, libraries, listener_words, network, notices, path, places,
    remedies, vacant, version,
};
use crate::event::{Notice, Stage, StageName, StageStatus};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::handshake::clients;
use crate::handshake::{Attempt, Setting};
use crate::machine::listener::Listener;
use crate::machine::local::lacks_interface;
use crate::machine::process::ProgramKind;
use crate::machine::sockets::Transmission;
use crate::session::Plan;

/// Adds the finding of one stage, or its evidence to the finding of the same code.
pub(super) fn add(
    findings: &mut Vec<Finding>,
    attempt: &Attempt,
    plan: &Plan,
    stage: &Stage,
    code: Code,
) {
    let symptom = network::beyond(&attempt.setting, stage, symptom(attempt, stage, code));
    let said = last_words::cause(attempt, stage, symptom);
    let code = said.map_or(symptom, |notice| last_words::code(notice.code));
    let detail = stage.detail.as_deref().unwrap_or_default();
    let measured = format!("{}: {detail}", stage.name.name());
    if let Some(known) = findings.iter_mut().find(|finding| finding.code == code) {
        let words = said.map(notices::words);
        match words.filter(|words| !known.evidence.contains(words)) {
            Some(words) => known.evidence.push(words),
            None => known.summary = summary(attempt, stage, symptom, said),
        }
        let requests = known.evidence.iter();
        let requests = requests.take_while(|it| it.starts_with("sync:")).count();
        known.evidence.insert(requests.max(1), measured);
        return;
    }
    let subject = attempt.subject();
    let found = on_the_way(attempt, code);
    if !found.is_empty() {
        findings.extend(found);
        return;
    }
    let port_change = notices::port_change(&attempt.record.notices);
    let mut finding = match port_change {
        Some((notice, port)) if code == Code::PortChanged => {
            notices::port_changed(&subject, notice, port)
        }
        _ => Finding::new(code, &subject, summary(attempt, stage, symptom, said)),
    };
    finding.evidence.insert(0, measured);
    if code != Code::PortChanged {
        last_words::add(&mut finding, attempt, stage, symptom, said);
    }
    finding = finding.with_all_evidence(evidence(attempt, plan, stage.elapsed, symptom));
    remedies::adapt(&mut finding, attempt, plan, stage);
    if code == Code::AcceptsSlowly {
        // No connection, or no version, came of it.
        finding.severity = Severity::Error;
    }
    if stage.name == StageName::Close {
        // Everything was answered by then.
        finding.severity = finding.severity.min(Severity::Warning);
    }
    // A client says of an address without its interface what its system says: an invalid argument.
    let is_shown = !attempt.address.is_some_and(lacks_interface);
    let shown = is_shown.then(|| clients::shown_for(symptom));
    let finding = finding.with_all_evidence(shown.into_iter().flatten());
    let unexplained = findings.iter().position(|it| it.code == Code::SyncTimeout);
    let at = unexplained.filter(|_| said.is_some_and(|notice| was_known(attempt, notice)));
    findings.insert(at.unwrap_or(findings.len()), finding);
}

/// Whether the cause of one silence was said before the first silence whose cause was not: then it
/// goes before that one too.
fn was_known(attempt: &Attempt, notice: &Notice) -> bool {
    let mut stages = attempt.record.stages.iter();
    let silent = |stage: &&Stage| {
        stage.code == Some(Code::SyncTimeout)
            && last_words::cause(attempt, stage, Code::SyncTimeout).is_none()
    };
    let first = stages.find(silent);
    first.is_some_and(|stage| last_words::before(&attempt.record, stage).contains(&notice))
}

/// The finding of what was seen before a connection, or of where the Gateway is instead.
fn on_the_way(attempt: &Attempt, code: Code) -> Vec<Finding> {
    let obstacle = attempt.setting.obstacle.as_ref();
    let forwarded = attempt.setting.forwarded_to.as_ref();
    if let Some(vacant) = forwarded.filter(|vacant| vacant.code() == code) {
        return vec![vacant::forwarded_to_nothing(vacant, attempt)];
    }
    match obstacle.filter(|obstacle| obstacle.code() == code) {
        Some(obstacle) => path::obstacles(obstacle, &attempt.subject()),
        None if matches!(code, Code::WrongPort | Code::RelayWithoutGateway) => {
            vec![path::elsewhere(attempt, code)]
        }
        None => Vec::new(),
    }
}

/// The code of what was met, where the evidence tells it from what the stage alone shows.
fn symptom(attempt: &Attempt, stage: &Stage, code: Code) -> Code {
    let moved = notices::port_change(&attempt.record.notices).is_some();
    match code {
        Code::SilentAfterConnect => version::cause_of_silence(&attempt.setting, stage.elapsed),
        Code::LocalFirewall if stage.name != StageName::Connect => {
            network::on_this_machine(&attempt.setting)
        }
        Code::ClosedBeforeVersion if places::are_taken(&attempt.setting) => Code::TooManyClients,
        Code::ClosedAfterStart | Code::Dropped if moved => Code::PortChanged,
        code => code,
    }
}

fn evidence(attempt: &Attempt, plan: &Plan, waited: Duration, code: Code) -> Vec<String> {
    let setting = &attempt.setting;
    let record = &attempt.record;
    let mut evidence: Vec<String> = network::beyond_evidence(setting).into_iter().collect();
    match code {
        Code::NotListening | Code::GatewayStarting => evidence.extend(unheard(setting)),
        Code::SilentAfterConnect | Code::AcceptQueueStuck => {
            evidence.extend(version::end_evidence(setting, waited));
            evidence.extend(network::all_arrived(attempt));
        }
        Code::AcceptsSlowly => {
            evidence.extend(version::slow_evidence(setting));
            evidence.extend(version::end_evidence(setting, waited));
        }
        Code::Unreachable => evidence.extend(network::not_even_refused(setting)),
        Code::Network => {
            let seen = record.transmission.filter(Transmission::has_losses);
            evidence.extend(seen.map(|seen| seen.losses_in_words()));
        }
        Code::ClosedBeforeVersion => {
            evidence.extend(version::end_evidence(setting, waited));
            evidence.extend(version::narrow_announcement(plan));
        }
        Code::NotTwsProtocol | Code::LocalFirewall => {
            evidence.extend(setting.listener.iter().map(listener_words));
        }
        Code::VersionUnsupported => {
            evidence.extend(record.server_version.map(libraries::accepting));
        }
        Code::TooManyClients => {
            evidence.extend(setting.listener.iter().map(listener_words));
            evidence.extend(places::evidence(setting));
        }
        Code::ClientIdInUse => evidence.extend(client_id::evidence(setting)),
        Code::NoAccountsNoId
        | Code::AccountsMissing
        | Code::AccountsEmpty
        | Code::NextIdMissing => evidence.extend(unstarted(attempt)),
        Code::GatewayKeepsClosedSockets => {
            evidence.extend(relayed(setting).map(str::to_owned));
            evidence.push("ibdoc reset its connection, so none of its own is left".to_owned());
        }
        Code::SyncTimeout | Code::SyncRefused | Code::Dropped | Code::PortChanged => {
            evidence.extend(answered(attempt));
            let is_silence = code == Code::SyncTimeout;
            evidence.extend(network::all_arrived(attempt).filter(|_| is_silence));
            evidence.extend(dropped_at(attempt));
        }
        _ => {}
    }
    let others = setting.others.iter();
    evidence.extend(others.map(|(address, failure)| format!("{address}: {}", failure.words())));
    evidence
}

/// Who listens instead, where nothing does.
fn unheard(setting: &Setting) -> Vec<String> {
    let mut evidence = Vec::new();
    if setting.local {
        evidence.push("no LISTEN row in this machine's socket table".to_owned());
        evidence.extend(path::held(setting));
        evidence.push(other_listeners(&setting.other_listeners));
    }
    evidence.extend(setting.gateways.iter().map(ToString::to_string));
    evidence
}

/// What came instead of the accounts or the id that start a session.
fn unstarted(attempt: &Attempt) -> Vec<String> {
    let record = &attempt.record;
    let mut evidence = Vec::new();
    if record.asked_again {
        let refused = last_words::refused_repeat(record).is_some();
        let what = if refused { "only an error" } else { "nothing" };
        evidence.push(format!("asking again brought {what}"));
    }
    evidence.push(notices::upstream_words(&record.notices));
    evidence.extend(network::all_arrived(attempt));
    evidence
}

/// The relay whose end of the connection may have been seen instead of the Gateway's.
fn relayed(setting: &Setting) -> Option<&'static str> {
    let seen = setting.listener.as_ref();
    let is_relay = seen.is_some_and(|listener| listener.kind == ProgramKind::Relay);
    let words = if is_relay || setting.forwarded {
        "through a relay: it or the Gateway behind it"
    } else {
        "who listens is not seen: perhaps a relay, and not the Gateway"
    };
    setting.is_relayed().then_some(words)
}

/// Which requests were answered, where others were not: it tells a dead session from one whose
/// data does not come.
fn answered(attempt: &Attempt) -> Option<String> {
    let answered = requests(attempt, |stage| stage.status == StageStatus::Ok);
    let ready = attempt.record.is_ready();
    if answered.is_empty() {
        ready.then(|| "nothing was answered since accounts and id had come".to_owned())
    } else {
        Some(format!("answered: {answered}"))
    }
}

fn other_listeners(listeners: &[Listener]) -> String {
    if listeners.is_empty() {
        return "none of the known ports listens either".to_owned();
    }
    let words: Vec<String> = listeners.iter().map(at_address).collect();
    format!("listening instead: {}", words.join("; "))
}

/// A listener with its address: one of another address takes no connection to this one.
fn at_address(listener: &Listener) -> String {
    let words = listener_words(listener);
    let (_, who) = words.split_once(": ").unwrap_or_default();
    format!("{}: {who}", listener.address)
}
