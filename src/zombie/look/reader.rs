//! Who the holders of sockets are, and what other sockets they hold.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, agree};
use crate::machine::sockets::{self, Ports, Socket, Source, Wanted};
use crate::report::Class;
use crate::zombie::class::judge;
use crate::zombie::{Context, Snapshot, Subject, class};

/// Reads processes; the table of all sockets at most once.
pub(crate) struct Reader<'a> {
    pub(crate) world: &'a World,
    /// Every socket of the machine; `None` if they could not be read.
    all: OnceCell<Option<sockets::Snapshot>>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(world: &'a World) -> Self {
        let all = OnceCell::new();
        Self { world, all }
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

    /// Adds every process that holds one of the rows and is not known yet.
    pub(crate) fn meet(&self, snapshot: &mut Snapshot) {
        let rows = snapshot.stuck.iter().chain(&snapshot.unread);
        let pids: BTreeSet<Pid> = rows.flat_map(|row| row.holders.clone()).collect();
        for pid in pids {
            if snapshot.processes.contains_key(&pid) {
                continue;
            }
            let subject = self.subject(pid, &snapshot.own, &snapshot.gateway_ports);
            for silence in subject.iter().flat_map(|subject| &subject.facts.silences) {
                if !snapshot.degraded.contains(silence) {
                    snapshot.degraded.push(silence.clone());
                }
            }
            let met = subject.map(|subject| (pid, subject));
            snapshot.processes.extend(met);
        }
        self.add_peers(snapshot);
    }

    /// Adds who is at the other ends of the unix sockets, for each process that nothing else may
    /// spare: the answer takes a walk over all descriptors.
    fn add_peers(&self, snapshot: &mut Snapshot) {
        let mut without = snapshot.processes.clone();
        for subject in without.values_mut() {
            subject.peers.get_or_insert_default();
        }
        let judged = judge(&without, &snapshot.own, &snapshot.gateway_ports);
        let is_open = |subject: &&mut Subject| {
            let class = judged[&subject.facts.id.pid].class;
            subject.peers.is_none()
                && matches!(class, Class::Orphan | Class::Detached | Class::Unknown)
        };
        let mut open: Vec<&mut Subject> = snapshot.processes.values_mut().filter(is_open).collect();
        let pids: Vec<Pid> = open.iter().map(|subject| subject.facts.id.pid).collect();
        for (subject, peers) in open.iter_mut().zip(self.peers(&pids)) {
            subject.peers = peers;
        }
    }

    /// The processes at the other ends of the unix sockets of each of these; `None` if they could
    /// not be told, or if all have ended since.
    pub(crate) fn peers(&self, pids: &[Pid]) -> Vec<Option<Vec<Facts>>> {
        let living = |pids: Vec<Pid>| {
            // A child that a peer is just starting holds what the peer does, and has gone by now.
            let living = pids.iter().filter_map(|pid| self.facts(*pid));
            let living: Vec<Facts> = living.collect();
            (pids.is_empty() || !living.is_empty()).then_some(living)
        };
        let peers = self.world.processes.unix_peers(pids).into_iter();
        peers.map(|pids| living(pids?)).collect()
    }

    /// Everything about one process but its peers; its sockets are not read where they cannot
    /// change anything.
    pub(crate) fn subject(&self, pid: Pid, own: &Facts, ports: &Ports) -> Option<Subject> {
        let mut subject = Subject::of(self.facts(pid)?);
        let context = Context::alone(own, ports);
        if class(&subject, &context).class != Class::Protected {
            subject.facts = self.world.processes.examine(subject.facts);
            subject.parent = self.parent(&subject.facts);
            subject.sockets = self.held(&subject.facts);
            if class(&subject, &context).class == Class::Supervised {
                let parent = subject.parent.as_ref();
                subject.grandparent = parent.and_then(|parent| self.parent(parent));
            }
        }
        Some(subject)
    }

    fn parent(&self, facts: &Facts) -> Option<Facts> {
        self.world.processes.facts(facts.parent?).ok().flatten()
    }

    fn held(&self, facts: &Facts) -> Option<Vec<Socket>> {
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
        is_whole.then(|| held.into_iter().cloned().collect())
    }
}
