//! Which half-closed sockets of living clients may be shut down, and why each other one is left.

use super::plan::young;
use super::share::{created_by_another, may_share};
use super::{Census, StuckSocket, Subject};
use crate::event::Side;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Entry, Facts};
use crate::machine::sockets::{AddressPair, TcpState};

const ROOT_ONLY: &str = "the kernel lets only root into it (Yama's ptrace_scope)";
const CLOSED: &str = "the kernel does not let ibdoc into it (Yama's ptrace_scope, or a container without \
     CAP_SYS_PTRACE)";
const OUT_OF_REACH: &str = "no descriptor of its can be copied: it is in an io_uring, or one thread's own, which takes \
     Linux 6.9";

impl Census {
    /// The sockets of living clients that may be shut down; not those whose holders are ended.
    pub fn healable(&self, ended: &[ProcessId]) -> Vec<&StuckSocket> {
        let of_ended = |row: &StuckSocket| {
            let mut holders = row.holders.iter();
            holders.any(|pid| ended.iter().any(|id| id.pid == *pid))
        };
        let named = |row: &StuckSocket| row.holders.iter().all(|pid| self.criteria.admits(*pid));
        let rows = self.snapshot.stuck.iter();
        let rows = rows.filter(|row| named(row) && !of_ended(row));
        rows.filter(|row| self.unhealed(row, None).is_none())
            .collect()
    }

    /// Why this socket is not shut down, said of this holder; `None` if it may be.
    pub fn unhealed(&self, row: &StuckSocket, about: Option<Pid>) -> Option<String> {
        let never = self.unhealable(row, about);
        never.or_else(|| match row.socket.age {
            None => Some("how long it has been half closed is not known".to_owned()),
            Some(age) if age < self.criteria.min_age => {
                Some(young("half closed", row, age, self.criteria.min_age))
            }
            Some(_) => None,
        })
    }

    /// The same without regard to its age: it will be old enough.
    pub(super) fn unhealable(&self, row: &StuckSocket, about: Option<Pid>) -> Option<String> {
        let of_holder = |pid| match self.snapshot.processes.get(&pid) {
            Some(subject) => self.unhealable_of(row, subject),
            None => Some("its holder has gone".to_owned()),
        };
        let of_other = |pid: &Pid| {
            let reason = of_holder(*pid)?;
            Some(format!("{}: {reason}", self.snapshot.who(*pid)))
        };
        let others = || row.holders.iter().filter(|pid| Some(**pid) != about);
        let reason = self.unhealable_row(row);
        let reason = reason.or_else(|| about.and_then(of_holder));
        reason.or_else(|| others().find_map(of_other))
    }

    /// Why it is not shut down, whoever holds it.
    pub(super) fn unhealable_row(&self, row: &StuckSocket) -> Option<String> {
        let snapshot = &self.snapshot;
        if row.side != Side::Client || row.socket.state != TcpState::CloseWait {
            return Some("it is no half-closed socket of a client".to_owned());
        }
        if !snapshot.can_heal {
            return Some("this system has no means to shut it down from outside".to_owned());
        }
        if row.holders.is_empty() {
            return Some("whose it is cannot be seen".to_owned());
        }
        if self
            .plan
            .half_duplex
            .contains(&AddressPair::of(&row.socket))
        {
            let why = "the Gateway has closed one direction only and still reads";
            return Some(why.to_owned());
        }
        None
    }

    /// Why this holder of the socket keeps it.
    fn unhealable_of(&self, row: &StuckSocket, subject: &Subject) -> Option<String> {
        let reason = self.never_healed(row, subject);
        let reason = reason.or_else(|| match subject.facts.entry {
            Some(Entry::RootOnly) => Some(ROOT_ONLY.to_owned()),
            _ => None,
        });
        reason.or_else(|| {
            let name = super::class::who(self.unread_sharer(subject)?);
            Some(format!("{name} may hold it too and cannot be read"))
        })
    }

    /// The same where root could not do it either.
    fn never_healed(&self, row: &StuckSocket, subject: &Subject) -> Option<String> {
        let reason = self.plan.unhealable.get(&subject.facts.id.pid).cloned();
        reason.or_else(|| {
            let closed = (subject.facts.entry == Some(Entry::Closed)).then_some(CLOSED);
            let mut inode = row.socket.inode.iter();
            let is_apart = inode.any(|inode| subject.out_of_reach.contains(inode));
            let reason = created_by_another(&row.socket, &subject.facts).or(closed);
            let reason = reason.or(is_apart.then_some(OUT_OF_REACH));
            reason.map(str::to_owned)
        })
    }

    /// A process that may have this one's sockets and cannot be read.
    fn unread_sharer(&self, subject: &Subject) -> Option<&Facts> {
        let mut unread = self.snapshot.unreadable.iter();
        unread.find(|unread| may_share(unread, &subject.facts))
    }

    /// The command that shuts those of these sockets down that can be, whatever their ages: this user's,
    /// or root's where nothing else stands against it.
    pub(super) fn heal(&self, rows: &[&StuckSocket]) -> Option<String> {
        let of = |may: &dyn Fn(&StuckSocket) -> bool| -> Vec<&StuckSocket> {
            rows.iter().copied().filter(|row| may(row)).collect()
        };
        let healed = of(&|row| self.unhealable(row, None).is_none());
        if !healed.is_empty() {
            return Some(self.typed(&healed).heal());
        }
        let own = self.snapshot.own.uid.filter(|uid| *uid != 0)?;
        let user = self.criteria.user.unwrap_or(own);
        let healed = of(&|row| self.root_may_heal(row));
        let typed = self.typed(&healed);
        let typed = typed.of_user(&self.snapshot.users.name(user));
        (!healed.is_empty()).then(|| typed.heal())
    }

    fn root_may_heal(&self, row: &StuckSocket) -> bool {
        let holders = row.holders.iter();
        let mut holders = holders.map(|pid| self.snapshot.processes.get(pid));
        let may = |it: &Subject| self.never_healed(row, it).is_none();
        self.unhealable_row(row).is_none() && holders.all(|it| it.is_some_and(may))
    }
}
