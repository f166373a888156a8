//! The sockets that the Gateway or a relay keeps: no end of a client clears them.

use std::collections::BTreeSet;

use super::class::unit_of;
use super::unit::Unit;
use super::{Census, StuckSocket};
use crate::event::Side;
use crate::machine::path::restart_of_container;
use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::report::{MayEnd, Step, StepAction};
use crate::text::shell::quoted;

impl Census {
    /// What can be done about the sockets of Gateways and relays.
    pub(super) fn of_listeners(&self) -> Vec<Step> {
        let kinds = [Side::Gateway, Side::Relay].into_iter();
        let kinds = kinds.flat_map(|side| [(side, true), (side, false)]);
        kinds
            .filter_map(|(side, accepted)| self.of_listener(side, accepted))
            .collect()
    }

    fn of_listener(&self, side: Side, accepted: bool) -> Option<Step> {
        let is_kept = |row: &&StuckSocket| {
            let is_accepted = row.socket.accepted() != Some(false);
            row.side == side
                && is_accepted == accepted
                && self.too_young(row).is_none()
                && self.cleared_by(row).is_none()
        };
        let rows: Vec<&StuckSocket> = self.snapshot.stuck.iter().filter(is_kept).collect();
        let first = rows.first()?;
        let listening = self.snapshot.listener(first.socket.local);
        let who = listening.map(|listening| &listening.who);
        let wake = self.snapshot.wake(first);
        let (reason, cost) = words(side, accepted);
        let (reason, cost, command) = if let Some(wake) = wake {
            let reason = "it is stopped: what it has kept goes when it goes on";
            let command = wake.command();
            let typed = command.map(|command| self.snapshot.typist.types(&command));
            (reason, None, typed)
        } else {
            let is_kept = side == Side::Relay && accepted;
            let command = is_kept.then(|| self.of_relay(&rows)).flatten();
            (reason, Some(cost.to_owned()), command)
        };
        Some(Step {
            pid: who.and_then(|who| who.pid),
            name: who.and_then(|who| who.name.clone()),
            user: None,
            up: listening.and_then(|listening| listening.up),
            sockets: rows.len(),
            answer: Some(MayEnd::Never),
            in_charge: None,
            reason: reason.to_owned(),
            cost,
            action: StepAction::None,
            command,
            otherwise: None,
        })
    }

    /// The command that ends these connections in a relay: of its unit or container, or of the
    /// processes that it has made for them; `None` where the relay itself holds them.
    fn of_relay(&self, rows: &[&StuckSocket]) -> Option<String> {
        let snapshot = &self.snapshot;
        let holders: BTreeSet<Pid> = rows.iter().flat_map(|row| row.holders.clone()).collect();
        let subject = snapshot.processes.get(holders.first()?)?;
        let typist = snapshot.typist;
        let unit = unit_of(subject, &snapshot.own);
        match unit.filter(|unit| !snapshot.has_gateway(unit)) {
            Some(Unit::Service(name)) => {
                return Some(typist.as_root(&format!("systemctl restart {}", quoted(&name))));
            }
            Some(Unit::Container(Some(_))) => {
                let cgroup = subject.facts.cgroup.as_ref()?;
                if let Some(command) = restart_of_container(cgroup, snapshot.own.uid) {
                    return Some(typist.types(&command));
                }
            }
            Some(_) | None => {}
        }
        let listeners = snapshot.listening.iter().map(|listening| listening.who.pid);
        let listeners: BTreeSet<Pid> = listeners.flatten().collect();
        let is_own = |pid: &Pid| {
            snapshot.processes.get(pid).is_some_and(|subject| {
                let users = snapshot.own.users.iter().flatten();
                subject
                    .facts
                    .uid
                    .is_some_and(|uid| users.into_iter().any(|user| *user == uid))
            })
        };
        let is_apart = rows.iter().all(|row| !row.holders.is_empty())
            && listeners.is_disjoint(&holders)
            && holders.iter().all(is_own);
        let subjects = holders.iter().filter_map(|pid| snapshot.processes.get(pid));
        let all: Vec<&Facts> = subjects.map(|subject| &subject.facts).collect();
        is_apart.then(|| typist.types(&typist.ends(&all)))
    }
}

/// What the end of a Gateway takes and costs, behind its name.
pub(super) const RESTART: &str = "which ends only when it is restarted: in its window, or by `RESTART` on the \
     command port of IBC (7462). That ends every session, and costs a login with its second factor unless \
     auto-restart or IBC's RESTART is used";

/// Why no client's end clears them, and what a restart costs.
fn words(side: Side, accepted: bool) -> (&'static str, &'static str) {
    let reason = match (side, accepted) {
        (Side::Relay, true) => "the relay keeps them: restart it or its container, not the Gateway",
        (Side::Relay, false) => {
            "the relay has not accepted them: if it does not do so, restart it or its container"
        }
        (Side::Gateway | Side::Client, true) => {
            "the listener itself keeps them: nothing on the client's side clears them, and a few harm \
             nothing. If it serves nobody any more, restart it: in its window, or `RESTART` on \
             the command port of IBC (7462), which keeps the login except across Sunday"
        }
        (Side::Gateway | Side::Client, false) => {
            "the listener has not accepted them, so no process owns them: they go when it does, or \
             when it is restarted: in its window, or `RESTART` on the command port of IBC \
             (7462), which keeps the login except across Sunday"
        }
    };
    let cost = match side {
        Side::Relay => "a restart of the relay closes every connection that goes through it",
        Side::Gateway | Side::Client => {
            "a restart ends every session, and costs a login with its second factor unless \
             auto-restart or IBC's RESTART is used"
        }
    };
    (reason, cost)
}
