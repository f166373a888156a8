//! Ending a process by its pid, for systems without pidfds: who it is is read again right
//! before each signal, by start time, program file, user and parent.
//!
//! A start time may be in whole seconds, so none of these is proof alone. Between the last look
//! and the signal another process may get the pid only if this one ends and every other pid is
//! given out first, all in less than a millisecond.

use std::io;

use super::{Killer, ProcessHandle, Signal};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, ProcessSource, RunState};

/// Any system on which a process has a pid and a start time.
pub struct ByPid<'a> {
    processes: &'a dyn ProcessSource,
}

impl<'a> ByPid<'a> {
    /// Identifies processes by `processes`.
    pub fn new(processes: &'a dyn ProcessSource) -> Self {
        Self { processes }
    }
}

impl Killer for ByPid<'_> {
    fn hold(&self, id: ProcessId) -> io::Result<Option<Box<dyn ProcessHandle + '_>>> {
        let facts = self.processes.facts(id.pid).map_err(io::Error::other)?;
        let Some(facts) = facts.filter(|facts| facts.id == id) else {
            return Ok(None);
        };
        Ok(Some(Box::new(Known {
            processes: self.processes,
            facts,
        })))
    }
}

struct Known<'a> {
    processes: &'a dyn ProcessSource,
    /// As it was when it was held.
    facts: Facts,
}

impl Known<'_> {
    /// Whether the pid still means the process that was held.
    fn is_same(&self) -> io::Result<bool> {
        let read = |pid| self.processes.facts(pid).map_err(io::Error::other);
        let Some(now) = read(self.facts.id.pid)?.filter(|now| self.facts.is_still(now)) else {
            return Ok(false);
        };
        if now.parent == self.facts.parent {
            return Ok(true);
        }
        // Another parent adopts it only when its own has ended, perhaps by the same plan.
        let parent = self.facts.ancestors.as_ref();
        let Some(parent) = parent.and_then(|ancestors| ancestors.first()) else {
            return Ok(false);
        };
        let running = |now: Facts| now.id == *parent && now.state != Some(RunState::Zombie);
        Ok(!read(parent.pid)?.is_some_and(running))
    }
}

impl ProcessHandle for Known<'_> {
    fn is_alive(&self) -> io::Result<bool> {
        let now = self.processes.facts(self.facts.id.pid);
        let now = now.map_err(io::Error::other)?;
        let running = |now: Facts| now.id == self.facts.id && now.state != Some(RunState::Zombie);
        Ok(now.is_some_and(running))
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        // The last thing before the signal.
        if !self.is_same()? {
            return Err(io::Error::other("it is another process by now"));
        }
        kill(self.facts.id.pid, signal)
    }
}

#[cfg(unix)]
fn kill(pid: Pid, signal: Signal) -> io::Result<()> {
    let raw = i32::try_from(pid.0).ok();
    let pid = raw.and_then(rustix::process::Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("this is no pid"))?;
    Ok(rustix::process::kill_process(pid, signal.into())?)
}

/// On Windows no process is ever judged to be an orphan: there is nothing to be sent.
#[cfg(not(unix))]
fn kill(_: Pid, _: Signal) -> io::Result<()> {
    Err(io::Error::other("this system has no signals"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;
    use crate::machine::process::{Owners, ProcessError, Programs, Search};
    use crate::machine::sockets::Socket;

    /// Processes that a test changes between two looks.
    struct Processes(Mutex<BTreeMap<Pid, Facts>>);

    impl ProcessSource for Processes {
        fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError> {
            Ok(self.facts(pid)?.map(|facts| facts.id))
        }

        fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
            Ok(self.0.lock().unwrap().get(&pid).cloned())
        }

        fn owners(&self, _: &[Socket], _: Search) -> Result<Owners, ProcessError> {
            Ok(Owners::default())
        }

        fn held<'a>(
            &self,
            _: Pid,
            _: &'a [Socket],
        ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
            Ok(None)
        }

        fn candidates(&self, _: Option<&Programs>) -> Result<Vec<Pid>, ProcessError> {
            Ok(Vec::new())
        }
    }

    const PARENT: Pid = Pid(400);
    const CLIENT: Pid = Pid(500);

    fn facts(pid: Pid, parent: Pid) -> Facts {
        let id = |pid| ProcessId { pid, started: 1000 };
        Facts {
            uid: Some(501),
            executable: Some("/usr/bin/python3".to_owned()),
            parent: Some(parent),
            ancestors: Some(vec![id(parent)]),
            ..Facts::unknown(id(pid), "python3".to_owned())
        }
    }

    /// Whether the pid of a client that was held still means it after this change.
    fn same_after(change: fn(&mut BTreeMap<Pid, Facts>)) -> bool {
        let processes = [facts(PARENT, Pid(1)), facts(CLIENT, PARENT)];
        let processes = processes.into_iter().map(|facts| (facts.id.pid, facts));
        let processes = Processes(Mutex::new(processes.collect()));
        let known = Known {
            processes: &processes,
            facts: processes.facts(CLIENT).unwrap().unwrap(),
        };
        assert!(known.is_same().unwrap());
        change(&mut processes.0.lock().unwrap());
        known.is_same().unwrap()
    }

    fn client(processes: &mut BTreeMap<Pid, Facts>) -> &mut Facts {
        processes.get_mut(&CLIENT).unwrap()
    }

    #[test]
    fn a_pid_that_was_given_to_another_process_is_not_the_one_held() {
        assert!(!same_after(|processes| drop(processes.remove(&CLIENT))));
        assert!(!same_after(|processes| client(processes).id.started += 1));
        assert!(!same_after(|processes| client(processes).uid = Some(0)));
        assert!(!same_after(|processes| client(processes).uid = None));
        assert!(!same_after(|processes| client(processes).executable = None));
        assert!(!same_after(|processes| {
            client(processes).executable = Some("/usr/bin/java".to_owned());
        }));
    }

    #[test]
    fn another_parent_is_believed_only_when_its_own_has_ended() {
        assert!(!same_after(
            |processes| client(processes).parent = Some(Pid(1))
        ));
        assert!(!same_after(|processes| client(processes).parent = None));
        assert!(same_after(|processes| {
            client(processes).parent = Some(Pid(1));
            processes.remove(&PARENT);
        }));
        assert!(same_after(|processes| {
            client(processes).parent = Some(Pid(1));
            processes.get_mut(&PARENT).unwrap().state = Some(RunState::Zombie);
        }));
        assert!(same_after(|processes| {
            client(processes).parent = Some(Pid(1));
            processes.get_mut(&PARENT).unwrap().id.started += 1;
        }));
    }

    #[test]
    fn a_signal_to_one_that_changed_is_refused() {
        let processes = Processes(Mutex::new(BTreeMap::from([(
            CLIENT,
            facts(CLIENT, PARENT),
        )])));
        let killer = ByPid::new(&processes);
        let id = processes.identify(CLIENT).unwrap().unwrap();
        let handle = killer.hold(id).unwrap().expect("it is held");
        processes.0.lock().unwrap().clear();
        let refused = handle.send(Signal::Term).unwrap_err();
        assert_eq!(refused.to_string(), "it is another process by now");
        assert!(!handle.is_alive().unwrap());
    }
}
