//! Processes through the `sysinfo` crate, for systems without `/proc`.
//!
//! It refreshes only the pids asked for, and all of them only to find Gateways and processes that cannot
//! be looked into. What the crate cannot tell stays unknown, until a process is examined because
//! it holds a stuck socket: then the system's own programs are asked, `ps` and `lsof`, and on
//! macOS `launchctl`. What they do not answer is unknown, and unknown is never ended.
//!
//! | question | macOS | Windows |
//! |---|---|---|
//! | group, terminal, children, debugger | `ps` | unknown |
//! | SIGHUP ignored | `ps`, beside ibdoc's own mask | unknown |
//! | standard descriptors, a mapped `libjvm`, UDP | `lsof` | unknown |
//! | whether the other end of a pipe is open | unknown: ended only if named | unknown |
//! | all its sockets | the table and `lsof`, if both agree | unknown |
//! | every holder of a socket | the table and `lsof` together | unknown: one is named |
//! | who may hold it unseen, being another user's | `ps`, near the holder | unknown |
//! | started again by a manager | `launchctl` | its parent is the manager, and runs |
//! | namespaces, control groups | there are none | there are none |
//! | its parent has gone | it was adopted by pid 1 | gone, or younger than the child |
//!
//! So on Windows no process is ended: a socket may have been handed to others, which nothing names.

mod examine;
mod holders;
mod launchctl;
mod lsof;
mod platform;
mod program;
mod ps;
#[cfg(test)]
mod tests;

use std::time::Duration;

use sysinfo::{Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use self::platform::{Platform, has_lost_parent};
use self::program::Installed;
use super::command::{self, LONGEST};
use super::names::{is_jvm_name, is_launcher_name, is_named_jvm};
use super::relay_target;
use super::{
    Facts, Jvm, Owners, Peer, ProcessError, ProcessSource, Programs, RelayTarget, RunState, Search,
    Traces,
};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::Socket;
use crate::text::printable::clean;

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
        facts.ancestors = ancestors(&mut system, facts.id, facts.parent);
        if Platform::here().keeps_dead_parents() {
            let parent = facts.parent.and_then(|parent| {
                let process = process(&system, parent)?;
                Some(identity(parent, process))
            });
            facts.parent_gone = Some(has_lost_parent(facts.id, parent));
        }
        Platform::here().settle(&mut facts);
        add_linux(&mut facts);
        Ok(Some(facts))
    }

    fn relay_target(&self, pid: Pid, port: u16) -> Option<RelayTarget> {
        let mut system = System::new();
        refresh(&mut system, pid, wanted());
        let line = process(&system, pid)?.cmd().iter();
        let line: Vec<_> = line.map(|word| word.to_string_lossy()).collect();
        let arguments: Vec<&str> = line.iter().map(AsRef::as_ref).collect();
        relay_target::of_arguments(&arguments, port)
    }

    fn traces(&self, pid: Pid) -> Option<Traces> {
        let mut system = System::new();
        let always = UpdateKind::Always;
        let wanted = ProcessRefreshKind::nothing().with_cmd(always);
        refresh(
            &mut system,
            pid,
            wanted.with_environ(always).with_cwd(always),
        );
        let process = process(&system, pid)?;
        let texts = |words: &[std::ffi::OsString]| {
            let words = words.iter().map(|word| word.to_string_lossy().into_owned());
            words.collect::<Vec<String>>()
        };
        let (line, environment) = (texts(process.cmd()), texts(process.environ()));
        let line = line.iter().map(String::as_str);
        let mut traces = Traces::of(line, environment.iter().map(String::as_str));
        let folder = process
            .cwd()
            .map(|path| path.to_string_lossy().into_owned());
        traces.settings.extend(folder);
        Some(traces)
    }

    fn examine(&self, facts: Facts) -> Facts {
        let pid = facts.id.pid;
        let own = Pid(std::process::id());
        let platform = Platform::here();
        let examined = examine::examine(facts.clone(), own, platform, &Installed(platform));
        // All of it was about this process only if it still has its pid.
        match self.identify(pid) {
            Ok(Some(id)) if id == examined.id => with_open_ends(examined),
            _ => facts,
        }
    }

    fn owners(&self, sockets: &[Socket], search: Search) -> Result<Owners, ProcessError> {
        // The table names the owners itself, and does not say whom it could not see.
        let mut owners = holders::named(sockets);
        if search == Search::Every {
            let mut system = System::new();
            let ids = ProcessRefreshKind::nothing().without_tasks();
            system.refresh_processes_specifics(ProcessesToUpdate::All, true, ids);
            let session = |pid| process(&system, pid).and_then(session);
            let (own, programs) = (Pid(std::process::id()), Installed(Platform::here()));
            holders::add(&mut owners, sockets, &programs);
            holders::add_unreadable(&mut owners, own, &session, &programs);
            owners.invisible = self.hides_processes();
        }
        Ok(owners)
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

    #[cfg(target_os = "linux")]
    fn hides_processes(&self) -> bool {
        super::linux::Proc::default().hides_processes()
    }

    fn peers(&self, processes: &[&Facts]) -> Vec<Option<Vec<Peer>>> {
        #[cfg(target_os = "linux")]
        return super::linux::Proc::default().peers(processes);
        // Elsewhere no program tells them: a process that may have one ends only when it is named.
        #[cfg(not(target_os = "linux"))]
        vec![None; processes.len()]
    }

    fn candidates(&self, _: Option<&Programs>) -> Result<Vec<Pid>, ProcessError> {
        let mut system = System::new();
        let names = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, names);
        let candidates = system.processes().iter().filter(|(_, process)| {
            let name = process.name().to_string_lossy();
            is_jvm_name(&name) || is_launcher_name(&name) || name.starts_with("JavaApplicatio")
        });
        let mut pids: Vec<Pid> = candidates.map(|(pid, _)| Pid(pid.as_u32())).collect();
        pids.sort_unstable();
        Ok(pids)
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
        #[cfg(unix)]
        uid: process.user_id().map(|user| **user),
        users: users(process),
        executable: executable.map(|path| clean(path, LONGEST)),
        up: Some(Duration::from_secs(process.run_time())),
        parent: parent(pid, process),
        session: session(process),
        // No thread of a kernel has a program file; without one, who knows.
        kernel_thread: executable.is_some().then_some(false),
        ..Facts::unknown(identity(pid, process), clean(&name, 64))
    };
    // An empty command line is one that could not be read.
    if let Some(first) = arguments.first() {
        facts.argv0 = Some(command::argv0(first, executable));
        facts.script = Some(command::script(&arguments, executable));
        facts.user_manager = Some(arguments.get(1) == Some(&"--user"));
        facts.is_tracker = Some(command::is_tracker(&arguments));
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

fn session(process: &Process) -> Option<Pid> {
    process.session_id().map(|session| Pid(session.as_u32()))
}

/// The parent; 0 for the first process, and `None` where it is not told.
fn parent(pid: Pid, process: &Process) -> Option<Pid> {
    match process.parent() {
        Some(parent) => Some(Pid(parent.as_u32())),
        None => (pid == Pid(1) || Platform::here().keeps_dead_parents()).then_some(Pid(0)),
    }
}

/// The real and the effective user id, where both are told.
#[cfg(unix)]
fn users(process: &Process) -> Option<Vec<u32>> {
    let (real, effective) = (process.user_id()?, process.effective_user_id()?);
    Some(vec![**real, **effective])
}

#[cfg(not(unix))]
fn users(_: &Process) -> Option<Vec<u32>> {
    None
}

/// What Linux tells of its own peculiarities; elsewhere the platform has none of them.
#[cfg(target_os = "linux")]
fn add_linux(facts: &mut Facts) {
    let known = super::linux::Proc::default().facts(facts.id.pid);
    if let Ok(Some(known)) = known {
        facts.cgroup = known.cgroup;
        facts.net_namespace = known.net_namespace;
        facts.pid_namespace = known.pid_namespace;
        facts.traced = known.traced;
        // A parent that is not told is outside this pid namespace, or none.
        facts.parent = facts.parent.or(known.parent);
        facts.ancestors = facts.ancestors.take().or(known.ancestors);
    }
}

#[cfg(not(target_os = "linux"))]
fn add_linux(_: &mut Facts) {}

/// Whether the other ends of its pipes are open: told on Linux only, where this source serves tests.
#[cfg(target_os = "linux")]
fn with_open_ends(mut facts: Facts) -> Facts {
    let known = super::linux::Proc::default();
    if let Ok(Some(read)) = known.facts(facts.id.pid) {
        facts.stdio_open = known.examine(read).stdio_open;
    }
    facts
}

#[cfg(not(target_os = "linux"))]
fn with_open_ends(facts: Facts) -> Facts {
    facts
}

/// The parents as far as they go; where dead ones stay named, up to the first of those.
fn ancestors(system: &mut System, child: ProcessId, first: Option<Pid>) -> Option<Vec<ProcessId>> {
    let ends_there = Platform::here().keeps_dead_parents();
    let (mut ancestors, mut last, mut next) = (Vec::new(), child, Some(first?));
    while let Some(pid) = next.filter(|pid| pid.0 != 0 && ancestors.len() < ANCESTORS) {
        refresh(system, pid, ProcessRefreshKind::nothing());
        let found = process(system, pid).map(|process| identity(pid, process));
        if ends_there && has_lost_parent(last, found) {
            break;
        }
        last = found?;
        ancestors.push(last);
        // Without root macOS tells other users' processes' parents to `ps` alone.
        next = Some(process(system, pid).and_then(|process| parent(pid, process))?);
    }
    Some(ancestors)
}
