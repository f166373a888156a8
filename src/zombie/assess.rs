//! What the census means: findings with their evidence in plain words.

use std::collections::BTreeSet;

use super::cause::CloseWaitCause;
use super::{Census, Judgement, Snapshot, StuckSocket, is_outgoing};
use crate::event::Side;
use crate::finding::{Code, Finding};
use crate::machine::listener::{assess_listener, title};
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, ProgramKind};
use crate::machine::sockets::TcpState;
use crate::report::{Class, Step, StepAction};
use crate::text::duration::shown_whole;
use crate::text::words::{counted, joined};

/// How many sockets a finding lists; the report has them all.
const EVIDENCE_ROWS: usize = 5;

impl Census {
    /// Everything that the look shows; what is younger than `min_age` makes no finding.
    pub fn findings(&self) -> Vec<Finding> {
        let snapshot = &self.snapshot;
        let rows = snapshot.stuck.iter();
        let old: Vec<&StuckSocket> = rows
            .filter(|stuck| self.too_young(stuck).is_none())
            .collect();
        let mut findings = queue_findings(snapshot);
        findings.extend(self.kept_findings(&old));
        findings.extend(client_findings(&old, self));
        findings.extend(unread_finding(snapshot));
        let mut told = BTreeSet::new();
        for listener in snapshot.listeners() {
            let subject = listener.address.to_string();
            // A relay with a socket for each family is one.
            if told.insert((listener.port, listener.pid)) {
                findings.extend(assess_listener(&listener, &subject, false));
            }
        }
        findings.extend(incomplete(snapshot));
        findings
    }
}

/// The listeners that are stopped, and the accept queues in which nothing moves, or slowly.
pub fn queue_findings(snapshot: &Snapshot) -> Vec<Finding> {
    let stuck = snapshot.listening.iter().filter_map(|listening| {
        // The queue of a stopped program empties when it goes on.
        if let Some(wake) = &listening.wake {
            let subject = listening.who.address.to_string();
            let who = &listening.who;
            let title = title(who.kind, who.name.as_deref(), who.pid);
            return Some(wake.finding(&subject, &title));
        }
        let queue = listening.long_queue.as_ref()?;
        let relay = listening.who.kind == ProgramKind::Relay;
        let who = if relay { "the relay" } else { "the Gateway" };
        let subject = listening.row.local.to_string();
        let finding = queue.finding(&subject, who);
        Some(if queue.is_stuck() {
            finding.with_evidence("no process owns them: nothing can be killed for it")
        } else {
            finding
        })
    });
    stuck.collect()
}

/// The Gateway's and the relay's own sockets.
pub(super) fn gateway_findings(snapshot: &Snapshot, old: &[&StuckSocket]) -> Vec<Finding> {
    let half_closed = |stuck: &&&StuckSocket| stuck.socket.state == TcpState::CloseWait;
    let of = |side: Side, accepted: bool| -> Vec<&StuckSocket> {
        let rows = old.iter().filter(half_closed).copied();
        rows.filter(|stuck| {
            stuck.side == side && (stuck.socket.accepted() != Some(false)) == accepted
        })
        .collect()
    };
    let mut unaccepted = of(Side::Gateway, false);
    unaccepted.extend(of(Side::Relay, false));
    let silent: Vec<&StuckSocket> = old
        .iter()
        .filter(half_closed)
        .filter(|stuck| stuck.side != Side::Client)
        // The FIN itself counts one.
        .filter(|stuck| stuck.socket.bytes_received.is_some_and(|bytes| bytes <= 1))
        .copied()
        .collect();
    let findings = [
        (
            Code::ZombieGatewayOwned,
            of(Side::Gateway, true),
            "half closed and kept by the listener itself: no kill of a client clears that",
        ),
        (
            Code::ZombieRelayOwned,
            of(Side::Relay, true),
            "half closed and kept by the relay: no kill of a client clears that",
        ),
        (
            Code::ZombieUnaccepted,
            unaccepted,
            "left by clients that gave up before anybody accepted: nothing owns that",
        ),
        (
            Code::ProbeLeftZombies,
            silent,
            "closed without a byte ever sent, as a port check leaves",
        ),
    ];
    let findings = findings.into_iter();
    findings
        .filter_map(|(code, rows, what)| {
            let mut finding = of_rows(code, &rows, what)?;
            // What a listener that is stopped has kept goes when it goes on.
            if let Some(wake) = rows.first().and_then(|row| snapshot.wake(row)) {
                finding.remedies = vec![wake.remedy()];
            }
            Some(finding)
        })
        .collect()
}

/// The sockets that clients hold.
fn client_findings(old: &[&StuckSocket], census: &Census) -> Vec<Finding> {
    let (snapshot, plan) = (&census.snapshot, &census.plan);
    let clients = old.iter().filter(|stuck| {
        // Perhaps the Gateway's own line to IBKR: nothing can be said of it.
        let doubtful = stuck.holders.is_empty() && is_outgoing(&stuck.socket, &snapshot.ports);
        stuck.side == Side::Client && !doubtful
    });
    let class = |pid: &Pid| plan.judged.get(pid).map(|judged| judged.class);
    let (orphaned, live): (Vec<&StuckSocket>, Vec<&StuckSocket>) = clients.partition(|stuck| {
        let orphan = |pid: &Pid| class(pid) == Some(Class::Orphan);
        !stuck.holders.is_empty() && stuck.holders.iter().all(orphan)
    });
    let mut findings = Vec::new();
    let left = match orphaned.len() {
        1 => "half closed and held by an orphan: the process that started it has gone",
        _ => "half closed and held by orphans only: the processes that started them have gone",
    };
    let steps = census.steps();
    if let Some(mut finding) = of_rows(Code::ZombieClientOrphan, &orphaned, left) {
        let kill = typed(&orphaned, &steps, &[StepAction::Kill]);
        let other = typed(
            &orphaned,
            &steps,
            &[StepAction::Heal, StepAction::KillNamed],
        );
        finding.remedies = match (kill, other) {
            (Some(kill), _) => vec![format!("run {kill}")],
            (None, Some(other)) => vec![format!("a bare --kill would leave them: run {other}")],
            (None, None) => {
                vec![
                    "see first to the reasons for which they stay: --kill would leave them"
                        .to_owned(),
                ]
            }
        };
        findings.push(finding.with_all_evidence(holders(&orphaned, census)));
    }
    for cause in CloseWaitCause::ALL {
        let of = |stuck: &&StuckSocket| CloseWaitCause::of(stuck, snapshot) == cause;
        let rows: Vec<&StuckSocket> = live.iter().copied().filter(of).collect();
        let is_root = snapshot.own.uid == Some(0);
        let words = cause.words(rows.len() > 1, is_root);
        let Some(mut finding) = of_rows(Code::ZombieClientLive, &rows, words) else {
            continue;
        };
        let heal = typed(&rows, &steps, &[StepAction::Heal]);
        let look = cause.look(&rows, &steps);
        if let Some(remedies) = cause.remedies(heal.as_deref(), look.as_deref()) {
            finding.remedies = remedies;
        }
        findings.push(finding.with_all_evidence(holders(&rows, census)));
    }
    findings
}

/// The commands of the plan that do one of this to the holders of these sockets, as they are typed.
fn typed(rows: &[&StuckSocket], steps: &[Step], actions: &[StepAction]) -> Option<String> {
    let holds = |pid: Pid| rows.iter().any(|row| row.holders.contains(&pid));
    let wanted = |step: &&Step| step.pid.is_some_and(holds) && actions.contains(&step.action);
    let commands = steps
        .iter()
        .filter(wanted)
        .filter_map(|step| step.command.as_ref());
    let mut commands: Vec<String> = commands.map(|command| format!("`{command}`")).collect();
    commands.sort_unstable();
    commands.dedup();
    let more = commands.len().saturating_sub(EVIDENCE_ROWS);
    commands.truncate(EVIDENCE_ROWS);
    if more > 0 {
        commands.push(format!("and {more} more, which the plan has"));
    }
    (!commands.is_empty()).then(|| joined(commands))
}

/// One line for each holder, with its class and why it is spared.
fn holders(rows: &[&StuckSocket], census: &Census) -> Vec<String> {
    let (snapshot, plan) = (&census.snapshot, &census.plan);
    let pids: BTreeSet<Pid> = rows.iter().flat_map(|row| row.holders.clone()).collect();
    let mut lines: Vec<String> = pids
        .into_iter()
        .filter_map(|pid| {
            let facts = &snapshot.processes.get(&pid)?.facts;
            let judged = plan.judged.get(&pid)?;
            let title = titled(facts);
            Some(match plan.refused.get(&pid) {
                None => format!("{title} is {judged}"),
                // The reason to stay says why it is of this class.
                Some(why) if why.contains(&judged.reason) => {
                    let reason = why.clone();
                    let class = judged.class;
                    let answer = judged.answer;
                    let judgement = Judgement {
                        answer,
                        class,
                        reason,
                    };
                    format!("{title} is {judgement}")
                }
                Some(why) => format!("{title} is {judged}; it stays: {why}"),
            })
        })
        .collect();
    if rows.iter().any(|row| row.hidden && row.holders.is_empty()) {
        lines.push("who holds some of them is hidden from this user".to_owned());
    }
    lines
}

fn titled(facts: &Facts) -> String {
    format!("{} (pid {})", facts.title(), facts.id.pid)
}

/// Connections that are up and whose client has stopped reading.
fn unread_finding(snapshot: &Snapshot) -> Option<Finding> {
    let first = snapshot.unread.first()?;
    let summary = format!(
        "the Gateway has answered, and {} not read it",
        if snapshot.unread.len() == 1 {
            "its client has".to_owned()
        } else {
            format!("{} clients have", snapshot.unread.len())
        }
    );
    let row = |stuck: &StuckSocket| {
        let readers = stuck.holders.iter();
        let readers = readers.filter_map(|pid| snapshot.processes.get(pid));
        let mut reader = joined(readers.map(|subject| titled(&subject.facts)));
        if reader.is_empty() {
            "a hidden process".clone_into(&mut reader);
        }
        let bytes = stuck.socket.recv_queue.unwrap_or_default();
        let client = stuck.socket.local;
        let age = shown_whole(stuck.socket.age.unwrap_or_default());
        if stuck.is_older {
            format!("{reader} at {client} has {bytes} bytes unread, and read none in {age}")
        } else {
            format!("{reader} at {client} has {bytes} bytes unread; the last came {age} ago")
        }
    };
    let rows = snapshot.unread.iter().take(EVIDENCE_ROWS).map(row);
    let finding = Finding::new(Code::ClientNotReading, &first.socket.remote, summary);
    Some(finding.with_all_evidence(rows))
}

/// What could not be seen.
fn incomplete(snapshot: &Snapshot) -> Option<Finding> {
    let mut evidence = snapshot.degraded.clone();
    let hidden: Vec<&StuckSocket> = snapshot.stuck.iter().filter(|stuck| stuck.hidden).collect();
    if let Some(first) = hidden.first() {
        let user = first.socket.uid.map(|uid| snapshot.users.name(uid));
        let user = user.map_or_else(String::new, |user| format!(", of user {user}"));
        evidence.push(format!(
            "the owner of {} could not be seen{user}",
            counted(hidden.len(), "socket")
        ));
        if snapshot.unreadable_count > 0 {
            evidence.push(format!(
                "{} could not be read",
                counted(snapshot.unreadable_count, "process")
            ));
        }
    }
    if evidence.is_empty() {
        return None;
    }
    let summary = "not everything could be seen, so this is not the whole truth";
    let mut finding = Finding::new(Code::TableIncomplete, "this user", summary);
    if snapshot.own.uid == Some(0) {
        let remedy = match (snapshot.unreadable_count, hidden.is_empty()) {
            (0, true) => "look again; the evidence says what was missing",
            (0, false) => "look in the container that has it, or on its host",
            // Root of a container may lack the capability, and that of a user namespace the right to it.
            _ => {
                "run it on the machine itself, or in a container with `--pid=host --cap-add SYS_PTRACE`"
            }
        };
        finding.remedies = vec![remedy.to_owned()];
    }
    Some(finding.with_all_evidence(evidence))
}

pub(super) fn of_rows(code: Code, rows: &[&StuckSocket], what: &str) -> Option<Finding> {
    let first = rows.first()?;
    let subject = match first.side {
        Side::Client => first.socket.remote,
        Side::Gateway | Side::Relay => first.socket.local,
    };
    let count = counted(rows.len(), "socket");
    let verb = if rows.len() == 1 { "is" } else { "are" };
    let summary = format!("{count} {verb} {what}");
    let mut finding = Finding::new(code, &subject, summary);
    let oldest = rows.iter().max_by_key(|row| row.socket.age);
    if let Some(age) = oldest.and_then(|row| how_long(row)) {
        finding = finding.with_evidence(format!("the oldest has been stuck for {age}"));
    }
    let listed = rows.iter().take(EVIDENCE_ROWS).map(|stuck| row(stuck));
    finding = finding.with_all_evidence(listed);
    if rows.len() > EVIDENCE_ROWS {
        let more = rows.len() - EVIDENCE_ROWS;
        finding = finding.with_evidence(format!("and {more} more"));
    }
    Some(finding)
}

fn row(stuck: &StuckSocket) -> String {
    let socket = &stuck.socket;
    let age = how_long(stuck).map_or_else(String::new, |age| format!(", for {age}"));
    let unread = match socket.recv_queue {
        None => String::new(),
        Some(0) => ", read to its end".to_owned(),
        // The other end's FIN counts one.
        Some(1) => ", nothing unread but the end".to_owned(),
        Some(bytes) => format!(", {} bytes unread", bytes - 1),
    };
    format!("{} from {}{age}{unread}", socket.local, socket.remote)
}

/// How long a socket has been stuck; one that was only watched has been for longer.
fn how_long(stuck: &StuckSocket) -> Option<String> {
    let age = shown_whole(stuck.socket.age?);
    Some(if stuck.is_older {
        format!("at least {age}")
    } else {
        age
    })
}
