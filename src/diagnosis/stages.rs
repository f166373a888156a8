//! The stages that did not pass: one finding for each code, with what was measured.

use std::time::Duration;

use super::last_words::{self, QUOTED};
use super::{
    addresses, client_id, dropped_at, libraries, listener_words, network, notices, path, places,
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
use crate::text::printable::clean;
use crate::text::words::joined;

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

fn summary(attempt: &Attempt, stage: &Stage, code: Code, said: Option<&Notice>) -> String {
    let request = stage.name.name().trim_start_matches("sync:");
    if let Some(notice) = said {
        let then = match code {
            Code::ClosedAfterStart => "closed the connection".to_owned(),
            Code::Dropped => format!("the connection was lost during {request}"),
            Code::NoAccountsNoId => "neither accounts nor next id came".to_owned(),
            Code::AccountsMissing => "the accounts did not come".to_owned(),
            Code::AccountsEmpty => "the list of accounts was empty".to_owned(),
            Code::NextIdMissing => "the next valid id did not come".to_owned(),
            _ => format!("no end marker came for {}", of_code(attempt, code, said)),
        };
        return format!("{}, and then {then}", last_words::said(notice));
    }
    let beyond = network::beyond_summary(&attempt.setting);
    match code {
        Code::Network | Code::Unreachable if beyond.is_some() => beyond.unwrap_or_default(),
        Code::NotResolved => addresses::none(attempt, stage),
        Code::ResolverFailed => format!(
            "the resolver failed on {}; the name may be right",
            attempt.target.host
        ),
        Code::NotListening if attempt.setting.inside.is_some() => vacant::empty(attempt),
        Code::NotListening if !attempt.setting.local => {
            "refused: nothing listens there, or a firewall refuses".to_owned()
        }
        Code::NotListening => "nothing listens on this port".to_owned(),
        Code::GatewayStarting => {
            "a Gateway or TWS runs, but nothing listens on this port".to_owned()
        }
        Code::Unreachable if attempt.address.is_some_and(lacks_interface) => {
            format!(
                "{} is a link-local address, and its interface is not named",
                attempt.subject()
            )
        }
        Code::Unreachable if network::is_loopback_down(&attempt.setting) => {
            network::LOOPBACK_DOWN.to_owned()
        }
        Code::LocalFirewall if stage.name == StageName::Connect => network::filtered(attempt),
        Code::LocalFirewall | Code::Network => {
            network::summary(stage, code, &of_code(attempt, code, None))
        }
        Code::Unreachable if stage.status == StageStatus::Failed => {
            "it cannot be reached".to_owned()
        }
        Code::Unreachable => "neither an answer nor a refusal".to_owned(),
        Code::AcceptQueueStuck => version::stuck(&attempt.setting),
        Code::AcceptsSlowly => version::too_slow(&attempt.setting),
        Code::SilentAfterConnect => version::silence(attempt),
        Code::ClosedBeforeVersion => version::early_close(&attempt.setting),
        Code::NotTwsProtocol => version::wrong_protocol(stage),
        Code::VersionUnsupported => {
            "the negotiated version is outside the announced range".to_owned()
        }
        Code::TooManyClients => places::summary(&attempt.setting),
        Code::ClientIdInUse => client_id::summary(attempt),
        Code::ClosedAfterStart if last_words::before(&attempt.record, stage).is_empty() => {
            "it closes the connection after the start, without a reason".to_owned()
        }
        Code::ClosedAfterStart => "it closes the connection after the start".to_owned(),
        Code::PortChanged => "the API port was changed in the Gateway's settings".to_owned(),
        Code::NoAccountsNoId => {
            "the session starts, but neither accounts nor next id come".to_owned()
        }
        Code::AccountsMissing => "the accounts do not come".to_owned(),
        Code::AccountsEmpty => "the list of accounts is empty".to_owned(),
        Code::NextIdMissing => "the next valid id does not come".to_owned(),
        Code::SyncTimeout => format!("no end marker came for {}", of_code(attempt, code, None)),
        Code::SyncRefused => refused(attempt, stage),
        Code::ReadOnlyApi => {
            format!(
                "the API is read-only; skipped: {}",
                of_code(attempt, code, None)
            )
        }
        Code::TooManySubscriptions => {
            let requests = of_code(attempt, code, None);
            format!("{requests} refused: too many subscriptions")
        }
        Code::Dropped => format!("the connection was lost during {request}"),
        Code::GatewayKeepsClosedSockets => {
            "the other end does not close after its client has".to_owned()
        }
        _ => format!("{} did not pass", stage.name.name()),
    }
}

/// The requests that ended with this code, and for which the Gateway gave this cause.
fn of_code(attempt: &Attempt, code: Code, said: Option<&Notice>) -> String {
    requests(attempt, |stage| {
        stage.code == Some(code) && last_words::cause(attempt, stage, code) == said
    })
}

/// The requests that were answered with an error; of a single one the Gateway's words too.
fn refused(attempt: &Attempt, stage: &Stage) -> String {
    let requests = of_code(attempt, Code::SyncRefused, None);
    let detail = stage.detail.as_deref().unwrap_or_default();
    match stage.name {
        StageName::Sync(query) if query.name() == requests => {
            format!("{requests} refused: {}", clean(detail, QUOTED))
        }
        _ => format!("{requests} refused"),
    }
}

/// The requests of the stages that `wanted` names.
fn requests(attempt: &Attempt, wanted: impl Fn(&Stage) -> bool) -> String {
    let stages = attempt.record.stages.iter();
    let names = stages
        .filter(|stage| matches!(stage.name, StageName::Sync(_)) && wanted(stage))
        .map(|stage| stage.name.name().trim_start_matches("sync:"));
    joined(names)
}

fn evidence(attempt: &Attempt, plan: &Plan, waited: Duration, code: Code) -> Vec<String> {
    let setting = &attempt.setting;
    let record = &attempt.record;
    let mut evidence: Vec<String> = network::beyond_evidence(setting).into_iter().collect();
    match code {
        Code::NotListening | Code::GatewayStarting => {
            if setting.local {
                evidence.push("no LISTEN row in this machine's socket table".to_owned());
                evidence.extend(path::held(setting));
                evidence.push(other_listeners(&setting.other_listeners));
            }
            evidence.extend(setting.gateways.iter().map(ToString::to_string));
        }
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
        | Code::NextIdMissing => {
            if record.asked_again {
                let refused = last_words::refused_repeat(record).is_some();
                let what = if refused { "only an error" } else { "nothing" };
                evidence.push(format!("asking again brought {what}"));
            }
            evidence.push(notices::upstream_words(&record.notices));
            evidence.extend(network::all_arrived(attempt));
        }
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
