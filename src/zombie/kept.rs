//! The sockets that the Gateway or a relay keeps: no end of a client clears them.

use std::collections::{BTreeMap, BTreeSet};

use super::assess::of_rows;
use super::class::{charge, unit_of};
use super::unit::Unit;
use super::{Census, StuckSocket};
use crate::event::Side;
use crate::finding::{Code, Finding};
use crate::machine::path::container_command;
use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::report::{MayEnd, Step, StepAction};
use crate::text::shell::quoted;

/// What is said of a client whose end clears the half that a listener keeps.
const RESETS: &str = "it has ended its direction only and has bytes unread: when it ends, or closes the socket, the \
     connection is reset, which clears the half that the listener keeps";

impl Census {
    /// What can be done about the sockets of Gateways and relays.
    pub(super) fn of_listeners(&self) -> Vec<Step> {
        let kinds = [Side::Gateway, Side::Relay].into_iter();
        let kinds = kinds.flat_map(|side| [(side, true), (side, false)]);
        kinds
            .filter_map(|(side, accepted)| self.of_listener(side, accepted))
            .chain(self.of_resetting())
            .collect()
    }

    /// Those that the end of a client clears, by the processes that hold its end.
    fn of_resetting(&self) -> Vec<Step> {
        let kept = self.snapshot.stuck.iter();
        let kept = kept.filter(|row| self.too_young(row).is_none());
        let mut clients: BTreeMap<&Vec<Pid>, Vec<&StuckSocket>> = BTreeMap::new();
        for row in kept.filter_map(|row| self.snapshot.resetting(row)) {
            clients.entry(&row.holders).or_default().push(row);
        }
        let step = |(holders, rows): (&Vec<Pid>, Vec<&StuckSocket>)| {
            let ends = |pid| self.end_without_socket(self.snapshot.processes.get(pid)?);
            let ends: Option<BTreeSet<String>> = holders.iter().map(ends).collect();
            let command = match ends.filter(|ends| !ends.is_empty()) {
                Some(ends) => Some(Vec::from_iter(ends).join(" && ")),
                None if holders.is_empty() && self.snapshot.own.uid != Some(0) => {
                    Some(self.typed(&rows).look_as_root())
                }
                None => None,
            };
            let first = holders.first();
            let subject = first.and_then(|pid| self.snapshot.processes.get(pid));
            let facts = subject.map(|subject| &subject.facts);
            Step {
                pid: first.copied(),
                name: facts.map(Facts::title),
                user: facts
                    .and_then(|facts| facts.uid)
                    .map(|uid| self.snapshot.users.name(uid)),
                up: facts.and_then(|facts| facts.up),
                sockets: rows.len(),
                answer: Some(MayEnd::Never),
                in_charge: subject.and_then(|subject| charge(subject, &self.snapshot.own)),
                reason: RESETS.to_owned(),
                cost: subject.and_then(|subject| self.cost(subject, &rows)),
                action: StepAction::None,
                command,
                otherwise: None,
            }
        };
        clients.into_iter().map(step).collect()
    }

    /// What is said of those that the end of a client clears.
    pub(super) fn resetting_finding(&self, rows: &[&StuckSocket]) -> Option<Finding> {
        let code = match rows.first()?.side {
            Side::Relay => Code::ZombieRelayOwned,
            Side::Gateway | Side::Client => Code::ZombieGatewayOwned,
        };
        let what = "half closed and kept by the listener, while the client has bytes unread: an end of that \
                    client clears it";
        let mut finding = of_rows(code, rows, what)?;
        let commands = self.of_resetting().into_iter();
        let commands = commands.filter_map(|step| step.command);
        finding.remedies = commands
            .map(|command| format!("end the client: `{command}`"))
            .collect();
        Some(finding)
    }

    fn of_listener(&self, side: Side, accepted: bool) -> Option<Step> {
        let is_kept = |row: &&StuckSocket| {
            let is_accepted = row.socket.accepted() != Some(false);
            row.side == side
                && is_accepted == accepted
                && self.too_young(row).is_none()
                && self.snapshot.resetting(row).is_none()
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
                let command = container_command(subject.facts.cgroup.as_ref()?, "restart")?;
                return Some(typist.types(&command));
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
        let pids: Vec<String> = holders.iter().map(ToString::to_string).collect();
        is_apart.then(|| typist.types(&format!("kill {}", pids.join(" "))))
    }
}

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
