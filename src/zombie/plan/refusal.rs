//! Why a process is spared for a socket that it holds itself.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::event::Side;
use crate::machine::pid::Pid;
use crate::machine::sockets::{AddressPair, Socket, TcpState};
use crate::text::duration::shown;
use crate::zombie::class::{forbidding_descendant, who};
use crate::zombie::share::{created_by_another, may_share};
use crate::zombie::snapshot::key;
use crate::zombie::{Snapshot, StuckSocket, Subject, is_outgoing};

/// Why this process is spared for what it holds itself.
pub(super) fn refusal(
    subject: &Subject,
    snapshot: &Snapshot,
    half_duplex: &BTreeSet<AddressPair>,
    min_age: Duration,
) -> Option<String> {
    let Some(sockets) = &subject.sockets else {
        return Some("its sockets could not be read".to_owned());
    };
    let touching = |socket: &&Socket| socket.touches(&snapshot.gateway_ports);
    let touched: Vec<&Socket> = sockets.iter().filter(touching).collect();
    if touched.is_empty() {
        return Some("it holds no socket of a Gateway port".to_owned());
    }
    let rows = snapshot.rows();
    let refused = |socket: &&Socket| {
        if half_duplex.contains(&AddressPair::of(socket)) {
            return Some("the Gateway has closed one direction only and still reads".to_owned());
        }
        let row = rows.get(&key(socket)).copied();
        socket_refusal(socket, row, snapshot, min_age)
    };
    let foreign = |socket: &&Socket| created_by_another(socket, &subject.facts);
    let reason = touched.iter().find_map(refused);
    let reason = reason.or_else(|| touched.iter().find_map(foreign).map(str::to_owned));
    if reason.is_some() {
        return reason;
    }
    let sharer = snapshot
        .unreadable
        .iter()
        .find(|unread| may_share(unread, &subject.facts))?;
    let name = who(sharer);
    let remedy = as_root(snapshot);
    Some(format!(
        "{name} may hold its socket too and cannot be read{remedy}"
    ))
}

/// What else can be tried, by who is not root.
fn as_root(snapshot: &Snapshot) -> &'static str {
    if snapshot.own.uid == Some(0) {
        ", not even by root"
    } else {
        ": run it as root"
    }
}

/// Why a process that was named, and may be ended, is spared all the same.
pub(in crate::zombie) fn named_refusal(
    subject: &Subject,
    snapshot: &Snapshot,
    chosen: &BTreeSet<Pid>,
) -> Option<String> {
    let holds = |row: &&StuckSocket| {
        row.side == Side::Client && row.holders.contains(&subject.facts.id.pid)
    };
    if !snapshot.stuck.iter().any(|row| holds(&row)) {
        return Some("it holds no half-closed socket on these ports".to_owned());
    }
    let ends = |pid: Pid| chosen.contains(&pid);
    match forbidding_descendant(subject, &ends, &snapshot.context()) {
        Err(why) => Some(why),
        Ok(Some(child)) => Some(format!(
            "it may take a child along that is never ended, {child}"
        )),
        Ok(None) => None,
    }
}

fn socket_refusal(
    socket: &Socket,
    row: Option<&StuckSocket>,
    snapshot: &Snapshot,
    min_age: Duration,
) -> Option<String> {
    let port = socket.remote.port();
    if socket.state != TcpState::CloseWait || snapshot.gateway_ports.contains(socket.local.port()) {
        let state = socket.state.name();
        return Some(format!("its socket to port {port} is in {state}"));
    }
    if is_outgoing(socket, &snapshot.gateway_ports) {
        return Some("its Gateway is on another machine, out of sight".to_owned());
    }
    let Some(row) = row else {
        return Some(format!(
            "it holds a socket to port {port} too: add --port {port}"
        ));
    };
    // The table of all sockets, from which a process's own are, tells no ages.
    match row.socket.age {
        None => {
            return Some(format!(
                "how long its socket to port {port} has been half closed is not known: \
                 --kill looks twice, --min-age apart"
            ));
        }
        Some(age) if age < min_age => {
            return Some(young("half closed", row, age, min_age));
        }
        Some(_) => {}
    }
    if !row.every {
        return Some(if snapshot.invisible {
            "processes that cannot be seen from here (hidepid, or ibdoc is in a container) may \
             hold its socket too: run it as root on the machine itself"
                .to_owned()
        } else {
            "not every process that holds its socket is known".to_owned()
        });
    }
    let Some(listening) = snapshot.listener(socket.remote) else {
        return Some(format!(
            "nothing listens on port {port}: the Gateway may be restarting"
        ));
    };
    match listening.up {
        None => Some(format!(
            "how long port {port} has been listened on cannot be seen{}",
            as_root(snapshot)
        )),
        Some(up) if up < min_age => Some(format!(
            "the listener on port {port} has been up for {} only, and --min-age is {}",
            shown(up),
            shown(min_age)
        )),
        Some(_) => None,
    }
}

/// Why a socket is left alone that has not been stuck for long, as far as is known.
pub(in crate::zombie) fn young(
    how: &str,
    row: &StuckSocket,
    age: Duration,
    min_age: Duration,
) -> String {
    let (age, limit) = (shown(age), shown(min_age));
    if row.is_older {
        format!("seen {how} for {age} so far, and --min-age is {limit}")
    } else {
        format!("{how} for {age} only, and --min-age is {limit}")
    }
}
