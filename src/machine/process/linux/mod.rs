//! Processes as Linux tells them, read from `/proc` by hand and in bounded pieces.

mod activity;
mod collect;
mod descriptors;
mod elsewhere;
mod family;
mod files;
mod jvm;
mod labels;
mod outlets;
mod owners;
mod peers;
mod perf_file;
mod place;
mod programs;
mod reach;
mod read;
mod ring;
mod service;
pub(super) mod stat;
mod traces;
mod walk;

use std::collections::BTreeSet;
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::{
    Cgroup, Facts, Owners, Peer, ProcessError, ProcessSource, Programs, RelayTarget, Search,
    Switches, Traces,
};
use crate::machine::activity::Activity;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::{AddressPair, Socket};
use crate::machine::vitals::{NoVitals, Reading};

/// A `/proc` directory.
#[derive(Clone, Debug)]
pub struct Proc {
    root: PathBuf,
}

impl Default for Proc {
    /// The `/proc` of this machine.
    fn default() -> Self {
        Self::at("/proc")
    }
}

impl Proc {
    /// Another directory laid out in the same way, such as a test's.
    pub fn at(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_owned(),
        }
    }

    fn open(&self) -> Result<OwnedFd, ProcessError> {
        openat(
            CWD,
            &self.root,
            OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|errno| failed("open /proc", errno))
    }

    /// The directory of one process: bound to that process, never to a later one with its pid.
    fn process(&self, pid: Pid) -> Result<Option<OwnedFd>, ProcessError> {
        match directory(&self.open()?, &pid.to_string()) {
            Ok(process) => Ok(Some(process)),
            Err(errno) if stat::is_gone(errno) => Ok(None),
            Err(errno) => Err(failed("open the directory of a process in /proc", errno)),
        }
    }
}

impl ProcessSource for Proc {
    fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError> {
        let Some(process) = self.process(pid)? else {
            return Ok(None);
        };
        unless_gone(stat::read(&process).map(|stat| ProcessId {
            pid,
            started: stat.started,
        }))
    }

    fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
        let Some(process) = self.process(pid)? else {
            return Ok(None);
        };
        unless_gone(collect::facts(&self.open()?, &process, pid))
    }

    fn examine(&self, mut facts: Facts) -> Facts {
        let (root, process) = (self.open().ok(), self.process(facts.id.pid).ok().flatten());
        let (Some(root), Some(process)) = (root, process) else {
            return facts;
        };
        let stdio_open = outlets::open_ends(facts.id.pid, facts.stdio);
        let entry = outlets::entry(facts.id.pid);
        let labels = labels::labels(&process);
        let datagram_peers = peers::datagrams(&self.root, &root, facts.id.pid);
        let (ends, serves_unix) = peers::told(
            &root,
            &Facts {
                stdio_open,
                ..facts.clone()
            },
        );
        let children = collect::children(&root, &process);
        // Last, so that all of it was about this process.
        let stat = stat::read(&process);
        if stat.is_ok_and(|stat| stat.started == facts.id.started) {
            facts.stdio_open = stdio_open;
            facts.entry = entry;
            facts.labels = labels;
            facts.datagram_peers = datagram_peers;
            (facts.ends, facts.serves_unix) = (ends, serves_unix);
            facts.children = children;
        }
        facts
    }

    /// Each table before the descriptors that are held against it.
    fn refresh(&self, before: &Facts) -> Option<Facts> {
        let (root, pid) = (self.open().ok()?, before.id.pid);
        let process = self.process(pid).ok()??;
        let stdio = collect::stdio(&process);
        let mut now = Facts {
            stdio,
            stdio_open: outlets::open_ends(pid, stdio),
            ..before.clone()
        };
        now.datagram_peers = peers::datagrams(&self.root, &root, pid);
        (now.ends, now.serves_unix) = peers::told(&root, &now);
        now.executable = collect::executable(&process);
        now.children = collect::children(&root, &process);
        collect::with_state(now, &root, &process, pid).ok()
    }

    fn owners(&self, sockets: &[Socket], search: Search) -> Result<Owners, ProcessError> {
        owners::owners(&self.open()?, sockets, search)
            .map_err(|errno| failed("list the processes", errno))
    }

    fn held<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
        let inodes = descriptors::inodes(&self.open()?, pid);
        Ok(inodes.map(|inodes| reach::among(&inodes, sockets)))
    }

    fn is_connected_elsewhere(
        &self,
        pid: Pid,
        known: &[Socket],
        is_here: &dyn Fn(AddressPair, u64) -> bool,
    ) -> bool {
        let all = self.descriptors(pid);
        all.is_some_and(|all| elsewhere::is_connected(&self.root, pid, all, known, is_here))
    }

    fn out_of_reach(&self, pid: Pid, inodes: &[u64]) -> BTreeSet<u64> {
        reach::out_of_reach(self, pid, inodes)
    }

    fn receivers(&self) -> Vec<Pid> {
        reach::receivers(self).unwrap_or_default()
    }

    fn peers(&self, processes: &[&Facts]) -> Vec<Option<Vec<Peer>>> {
        let root = self.open().ok();
        let peers = root.and_then(|root| peers::peers(&root, processes));
        peers.unwrap_or_else(|| vec![None; processes.len()])
    }

    fn descendants(&self, pid: Pid) -> Option<Vec<Pid>> {
        family::descendants(&self.open().ok()?, pid)
    }

    fn group(&self, group: Pid) -> Option<Vec<Pid>> {
        family::group(&self.open().ok()?, group).ok()
    }

    fn peak_memory(&self, pid: Pid) -> Option<u64> {
        family::peak_memory(&self.open().ok()?, pid)
    }

    fn has_ended(&self, id: ProcessId) -> bool {
        match self.process(id.pid) {
            Ok(None) => true,
            Ok(Some(process)) => match stat::read(&process) {
                Ok(stat) => stat.started != id.started || stat.has_ended(),
                Err(errno) => stat::is_gone(errno),
            },
            Err(_) => false,
        }
    }

    fn pids(&self) -> BTreeSet<Pid> {
        let pids = self.open().ok().and_then(|root| pids(&root).ok());
        pids.into_iter().flatten().collect()
    }

    /// True also if `/proc` cannot be read.
    fn hides_processes(&self) -> bool {
        self.open().map_or(true, |root| owners::invisible(&root))
    }

    fn is_blind(&self) -> bool {
        self.open()
            .map_or(true, |root| !owners::is_shown(&root, Pid(1)))
    }

    fn relay_target(&self, pid: Pid, port: u16) -> Option<RelayTarget> {
        files::relay_target(self, pid, port)
    }

    fn relay_by_arguments(&self, listener: &Socket) -> Option<Pid> {
        files::relay_by_arguments(self, listener)
    }

    fn hosts(&self, pid: Pid, name: &str) -> Vec<IpAddr> {
        let process = self.process(pid).ok().flatten();
        process.map_or_else(Vec::new, |process| files::hosts(&process, name))
    }

    fn traces(&self, pid: Pid) -> Option<Traces> {
        let process = self.process(pid).ok()??;
        Some(traces::traces(&process))
    }

    fn open(&self, pid: Pid, path: &str) -> Option<File> {
        let process = self.process(pid).ok()??;
        files::regular(&process, path)
    }

    fn names(&self, pid: Pid, folder: &str) -> Vec<String> {
        let process = self.process(pid).ok().flatten();
        process.map_or_else(Vec::new, |process| files::names(&process, folder))
    }

    fn network_namespaces(&self) -> Vec<(u64, Pid)> {
        let namespaces = self.open().ok().and_then(|root| {
            let pids = pids(&root).ok()?;
            Some(place::namespaces(&root, &pids))
        });
        namespaces.unwrap_or_default()
    }

    fn has_address(&self, pid: Pid, ip: IpAddr) -> bool {
        let process = self.process(pid).ok().flatten();
        process.is_some_and(|process| place::has_address(&process, ip))
    }

    fn is_routed(&self, pid: Pid, ip: IpAddr) -> bool {
        let process = self.process(pid).ok().flatten();
        process.is_some_and(|process| place::is_routed(&process, ip))
    }

    fn is_behind_device(&self, ip: IpAddr) -> bool {
        let process = self.process(Pid(std::process::id())).ok().flatten();
        process.is_some_and(|process| place::is_behind_device(&process, ip))
    }

    fn has_ended_service(&self, name: &str, is_users: bool) -> bool {
        service::has_ended(name, is_users)
    }

    fn standing(&self, pid: Pid) -> Option<Facts> {
        collect::standing(&self.process(pid).ok()??)
    }

    fn is_frozen(&self, cgroup: &Cgroup) -> bool {
        place::is_frozen(cgroup)
    }

    fn vitals(&self, pid: Pid) -> Result<Reading, NoVitals> {
        let process = self.process(pid).ok().flatten();
        perf_file::reading(&process.ok_or(NoVitals::Absent)?)
    }

    fn activity(&self, pid: Pid) -> Option<Activity> {
        activity::activity(&self.process(pid).ok()??, pid)
    }

    fn switches(&self, pid: Pid) -> Option<Switches> {
        stat::switches(&self.process(pid).ok()??)
    }

    fn candidates(&self, known: Option<&Programs>) -> Result<Vec<Pid>, ProcessError> {
        let root = self.open()?;
        if let Some(known) = known {
            return Ok(programs::candidates(&root, known));
        }
        let pids = pids(&root).map_err(|errno| failed("list the processes", errno))?;
        let programs = programs::programs(&root, &pids);
        Ok(programs::candidates(&root, &programs))
    }
}

/// What was read about a process; `None` if it has ended meanwhile.
fn unless_gone<T>(read: Result<T, Errno>) -> Result<Option<T>, ProcessError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(errno) if stat::is_gone(errno) => Ok(None),
        Err(errno) => Err(failed("read the state of a process", errno)),
    }
}

/// Every pid in `/proc`, ascending.
fn pids(root: &OwnedFd) -> Result<Vec<Pid>, Errno> {
    let mut pids = Vec::new();
    read::each(&directory(root, ".")?, |name| {
        if let Some(pid) = read::number(name) {
            pids.push(Pid(pid));
        }
        true
    })?;
    pids.sort_unstable();
    Ok(pids)
}

fn directory(at: &OwnedFd, path: &str) -> Result<OwnedFd, Errno> {
    openat(at, path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

fn failed(attempt: &'static str, errno: Errno) -> ProcessError {
    ProcessError::System {
        attempt,
        source: errno.into(),
    }
}
