//! Who the holders of sockets are, and what other sockets they hold.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, agree};
use crate::machine::sockets::{Ports, Snapshot, Socket, Source};
use crate::report::Class;
use crate::zombie::{Own, Setting, Sight, Subject, class};

/// Reads processes; the table of all sockets at most once.
pub(crate) struct Reader<'a> {
    pub(crate) world: &'a World,
    /// Every socket of the machine; `None` if they could not be read.
    all: OnceCell<Option<Snapshot>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            all: OnceCell::new(),
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

    /// Adds everybody who holds something and is not known yet.
    pub(crate) fn meet(&self, sight: &mut Sight) {
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
    pub(crate) fn subject(&self, pid: Pid, own: &Own, ports: &Ports) -> Option<Subject> {
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
            subject.facts = self.world.processes.examine(subject.facts);
            subject.parent = self.parent(&subject.facts);
            subject.sockets = self.held(&subject.facts);
            subject.display = Some(false);
            let judged = class(&subject, &setting).class;
            if judged == Class::Supervised {
                let parent = subject.parent.as_ref();
                subject.grandparent = parent.and_then(|parent| self.parent(parent));
            }
            subject.display = match judged {
                Class::Protected | Class::Connected | Class::Service => None,
                // The worker of an orphan counts as supervised here.
                Class::Supervised
                | Class::Interactive
                | Class::Detached
                | Class::Orphan
                | Class::Unknown => self.world.processes.has_display(pid),
            };
        }
        Some(subject)
    }

    fn parent(&self, facts: &Facts) -> Option<Facts> {
        self.world.processes.facts(facts.parent?).ok().flatten()
    }

    fn held(&self, facts: &Facts) -> Option<Vec<Socket>> {
        let (processes, pid) = (&self.world.processes, facts.id.pid);
        let all = self.all.get_or_init(|| self.world.table.all().ok());
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
