//! Sockets that the end of a process clears which does not hold them: ibdoc ends none for that, and the
//! reader has the command.

use std::collections::{BTreeMap, BTreeSet};

use super::assess::{gateway_findings, of_rows};
use super::class::charge;
use super::{Census, StuckSocket};
use crate::event::Side;
use crate::finding::{Code, Finding};
use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::report::{MayEnd, Step, StepAction};

/// What is said of a client whose end clears the half that a listener keeps.
const RESETS: &str = "it has ended its direction only and has bytes unread: when it ends, or closes the socket, the \
     connection is reset, which clears the half that the listener keeps";

/// What is said of a process that has descriptors of others to receive.
const RECEIVES: &str = "descriptors wait in its unix socket to be received, and what no process has open may be among \
     them: that goes when it is received and closed, or when every process that has that unix socket has ended";

impl Census {
    /// What the reader can do about them, process by process.
    pub(super) fn by_hand(&self) -> Vec<Step> {
        self.of_resetting().chain(self.of_receivers()).collect()
    }

    fn of_resetting(&self) -> impl Iterator<Item = Step> {
        let kept = self.snapshot.stuck.iter();
        let kept = kept.filter(|row| self.too_young(row).is_none());
        let mut clients: BTreeMap<&Vec<Pid>, Vec<&StuckSocket>> = BTreeMap::new();
        for row in kept.filter_map(|row| self.cleared_by(row)) {
            clients.entry(&row.holders).or_default().push(row);
        }
        clients.into_iter().map(|(holders, rows)| Step {
            sockets: rows.len(),
            command: self.clears(&rows),
            ..self.yours(holders, RESETS)
        })
    }

    fn of_receivers(&self) -> impl Iterator<Item = Step> {
        let mut rows = self.snapshot.stuck.iter().filter(|row| row.is_unheld());
        let has_rows = rows.any(|row| self.too_young(row).is_none());
        let receivers = has_rows.then(|| self.receivers());
        receivers.into_iter().flatten().map(|pid| Step {
            command: self.end_of(pid),
            ..self.yours(&[pid], RECEIVES)
        })
    }

    /// Those in whose unix sockets descriptors wait, and which the reader can end.
    pub(super) fn receivers(&self) -> Vec<Pid> {
        let all = self.snapshot.receivers.iter().copied();
        all.filter(|pid| self.end_of(*pid).is_some()).collect()
    }

    fn end_of(&self, pid: Pid) -> Option<String> {
        self.end_without_socket(self.snapshot.processes.get(&pid)?)
    }

    /// The client's end of a socket that a Gateway or relay keeps, if the reader can end the client and
    /// that clears both.
    pub(super) fn cleared_by(&self, kept: &StuckSocket) -> Option<&StuckSocket> {
        let client = self.snapshot.resetting(kept)?;
        self.clears(&[client]).map(|_| client)
    }

    /// The command that ends the clients which hold all of these ends of connections.
    fn clears(&self, rows: &[&StuckSocket]) -> Option<String> {
        let holders = &rows.first()?.holders;
        // Who they are is not seen.
        if holders.is_empty() {
            let is_root = self.snapshot.own.uid == Some(0);
            return (!is_root).then(|| self.typed(rows).look_as_root());
        }
        let end = |pid| self.end_of_client(self.snapshot.processes.get(pid)?);
        let ends: Option<BTreeSet<String>> = holders.iter().map(end).collect();
        Some(Vec::from_iter(ends?).join(" && "))
    }

    /// The block of processes that end together by the reader's own command.
    fn yours(&self, pids: &[Pid], what: &str) -> Step {
        let snapshot = &self.snapshot;
        let first = pids.first();
        let subject = first.and_then(|pid| snapshot.processes.get(pid));
        let facts = subject.map(|subject| &subject.facts);
        let uid = facts.and_then(|facts| facts.uid);
        let own = |pid: &Pid| {
            let reason = self.judged_by_owner(snapshot.processes.get(pid)?).reason;
            let is_first = Some(pid) == first;
            Some(if is_first {
                reason
            } else {
                format!("{}: {reason}", snapshot.who(*pid))
            })
        };
        let reasons = pids.iter().filter_map(own);
        let reasons: Vec<String> = reasons.chain([what.to_owned()]).collect();
        Step {
            pid: first.copied(),
            name: facts.map(Facts::title),
            user: uid.map(|uid| snapshot.users.name(uid)),
            up: facts.and_then(|facts| facts.up),
            sockets: 0,
            answer: Some(MayEnd::Never),
            in_charge: subject.and_then(|subject| charge(subject, &snapshot.own)),
            reason: reasons.join("; "),
            cost: subject.and_then(|subject| self.cost(subject, &[])),
            action: StepAction::None,
            command: None,
            otherwise: None,
        }
    }

    /// What is said of the sockets that Gateways and relays keep.
    pub(super) fn kept_findings(&self, old: &[&StuckSocket]) -> Vec<Finding> {
        let is_resetting = |row: &&StuckSocket| self.cleared_by(row).is_some();
        let (resetting, kept): (Vec<_>, Vec<_>) = old.iter().copied().partition(is_resetting);
        let mut findings = gateway_findings(&self.snapshot, &kept);
        findings.extend(self.resetting_finding(&resetting));
        findings
    }

    /// What is said of those that the end of a client clears.
    fn resetting_finding(&self, rows: &[&StuckSocket]) -> Option<Finding> {
        let code = match rows.first()?.side {
            Side::Relay => Code::ZombieRelayOwned,
            Side::Gateway | Side::Client => Code::ZombieGatewayOwned,
        };
        let what = "half closed and kept by the listener, while the client has bytes unread: an end of that \
                    client clears it";
        let mut finding = of_rows(code, rows, what)?;
        let commands = self.of_resetting().filter_map(|step| step.command);
        finding.remedies = commands
            .map(|command| format!("end the client: `{command}`"))
            .collect();
        Some(finding)
    }
}
