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
     them: that goes when it is received and closed, or when this process ends";

impl Census {
    /// What the reader can do about them, process by process.
    pub(super) fn by_hand(&self) -> Vec<Step> {
        self.of_resetting().chain(self.of_receivers()).collect()
    }

    fn of_resetting(&self) -> impl Iterator<Item = Step> {
        let kept = self.snapshot.stuck.iter();
        let kept = kept.filter(|row| self.too_young(row).is_none());
        let mut clients: BTreeMap<&Vec<Pid>, Vec<&StuckSocket>> = BTreeMap::new();
        for row in kept.filter_map(|row| self.snapshot.resetting(row)) {
            clients.entry(&row.holders).or_default().push(row);
        }
        let step =
            |(holders, rows): (&Vec<Pid>, Vec<&StuckSocket>)| self.yours(holders, &rows, RESETS);
        clients.into_iter().map(step)
    }

    fn of_receivers(&self) -> impl Iterator<Item = Step> {
        let rows = self.snapshot.stuck.iter().filter(|row| row.is_unheld());
        let rows: Vec<&StuckSocket> = rows.filter(|row| self.too_young(row).is_none()).collect();
        let has_rows = !rows.is_empty();
        let receivers = self.snapshot.receivers.iter().filter(move |_| has_rows);
        receivers.map(move |pid| self.yours(&[*pid], &rows, RECEIVES))
    }

    /// The block of processes that end together by the reader's own command.
    fn yours(&self, pids: &[Pid], rows: &[&StuckSocket], reason: &str) -> Step {
        let snapshot = &self.snapshot;
        let ends = |pid| self.end_without_socket(snapshot.processes.get(pid)?);
        let ends: Option<BTreeSet<String>> = pids.iter().map(ends).collect();
        let command = match ends.filter(|ends| !ends.is_empty()) {
            Some(ends) => Some(Vec::from_iter(ends).join(" && ")),
            // Who they are is not seen.
            None if pids.is_empty() && snapshot.own.uid != Some(0) => {
                Some(self.typed(rows).look_as_root())
            }
            None => None,
        };
        let first = pids.first();
        let subject = first.and_then(|pid| snapshot.processes.get(pid));
        let facts = subject.map(|subject| &subject.facts);
        let uid = facts.and_then(|facts| facts.uid);
        Step {
            pid: first.copied(),
            name: facts.map(Facts::title),
            user: uid.map(|uid| snapshot.users.name(uid)),
            up: facts.and_then(|facts| facts.up),
            sockets: rows.len(),
            answer: Some(MayEnd::Never),
            in_charge: subject.and_then(|subject| charge(subject, &snapshot.own)),
            reason: reason.to_owned(),
            cost: subject.and_then(|subject| self.cost(subject, &[])),
            action: StepAction::None,
            command,
            otherwise: None,
        }
    }

    /// What is said of the sockets that Gateways and relays keep.
    pub(super) fn kept_findings(&self, old: &[&StuckSocket]) -> Vec<Finding> {
        let is_resetting = |row: &&StuckSocket| self.snapshot.resetting(row).is_some();
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
