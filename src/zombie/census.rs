//! The census: which sockets are half closed or not accepted, and on whose side.

use std::time::Duration;

use crate::event::CensusCount;
use crate::event::Side;
use crate::machine::listener::Listener;
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, ProgramKind};
use crate::machine::sockets::{Ports, Socket, TcpState};
use crate::report::{Action, Holder, Zombie};

use super::class::who;
use super::plan::young;
use super::{Plan, Sight, Stuck};
use crate::report::Class;

/// Bytes unread for this long are no mere delay.
const UNREAD_FOR: Duration = Duration::from_secs(5);

/// Counts the connections of clients on these ports.
///
/// Established ones are counted at the Gateway's end; half-closed ones on whichever side.
pub fn count(sockets: &[Socket], ports: &Ports) -> CensusCount {
    let mut count = CensusCount::default();
    for socket in sockets.iter().filter(|socket| !is_outgoing(socket, ports)) {
        let theirs = ports.contains(socket.local.port());
        match socket.state {
            TcpState::CloseWait => count.close_wait += 1,
            TcpState::Established if theirs && socket.accepted() != Some(false) => {
                count.established += 1;
            }
            _ => {}
        }
        if theirs && socket.accepted() == Some(false) {
            count.unaccepted += 1;
        }
    }
    count
}

/// Whether a socket belongs into the census: half closed, or waiting to be accepted.
pub fn is_zombie(socket: &Socket, ports: &Ports) -> bool {
    let theirs = ports.contains(socket.local.port());
    let touches = theirs || ports.contains(socket.remote.port());
    let unaccepted = theirs && socket.accepted() == Some(false);
    touches && (socket.state == TcpState::CloseWait || unaccepted)
}

/// Whether its other end is a Gateway port of another machine.
///
/// IB's own servers listen on 4001 too: a Gateway's connection to them is no API client.
pub fn is_outgoing(socket: &Socket, ports: &Ports) -> bool {
    let there = socket.remote.ip();
    !ports.contains(socket.local.port())
        && ports.contains(socket.remote.port())
        && !there.is_loopback()
        && there != socket.local.ip()
}

/// Whether a client of a Gateway on this machine has long left its answer unread.
pub fn is_unread(socket: &Socket, ports: &Ports, min_age: Duration) -> bool {
    leaves_unread(socket, ports) && socket.age.is_some_and(|age| age >= unread_for(min_age))
}

/// Whether a client has bytes unread of which the last are fresh: it may be reading them or not.
pub fn may_be_unread(socket: &Socket, ports: &Ports, min_age: Duration) -> bool {
    leaves_unread(socket, ports) && socket.age.is_some_and(|age| age < unread_for(min_age))
}

/// How long bytes must lie unread before that is said.
pub fn unread_for(min_age: Duration) -> Duration {
    min_age.min(UNREAD_FOR)
}

/// Whether the program has read nothing between these two looks, although it could have.
pub fn has_read_nothing(before: &Socket, now: &Socket) -> bool {
    let read = |socket: &Socket| {
        let unread = u64::from(socket.recv_queue.filter(|bytes| *bytes > 0)?);
        socket.bytes_received?.checked_sub(unread)
    };
    let same = before.cookie == now.cookie && now.state == TcpState::Established;
    same && read(before).is_some_and(|bytes| read(now) == Some(bytes))
}

fn leaves_unread(socket: &Socket, ports: &Ports) -> bool {
    socket.state == TcpState::Established
        && ports.contains(socket.remote.port())
        && !ports.contains(socket.local.port())
        && !is_outgoing(socket, ports)
        && socket.recv_queue.is_some_and(|bytes| bytes > 0)
}

/// Whose socket it is, seen from the Gateway's port.
pub fn side(socket: &Socket, ports: &Ports, listeners: &[Listener]) -> Side {
    let port = socket.local.port();
    if !ports.contains(port) {
        return Side::Client;
    }
    let relay = listeners
        .iter()
        .any(|listener| listener.port == port && listener.kind == ProgramKind::Relay);
    if relay { Side::Relay } else { Side::Gateway }
}

/// One line of the census: what is done about it, and why.
pub fn describe(stuck: &Stuck, sight: &Sight, plan: &Plan, min_age: Duration) -> Zombie {
    let socket = &stuck.socket;
    let (action, reason) = match too_young(stuck, min_age) {
        Some(reason) => (Action::None, reason),
        None => decided(stuck, sight, plan),
    };
    let holders = stuck.holders.iter().map(|pid| holder(*pid, sight, plan));
    Zombie {
        local: socket.local,
        remote: socket.remote,
        side: stuck.side,
        accepted: match stuck.side {
            Side::Client => Some(true),
            Side::Gateway | Side::Relay => socket.accepted(),
        },
        age: socket.age,
        is_older: stuck.is_older,
        recv_queue: socket.recv_queue,
        inode: socket.inode,
        holders: holders.collect(),
        action,
        reason,
        cleared: false,
    }
}

fn holder(pid: Pid, sight: &Sight, plan: &Plan) -> Holder {
    let facts = sight.people.get(&pid).map(|subject| &subject.facts);
    let judged = plan.judged.get(&pid);
    Holder {
        pid,
        started: facts.map(|facts| facts.id.started),
        name: facts.map(Facts::title),
        user: facts
            .and_then(|facts| facts.uid)
            .map(|uid| sight.users.name(uid)),
        class: judged.map_or(Class::Unknown, |judged| judged.class),
        reason: judged.map_or_else(|| "it has gone".to_owned(), |judged| judged.reason.clone()),
    }
}

/// What is done about a socket that has been stuck for long enough.
fn decided(stuck: &Stuck, sight: &Sight, plan: &Plan) -> (Action, String) {
    let none = |reason: &str| (Action::None, reason.to_owned());
    match (stuck.side, stuck.socket.accepted()) {
        (Side::Gateway, Some(false)) => return none("nobody has accepted it, so nothing owns it"),
        (Side::Gateway, _) => return none("the listener's own: no kill of a client clears it"),
        (Side::Relay, Some(false)) => return none("the relay has not accepted it"),
        (Side::Relay, _) => return none("the relay's own: no kill of a client clears it"),
        (Side::Client, _) => {}
    }
    if stuck.holders.is_empty() {
        return none(
            match (stuck.hidden, is_outgoing(&stuck.socket, &sight.ports)) {
                (true, true) => {
                    "whose it is cannot be seen; perhaps the Gateway's own line to IBKR"
                }
                (true, false) => "whose it is cannot be seen",
                (false, _) => "nobody holds it any more",
            },
        );
    }
    let stays = |pid: &&Pid| !plan.ends.iter().any(|id| id.pid == **pid);
    match stuck.holders.iter().find(stays) {
        Some(pid) => (Action::Spare, spared(*pid, sight, plan)),
        None => (
            Action::Kill,
            "every process that holds it may be ended".to_owned(),
        ),
    }
}

/// What a process of this class is, as in "it is …".
pub fn worded(class: Class) -> &'static str {
    match class {
        Class::Orphan => "an orphan",
        Class::Service => "a service",
        other => other.name(),
    }
}

/// Why a holder is not ended.
fn spared(pid: Pid, sight: &Sight, plan: &Plan) -> String {
    let name = match sight.people.get(&pid) {
        Some(subject) => who(&subject.facts),
        None => format!("pid {pid}"),
    };
    match (plan.refused.get(&pid), plan.judged.get(&pid)) {
        (Some(reason), _) => format!("{name}: {reason}"),
        (None, Some(judged)) => format!("{name} is {}: {}", worded(judged.class), judged.reason),
        (None, None) => format!("{name} has gone"),
    }
}

/// Why a socket is left alone that has not been stuck for long; its age may be unknown.
pub(super) fn too_young(stuck: &Stuck, min_age: Duration) -> Option<String> {
    let age = stuck.socket.age.filter(|age| *age < min_age)?;
    Some(young("stuck", stuck, age, min_age))
}
