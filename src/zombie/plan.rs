//! Which processes are to be ended, and why each other one is spared.
//!
//! After a restart of the Gateway every client is half closed for a while and may be about to
//! connect again. Against that stand three things, each measured by `--min-age`:
//! - a socket's age is the time since the Gateway ended its direction, so whatever a restart or
//!   a nightly login closes is young, whoever closed it;
//! - nothing is ended while nobody listens;
//! - nor while the listener's process is young. The socket's own age would be better, and Linux
//!   has none: `inet_diag` tells none, and the times of `/proc/PID/fd/N` are of the first look.
//!
//! So one thing is not guarded: a Gateway that ends its connections, stays without a listener for
//! longer than `--min-age` and opens it again in the same process. From that moment on, an orphan
//! that would connect again later counts as left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::class::{class, unhealable, who};

use super::share::{created_by_another, may_share};
use super::{Judgement, Own, Setting, Sight, Stuck, Subject, is_outgoing};
use crate::event::Side;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::{Ports, Socket, TcpState};
use crate::report::Class;
use crate::text::duration::shown;

/// What was typed about the plan.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// How long a socket must have been half closed, and its listener up.
    pub min_age: Duration,
    /// Only these, detached ones included; anyone if empty.
    pub named: BTreeSet<Pid>,
    /// Those for whom the answer was no.
    pub declined: BTreeSet<Pid>,
}

/// What a kill would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Every holder's class.
    pub judged: BTreeMap<Pid, Judgement>,
    /// Those to end, parents before their children.
    pub ends: Vec<ProcessId>,
    /// Why a process of a class that may be ended is spared all the same.
    pub refused: BTreeMap<Pid, String>,
}

/// Judges everybody: the children of an orphan are orphans too, in whatever order they come.
pub fn judge(
    people: &BTreeMap<Pid, Subject>,
    own: &Own,
    gateway_ports: &Ports,
) -> BTreeMap<Pid, Judgement> {
    let mut orphans = BTreeSet::new();
    loop {
        let setting = Setting {
            own,
            ports: gateway_ports,
            orphans: &orphans,
        };
        let judged: BTreeMap<Pid, Judgement> = people
            .iter()
            .map(|(pid, subject)| (*pid, class(subject, &setting)))
            .collect();
        let found: BTreeSet<ProcessId> = people
            .iter()
            .filter(|(pid, _)| judged[pid].class == Class::Orphan)
            .map(|(_, subject)| subject.facts.id)
            .collect();
        // An orphan stays one when more are known, so this ends.
        if found.len() <= orphans.len() {
            return judged;
        }
        orphans = found;
    }
}

/// Decides whom to end.
///
/// Who would be spared also if every age were known is spared for that: it is the better reason.
pub fn plan(sight: &Sight, wishes: &Wishes) -> Plan {
    let mut plan = decide(sight, wishes);
    if let Some(aged) = aged(sight, wishes.min_age) {
        for (pid, reason) in decide(&aged, wishes).refused {
            plan.refused.entry(pid).and_modify(|known| *known = reason);
        }
    }
    plan
}

fn decide(sight: &Sight, wishes: &Wishes) -> Plan {
    let judged = judge(&sight.people, &sight.own, &sight.gateway_ports);
    let mut refused = BTreeMap::new();
    let mut chosen = BTreeSet::new();
    for (pid, subject) in &sight.people {
        let judgement = &judged[pid];
        let wanted = match judgement.class {
            Class::Orphan => wishes.named.is_empty() || wishes.named.contains(pid),
            Class::Detached => wishes.named.contains(pid),
            Class::Protected
            | Class::Connected
            | Class::Service
            | Class::Supervised
            | Class::Interactive
            | Class::Unknown => continue,
        };
        let refusal = if wishes.declined.contains(pid) {
            Some("the answer was no".to_owned())
        } else if wanted {
            refusal(subject, sight, wishes)
        } else {
            Some(unnamed(*pid, judgement))
        };
        match refusal {
            Some(reason) => drop(refused.insert(*pid, reason)),
            None => drop(chosen.insert(*pid)),
        }
    }
    spare_the_entangled(sight, &mut chosen, &mut refused);
    Plan {
        ends: parents_first(sight, &chosen),
        judged,
        refused,
    }
}

/// Why a process is spared that was not named, and how it can be ended.
fn unnamed(pid: Pid, judged: &Judgement) -> String {
    if judged.class == Class::Detached {
        let why = &judged.reason;
        return format!("it was detached on purpose ({why}): --pid {pid} ends it");
    }
    format!("it was not named with --pid {pid}")
}

/// Why this process is spared for what it holds itself.
fn refusal(subject: &Subject, sight: &Sight, wishes: &Wishes) -> Option<String> {
    let Some(sockets) = &subject.sockets else {
        return Some("its sockets could not be read".to_owned());
    };
    if subject.facts.children.is_none() {
        return Some("its children could not be read".to_owned());
    }
    let touching = |socket: &&Socket| socket.touches(&sight.gateway_ports);
    let mut any = false;
    for socket in sockets.iter().filter(touching) {
        any = true;
        if let Some(reason) = socket_refusal(socket, sight, wishes.min_age) {
            return Some(reason);
        }
    }
    if !any {
        return Some("it holds no socket of a Gateway port".to_owned());
    }
    let mut touched = sockets.iter().filter(touching);
    if let Some(reason) = touched.find_map(|socket| created_by_another(socket, &subject.facts)) {
        return Some(reason.to_owned());
    }
    let sharer = sight
        .unreadable
        .iter()
        .find(|unread| may_share(unread, &subject.facts))?;
    let name = who(sharer);
    Some(format!(
        "{name} may hold its socket too and cannot be read: run it as root"
    ))
}

fn socket_refusal(socket: &Socket, sight: &Sight, min_age: Duration) -> Option<String> {
    let port = socket.remote.port();
    if socket.state != TcpState::CloseWait || sight.gateway_ports.contains(socket.local.port()) {
        let state = socket.state.name();
        return Some(format!("its socket to port {port} is in {state}"));
    }
    if is_outgoing(socket, &sight.gateway_ports) {
        return Some("its Gateway is on another machine, out of sight".to_owned());
    }
    if is_half_duplex(socket, sight) {
        return Some("the Gateway has closed one direction only and still reads".to_owned());
    }
    let Some(row) = sight.row(socket) else {
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
        return Some(if sight.invisible {
            "processes that cannot be seen from here (hidepid, or ibdoc is in a container) may \
             hold its socket too: run it as root on the machine itself"
                .to_owned()
        } else {
            "not everybody who holds its socket is known".to_owned()
        });
    }
    let Some(listening) = sight.listener(socket.remote) else {
        return Some(format!(
            "nothing listens on port {port}: the Gateway may be restarting"
        ));
    };
    match listening.up {
        None => Some(format!(
            "how long port {port} has been listened on cannot be seen: run it as root"
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
pub(super) fn young(how: &str, row: &Stuck, age: Duration, min_age: Duration) -> String {
    let (age, limit) = (shown(age), shown(min_age));
    if row.is_older {
        format!("seen {how} for {age} so far, and --min-age is {limit}")
    } else {
        format!("{how} for {age} only, and --min-age is {limit}")
    }
}

/// Whether the other end has only ended its own direction: somebody still holds it and may read.
fn is_half_duplex(socket: &Socket, sight: &Sight) -> bool {
    sight.sockets.iter().any(|row| {
        row.local == socket.remote
            && row.remote == socket.local
            && matches!(row.state, TcpState::FinWait1 | TcpState::FinWait2)
            && row.inode != Some(0)
    })
}

/// Takes off whoever shares a socket with somebody, or is the child of somebody, who stays.
fn spare_the_entangled(
    sight: &Sight,
    chosen: &mut BTreeSet<Pid>,
    refused: &mut BTreeMap<Pid, String>,
) {
    loop {
        let spared: Vec<(Pid, String)> = chosen
            .iter()
            .filter_map(|pid| Some((*pid, entangled(*pid, sight, chosen)?)))
            .collect();
        if spared.is_empty() {
            return;
        }
        for (pid, reason) in spared {
            chosen.remove(&pid);
            refused.insert(pid, reason);
        }
    }
}

fn entangled(pid: Pid, sight: &Sight, chosen: &BTreeSet<Pid>) -> Option<String> {
    let subject = sight.people.get(&pid)?;
    let name = |pid: Pid| match sight.people.get(&pid) {
        Some(subject) => who(&subject.facts),
        None => format!("pid {pid}"),
    };
    let rows = sight.stuck.iter().filter(|row| row.holders.contains(&pid));
    for other in rows.flat_map(|row| &row.holders) {
        if !chosen.contains(other) {
            return Some(format!("{} holds its socket too and stays", name(*other)));
        }
    }
    // Whoever ends may take its children along: a Gateway that it started, or a live client.
    let mut children = subject.facts.children.iter().flatten();
    if let Some(child) = children.find(|child| !chosen.contains(child)) {
        return Some(format!("its child {} is running and stays", name(*child)));
    }
    // Only a parent that is among the people can have made an orphan of its child. Who of that
    // pid was not read may be it.
    let parent = subject.facts.parent.filter(|parent| {
        let read = subject.parent.as_ref().map(|parent| parent.id);
        let listed = sight.people.get(parent).map(|listed| listed.facts.id);
        listed.is_some() && (read.is_none() || read == listed)
    })?;
    (parent.0 > 1 && !chosen.contains(&parent))
        .then(|| format!("its parent {} stays", name(parent)))
}

/// The sockets of living clients that may be shut down; not those whose holders are ended.
pub fn healable<'a>(sight: &'a Sight, ended: &[ProcessId], wishes: &Wishes) -> Vec<&'a Stuck> {
    let nobody = BTreeSet::new();
    let setting = Setting {
        own: &sight.own,
        ports: &sight.gateway_ports,
        orphans: &nobody,
    };
    let may_be = |row: &Stuck, pid: &Pid| {
        let Some(subject) = sight.people.get(pid) else {
            return false;
        };
        let unread = |unread| may_share(unread, &subject.facts);
        unhealable(subject, &setting).is_none()
            && (wishes.named.is_empty() || wishes.named.contains(pid))
            && !ended.contains(&subject.facts.id)
            && created_by_another(&row.socket, &subject.facts).is_none()
            && !sight.unreadable.iter().any(unread)
    };
    let rows = sight.stuck.iter().filter(|row| {
        row.side == Side::Client
            && row.socket.state == TcpState::CloseWait
            && !is_outgoing(&row.socket, &sight.gateway_ports)
            && row.socket.age.is_some_and(|age| age >= wishes.min_age)
            && !is_half_duplex(&row.socket, sight)
            && row.every
            && !row.holders.is_empty()
            && row.holders.iter().all(|pid| may_be(row, pid))
    });
    rows.collect()
}

fn parents_first(sight: &Sight, chosen: &BTreeSet<Pid>) -> Vec<ProcessId> {
    let depth = |mut pid: Pid| {
        let mut depth = 0;
        while let Some(parent) = sight.people.get(&pid).and_then(|s| s.facts.parent) {
            if !chosen.contains(&parent) || depth > chosen.len() {
                break;
            }
            depth += 1;
            pid = parent;
        }
        depth
    };
    let mut order: Vec<(usize, Pid)> = chosen.iter().map(|pid| (depth(*pid), *pid)).collect();
    order.sort_unstable();
    let ids = order.iter().filter_map(|(_, pid)| sight.people.get(pid));
    ids.map(|subject| subject.facts.id).collect()
}

/// The same sight if each unknown age were old enough; nothing if all ages are known.
pub(super) fn aged(sight: &Sight, min_age: Duration) -> Option<Sight> {
    let unknown = |stuck: &Stuck| stuck.socket.age.is_none();
    sight.stuck.iter().any(unknown).then(|| {
        let mut aged = sight.clone();
        for stuck in &mut aged.stuck {
            stuck.socket.age.get_or_insert(min_age);
        }
        aged
    })
}
