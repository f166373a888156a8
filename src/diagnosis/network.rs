//! What the network between this machine and the Gateway's does to the bytes: findings by the kernel's
//! figures of ibdoc's own connection.

use std::net::SocketAddr;

use crate::event::{Stage, StageName, StageStatus};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::handshake::connect::ConnectFailure;
use crate::handshake::{Attempt, BeyondState, Setting};
use crate::machine::local;
use crate::machine::sockets::is_queue_full;
use crate::text::words::counted;

/// That something was lost on the way, where no finding says more: information, also beside a healthy
/// verdict.
pub(super) fn losses(attempt: &Attempt) -> Option<Finding> {
    let seen = attempt.record.transmission?;
    if !is_over_a_network(&attempt.setting) || !seen.has_losses() {
        return None;
    }
    let summary = format!("the way there loses packets: {}", seen.losses_in_words());
    let mut finding = Finding::new(Code::Network, &attempt.subject(), summary);
    finding.severity = Severity::Info;
    finding.remedies = vec![
        "measure the way itself, if answers come late: `ping` or `mtr` to that machine".to_owned(),
    ];
    Some(finding)
}

/// Whether the bytes leave this machine.
fn is_over_a_network(setting: &Setting) -> bool {
    !setting.local || setting.forwarded
}

/// The code of what was not acknowledged on this machine: a full accept queue acknowledges nothing
/// either.
pub(super) fn on_this_machine(setting: &Setting) -> Code {
    if setting.at_hand.is_loopback_down {
        return Code::Unreachable;
    }
    let end = setting.gateway_end.as_ref();
    let queue = end.and_then(|end| end.queue);
    match queue {
        Some((waiting, limit)) if is_queue_full(waiting, limit) => Code::AcceptQueueStuck,
        _ => Code::LocalFirewall,
    }
}

/// The code of a silence behind a relay whose own connection is in sight: the network's where that
/// connection is held up.
pub(super) fn beyond(setting: &Setting, stage: &Stage, silence: Code) -> Code {
    let is_silence = stage.status == StageStatus::Timeout;
    match setting.beyond.filter(|_| is_silence).map(|it| it.state) {
        Some(BeyondState::HeldUp(_)) => Code::Network,
        Some(BeyondState::Unanswered) if stage.name == StageName::Version => Code::Unreachable,
        _ => silence,
    }
}

/// What is said of the connection beyond a relay, in one sentence.
pub(super) fn beyond_summary(setting: &Setting) -> Option<String> {
    let beyond = setting.beyond?;
    let target = beyond.target;
    match beyond.state {
        BeyondState::Unanswered => Some(format!(
            "the relay accepts the connection, and gets no answer from {target} to its own"
        )),
        BeyondState::HeldUp(_) => Some(format!(
            "what the relay passes on does not get there: {target} has not acknowledged it"
        )),
        BeyondState::Carried(_) => None,
    }
}

/// What the kernel shows of the connection beyond a relay.
pub(super) fn beyond_evidence(setting: &Setting) -> Option<String> {
    let beyond = setting.beyond?;
    let target = beyond.target;
    Some(match beyond.state {
        BeyondState::Unanswered => format!("SYN_SENT to {target}: neither accepted nor refused"),
        BeyondState::HeldUp(seen) => format!(
            "this machine's connection to {target}: {} not acknowledged, {}",
            counted(seen.unacknowledged, "byte"),
            seen.losses_in_words()
        ),
        BeyondState::Carried(_) => {
            format!("{target} has acknowledged every byte that the relay passed on")
        }
    })
}

/// What did not get through, in one sentence.
pub(super) fn summary(stage: &Stage, code: Code, requests: &str) -> String {
    let what = match stage.name {
        StageName::Resolve | StageName::Connect => "the connection".to_owned(),
        StageName::Version => "the greeting".to_owned(),
        StageName::Start | StageName::Accounts => "the start of the session".to_owned(),
        StageName::Sync(_) => format!("the request for {requests}"),
        StageName::Close => "the end of the connection".to_owned(),
    };
    if code == Code::LocalFirewall {
        format!("{what} does not get to the Gateway: a firewall of this machine drops it")
    } else {
        format!("{what} does not get there: the kernel at the other end has not acknowledged it")
    }
}

/// What is said of a connection that a firewall of this machine does not let through.
pub(super) fn filtered(attempt: &Attempt) -> String {
    let setting = &attempt.setting;
    let mut tried = setting.tried.iter();
    let is_silent = tried.any(|(_, failure)| {
        matches!(
            failure,
            ConnectFailure::Filtered {
                is_silent: true,
                ..
            }
        )
    });
    let does = if is_silent { "drops" } else { "refuses" };
    let listener = setting.listener.as_ref();
    let name = listener.and_then(|listener| listener.name.as_deref());
    let name = name.unwrap_or("a program");
    format!("a firewall of this machine {does} the connection, while {name} listens")
}

/// That a silence of another machine is not that of a port on which nothing listens.
pub(super) fn not_even_refused(setting: &Setting) -> Option<String> {
    let mut tried = setting.tried.iter();
    let is_silent = tried.any(|(_, failure)| *failure == ConnectFailure::TimedOut);
    (is_silent && !setting.local).then(|| {
        "not even refused: the machine is off or elsewhere, packets are dropped on the way, or its \
         accept queue is full"
            .to_owned()
    })
}

/// Whether the loopback interface is down.
pub(super) fn is_loopback_down(setting: &Setting) -> bool {
    setting.at_hand.is_loopback_down
}

/// The finding of an address of this machine that cannot be reached because the loopback interface is down, although
/// the table may show a listener.
pub fn loopback_down(address: SocketAddr) -> Option<Finding> {
    if !local::is_loopback_down() {
        return None;
    }
    let mut finding = Finding::new(Code::Unreachable, &address, LOOPBACK_DOWN);
    finding.remedies = loopback_up();
    Some(finding)
}

/// What is said of it.
pub(super) const LOOPBACK_DOWN: &str = "the loopback interface of this machine is down";

/// How the loopback interface comes up again.
pub(super) fn loopback_up() -> Vec<String> {
    vec![
        "bring it up: `ip link set lo up`, as root and in this network namespace".to_owned(),
        "a container that was started without a network has no other: give it one".to_owned(),
    ]
}

/// That the kernel at the other end has all that was sent, where it did not answer: it is not the network.
pub(super) fn all_arrived(attempt: &Attempt) -> Option<String> {
    let seen = attempt.record.transmission?;
    if seen.unacknowledged > 0 || !is_over_a_network(&attempt.setting) {
        return None;
    }
    let arrived = "the kernel at the other end has acknowledged every byte that was sent";
    Some(if seen.has_losses() {
        let losses = seen.losses_in_words();
        format!("{arrived}, over a way that loses packets ({losses}): the answer may be lost too")
    } else {
        format!("{arrived}: the network carries them")
    })
}

/// Adds what of a held session the other end's kernel did not get; the close of that session is
/// evidence of the same.
pub(super) fn add_held(findings: &mut Vec<Finding>, attempt: &Attempt) {
    let Some(held) = &attempt.held else {
        return;
    };
    let unheard = held.pings_unheard + held.fetches_unheard;
    if unheard == 0 {
        return;
    }
    let code = if is_over_a_network(&attempt.setting) {
        Code::Network
    } else {
        on_this_machine(&attempt.setting)
    };
    let sent = held.pings_sent + held.fetches_sent;
    let summary = format!("{unheard} of {sent} requests did not get to the other end");
    let of_close = findings.iter().position(|finding| finding.code == code);
    let of_close = of_close.map(|index| findings.remove(index));
    let mut evidence = of_close.map(|close| close.evidence).unwrap_or_default();
    let losses = attempt
        .record
        .transmission
        .map(|seen| seen.losses_in_words());
    evidence.extend(losses.filter(|losses| !evidence.contains(losses)));
    let finding = Finding::new(code, &attempt.subject(), summary)
        .with_evidence("they were sent again, and its kernel has not acknowledged them");
    findings.push(finding.with_all_evidence(evidence));
}
