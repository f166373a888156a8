//! The census: which sockets on the Gateway ports are half closed or not accepted, on whose
//! side, and what that means. Pure functions of plain data.

use crate::event::CensusCount;
use crate::finding::{Code, Finding};
use crate::process::ProgramKind;
use crate::report::{Action, Holder, Listener, Side, Zombie};
use crate::session::shown;
use crate::table::{Ports, Socket, TcpState};

/// Counts the connections of clients on these ports.
///
/// Established ones are counted at the Gateway's end; half-closed ones on whichever side.
pub fn count(sockets: &[Socket], ports: &Ports) -> CensusCount {
    let mut count = CensusCount::default();
    for socket in sockets {
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

/// One line of the census; nothing is done about it yet.
pub fn describe(socket: &Socket, side: Side, holders: Vec<Holder>) -> Zombie {
    let accepted = socket.accepted();
    let reason = match (side, accepted) {
        (Side::Gateway, Some(false)) => "nobody has accepted it, so nothing owns it",
        (Side::Gateway, _) => "the Gateway's own socket: no kill of a client clears it",
        (Side::Relay, Some(false)) => "the relay has not accepted it, so nothing owns it",
        (Side::Relay, _) => "the relay's own socket: no kill of a client clears it",
        (Side::Client, _) => "a client's socket: it has not noticed that the Gateway closed",
    };
    Zombie {
        local: socket.local,
        remote: socket.remote,
        side,
        accepted: if side == Side::Client {
            Some(true)
        } else {
            accepted
        },
        age: socket.age,
        recv_queue: socket.recv_queue,
        inode: socket.inode,
        holders,
        action: match side {
            Side::Client => Action::Spare,
            Side::Gateway | Side::Relay => Action::None,
        },
        reason: reason.to_owned(),
    }
}

/// What the census means, one finding for each kind of zombie.
pub fn assess(zombies: &[Zombie]) -> Vec<Finding> {
    let kinds = [
        (
            Code::ZombieGatewayOwned,
            "half-closed sockets are the Gateway's own",
        ),
        (
            Code::ZombieRelayOwned,
            "half-closed sockets are the relay's",
        ),
        (Code::ZombieUnaccepted, "connections wait to be accepted"),
        (
            Code::ZombieClientLive,
            "half-closed sockets are held by clients",
        ),
    ];
    let of_kind = |(code, what)| {
        let members: Vec<&Zombie> = zombies
            .iter()
            .filter(|zombie| kind(zombie) == code)
            .collect();
        let first = members.first()?;
        let subject = match first.side {
            Side::Client => first.remote,
            Side::Gateway | Side::Relay => first.local,
        };
        let finding = Finding::new(code, &subject, format!("{} {what}", members.len()));
        Some(finding.with_all_evidence(members.iter().take(EVIDENCE_ROWS).map(|z| row(z))))
    };
    kinds.into_iter().filter_map(of_kind).collect()
}

/// How many sockets a finding lists; the report has them all.
const EVIDENCE_ROWS: usize = 5;

fn kind(zombie: &Zombie) -> Code {
    match (zombie.side, zombie.accepted) {
        (Side::Client, _) => Code::ZombieClientLive,
        (_, Some(false)) => Code::ZombieUnaccepted,
        (Side::Gateway, _) => Code::ZombieGatewayOwned,
        (Side::Relay, _) => Code::ZombieRelayOwned,
    }
}

fn row(zombie: &Zombie) -> String {
    let age = zombie
        .age
        .map_or_else(String::new, |age| format!(", {} old", shown(age)));
    let unread = zombie
        .recv_queue
        .map_or_else(String::new, |n| format!(", Recv-Q {n}"));
    format!("{} from {}{age}{unread}", zombie.local, zombie.remote)
}
