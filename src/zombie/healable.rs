//! Which half-closed sockets of living clients may be shut down, and why each other one is left.

use super::plan::young;
use super::share::{created_by_another, may_share};
use super::{Census, StuckSocket, Subject};
use crate::event::Side;
use crate::machine::pid::ProcessId;
use crate::machine::process::Facts;
use crate::machine::sockets::{AddressPair, TcpState};

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
        rows.filter(|row| self.unhealed(row).is_none()).collect()
    }

    /// Why this socket is not shut down; `None` if it may be.
    pub fn unhealed(&self, row: &StuckSocket) -> Option<String> {
        let never = self.unhealable(row);
        never.or_else(|| match row.socket.age {
            None => Some("how long it has been half closed is not known".to_owned()),
            Some(age) if age < self.criteria.min_age => {
                Some(young("half closed", row, age, self.criteria.min_age))
            }
            Some(_) => None,
        })
    }

    /// The same without regard to its age: it will be old enough.
    pub(super) fn unhealable(&self, row: &StuckSocket) -> Option<String> {
        let holder = |pid| match self.snapshot.processes.get(pid) {
            Some(subject) => self.unhealable_of(row, subject),
            None => Some("its holder has gone".to_owned()),
        };
        let row_itself = self.unhealable_row(row);
        row_itself.or_else(|| row.holders.iter().find_map(holder))
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
        let reason = self.plan.unhealable.get(&subject.facts.id.pid).cloned();
        reason.or_else(|| self.unshared(row, subject))
    }

    /// Why it is not shut down in this holder, as others may have it.
    pub(super) fn unshared(&self, row: &StuckSocket, subject: &Subject) -> Option<String> {
        let reason = created_by_another(&row.socket, &subject.facts).map(str::to_owned);
        reason.or_else(|| {
            let name = super::class::who(self.unread_sharer(subject)?);
            Some(format!("{name} may hold it too and cannot be read"))
        })
    }

    /// A process that may have this one's sockets and cannot be read.
    fn unread_sharer(&self, subject: &Subject) -> Option<&Facts> {
        let mut unread = self.snapshot.unreadable.iter();
        unread.find(|unread| may_share(unread, &subject.facts))
    }

    /// Whether nothing stands against a heal but what another process, which cannot be read, may have.
    pub(super) fn is_only_unread(&self, row: &StuckSocket, subject: &Subject) -> bool {
        self.unread_sharer(subject).is_some()
            && self.unhealable_row(row).is_none()
            && !self.plan.unhealable.contains_key(&subject.facts.id.pid)
            && created_by_another(&row.socket, &subject.facts).is_none()
    }
}
