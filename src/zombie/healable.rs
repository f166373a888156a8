//! Which half-closed sockets of living clients may be shut down.

use super::plan::is_half_duplex;
use super::share::{created_by_another, may_share};
use super::{Census, StuckSocket, is_outgoing, unhealable};
use crate::event::Side;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::TcpState;

impl Census {
    /// The sockets of living clients that may be shut down; not those whose holders are ended.
    pub fn healable(&self, ended: &[ProcessId]) -> Vec<&StuckSocket> {
        let (snapshot, criteria) = (&self.snapshot, &self.criteria);
        let may_be = |row: &StuckSocket, pid: &Pid| {
            let Some(subject) = snapshot.processes.get(pid) else {
                return false;
            };
            let unread = |unread| may_share(unread, &subject.facts);
            unhealable(subject, &snapshot.context()).is_none()
                && (criteria.named.is_empty() || criteria.named.contains(pid))
                && !ended.contains(&subject.facts.id)
                && created_by_another(&row.socket, &subject.facts).is_none()
                && !snapshot.unreadable.iter().any(unread)
        };
        let rows = snapshot.stuck.iter().filter(|row| {
            row.side == Side::Client
                && row.socket.state == TcpState::CloseWait
                && !is_outgoing(&row.socket, &snapshot.gateway_ports)
                && row.socket.age.is_some_and(|age| age >= criteria.min_age)
                && !is_half_duplex(&row.socket, snapshot)
                && row.every
                && !row.holders.is_empty()
                && row.holders.iter().all(|pid| may_be(row, pid))
        });
        rows.collect()
    }
}
