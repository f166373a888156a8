//! The stages up to the version: several causes look the same there, and the evidence decides which
//! is named.

use std::time::Duration;

use super::listener_words;
use crate::event::Stage;
use crate::finding::Code;
use crate::handshake::connect::ConnectFailure;
use crate::handshake::gateway_end::GatewayEnd;
use crate::handshake::{Attempt, Setting};
use crate::machine::accept_queue::{self, LongQueue};
use crate::machine::path::{End, Hop, Obstacle, Trouble};
use crate::machine::process::ProgramKind;
use crate::machine::role::MOST_CLIENTS;
use crate::machine::sockets::is_queue_full;
use crate::session::Plan;
use crate::text::duration::shown;
use crate::text::words::counted;
use crate::wire::VersionRange;

/// The cause where the symptom is that no version came in time.
pub(super) fn cause_of_silence(setting: &Setting, waited: Duration) -> Code {
    if setting.slow_behind.is_some() {
        return Code::AcceptsSlowly;
    }
    let Some(end) = &setting.gateway_end else {
        return Code::SilentAfterConnect;
    };
    if end.ours_accepted == Some(false) && setting.slow.is_some() {
        return Code::AcceptsSlowly;
    }
    // A connection that is not accepted stands in every look that was made meanwhile.
    let is_stuck = setting.queue_was_stuck
        || accept_queue::is_stuck_after(waited)
        || end
            .queue
            .is_some_and(|(waiting, limit)| is_queue_full(waiting, limit));
    if end.ours_accepted == Some(false) && is_stuck {
        Code::AcceptQueueStuck
    } else {
        Code::SilentAfterConnect
    }
}

/// What is said of a listener that accepts no connection.
pub(super) fn stuck(setting: &Setting) -> String {
    format!("{} has stopped accepting connections", acceptor(setting))
}

/// What is said of a queue that moves too slowly for a connection of ours.
pub(super) fn too_slow(setting: &Setting) -> String {
    let tried = setting.tried.iter().find_map(|(_, failure)| match failure {
        ConnectFailure::Stuck(queue) => Some(queue),
        _ => None,
    });
    let behind = setting.slow_behind.as_ref().map(|it| &it.trouble);
    match (tried.or(setting.slow.as_ref()), behind) {
        (Some(queue), _) => queue.summary(&acceptor(setting)),
        (None, Some(Trouble::Stuck(queue))) => queue.summary("the Gateway behind the relay"),
        (None, _) => format!("{} accepts slowly", acceptor(setting)),
    }
}

/// The evidence of the same.
pub(super) fn slow_evidence(setting: &Setting) -> Vec<String> {
    let behind = setting.slow_behind.iter().map(Obstacle::words);
    let queue = setting.slow.iter().map(LongQueue::words);
    behind.chain(queue).collect()
}

/// Who accepts, or should: the relay that listens, or the Gateway.
pub(super) fn acceptor(setting: &Setting) -> String {
    relay(setting).unwrap_or_else(|| "the Gateway".to_owned())
}

/// What is said of a silence, in one sentence.
pub(super) fn silence(attempt: &Attempt) -> String {
    let setting = &attempt.setting;
    let end = setting.gateway_end.as_ref();
    let half_closed = end.map_or(0, |end| end.half_closed);
    if attempt.record.version_bytes > 0 {
        "it begins to answer and does not finish".to_owned()
    } else if end.is_some_and(|end| end.ours_accepted == Some(false)) {
        "the connection is made, and nobody has accepted it".to_owned()
    } else if half_closed > 0 {
        format!(
            "it accepts the connection and sends no version; {} {} piled up at its end",
            counted(half_closed, "half-closed socket"),
            if half_closed == 1 { "has" } else { "have" }
        )
    } else if let Some(relay) = relay(setting) {
        format!("{relay} accepts the connection; what is behind it sends no version")
    } else {
        "it accepts the connection and sends no version".to_owned()
    }
}

/// What the kernel shows of the Gateway's end.
pub(super) fn end_evidence(setting: &Setting, waited: Duration) -> Vec<String> {
    let mut evidence: Vec<String> = setting.listener.iter().map(listener_words).collect();
    if setting.forwarded {
        evidence.push("nothing listens here: the port is forwarded".to_owned());
    }
    if let Some((hop, took)) = &setting.answers_itself {
        let (port, took) = (hop.address.port(), shown(*took));
        evidence.push(format!(
            "asked on its own port {port} before, the Gateway sent its version in {took}"
        ));
    }
    let Some(end) = &setting.gateway_end else {
        return evidence;
    };
    let by = relay(setting).map_or_else(String::new, |relay| format!(" by {relay}"));
    evidence.extend(our_end(end, waited, &by));
    if let Some((waiting, limit)) = end.queue.filter(|(waiting, _)| *waiting > 0) {
        evidence.push(format!("accept queue: {waiting} waiting, limit {limit}"));
    }
    if end.half_closed > 0 {
        let oldest = end.oldest.map_or_else(String::new, |age| {
            format!(", the oldest for {}", shown(age))
        });
        evidence.push(format!(
            "CLOSE_WAIT at its end: {}{oldest}",
            end.half_closed
        ));
    }
    if end.established >= MOST_CLIENTS {
        evidence.push(format!(
            "{} connections are established: a Gateway admits {MOST_CLIENTS} clients",
            end.established
        ));
    }
    evidence
}

/// What became of ibdoc's connection at the other end; `by` names the relay that holds that end, if
/// one does.
fn our_end(end: &GatewayEnd, waited: Duration, by: &str) -> Option<String> {
    match (end.ours_accepted?, end.ours_unread) {
        (false, _) => Some(format!(
            "our connection was not accepted in {}",
            shown(waited)
        )),
        (true, Some(0)) => Some(format!(
            "our connection was accepted and our greeting was read{by}"
        )),
        (true, Some(unread)) => Some(format!(
            "our connection was accepted{by}, and {unread} bytes of our greeting were not read"
        )),
        (true, None) => Some(format!("our connection was accepted{by}")),
    }
}

/// What is said of a close before the first byte.
pub(super) fn early_close(setting: &Setting) -> String {
    match (relay(setting), behind(setting)) {
        (Some(relay), Some(hop)) => format!(
            "{relay} accepts the connection and closes it before a version came, while {} listens \
             behind it",
            hop.who()
        ),
        (Some(relay), None) if leads_nowhere(setting) => {
            format!("{relay} accepts the connection and closes it: no Gateway behind it takes it")
        }
        (Some(relay), None) => format!(
            "{relay} accepts the connection and closes it before a version; whether a Gateway behind \
             it does, or none takes it, is not seen from here"
        ),
        (None, _) if setting.forwarded => {
            "the port is forwarded, and what it leads to closes the connection before its version"
                .to_owned()
        }
        (None, _) => "it closes the connection before its version".to_owned(),
    }
}

/// Whether nothing was seen to listen where the relay passes on.
fn leads_nowhere(setting: &Setting) -> bool {
    let path = setting.path.as_ref();
    path.is_some_and(|path| path.end == End::NothingListens)
}

/// A range that does not meet the server's ends in the same early close.
pub(super) fn narrow_announcement(plan: &Plan) -> Option<String> {
    let announced = plan.announced;
    (announced != VersionRange::SPOKEN).then(|| {
        format!(
            "{announced} was announced: a Gateway outside that range closes without a word; \
             ibdoc's default {} would tell",
            VersionRange::SPOKEN
        )
    })
}

/// What is said of bytes that are not the protocol.
pub(super) fn wrong_protocol(stage: &Stage) -> String {
    let detail = stage.detail.as_deref().unwrap_or_default();
    match stage.name {
        crate::event::StageName::Version => {
            let who = ["HTTP", "SSH", "TLS"]
                .into_iter()
                .find(|name| detail.contains(name));
            who.map_or_else(
                || "what answers here does not speak the TWS API".to_owned(),
                |name| format!("{name} answers here, not the TWS API"),
            )
        }
        _ => {
            "the stream is out of step: after the version came bytes that are no message".to_owned()
        }
    }
}

/// What listens behind the relay, where that is in sight.
pub(super) fn behind(setting: &Setting) -> Option<&Hop> {
    setting.path.as_ref()?.behind()
}

/// The relay that listens, in words.
pub(super) fn relay(setting: &Setting) -> Option<String> {
    let listener = setting.listener.as_ref()?;
    let name = listener.name.as_deref().unwrap_or("a relay");
    (listener.kind == ProgramKind::Relay).then(|| format!("{name} (a relay)"))
}
