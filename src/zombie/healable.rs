//! Which half-closed sockets of living clients may be shut down, and why each other one is left.

use super::plan::young;
use super::share::{created_by_another, may_share};
use super::{Census, StuckSocket, Subject};
use crate::event::Side;
use crate::machine::pid::ProcessId;
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
        row.holders
            .iter()
            .find_map(|pid| match snapshot.processes.get(pid) {
                Some(subject) => self.unhealable_of(row, subject),
                None => Some("its holder has gone".to_owned()),
            })
    }

    /// Why this holder of the socket keeps it.
    fn unhealable_of(&self, row: &StuckSocket, subject: &Subject) -> Option<String> {
        let snapshot = &self.snapshot;
        let reason = self.plan.unhealable.get(&subject.facts.id.pid).cloned();
        let reason =
            reason.or_else(|| created_by_another(&row.socket, &subject.facts).map(str::to_owned));
        reason.or_else(|| {
            let mut unread = snapshot.unreadable.iter();
            let sharer = unread.find(|unread| may_share(unread, &subject.facts))?;
            let name = super::class::who(sharer);
            Some(format!("{name} may hold it too and cannot be read"))
        })
    }
}
