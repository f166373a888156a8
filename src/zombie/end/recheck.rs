//! The last looks before each signal: everything anew, and each process by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::machine::kill::Recheck;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::{Ports, Socket};
use crate::report::Class;
use crate::zombie::look::{Observer, Reader};
use crate::zombie::{Census, Context, Plan, Subject, class};

/// While one of a family ends, another may be unreadable for a moment.
const LOOKS: u32 = 4;
/// Between two such looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Looks again at what was decided.
pub(super) struct PlanRecheck<'a> {
    before: &'a Census,
    observer: &'a Observer<'a>,
    /// The processes that are still to be ended.
    doomed: BTreeSet<ProcessId>,
    /// The second plan, made once every process was held fast.
    again: Option<Plan>,
}

impl<'a> PlanRecheck<'a> {
    pub(super) fn new(before: &'a Census, observer: &'a Observer<'a>) -> Self {
        Self {
            before,
            observer,
            doomed: before.plan.ends.iter().copied().collect(),
            again: None,
        }
    }
}

impl Recheck for PlanRecheck<'_> {
    fn everything(&mut self) -> Result<(), String> {
        let census = self.observer.look(&self.before.criteria);
        let census = census.map_err(|error| error.to_string())?;
        self.again = Some(census.plan);
        Ok(())
    }

    fn process(&mut self, id: ProcessId) -> Result<(), String> {
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

impl PlanRecheck<'_> {
    fn look_at(&self, id: ProcessId) -> Result<(), String> {
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
                Ok(()) => return Ok(()),
            }
        }
        self.now(id).map_err(|error| match error {
            RecheckError::Unreadable(why) | RecheckError::Changed(why) => why,
        })
    }

    /// Reads the process anew and holds it against what was decided.
    fn now(&self, id: ProcessId) -> Result<(), RecheckError> {
        let changed = |what: &str| RecheckError::Changed(what.to_owned());
        let snapshot = &self.before.snapshot;
        let before = snapshot.processes.get(&id.pid);
        let before = before.ok_or_else(|| changed("it was not looked at"))?;
        let reader = Reader::new(self.observer.world);
        let ports = &snapshot.gateway_ports;
        // First, because it may take long: the rest is to be as fresh as can be.
        let peers = reader.peers(&[id.pid]).pop().flatten();
        let subject = reader.subject(id.pid, &snapshot.own, ports);
        let mut now = subject.ok_or_else(|| changed("it has gone"))?;
        now.peers = peers;
        if !before.facts.is_still(&now.facts) {
            return Err(changed("it is another process by now"));
        }
        self.judge(id.pid, &now)?;
        let held = half_closed(&now, ports);
        if held.is_empty() || held != half_closed(before, ports) {
            return Err(changed("its sockets have changed"));
        }
        Ok(())
    }

    /// Judges it anew, with those that are still to be ended.
    fn judge(&self, pid: Pid, now: &Subject) -> Result<(), RecheckError> {
        let context = Context {
            orphans: &self.doomed,
            ending: &self.doomed,
            ..self.before.snapshot.context()
        };
        let judged = class(now, &context);
        match judged.class {
            Class::Unknown => return Err(RecheckError::Unreadable(judged.reason)),
            Class::Orphan => {}
            Class::Detached if self.before.criteria.named.contains(&pid) => {}
            _ => return Err(RecheckError::Changed(format!("it is {judged}"))),
        }
        let doomed = |child: &Pid| self.doomed.iter().any(|id| id.pid == *child);
        match &now.facts.children {
            None => Err(RecheckError::Unreadable(
                "its children could not be read".to_owned(),
            )),
            Some(children) if !children.iter().all(doomed) => Err(RecheckError::Changed(
                "a child of it is running and stays".to_owned(),
            )),
            Some(_) => Ok(()),
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
