//! Who the holders of sockets are, and what other sockets they hold.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::process::{Facts, Pid, ProcessId};
use crate::table::{Ports, Socket};
use crate::world::World;
use crate::zombie::{Class, Own, Setting, Sight, Subject, class};

/// Reads processes; the table of all sockets at most once.
pub(super) struct Reader<'a> {
    pub(super) world: &'a World,
    /// Sockets that were read before: whoever holds no others needs no table of all.
    seen: Vec<Socket>,
    /// Every socket of the machine; `None` if they could not all be read.
    all: OnceCell<Option<Vec<Socket>>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self {
            world,
            seen: Vec::new(),
            all: OnceCell::new(),
        }
    }

    /// One that has read these sockets before: what is half closed there has stayed so or gone.
    pub(super) fn after(world: &'a World, seen: &[Socket]) -> Self {
        Self {
            seen: seen.to_vec(),
            ..Self::new(world)
        }
    }

    pub(super) fn facts(&self, pid: Pid) -> Option<Facts> {
        self.world.processes.facts(pid).ok().flatten()
    }

    pub(super) fn alone(&self, pid: Pid) -> Option<Facts> {
        self.world.processes.alone(pid).ok().flatten()
    }

    /// Who a process is whose descriptors could not be read; `None` only if it has gone.
    pub(super) fn unread(&self, pid: Pid) -> Option<Facts> {
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
    pub(super) fn meet(&self, sight: &mut Sight) {
        let rows = sight.stuck.iter().chain(&sight.unread);
        let pids: BTreeSet<Pid> = rows.flat_map(|row| row.holders.clone()).collect();
        for pid in pids {
            if sight.people.contains_key(&pid) {
                continue;
            }
            let subject = self.subject(pid, &sight.own, &sight.gateway_ports);
            sight.people.extend(subject.map(|subject| (pid, subject)));
        }
    }

    /// Everything about one process; its sockets are not read where they cannot change anything.
    pub(super) fn subject(&self, pid: Pid, own: &Own, ports: &Ports) -> Option<Subject> {
        let mut subject = Subject {
            facts: self.facts(pid)?,
            parent: None,
            grandparent: None,
            sockets: None,
            display: None,
        };
        let nobody = BTreeSet::new();
        let setting = Setting {
            own,
            ports,
            orphans: &nobody,
        };
        if class(&subject, &setting).class != Class::Protected {
            subject.parent = self.parent(&subject.facts);
            subject.sockets = self.held(pid);
            subject.display = Some(false);
            let judged = class(&subject, &setting).class;
            if judged == Class::Supervised {
                let parent = subject.parent.as_ref();
                subject.grandparent = parent.and_then(|parent| self.parent(parent));
            }
            subject.display = match judged {
                Class::Protected | Class::Connected | Class::Service | Class::Unknown => None,
                // The worker of an orphan counts as supervised here.
                Class::Supervised | Class::Interactive | Class::Detached | Class::Orphan => {
                    self.world.processes.has_display(pid)
                }
            };
        }
        Some(subject)
    }

    fn parent(&self, facts: &Facts) -> Option<Facts> {
        self.alone(facts.parent?)
    }

    fn held(&self, pid: Pid) -> Option<Vec<Socket>> {
        let processes = &self.world.processes;
        if let Ok(Some(held)) = processes.held_if_all(pid, &self.seen) {
            return Some(held.into_iter().cloned().collect());
        }
        let all = self.all.get_or_init(|| {
            let snapshot = self.world.table.all().ok()?;
            // Where a row may be missing, a connection that is up may be.
            snapshot.degraded.is_none().then_some(snapshot.sockets)
        });
        let held = processes.held(pid, all.as_deref()?).ok()??;
        Some(held.into_iter().cloned().collect())
    }
}
