//! Processes through the `sysinfo` crate, for systems without `/proc`.
//!
//! It refreshes only the pids asked for, and all of them only to find Gateways. What the crate
//! cannot tell stays unknown: terminals, signals, descriptors, namespaces and control groups.

use std::time::Duration;

use sysinfo::{Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::command::{self, LONGEST};
use super::names::{is_jvm_name, is_named_jvm};
use super::{
    Facts, Gateway, Jvm, Owners, Pid, ProcessError, ProcessId, ProcessSource, ProgramKind,
    RunState, Search, kind,
};
use crate::printable::clean;
use crate::table::Socket;

/// The longest chain of parents that is followed.
const ANCESTORS: usize = 64;

/// The source on `sysinfo`; its start times are whole seconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

impl ProcessSource for Portable {
    fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError> {
        let mut system = System::new();
        refresh(&mut system, pid, ProcessRefreshKind::nothing());
        Ok(process(&system, pid).map(|process| identity(pid, process)))
    }

    fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
        let mut system = System::new();
        refresh(&mut system, pid, wanted());
        let Some(mut facts) = process(&system, pid).map(|process| facts(pid, process)) else {
            return Ok(None);
        };
        facts.ancestors = ancestors(&mut system, facts.parent);
        Ok(Some(facts))
    }

    fn owners(&self, sockets: &[Socket], _: Search) -> Result<Owners, ProcessError> {
        // The table names the owners itself, and does not say whom it could not see.
        let holders = sockets.iter().map(|socket| {
            let mut pids = socket.pids.clone().unwrap_or_default();
            pids.sort_unstable();
            pids.dedup();
            pids
        });
        Ok(Owners {
            holders: holders.collect(),
            unreadable: Vec::new(),
            invisible: true,
        })
    }

    fn held<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
        if sockets.iter().any(|socket| socket.pids.is_none()) || self.identify(pid)?.is_none() {
            return Ok(None);
        }
        let holds = |socket: &&Socket| socket.pids.as_ref().is_some_and(|pids| pids.contains(&pid));
        Ok(Some(sockets.iter().filter(holds).collect()))
    }

    fn gateways(&self) -> Result<Vec<Gateway>, ProcessError> {
        let mut system = System::new();
        let names = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, names);
        let candidates = system.processes().iter().filter(|(_, process)| {
            let name = process.name().to_string_lossy();
            is_jvm_name(&name) || name.starts_with("JavaApplicatio")
        });
        let mut gateways = Vec::new();
        for pid in candidates.map(|(pid, _)| Pid(pid.as_u32())) {
            let Some(facts) = self.facts(pid)? else {
                continue;
            };
            let kind = kind(&facts, None);
            if matches!(kind, ProgramKind::Gateway | ProgramKind::Tws) {
                gateways.push(Gateway { kind, facts });
            }
        }
        gateways.sort_by_key(|gateway| gateway.facts.id.pid);
        Ok(gateways)
    }
}

fn wanted() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_exe(UpdateKind::Always)
        .with_user(UpdateKind::Always)
        .without_tasks()
}

fn refresh(system: &mut System, pid: Pid, kind: ProcessRefreshKind) {
    let pid = sysinfo::Pid::from_u32(pid.0);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
}

fn process(system: &System, pid: Pid) -> Option<&Process> {
    system.process(sysinfo::Pid::from_u32(pid.0))
}

fn identity(pid: Pid, process: &Process) -> ProcessId {
    ProcessId {
        pid,
        started: process.start_time(),
    }
}

fn facts(pid: Pid, process: &Process) -> Facts {
    let name = process.name().to_string_lossy();
    let executable = process
        .exe()
        .map(|path| path.to_string_lossy().into_owned());
    let executable = executable.as_deref().filter(|path| !path.is_empty());
    let line: Vec<_> = process
        .cmd()
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let arguments: Vec<&str> = line.iter().map(AsRef::as_ref).collect();
    let mut facts = Facts {
        state: Some(match process.status() {
            ProcessStatus::Zombie | ProcessStatus::Dead => RunState::Zombie,
            ProcessStatus::Stop | ProcessStatus::Tracing => RunState::Stopped,
            _ => RunState::Alive,
        }),
        uid: user(process),
        executable: executable.map(|path| clean(path, LONGEST)),
        up: Some(Duration::from_secs(process.run_time())),
        parent: process.parent().map(|parent| Pid(parent.as_u32())),
        session: process.session_id().map(|session| Pid(session.as_u32())),
        ..Facts::unknown(identity(pid, process), clean(&name, 64))
    };
    // An empty command line is one that could not be read.
    if let Some(first) = arguments.first() {
        facts.argv0 = Some(command::argv0(first, executable));
        facts.script = Some(command::script(&arguments, executable));
        facts.user_manager = Some(arguments.get(1) == Some(&"--user"));
        let whole = format!(
            "{}\n{}",
            executable.unwrap_or_default(),
            arguments.join("\n")
        );
        facts.marks = executable.is_some().then(|| command::marks(&whole));
    }
    if is_named_jvm(&facts) {
        facts.jvm = Some(Jvm::Name);
    }
    facts
}

#[cfg(unix)]
fn user(process: &Process) -> Option<u32> {
    process.user_id().map(|user| **user)
}

#[cfg(not(unix))]
fn user(_: &Process) -> Option<u32> {
    None
}

fn ancestors(system: &mut System, parent: Option<Pid>) -> Option<Vec<ProcessId>> {
    let mut ancestors = Vec::new();
    let mut next = parent;
    while let Some(pid) = next.filter(|pid| pid.0 != 0 && ancestors.len() < ANCESTORS) {
        refresh(system, pid, ProcessRefreshKind::nothing());
        let process = process(system, pid)?;
        ancestors.push(identity(pid, process));
        next = process.parent().map(|parent| Pid(parent.as_u32()));
    }
    Some(ancestors)
}
