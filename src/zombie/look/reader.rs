//! Who the holders of sockets are, and what other sockets they hold.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, Peer, Search, agree};
use crate::machine::sockets::{self, AddressPair, Ports, Socket, Source, TcpState, Wanted};
use crate::report::{Class, MayEnd};
use crate::zombie::class::{charge, is_out_of_question, judge};
use crate::zombie::unit::service;
use crate::zombie::{Context, PeerProcess, Snapshot, StuckSocket, Subject, class};

/// More parents of a process are not read.
const ANCESTORS: usize = 16;
/// How often the holder of a row is searched for.
const SEARCHES: u32 = 3;

/// Reads processes; the table of all sockets at most once.
pub(crate) struct Reader<'a> {
    pub(crate) world: &'a World,
    /// Every socket of the machine; `None` if they could not be read.
    all: OnceCell<Option<sockets::Snapshot>>,
    /// The parents that were read, which many processes have in common.
    parents: RefCell<BTreeMap<Pid, Option<Facts>>>,
    /// Whether each of these services has ended, and whether it is of a user's manager.
    services: RefCell<BTreeMap<(String, bool), bool>>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(world: &'a World) -> Self {
        Self {
            world,
            all: OnceCell::new(),
            parents: RefCell::new(BTreeMap::new()),
            services: RefCell::new(BTreeMap::new()),
        }
    }

    /// Who a process is; `None` only if it has gone. One that cannot be read is still there.
    pub(crate) fn facts(&self, pid: Pid) -> Option<Facts> {
        let read = self.world.processes.facts(pid);
        read.unwrap_or_else(|_| {
            let started = u64::MAX;
            Some(Facts::unknown(
                ProcessId { pid, started },
                "a process".to_owned(),
            ))
        })
    }

    /// Adds every process that holds one of the rows and is not known yet, and takes back those that
    /// have let go of it since: a child that is being started holds its parent's sockets, under its
    /// parent's name, until it runs a program of its own.
    pub(crate) fn meet(&self, snapshot: &mut Snapshot) {
        for _ in 0..SEARCHES {
            let let_go = self.meet_once(snapshot);
            if let_go.is_empty() {
                break;
            }
            self.search_again(snapshot, &let_go);
        }
        self.add_peers(snapshot);
    }

    /// Takes back these holders, and looks for another one of each row that is left without.
    fn search_again(&self, snapshot: &mut Snapshot, let_go: &BTreeSet<Pid>) {
        let rows = snapshot.stuck.iter_mut().chain(&mut snapshot.unread);
        let rows = rows.chain(&mut snapshot.resetting);
        let mut lost: Vec<&mut StuckSocket> = Vec::new();
        for row in rows {
            let before = row.holders.len();
            row.holders.retain(|pid| !let_go.contains(pid));
            if row.holders.is_empty() && before > 0 {
                lost.push(row);
            }
        }
        let sockets: Vec<Socket> = lost.iter().map(|row| row.socket.clone()).collect();
        let owners = self.world.processes.owners(&sockets, Search::First);
        for (row, holders) in lost
            .iter_mut()
            .zip(owners.iter().flat_map(|it| &it.holders))
        {
            row.holders.clone_from(holders);
        }
    }

    /// Whether a process has let go of every row that it was seen to hold.
    fn has_let_go(&self, pid: Pid, snapshot: &Snapshot) -> bool {
        let rows = snapshot.held();
        let rows = rows.filter(|row| row.holders.contains(&pid));
        let rows: Vec<Socket> = rows.map(|row| row.socket.clone()).collect();
        let held = self.world.processes.held(pid, &rows);
        held.ok().flatten().is_some_and(|held| held.is_empty())
    }

    /// Adds those that are not known yet; the ones that have let go.
    fn meet_once(&self, snapshot: &mut Snapshot) -> BTreeSet<Pid> {
        let mut let_go = BTreeSet::new();
        let pids: BTreeSet<Pid> = snapshot
            .held()
            .flat_map(|row| row.holders.clone())
            .collect();
        for pid in pids {
            if snapshot.processes.contains_key(&pid) {
                continue;
            }
            let subject = self.subject(pid, &snapshot.own, &snapshot.gateway_ports);
            if subject.is_some() && self.has_let_go(pid, snapshot) {
                let_go.insert(pid);
                continue;
            }
            for silence in subject.iter().flat_map(|subject| &subject.facts.silences) {
                if !snapshot.degraded.contains(silence) {
                    snapshot.degraded.push(silence.clone());
                }
            }
            let met = subject.map(|subject| (pid, subject));
            snapshot.processes.extend(met);
        }
        let_go
    }

    /// Adds who is at the other ends of pipes and unix sockets, for each process that nothing else
    /// spares: the answer takes a walk over all descriptors.
    fn add_peers(&self, snapshot: &mut Snapshot) {
        let mut without = snapshot.processes.clone();
        for subject in without.values_mut() {
            subject.peers.get_or_insert_default();
        }
        let judged = judge(&without, &snapshot.own_as_any(), &snapshot.gateway_ports);
        let is_open = |subject: &&mut Subject| {
            subject.peers.is_none() && judged[&subject.facts.id.pid].answer == MayEnd::Orphan
        };
        let mut open: Vec<&mut Subject> = snapshot.processes.values_mut().filter(is_open).collect();
        let facts: Vec<Facts> = open.iter().map(|subject| subject.facts.clone()).collect();
        let facts: Vec<&Facts> = facts.iter().collect();
        for (subject, peers) in open.iter_mut().zip(self.peers(&facts)) {
            subject.peers = peers;
        }
    }

    /// The processes at the other ends of the pipes and unix sockets of each of these; `None` if they
    /// could not be told, or if all have ended since.
    pub(crate) fn peers(&self, processes: &[&Facts]) -> Vec<Option<Vec<PeerProcess>>> {
        let living = |peers: Vec<Peer>| {
            // A child that a peer is just starting holds what the peer does, and has gone by now.
            let living = peers.iter().filter_map(|peer| {
                let facts = self.facts(peer.pid)?;
                let link = peer.link;
                Some(PeerProcess { facts, link })
            });
            let living: Vec<PeerProcess> = living.collect();
            (peers.is_empty() || !living.is_empty()).then_some(living)
        };
        let peers = self.world.processes.peers(processes).into_iter();
        peers.map(|peers| living(peers?)).collect()
    }

    /// Everything about one process but its peers; what cannot change anything is not read.
    pub(crate) fn subject(&self, pid: Pid, own: &Facts, ports: &Ports) -> Option<Subject> {
        let mut subject = Subject::of(self.facts(pid)?);
        // What another user's process were to that one is asked all the same.
        let users = own.users.clone().filter(|users| {
            let uid = subject.facts.uid;
            uid.is_some_and(|uid| users.contains(&uid))
        });
        let theirs = Facts {
            users: users.or(subject.facts.uid.map(|uid| vec![uid])),
            ..own.clone()
        };
        if !is_out_of_question(&subject, &Context::alone(&theirs, ports)) {
            subject.facts = self.world.processes.examine(subject.facts);
            subject.parent = self.parent(&subject.facts);
            subject.ancestors = self.ancestors(&subject);
            subject.sockets = self.held(&subject.facts);
            let rows = subject.sockets.iter().flatten();
            let rows = rows.filter(|row| row.state == TcpState::CloseWait && row.touches(ports));
            let inodes: Vec<u64> = rows.filter_map(|row| row.inode).collect();
            subject.out_of_reach = self.world.processes.out_of_reach(pid, &inodes);
            subject.family = self.family(&subject.facts, &theirs, ports);
            subject.outlives_service = self.outlives_service(&subject.facts, own);
        }
        Some(subject)
    }

    /// Whether systemd says that the service has ended in whose control group the process runs. One that
    /// leads a session, as a service's main process does, or has a leader is not asked about.
    fn outlives_service(&self, facts: &Facts, own: &Facts) -> bool {
        let groups = facts.cgroup.as_ref().zip(own.cgroup.as_ref());
        let service = groups.and_then(|(group, own)| service(group, own));
        let Some((name, is_users)) = service.filter(|_| facts.session_leader_alive == Some(false))
        else {
            return false;
        };
        // Of users' managers only that of ibdoc's own user is asked.
        if is_users && facts.uid != own.uid {
            return false;
        }
        let mut services = self.services.borrow_mut();
        let asked = services.entry((name, is_users));
        let ask = |(name, is_users): &(String, bool)| {
            self.world.processes.has_ended_service(name, *is_users)
        };
        *asked.or_insert_with_key(ask)
    }

    /// Who is in charge of a process, as half a sentence; `None` where nothing shows.
    pub(crate) fn in_charge(&self, facts: &Facts) -> Option<String> {
        let own = self.world.processes.facts(Pid(std::process::id()));
        let mut subject = Subject::of(self.world.processes.examine(facts.clone()));
        subject.parent = self.parent(&subject.facts);
        subject.ancestors = self.ancestors(&subject);
        charge(&subject, &own.ok().flatten()?)
    }

    fn parent(&self, facts: &Facts) -> Option<Facts> {
        let parent = facts.parent?;
        if let Some(known) = self.parents.borrow().get(&parent) {
            return known.clone();
        }
        let read = self.world.processes.facts(parent).ok().flatten();
        self.parents.borrow_mut().insert(parent, read.clone());
        read
    }

    /// Those above its parent, as far as they can be read.
    fn ancestors(&self, subject: &Subject) -> Vec<Facts> {
        let mut ancestors: Vec<Facts> = Vec::new();
        let mut last = subject.parent.clone();
        while let Some(next) = last.as_ref().and_then(|facts| self.parent(facts)) {
            if ancestors.len() == ANCESTORS {
                break;
            }
            ancestors.push(next.clone());
            last = Some(next);
        }
        ancestors
    }

    /// Its running descendants, each with its sockets.
    fn family(&self, facts: &Facts, own: &Facts, ports: &Ports) -> Option<Vec<Subject>> {
        if facts.children.as_ref()?.is_empty() {
            return Some(Vec::new());
        }
        let pids = self.world.processes.descendants(facts.id.pid)?;
        let others = pids.into_iter().filter(|pid| *pid != facts.id.pid);
        let descendant = |pid| {
            let mut subject = Subject::of(self.facts(pid)?);
            let is_protected =
                class(&subject, &Context::alone(own, ports)).class == Class::Protected;
            if !is_protected {
                subject.facts = self.world.processes.examine(subject.facts);
                subject.sockets = self.held(&subject.facts);
            }
            Some(subject)
        };
        Some(others.filter_map(descendant).collect())
    }

    /// The sockets that it holds; `None` if they cannot be told.
    pub(crate) fn held(&self, facts: &Facts) -> Option<Vec<Socket>> {
        let (processes, pid) = (&self.world.processes, facts.id.pid);
        let all = self
            .all
            .get_or_init(|| self.world.table.read(Wanted::Open).ok());
        let all = all.as_ref()?;
        let held = processes.held(pid, &all.sockets).ok()??;
        let is_whole = match all.source {
            // Poorer by nature; that no row is missing, a second source has to say.
            Source::Portable => agree(facts.endpoints.as_deref()?, &held),
            // Where a row may be missing, a connection that is up may be.
            _ => all.degraded.is_none(),
        };
        let is_here = |pair: AddressPair, cookie: u64| {
            let found = self.world.table.find(pair.local, pair.remote);
            found
                .ok()
                .flatten()
                .is_some_and(|row| row.cookie == Some(cookie))
        };
        let is_whole = is_whole && !processes.is_connected_elsewhere(pid, &all.sockets, &is_here);
        is_whole.then(|| held.into_iter().cloned().collect())
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
