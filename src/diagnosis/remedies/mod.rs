//! Which of a code's remedies come first: the evidence at hand orders, cuts and completes them.

pub(super) mod address;
mod connect;
mod session;
mod silence;
mod version;

use std::time::Duration;

use super::{client_id, is_unready, last_words, places};
use crate::event::{Stage, StageStatus};
use crate::finding::{Code, Finding};
use crate::handshake::{Attempt, Setting};
use crate::machine::process::ProgramKind;
use crate::session::Plan;
use crate::text::duration::{shown, shown_whole};

/// A Gateway that has been up for less is still starting: a start with its login takes a minute or
/// two.
const STARTING: Duration = Duration::from_secs(120);

/// Puts the remedies in the order that the evidence asks for.
pub(super) fn adapt(finding: &mut Finding, attempt: &Attempt, plan: &Plan, stage: &Stage) {
    let setting = &attempt.setting;
    if let Some(more_time) = too_short(finding.code, attempt, plan, stage) {
        finding.remedies = vec![more_time];
        return;
    }
    let adapted = match finding.code {
        Code::NotResolved => Some(connect::not_resolved(attempt)),
        Code::ResolverFailed => Some(connect::resolver_failed(attempt)),
        Code::NotListening => Some(connect::not_listening(attempt)),
        Code::GatewayStarting => Some(connect::gateway_starting(attempt)),
        Code::Unreachable => Some(connect::unreachable(attempt)),
        Code::AcceptQueueStuck => connect::stuck(setting),
        Code::TooManyClients => Some(places::remedies(setting)),
        Code::SilentAfterConnect => Some(silence::silence(attempt)),
        Code::ClosedBeforeVersion => Some(version::early_close(attempt, plan)),
        Code::NotTwsProtocol => version::wrong_protocol(attempt, stage),
        Code::VersionUnsupported => version::unsupported(plan),
        Code::ClientIdInUse => Some(client_id::remedies(setting)),
        Code::NoAccountsNoId => session::no_accounts(&attempt.record.notices),
        Code::SyncTimeout => Some(session::sync_timeout(setting, &attempt.record)),
        Code::SyncRefused => Some(last_words::remedies_of_refusal(stage)),
        Code::GatewayKeepsClosedSockets => session::keeps_sockets(setting),
        _ => None,
    };
    if let Some(adapted) = adapted {
        finding.remedies = adapted;
    }
    if matches!(finding.code, Code::SilentAfterConnect | Code::Unreachable) {
        // Whether the way leads to it may not be seen; to let it go on costs nothing.
        for (gateway, wake) in &setting.at_hand.stopped {
            finding
                .evidence
                .push(format!("{gateway}: {}", wake.evidence()));
            finding.remedies.insert(0, wake.remedy());
        }
    }
    let waiting_helps = is_helped_by_waiting(finding.code) && !version::tells_more(setting);
    if let Some(wait) = starting(setting).filter(|_| waiting_helps) {
        finding.remedies.retain(|remedy| !is_wait(remedy));
        finding.remedies.insert(0, wait);
    }
}

/// Where the command's deadline ended a stage before a usual client would have given up: too little
/// was seen to say that a restart helps. A queue that is stuck was looked at for long enough.
fn too_short(code: Code, attempt: &Attempt, plan: &Plan, stage: &Stage) -> Option<String> {
    let ended = attempt.record.began() + stage.start + stage.elapsed;
    let is_cut = stage.status == StageStatus::Timeout && plan.is_over(ended);
    let is_short = is_cut && stage.elapsed < plan.client_timeout;
    (is_short && code != Code::AcceptQueueStuck).then(|| {
        format!(
            "give it more time: the time of the whole command was over after {}, and usual clients \
             wait for {}",
            shown(stage.elapsed),
            shown(plan.client_timeout)
        )
    })
}

/// Where bytes are on the way decides between the link and the Gateway.
pub(super) fn adapt_heartbeat(finding: &mut Finding, attempt: &Attempt) {
    let unread = attempt.setting.unread;
    if unread
        .and_then(|unread| unread.unconfirmed)
        .is_some_and(|bytes| bytes > 0)
    {
        let link = "check the network between this machine and the Gateway's: what was sent did \
                    not arrive there";
        finding.remedies.insert(0, link.to_owned());
    }
}

/// Requests that stayed without an answer in a session that had long begun.
pub(super) fn adapt_fetches(finding: &mut Finding) {
    if finding.code == Code::SyncTimeout {
        finding.remedies = vec![
            "compare the times of the missed fetches with the Gateway's log: the session itself \
             was up"
                .to_owned(),
            "give your client a longer request timeout if the account is very large".to_owned(),
        ];
    }
}

/// What to do first where the Gateway has just been started.
fn starting(setting: &Setting) -> Option<String> {
    let up = setting.at_hand.gateway_up.filter(|up| *up < STARTING)?;
    let listener = setting.listener.as_ref()?;
    let who = match listener.kind {
        ProgramKind::Gateway => "the Gateway",
        ProgramKind::Tws => "TWS",
        _ => listener.name.as_deref().unwrap_or("the program"),
    };
    let pid = listener
        .pid
        .map_or_else(String::new, |pid| format!(" (pid {pid})"));
    Some(just_started(&format!("{who}{pid}"), up))
}

/// That `who` has been up for so short a time that waiting comes first.
fn just_started(who: &str, up: Duration) -> String {
    format!(
        "wait a minute or two: {who} has been up for {}, and a start with its login takes so long",
        shown_whole(up)
    )
}

/// Whether a start that goes on explains the finding.
fn is_helped_by_waiting(code: Code) -> bool {
    is_unready(code) || matches!(code, Code::AcceptQueueStuck | Code::SyncTimeout)
}

/// Whether a remedy of a code is but to wait, which is said better where the time is known.
fn is_wait(remedy: &str) -> bool {
    ["try again", "wait a minute"]
        .iter()
        .any(|words| remedy.contains(words))
}

/// The remedies of a code.
fn of_code(code: Code) -> Vec<String> {
    code.remedies().iter().map(|&it| it.to_owned()).collect()
}
