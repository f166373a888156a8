//! The last looks before each signal: everything anew, and each process by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::machine::kill::{LookedAt, Recheck};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, RunState, Search, Switches};
use crate::machine::sockets::{Ports, Socket};
use crate::report::{Class, MayEnd};
use crate::zombie::class::{forbidding_descendant, staying_child};
use crate::zombie::look::{Observer, Reader};
use crate::zombie::{Census, Context, Plan, Subject, class};

/// While one of a family ends, another may be unreadable for a moment.
const LOOKS: u32 = 4;
/// How often those that have started meanwhile are looked at before the last look.
const SETTLES: u32 = 8;
/// Between two such looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// How often all processes are asked whether they hold a socket of a client that goes on running.
const WALKS: u32 = 3;
/// A last look that takes longer than this is taken again: so late may a signal come after a change.
const SHORT_LOOK: Duration = Duration::from_millis(2);

/// Looks again at what was decided.
pub(super) struct PlanRecheck<'a> {
    before: &'a Census,
    observer: &'a Observer<'a>,
    /// The processes that are still to be ended.
    doomed: BTreeSet<ProcessId>,
    /// The second plan, made once every process was held fast.
    again: Option<Plan>,
    /// What their threads had done before that.
    at_rest: BTreeMap<Pid, Option<Switches>>,
}

impl<'a> PlanRecheck<'a> {
    pub(super) fn new(before: &'a Census, observer: &'a Observer<'a>) -> Self {
        Self {
            before,
            observer,
            doomed: before.plan.ends.iter().copied().collect(),
            again: None,
            at_rest: BTreeMap::new(),
        }
    }
}

impl Recheck for PlanRecheck<'_> {
    fn everything(&mut self) -> Result<(), String> {
        let processes = &self.observer.world.processes;
        let doomed = self.doomed.iter();
        self.at_rest = doomed
            .map(|id| (id.pid, processes.switches(id.pid)))
            .collect();
        let census = self.observer.look(&self.before.criteria);
        let census = census.map_err(|error| error.to_string())?;
        self.again = Some(census.plan);
        Ok(())
    }

    fn process(&mut self, id: ProcessId) -> Result<LookedAt, String> {
        let answer = self.look_at(id);
        if answer.is_err() {
            // A process whose own end depends on this one has to be judged without it.
            self.doomed.remove(&id);
        }
        answer
    }
}

/// Why a process is spared after all.
enum RecheckError {
    /// Something could not be read.
    Unreadable(String),
    /// It is not what it was.
    Changed(String),
}

fn gone() -> RecheckError {
    RecheckError::Changed("it has gone".to_owned())
}

impl PlanRecheck<'_> {
    fn look_at(&self, id: ProcessId) -> Result<LookedAt, String> {
        let again = self.again.as_ref();
        let again = again.ok_or_else(|| "it was not looked at again".to_owned())?;
        if !again.ends.contains(&id) {
            let refused = again.refused.get(&id.pid).cloned();
            let judged = again.judged.get(&id.pid);
            let judged = judged.map(|judged| judged.reason.clone());
            let gone = || "it holds no half-closed socket any more".to_owned();
            return Err(refused.or(judged).unwrap_or_else(gone));
        }
        for _ in 1..LOOKS {
            match self.now(id) {
                // Its parent may just be ending.
                Err(RecheckError::Unreadable(_)) => std::thread::sleep(BETWEEN_LOOKS),
                Err(RecheckError::Changed(why)) => return Err(why),
                Ok(looked) => return Ok(looked),
            }
        }
        self.now(id).map_err(|error| match error {
            RecheckError::Unreadable(why) | RecheckError::Changed(why) => why,
        })
    }

    /// Reads the process anew and holds it against what was decided. What takes long is read first;
    /// then, as the last look, all that the process can change from one instant to the next.
    fn now(&self, id: ProcessId) -> Result<LookedAt, RecheckError> {
        let snapshot = &self.before.snapshot;
        let before = snapshot.processes.get(&id.pid);
        let before =
            before.ok_or_else(|| RecheckError::Changed("it was not looked at".to_owned()))?;
        let reader = Reader::new(self.observer.world);
        let subject = reader.subject(id.pid, &snapshot.own, &snapshot.gateway_ports);
        let mut now = subject.ok_or_else(gone)?;
        now.peers = reader.peers(&[&now.facts]).pop().flatten();
        if self.before.criteria.names(id.pid) {
            return self.walk(before, &mut now).map(|(looked, _)| looked);
        }
        // A socket that is handed to a program that was walked over by then leaves no other trace than
        // that its client has run.
        let mut at_rest = self.at_rest.get(&id.pid).cloned().flatten();
        for _ in 1..WALKS {
            let (looked, still) = self.walk(before, &mut now)?;
            if at_rest == still && at_rest.iter().flatten().all(|(_, count)| count.is_some()) {
                return Ok(looked);
            }
            at_rest = still;
            // Who gets it has taken it by the next walk.
            std::thread::sleep(BETWEEN_LOOKS);
        }
        self.walk(before, &mut now).map(|(looked, _)| looked)
    }

    /// Asks all processes whether they hold its sockets, and looks at it for the last time; what its
    /// threads had done when that look began.
    fn walk(
        &self,
        before: &Subject,
        now: &mut Subject,
    ) -> Result<(LookedAt, Option<Switches>), RecheckError> {
        let pid = now.facts.id.pid;
        let processes = &self.observer.world.processes;
        let walk = Instant::now();
        let mut known = processes.pids();
        self.holders(pid)?;
        // Where many processes start, most are dealt with before the last look.
        for _ in 0..SETTLES {
            if !self.newcomers(&mut known, pid)? {
                break;
            }
        }
        // What changed early in a long look is not seen: where ibdoc had no core meanwhile, it is taken again.
        let mut looks = 1;
        loop {
            let (looked, began) = (LookedAt::now(walk.elapsed()), Instant::now());
            let switches = processes.switches(pid);
            self.last_look(before, now, &mut known)?;
            if began.elapsed() <= SHORT_LOOK || looks == LOOKS {
                return Ok((looked, switches));
            }
            looks += 1;
        }
    }

    /// Reads anew what it can change from one instant to the next, and judges it.
    fn last_look(
        &self,
        before: &Subject,
        now: &mut Subject,
        known: &mut BTreeSet<Pid>,
    ) -> Result<(), RecheckError> {
        let ports = &self.before.snapshot.gateway_ports;
        let sockets = half_closed(before, ports);
        let changed = |what: &str| RecheckError::Changed(what.to_owned());
        self.refresh(now, known)?;
        if !before.facts.is_still(&now.facts) {
            return Err(changed("it is another process by now"));
        }
        self.judge(now.facts.id.pid, now)?;
        if sockets.is_empty() || sockets != half_closed(now, ports) {
            return Err(changed("its sockets have changed"));
        }
        Ok(())
    }

    /// Reads anew the tables, who has started since these were listed, its family and the process itself.
    fn refresh(&self, now: &mut Subject, known: &mut BTreeSet<Pid>) -> Result<(), RecheckError> {
        let unclear = |what: &str| RecheckError::Unreadable(what.to_owned());
        let processes = &self.observer.world.processes;
        let reader = Reader::new(self.observer.world);
        for member in now.family.iter_mut().flatten() {
            let facts = processes.refresh(&member.facts);
            member.facts = facts.ok_or_else(|| unclear("its family has changed"))?;
            member.sockets = reader.held(&member.facts);
        }
        now.sockets = reader.held(&now.facts);
        self.newcomers(known, now.facts.id.pid)?;
        let facts = processes.refresh(&now.facts);
        let facts = facts.ok_or_else(gone)?;
        let before = std::mem::replace(&mut now.facts, facts);
        let kin = |facts: &Facts| (facts.children.clone(), facts.parent);
        if kin(&before) != kin(&now.facts) {
            return Err(unclear("its family has changed"));
        }
        if before.ends != now.facts.ends {
            // Who is at the other end of a new one was not asked.
            now.peers = None;
        }
        Ok(())
    }

    /// Errs if its half-closed sockets have other holders than they had, which are to end with it.
    fn holders(&self, pid: Pid) -> Result<(), RecheckError> {
        if self.before.criteria.names(pid) {
            return Ok(());
        }
        let rows = self.rows_of(pid);
        let owners = self.observer.world.processes.owners(&rows, Search::Every);
        let owners = owners.map_err(|error| RecheckError::Unreadable(error.to_string()))?;
        let mut holders = owners.holders.iter().flatten();
        match holders.find(|holder| **holder != pid && !self.is_doomed(**holder)) {
            Some(holder) if self.has_ended(*holder) => Ok(()),
            Some(holder) => Err(RecheckError::Changed(format!(
                "pid {holder} holds its socket too and stays"
            ))),
            None => Ok(()),
        }
    }

    /// Errs if a process that has started since these were known holds one of its sockets; whether
    /// any has started.
    fn newcomers(&self, known: &mut BTreeSet<Pid>, pid: Pid) -> Result<bool, RecheckError> {
        if self.before.criteria.names(pid) {
            return Ok(false);
        }
        let processes = &self.observer.world.processes;
        let rows = self.rows_of(pid);
        let now = processes.pids();
        let mut started = now.difference(known).peekable();
        let is_any = started.peek().is_some();
        for new in started {
            let held = processes.held(*new, &rows);
            // What cannot be read is another user's, or ibdoc could not have listed it before.
            if held.is_ok_and(|held| held.is_some_and(|held| !held.is_empty())) {
                let why = format!("pid {new} holds its socket too and stays");
                return Err(RecheckError::Changed(why));
            }
        }
        *known = now;
        Ok(is_any)
    }

    fn rows_of(&self, pid: Pid) -> Vec<Socket> {
        let rows = self.before.snapshot.stuck.iter();
        let held = rows.filter(|row| row.holders.contains(&pid));
        held.map(|row| row.socket.clone()).collect()
    }

    fn is_doomed(&self, pid: Pid) -> bool {
        self.doomed.iter().any(|id| id.pid == pid)
    }

    /// Whether it was to end and has, so that what is left of it holds nothing.
    fn has_ended(&self, pid: Pid) -> bool {
        let now = self.observer.world.processes.facts(pid).ok().flatten();
        now.is_none_or(|now| now.state == Some(RunState::Zombie))
    }

    /// Judges it anew, with those that are still to be ended.
    fn judge(&self, pid: Pid, now: &Subject) -> Result<(), RecheckError> {
        let context = Context {
            orphans: &self.doomed,
            ending: &self.doomed,
            ..self.before.snapshot.context()
        };
        let judged = class(now, &context);
        let is_named = self.before.criteria.names(pid);
        match judged.answer {
            MayEnd::Orphan => {}
            MayEnd::IfNamed if is_named => {}
            _ if judged.class == Class::Unknown => {
                return Err(RecheckError::Unreadable(judged.reason));
            }
            _ => return Err(RecheckError::Changed(format!("it is {judged}"))),
        }
        let ends = |child: Pid| self.is_doomed(child);
        let stays = |child: Pid| !self.is_doomed(child);
        let forbidding = |ends: &dyn Fn(Pid) -> bool| {
            let child = forbidding_descendant(now, ends, &context);
            child.map(|child| child.map(|child| format!("of its child {child}")))
        };
        let kin = if is_named {
            forbidding(&ends)
        } else {
            // One that was to end too may have got a living session since.
            staying_child(now, &ends).and_then(|child| match child {
                Some(child) => Ok(Some(format!("its child {child} is running and stays"))),
                // Without the means to list descendants each child is looked at before its own end.
                None if now.family.is_none() => Ok(None),
                None => forbidding(&stays),
            })
        };
        match kin {
            Err(why) => Err(RecheckError::Unreadable(why)),
            Ok(Some(why)) => Err(RecheckError::Changed(why)),
            Ok(None) => Ok(()),
        }
    }
}

/// Its sockets on Gateway ports, each with its state: nothing about them may have changed.
fn half_closed(subject: &Subject, ports: &Ports) -> BTreeSet<String> {
    let sockets = subject.sockets.iter().flatten();
    let key = |s: &Socket| format!("{:?}", (s.local, s.remote, s.state, s.inode, s.cookie));
    sockets
        .filter(|socket| socket.touches(ports))
        .map(key)
        .collect()
}
