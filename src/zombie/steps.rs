//! The plan as a list of things to do: one block for each process, which ends with the command that
//! clears its sockets.

use std::collections::{BTreeMap, BTreeSet};

use super::class::{charge, costs, is_relay, is_suspended};
use super::plan::named_refusal;
use super::typed::{Rights, Typed, only_killed};
use super::{Census, StuckSocket, Subject};
use crate::event::Side;
use crate::machine::path::is_of_cluster;
use crate::machine::pid::Pid;
use crate::machine::role::Role;
use crate::report::{MayEnd, Otherwise, Step, StepAction};
use crate::text::words::joined;

/// More processes are counted instead of named.
const NAMES: usize = 5;

impl Census {
    /// What can be done, process by process: first those of clients, then the listeners'.
    pub fn steps(&self) -> Vec<Step> {
        let mut pids: BTreeSet<Pid> = BTreeSet::new();
        let clients = || {
            self.snapshot
                .stuck
                .iter()
                .filter(|row| row.side == Side::Client)
        };
        pids.extend(clients().flat_map(|row| &row.holders));
        let mut theirs = BTreeMap::new();
        let steps = pids
            .into_iter()
            .filter_map(|pid| self.step(pid, &mut theirs));
        let mut steps: Vec<Step> = steps.collect();
        steps.extend(self.hidden());
        steps.extend(self.of_listeners());
        steps.extend(self.by_hand());
        steps
    }

    /// The step of one process; `theirs` has what the plan is in the names of other users.
    fn step(&self, pid: Pid, theirs: &mut BTreeMap<u32, Self>) -> Option<Step> {
        let subject = self.snapshot.processes.get(&pid)?;
        let rows: Vec<&StuckSocket> = self.rows_of(pid).collect();
        let facts = &subject.facts;
        let step = Step {
            pid: Some(pid),
            name: Some(facts.title()),
            user: facts.uid.map(|uid| self.snapshot.users.name(uid)),
            up: facts.up,
            sockets: rows.len(),
            answer: Some(self.plan.answer(pid)),
            in_charge: charge(subject, &self.snapshot.own),
            reason: self.reason_of(pid),
            cost: None,
            action: StepAction::None,
            command: None,
            otherwise: None,
        };
        let step = match self.other_user(subject) {
            Some(uid) => {
                let theirs = theirs.entry(uid).or_insert_with(|| self.in_name_of(uid));
                theirs.as_other_user(step, subject, &rows)
            }
            None => self.of_own(step, subject, &rows),
        };
        Some(self.with_restart(step, subject))
    }

    pub(super) fn rows_of(&self, pid: Pid) -> impl Iterator<Item = &StuckSocket> {
        let rows = self.snapshot.stuck.iter();
        rows.filter(move |row| row.side == Side::Client && row.holders.contains(&pid))
    }

    pub(super) fn reason_of(&self, pid: Pid) -> String {
        let answer = self.plan.answer(pid);
        if self.snapshot.is_relay(pid) && answer == MayEnd::Never {
            let words = if self.snapshot.is_stopped(pid) {
                "a relay that is stopped: it closes what it has to when it goes on"
            } else {
                "a relay: it closes when the client that is connected to it does"
            };
            return words.to_owned();
        }
        match (self.plan.refused.get(&pid), self.plan.judged.get(&pid)) {
            (Some(reason), _) => reason.clone(),
            (None, Some(judged)) => judged.reason.clone(),
            (None, None) => "it has gone".to_owned(),
        }
    }

    /// What is done about a process of this user.
    pub(super) fn of_own(&self, mut step: Step, subject: &Subject, rows: &[&StuckSocket]) -> Step {
        let pid = subject.facts.id.pid;
        let answer = self.plan.answer(pid);
        let named = self.named_with(pid, rows);
        let mut typed = self.typed(rows);
        // In a shell of root's, sudo knows no more who typed it first: that user is named.
        let owner = self.owner(&named).filter(|uid| *uid != 0);
        if let (Rights::Sudo, Some(owner)) = (self.snapshot.typist.rights, owner) {
            typed = typed.of_user(&self.snapshot.users.name(owner));
        }
        let refused = named_refusal(subject, &self.snapshot, &named);
        let refused = refused.filter(|_| answer == MayEnd::IfNamed);
        let yours = |command: String| (StepAction::None, self.types(&command));
        let ending = match answer {
            MayEnd::Never => self.instead(subject).map(yours),
            _ if self.snapshot.typist.is_on_windows => Some((
                StepAction::None,
                self.snapshot.typist.ends(&[&subject.facts]),
            )),
            MayEnd::Orphan => Some((StepAction::Kill, typed.kill())),
            MayEnd::IfNamed if refused.is_some() => self.instead_of_family(subject).map(yours),
            MayEnd::IfNamed => Some((StepAction::KillNamed, typed.kill_named(&named))),
        };
        let heal = self.heal(rows).filter(|_| answer != MayEnd::Orphan);
        let goes_on = is_relay(subject) && answer == MayEnd::Never;
        if !goes_on && !matches!(ending, Some((StepAction::Kill, _)) | None) {
            step.cost = self.cost(subject, rows);
        }
        if answer == MayEnd::IfNamed {
            let costs: Vec<String> = refused.into_iter().chain(step.cost).collect();
            step.cost = (!costs.is_empty()).then(|| costs.join("; "));
        }
        if answer != MayEnd::Orphan && !goes_on {
            self.add_why_not_healed(&mut step.reason, pid, rows);
        }
        let (first, second) = match heal {
            Some(heal) => (Some((StepAction::Heal, heal)), ending),
            None => (ending, None),
        };
        if let Some((action, command)) = first {
            let is_young = rows.iter().all(|row| self.too_young(row).is_some());
            step.action = if is_young { StepAction::None } else { action };
            step.command = Some(command);
        }
        step.otherwise = second.map(|(action, command)| Otherwise { action, command });
        step
    }

    /// Says why this user's heal does not do it, where nothing says so yet.
    fn add_why_not_healed(&self, reason: &mut String, pid: Pid, rows: &[&StuckSocket]) {
        let whys = rows.iter().map(|row| self.unhealable(row, Some(pid)));
        let whys: Vec<String> = whys.flatten().collect();
        let why = whys.first();
        let why = why.filter(|why| self.snapshot.can_heal && !reason.contains(why.as_str()));
        if let Some(why) = why {
            let what = if whys.len() < rows.len() {
                format!("{} of its sockets", whys.len())
            } else {
                "it".to_owned()
            };
            *reason = format!("{reason}; --heal leaves {what}: {why}");
        }
    }

    /// Every process that is named with this one, as it holds a socket of its too: one that stays keeps
    /// the socket.
    fn named_with(&self, pid: Pid, rows: &[&StuckSocket]) -> BTreeSet<Pid> {
        let mut pids: BTreeSet<Pid> = rows.iter().flat_map(|row| row.holders.clone()).collect();
        pids.retain(|other| self.plan.answer(*other) != MayEnd::Never);
        pids.insert(pid);
        pids
    }

    /// The user of all of these processes, if that is one.
    fn owner(&self, pids: &BTreeSet<Pid>) -> Option<u32> {
        let uid = |pid| self.snapshot.processes.get(pid)?.facts.uid;
        let mut uids = pids.iter().map(uid);
        let first = uids.next()?;
        first.filter(|_| uids.all(|uid| uid == first))
    }

    /// What ending it costs, in one line.
    pub(super) fn cost(&self, subject: &Subject, rows: &[&StuckSocket]) -> Option<String> {
        let pid = subject.facts.id.pid;
        let mut costs = costs(subject, &self.snapshot.context());
        let stopped = "it is stopped (^Z): SIGTERM waits until it continues, so SIGCONT follows";
        let stopped = is_suspended(&subject.facts).then_some(stopped);
        if let Some(why) = only_killed(&subject.facts).or(stopped) {
            costs.insert(0, why.to_owned());
        }
        if subject.facts.cgroup.as_ref().is_some_and(is_of_cluster) {
            costs.push("if its container ends, the cluster starts that again".to_owned());
        }
        let others = rows.iter().flat_map(|row| &row.holders);
        let others: BTreeSet<Pid> = others.filter(|other| **other != pid).copied().collect();
        if !others.is_empty() {
            let verb = if others.len() == 1 { "ends" } else { "end" };
            let names = if others.len() > NAMES {
                format!("{} other processes", others.len())
            } else {
                joined(others.iter().map(|other| self.snapshot.who(*other)))
            };
            costs.push(format!("the socket goes only when {names} {verb} too"));
        }
        let children = subject.family.iter().flatten();
        let staying = children.filter(|child| !others.contains(&child.facts.id.pid));
        let staying: Vec<String> = staying
            .map(|child| super::class::who(&child.facts))
            .collect();
        match staying.as_slice() {
            [] => {}
            [child] => costs.push(format!("its child {child} is running")),
            several => costs.push(format!("its children {} are running", joined(several))),
        }
        (!costs.is_empty()).then(|| costs.join("; "))
    }

    pub(super) fn typed(&self, rows: &[&StuckSocket]) -> Typed {
        let ports = rows.iter().map(|row| row.socket.remote.port()).collect();
        let user = self.criteria.user_name(&self.snapshot.users);
        let mut typed = Typed::new(ports, self.criteria.min_age, user.clone());
        typed = typed.by(self.snapshot.typist);
        if let Some(user) = user.filter(|_| self.is_for_another()) {
            typed = typed.of_user(&user);
        }
        let inside = rows.iter().flat_map(|row| &row.holders).next();
        match inside.filter(|_| self.criteria.is_elsewhere) {
            Some(pid) => typed.inside(*pid),
            None => typed,
        }
    }

    /// The sockets whose owners this user cannot see.
    fn hidden(&self) -> Vec<Step> {
        let rows = self.snapshot.stuck.iter();
        let hidden =
            |row: &&StuckSocket| row.side == Side::Client && row.hidden && row.holders.is_empty();
        let rows: Vec<&StuckSocket> = rows.filter(hidden).collect();
        let users: BTreeSet<Option<u32>> = rows.iter().map(|row| row.socket.uid).collect();
        let is_root = self.snapshot.own.uid == Some(0);
        let of_user = |uid: Option<u32>| {
            let rows: Vec<&StuckSocket> = rows
                .iter()
                .filter(|row| row.socket.uid == uid)
                .copied()
                .collect();
            let user = uid.map(|uid| self.snapshot.users.name(uid));
            let mut typed = self.typed(&rows);
            if let (Some(user), true) = (&user, uid != self.snapshot.own.uid) {
                typed = typed.of_user(user);
            }
            Step {
                pid: None,
                name: None,
                user,
                up: None,
                sockets: rows.len(),
                answer: None,
                in_charge: None,
                reason: match (is_root, self.snapshot.typist.is_on_windows) {
                    (true, _) => "its owner cannot be seen from here, perhaps it is in a container",
                    (false, false) => "its owner cannot be seen by this user: root sees it",
                    (false, true) => {
                        "its owner cannot be seen by this user: in an administrator's console it is"
                    }
                }
                .to_owned(),
                cost: None,
                action: StepAction::None,
                command: (!is_root).then(|| typed.look_as_root()),
                otherwise: None,
            }
        };
        users.into_iter().map(of_user).collect()
    }

    /// Whether this is about the processes of another user than the one who types, which takes root.
    fn is_for_another(&self) -> bool {
        let user = self.criteria.user;
        user.is_some() && user != self.snapshot.own.uid
    }

    /// What is typed without ibdoc about a process that the plan is about.
    pub(super) fn types(&self, command: &str) -> String {
        if self.is_for_another() {
            self.snapshot.typist.as_root(command)
        } else {
            self.snapshot.typist.types(command)
        }
    }

    /// The plan of these ports.
    pub(super) fn look_typed(&self) -> String {
        let is_usual = |port| Role::of_port(port).is_some();
        let ports = self.criteria.ports.iter();
        let ports = ports.filter(|_| !self.criteria.ports.iter().all(is_usual));
        Typed::new(ports.collect(), self.criteria.min_age, None)
            .by(self.snapshot.typist)
            .look()
    }
}
