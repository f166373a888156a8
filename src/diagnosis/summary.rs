//! A stage that did not pass in one sentence.

use super::last_words::{self, QUOTED};
use super::{addresses, client_id, network, places, vacant, version};
use crate::event::{Notice, Stage, StageName, StageStatus};
use crate::finding::Code;
use crate::handshake::Attempt;
use crate::machine::local::lacks_interface;
use crate::text::printable::clean;
use crate::text::words::joined;

/// What happened; after the cause that the Gateway `said`, if it said one.
pub(super) fn summary(
    attempt: &Attempt,
    stage: &Stage,
    code: Code,
    said: Option<&Notice>,
) -> String {
    if let Some(notice) = said {
        return after_cause(attempt, stage, code, notice);
    }
    on_the_way(attempt, stage, code)
        .or_else(|| of_greeting(attempt, stage, code))
        .or_else(|| of_start(attempt, stage, code))
        .or_else(|| of_requests(attempt, stage, code))
        .unwrap_or_else(|| format!("{} did not pass", stage.name.name()))
}

/// What the Gateway said, and what happened then.
fn after_cause(attempt: &Attempt, stage: &Stage, code: Code, cause: &Notice) -> String {
    let then = match code {
        Code::ClosedAfterStart => "closed the connection".to_owned(),
        Code::Dropped => lost(stage),
        Code::NoAccountsNoId => "neither accounts nor next id came".to_owned(),
        Code::AccountsMissing => "the accounts did not come".to_owned(),
        Code::AccountsEmpty => "the list of accounts was empty".to_owned(),
        Code::NextIdMissing => "the next valid id did not come".to_owned(),
        _ => unfinished(&of_code(attempt, code, Some(cause))),
    };
    format!("{}, and then {then}", last_words::said(cause))
}

/// Of what stands between here and a connection.
fn on_the_way(attempt: &Attempt, stage: &Stage, code: Code) -> Option<String> {
    let setting = &attempt.setting;
    if matches!(code, Code::Network | Code::Unreachable)
        && let Some(words) = network::beyond_summary(setting)
    {
        return Some(words);
    }
    Some(match code {
        Code::NotResolved => addresses::none(attempt, stage),
        Code::ResolverFailed => format!(
            "the resolver failed on {}; the name may be right",
            attempt.target.host
        ),
        Code::NotListening if setting.inside.is_some() => vacant::empty(attempt),
        Code::NotListening if !setting.local => {
            "refused: nothing listens there, or a firewall refuses".to_owned()
        }
        Code::NotListening => "nothing listens on this port".to_owned(),
        Code::GatewayStarting => {
            "a Gateway or TWS runs, but nothing listens on this port".to_owned()
        }
        Code::Unreachable if attempt.address.is_some_and(lacks_interface) => format!(
            "{} is a link-local address, and its interface is not named",
            attempt.subject()
        ),
        Code::Unreachable if network::is_loopback_down(setting) => {
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
        _ => return None,
    })
}

/// Of the queue before the version, and of the version.
fn of_greeting(attempt: &Attempt, stage: &Stage, code: Code) -> Option<String> {
    let setting = &attempt.setting;
    Some(match code {
        Code::AcceptQueueStuck => version::stuck(setting),
        Code::AcceptsSlowly => version::too_slow(setting),
        Code::SilentAfterConnect => version::silence(attempt),
        Code::ClosedBeforeVersion => version::early_close(setting),
        Code::NotTwsProtocol => version::wrong_protocol(stage),
        Code::VersionUnsupported => {
            "the negotiated version is outside the announced range".to_owned()
        }
        _ => return None,
    })
}

/// Of the start of the session, to accounts and next id.
fn of_start(attempt: &Attempt, stage: &Stage, code: Code) -> Option<String> {
    let words = match code {
        Code::TooManyClients => return Some(places::summary(&attempt.setting)),
        Code::ClientIdInUse => return Some(client_id::summary(attempt)),
        Code::ClosedAfterStart if last_words::before(&attempt.record, stage).is_empty() => {
            "it closes the connection after the start, without a reason"
        }
        Code::ClosedAfterStart => "it closes the connection after the start",
        Code::PortChanged => "the API port was changed in the Gateway's settings",
        Code::NoAccountsNoId => "the session starts, but neither accounts nor next id come",
        Code::AccountsMissing => "the accounts do not come",
        Code::AccountsEmpty => "the list of accounts is empty",
        Code::NextIdMissing => "the next valid id does not come",
        _ => return None,
    };
    Some(words.to_owned())
}

/// Of the requests of a session, and of its close.
fn of_requests(attempt: &Attempt, stage: &Stage, code: Code) -> Option<String> {
    let requests = || of_code(attempt, code, None);
    Some(match code {
        Code::SyncTimeout => unfinished(&requests()),
        Code::SyncRefused => refused(attempt, stage),
        Code::ReadOnlyApi => format!("the API is read-only; skipped: {}", requests()),
        Code::TooManySubscriptions => format!("{} refused: too many subscriptions", requests()),
        Code::Dropped => lost(stage),
        Code::GatewayKeepsClosedSockets => {
            "the other end does not close after its client has".to_owned()
        }
        _ => return None,
    })
}

fn unfinished(requests: &str) -> String {
    format!("no end marker came for {requests}")
}

fn lost(stage: &Stage) -> String {
    format!("the connection was lost during {}", asked(stage))
}

/// What a stage asked, as the requests are called elsewhere.
fn asked(stage: &Stage) -> &'static str {
    stage.name.name().trim_start_matches("sync:")
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
pub(super) fn requests(attempt: &Attempt, wanted: impl Fn(&Stage) -> bool) -> String {
    let stages = attempt.record.stages.iter();
    let names = stages
        .filter(|stage| matches!(stage.name, StageName::Sync(_)) && wanted(stage))
        .map(asked);
    joined(names)
}
