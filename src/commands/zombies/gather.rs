//! One look at the machine: the sockets of the Gateway ports, who holds them, who they are.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::process::{
    Facts, Owners, Ownership, Pid, ProcessId, ProgramKind, Search, Users, agree, kind,
};
use crate::report::{Listener, Side};
use crate::table::{Ports, Snapshot, Socket, Source, TableError, TcpState};
use crate::target::Role;
use crate::world::World;
use crate::zombie::{
    Class, Judgement, Listening, Own, Seen, Setting, Sight, Stuck, Subject, class, is_outgoing,
    is_unread, is_zombie, judge, side, unhealable,
};

/// What is to be looked at.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) world: &'a World,
    pub(super) ports: &'a Ports,
    pub(super) min_age: Duration,
    /// Processes that were named: their sockets are looked at like an orphan's.
    pub(super) named: &'a BTreeSet<Pid>,
    /// Whether processes are ended without pidfds.
    pub(super) by_pid: bool,
    /// Whether sockets of living clients are to be shut down too.
    pub(super) heal: bool,
    /// The user whose processes may be ended, if not ibdoc's own.
    pub(super) user: Option<u32>,
    /// An earlier look, by which sockets get ages that the table does not tell.
    pub(super) seen: Option<&'a Seen>,
}

/// Looks; errs if the socket table could not be read.
pub(super) fn look(question: &Question<'_>) -> Result<Sight, TableError> {
    let (world, ports) = (question.world, question.ports);
    let now = Instant::now();
    let snapshot = world.table.snapshot(ports)?;
    let of = |keep: &dyn Fn(&Socket) -> bool| -> Vec<Socket> {
        let sockets = snapshot.sockets.iter();
        sockets.filter(|socket| keep(socket)).cloned().collect()
    };
    let listening = of(&|s| s.state == TcpState::Listen && ports.contains(s.local.port()));
    let zombies = of(&|socket| is_zombie(socket, ports));
    let unread = of(&|socket| is_unread(socket, ports, question.min_age));
    let mut degraded: Vec<String> = snapshot.degraded.iter().cloned().collect();

    let asked = [listening.as_slice(), &zombies, &unread].concat();
    let owners = world.processes.owners(&asked, Search::First);
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
        unreadable_count: owners.unreadable.len(),
        own: own(world, question.user),
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
    if sight.stuck.is_empty() && sight.unread.is_empty() {
        return;
    }
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
        row.every = owners.missed.is_none();
    }
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
        .filter_map(|pid| reader.unread(*pid))
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
pub(super) fn gateway_ports(ports: &Ports) -> Ports {
    let known = Role::ALL.iter().map(|(port, _)| *port);
    ports.iter().chain(known).collect()
}

/// ibdoc itself; what cannot be read about it makes everybody unknown.
pub(super) fn own(world: &World, user: Option<u32>) -> Own {
    let pid = Pid(std::process::id());
    let facts = facts_of_own(world);
    let facts =
        facts.unwrap_or_else(|| Facts::unknown(ProcessId { pid, started: 0 }, String::new()));
    Own {
        id: facts.id,
        ancestors: facts.ancestors,
        uid: user.or(facts.uid),
        cgroup: facts.cgroup,
        net_namespace: facts.net_namespace,
        pid_namespace: facts.pid_namespace,
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

/// Reads processes; the table of all sockets at most once.
pub(super) struct Reader<'a> {
    world: &'a World,
    /// Every socket of the machine; `None` if they could not be read.
    all: OnceCell<Option<Snapshot>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let all = OnceCell::new();
        Self { world, all }
    }

    pub(super) fn facts(&self, pid: Pid) -> Option<Facts> {
        self.world.processes.facts(pid).ok().flatten()
    }

    /// Who a process is whose descriptors could not be read; `None` only if it has gone.
    fn unread(&self, pid: Pid) -> Option<Facts> {
        let read = self.world.processes.facts(pid);
        read.unwrap_or_else(|_| {
            let started = u64::MAX;
            Some(Facts::unknown(
                ProcessId { pid, started },
                "a process".to_owned(),
            ))
        })
    }

    /// Adds everybody who holds something and is not known yet.
    fn meet(&self, sight: &mut Sight) {
        let rows = sight.stuck.iter().chain(&sight.unread);
        let pids: BTreeSet<Pid> = rows.flat_map(|row| row.holders.clone()).collect();
        for pid in pids {
            if sight.people.contains_key(&pid) {
                continue;
            }
            let subject = self.subject(pid, &sight.own, &sight.gateway_ports);
            for silence in subject.iter().flat_map(|subject| &subject.facts.silences) {
                if !sight.degraded.contains(silence) {
                    sight.degraded.push(silence.clone());
                }
            }
            sight.people.extend(subject.map(|subject| (pid, subject)));
        }
    }

    /// Everything about one process; its sockets are not read where they cannot change anything.
    pub(super) fn subject(&self, pid: Pid, own: &Own, ports: &Ports) -> Option<Subject> {
        let mut subject = Subject {
            facts: self.facts(pid)?,
            parent: None,
            sockets: None,
        };
        let nobody = BTreeSet::new();
        let setting = Setting {
            own,
            ports,
            orphans: &nobody,
        };
        if class(&subject, &setting).class != Class::Protected {
            subject.facts = self.world.processes.examine(subject.facts);
            subject.parent = subject.facts.parent.and_then(|parent| self.facts(parent));
            subject.sockets = self.held(&subject.facts);
        }
        Some(subject)
    }

    fn held(&self, facts: &Facts) -> Option<Vec<Socket>> {
        let all = self
            .all
            .get_or_init(|| self.world.table.all().ok())
            .as_ref()?;
        let held = self.world.processes.held(facts.id.pid, &all.sockets);
        let held = held.ok()??;
        let is_whole = match all.source {
            // Poorer by nature; that no row is missing, a second source has to say.
            Source::Portable => agree(facts.endpoints.as_deref()?, &held),
            // Where a row may be missing, a connection that is up may be.
            _ => all.degraded.is_none(),
        };
        is_whole.then(|| held.into_iter().cloned().collect())
    }
}
