//! One look at the machine: the sockets of the Gateway ports, who holds them, who they are.

pub(crate) mod queues;
mod reader;
pub(crate) mod twice;
pub(crate) mod unread;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

pub(crate) use self::reader::Reader;
use super::{
    Judgement, Listening, Own, Seen, Setting, Sight, Stuck, Subject, is_outgoing, is_unread,
    is_zombie, judge, side, unhealable,
};
use crate::event::Side;
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::listener::Listener;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{
    Facts, Owners, Ownership, ProcessError, ProgramKind, Search, Users, kind,
};
use crate::machine::role::Role;
use crate::machine::sockets::{Ports, Snapshot, Socket, TableError, TcpState};
use crate::report::Class;

/// What is to be looked at.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) world: &'a World,
    pub(crate) ports: &'a Ports,
    pub(crate) min_age: Duration,
    /// Processes that were named: their sockets are looked at like an orphan's.
    pub(crate) named: &'a BTreeSet<Pid>,
    /// Whether processes are ended without pidfds.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "without pidfds there is no other way")
    )]
    pub(crate) by_pid: bool,
    /// Whether sockets of living clients are to be shut down too.
    pub(crate) heal: bool,
    /// The user whose processes may be ended, if not ibdoc's own.
    pub(crate) user: Option<u32>,
    /// An earlier look, by which sockets get ages that the table does not tell.
    pub(crate) seen: Option<&'a Seen>,
}

/// The rows of one snapshot that matter here.
struct Rows {
    listening: Vec<Socket>,
    zombies: Vec<Socket>,
    unread: Vec<Socket>,
    snapshot: Snapshot,
}

impl Rows {
    fn read(question: &Question<'_>) -> Result<Self, TableError> {
        let ports = question.ports;
        let snapshot = question.world.table.snapshot(ports)?;
        let of = |keep: &dyn Fn(&Socket) -> bool| -> Vec<Socket> {
            let sockets = snapshot.sockets.iter();
            sockets.filter(|socket| keep(socket)).cloned().collect()
        };
        Ok(Self {
            listening: of(&|s| s.state == TcpState::Listen && ports.contains(s.local.port())),
            zombies: of(&|socket| is_zombie(socket, ports)),
            unread: of(&|socket| is_unread(socket, ports, question.min_age)),
            snapshot,
        })
    }

    /// Those whose holders are asked for, in the order of the fields.
    fn asked(&self) -> Vec<Socket> {
        [self.listening.as_slice(), &self.zombies, &self.unread].concat()
    }

    /// A holder of each, in the order of [`Self::asked`]. A process that has ended since the table
    /// was read leaves sockets without one: what has gone with it is forgotten.
    fn owners(&mut self, world: &World) -> Result<Owners, ProcessError> {
        loop {
            let asked = self.asked();
            let owners = world.processes.owners(&asked, Search::First)?;
            let gone = world.gone(&asked, &owners);
            if gone.is_empty() {
                return Ok(owners);
            }
            let rows = [&mut self.listening, &mut self.zombies, &mut self.unread];
            for rows in rows.into_iter().chain([&mut self.snapshot.sockets]) {
                rows.retain(|row| !gone.contains(&row));
            }
        }
    }
}

/// Looks; errs if the socket table could not be read.
pub(crate) fn look(question: &Question<'_>) -> Result<Sight, TableError> {
    let (world, ports) = (question.world, question.ports);
    let now = Instant::now();
    let mut rows = Rows::read(question)?;
    let owners = rows.owners(world);
    let Rows {
        listening,
        zombies,
        unread,
        snapshot,
    } = rows;
    let mut degraded: Vec<String> = snapshot.degraded.iter().cloned().collect();
    let owners = owners.unwrap_or_else(|error| {
        degraded.push(error.to_string());
        Owners {
            invisible: true,
            ..Owners::default()
        }
    });
    let first_zombie = listening.len();
    let first_unread = first_zombie + zombies.len();
    let holders = |index: usize| owners.holders.get(index).cloned().unwrap_or_default();
    let listening: Vec<Listening> = listening
        .into_iter()
        .enumerate()
        .map(|(index, row)| Listening {
            who: world.listener_held_by(&row, holders(index).first().copied()),
            stuck_queue: accept_queue::stuck_by_one_look(&row, &snapshot.sockets),
            row,
            up: None,
        })
        .collect();
    let listeners: Vec<Listener> = listening.iter().map(|l| l.who.clone()).collect();
    let stuck = |index: usize, socket: Socket| Stuck {
        side: side(&socket, ports, &listeners),
        holders: holders(index),
        every: false,
        hidden: matches!(owners.of(index, &socket), Ownership::Hidden(_)),
        is_older: false,
        socket,
    };
    let rows = |first: usize, sockets: Vec<Socket>| -> Vec<Stuck> {
        let rows = sockets.into_iter().enumerate();
        rows.map(|(at, socket)| stuck(first + at, socket)).collect()
    };
    let mut sight = Sight {
        stuck: rows(first_zombie, zombies),
        unread: rows(first_unread, unread),
        ports: ports.clone(),
        gateway_ports: gateway_ports(ports),
        sockets: snapshot.sockets,
        listening,
        people: BTreeMap::new(),
        unreadable: Vec::new(),
        invisible: false,
        unreadable_count: owners.unreadable.len(),
        own: nobody(),
        users: Users::default(),
        degraded,
    };
    complete(&mut sight, question);
    if let Some(seen) = question.seen {
        seen.add_ages(&mut sight, now);
    }
    Ok(sight)
}

/// Adds who the holders are, and where nothing speaks for them every other holder.
fn complete(sight: &mut Sight, question: &Question<'_>) {
    if sight.stuck.is_empty() && sight.unread.is_empty() && sight.degraded.is_empty() {
        return;
    }
    sight.own = own(question.world, question.user);
    sight.users = Users::local();
    if sight.own.ancestors.is_none() {
        // Some systems tell the parents of other users' programs to a program of their own only.
        sight.own.ancestors = facts_of_own(question.world)
            .and_then(|own| question.world.processes.examine(own).ancestors);
    }
    let reader = Reader::new(question.world);
    reader.meet(sight);
    sight
        .stuck
        .retain(|row| !is_line_to_ibkr(row, &sight.people, &sight.ports));
    // A child that was just being started has gone by now: its parent is the one that listens.
    for listening in &mut sight.listening {
        if listening.who.pid.is_some() && listening.who.name.is_none() {
            listening.who = question.world.who_listens(&listening.row);
        }
    }
    let judged = judge(&sight.people, &sight.own, &sight.gateway_ports);
    let nobody = BTreeSet::new();
    let setting = Setting {
        own: &sight.own,
        ports: &sight.gateway_ports,
        orphans: &nobody,
    };
    let may_go = |pid: &Pid| {
        let healable = |subject| unhealable(subject, &setting).is_none();
        may_go(*pid, &judged, question.named)
            || question.heal && sight.people.get(pid).is_some_and(healable)
    };
    let doomed: Vec<usize> = sight
        .stuck
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.holders.is_empty() && row.holders.iter().all(may_go))
        .map(|(at, _)| at)
        .collect();
    if doomed.is_empty() {
        return;
    }
    find_every_holder(sight, &doomed, &reader);
}

/// Whether nothing but the rest of a plan can spare this process.
fn may_go(pid: Pid, judged: &BTreeMap<Pid, Judgement>, named: &BTreeSet<Pid>) -> bool {
    match judged.get(&pid).map(|judged| judged.class) {
        Some(Class::Orphan) => true,
        Some(Class::Detached) => named.contains(&pid),
        _ => false,
    }
}

/// Looks for every holder of these rows, and for how long the listeners have been up.
fn find_every_holder(sight: &mut Sight, rows: &[usize], reader: &Reader<'_>) {
    let doomed = rows.iter().map(|at| &sight.stuck[*at].socket);
    let listening = sight.listening.iter().map(|listening| &listening.row);
    let sockets: Vec<Socket> = doomed.chain(listening).cloned().collect();
    let owners = match reader.world.processes.owners(&sockets, Search::Every) {
        Ok(owners) => owners,
        Err(error) => return sight.degraded.push(error.to_string()),
    };
    let mut holders = owners.holders.into_iter();
    for at in rows {
        let row = &mut sight.stuck[*at];
        // One that was seen a moment ago still counts.
        row.holders.extend(holders.next().unwrap_or_default());
        row.holders.sort_unstable();
        row.holders.dedup();
        row.every = !owners.invisible && owners.missed.is_none();
    }
    sight.invisible = owners.invisible;
    for (listening, pids) in sight.listening.iter_mut().zip(holders) {
        // A child that is just being started holds it too, and has not been up for long.
        let ups = pids.iter().filter_map(|pid| reader.facts(*pid)?.up);
        listening.up = ups.max();
    }
    reader.meet(sight);
    sight.degraded.extend(owners.missed);
    sight.unreadable = owners
        .unreadable
        .iter()
        .filter_map(|pid| reader.facts(*pid))
        .collect();
}

/// A Gateway's connection to IBKR's servers, which listen on 4001 too.
fn is_line_to_ibkr(row: &Stuck, people: &BTreeMap<Pid, Subject>, ports: &Ports) -> bool {
    let is_gateway = |pid: &Pid| {
        let kind = people.get(pid).map(|subject| kind(&subject.facts, None));
        matches!(kind, Some(ProgramKind::Gateway | ProgramKind::Tws))
    };
    row.side == Side::Client
        && is_outgoing(&row.socket, ports)
        && row.holders.iter().any(is_gateway)
}

/// The ports of the census and every known one.
pub(crate) fn gateway_ports(ports: &Ports) -> Ports {
    let known = Role::ALL.iter().map(|(port, _)| *port);
    ports.iter().chain(known).collect()
}

/// ibdoc itself; what cannot be read about it makes everybody unknown.
pub(crate) fn own(world: &World, user: Option<u32>) -> Own {
    let Some(facts) = facts_of_own(world) else {
        return Own {
            uid: user,
            ..nobody()
        };
    };
    Own {
        id: facts.id,
        ancestors: facts.ancestors,
        uid: user.or(facts.uid),
        cgroup: facts.cgroup,
        net_namespace: facts.net_namespace,
        pid_namespace: facts.pid_namespace,
    }
}

/// An ibdoc of which nothing is known but its pid: it has not been asked for.
fn nobody() -> Own {
    let pid = Pid(std::process::id());
    Own {
        id: ProcessId { pid, started: 0 },
        ancestors: None,
        uid: None,
        cgroup: None,
        net_namespace: None,
        pid_namespace: None,
    }
}

fn facts_of_own(world: &World) -> Option<Facts> {
    let facts = world.processes.facts(Pid(std::process::id()));
    facts.ok().flatten().filter(|_| is_own_proc())
}

/// Whether `/proc` gives the pids by which ibdoc itself calls processes. In a pid namespace with
/// its host's `/proc` the same number is another process.
fn is_own_proc() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let own = std::fs::read_link("/proc/self").ok();
    let own = own.and_then(|own| own.to_str().and_then(|own| own.parse().ok()));
    own == Some(std::process::id())
}
