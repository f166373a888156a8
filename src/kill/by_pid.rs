//! Ending a process by its pid, for systems without pidfds: who it is is read again right
//! before each signal, by start time and program file.

use std::io;
use std::time::{Duration, Instant};

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

use super::{Grip, Killer, Signal};
use crate::process::{ProcessId, ProcessSource, RunState};

/// Between two looks whether a process has ended.
const INTERVAL: Duration = Duration::from_millis(20);

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
    fn hold(&self, id: ProcessId) -> io::Result<Option<Box<dyn Grip + '_>>> {
        let facts = self.processes.facts(id.pid).map_err(io::Error::other)?;
        let Some(facts) = facts.filter(|facts| facts.id == id) else {
            return Ok(None);
        };
        Ok(Some(Box::new(Known {
            processes: self.processes,
            id,
            executable: facts.executable,
        })))
    }
}

struct Known<'a> {
    processes: &'a dyn ProcessSource,
    id: ProcessId,
    executable: Option<String>,
}

impl Grip for Known<'_> {
    fn is_alive(&self) -> io::Result<bool> {
        let facts = self.processes.facts(self.id.pid);
        let facts = facts.map_err(io::Error::other)?;
        Ok(facts.is_some_and(|facts| facts.id == self.id && facts.state != Some(RunState::Zombie)))
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        let pid = sysinfo::Pid::from_u32(self.id.pid.0);
        let mut system = System::new();
        let nothing = ProcessRefreshKind::nothing();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, nothing);
        let facts = self.processes.facts(self.id.pid);
        let facts = facts.map_err(io::Error::other)?;
        let same = facts.filter(|facts| facts.id == self.id);
        let same = same.filter(|facts| facts.executable == self.executable);
        let process = system.process(pid).filter(|_| same.is_some());
        let process = process.ok_or_else(|| io::Error::other("it is another process by now"))?;
        let sent = match signal {
            // Where there are no signals there is only the end.
            Signal::Term => process
                .kill_with(sysinfo::Signal::Term)
                .unwrap_or_else(|| process.kill()),
            Signal::Kill => process.kill(),
        };
        if sent {
            Ok(())
        } else {
            Err(io::Error::other("the system refused the signal"))
        }
    }

    fn wait(&self, until: Instant) -> io::Result<bool> {
        while self.is_alive()? {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(left.min(INTERVAL));
        }
        Ok(true)
    }
}
