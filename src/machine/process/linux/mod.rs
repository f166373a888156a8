//! Processes as Linux tells them, read from `/proc` by hand and in bounded pieces.

mod collect;
mod descriptors;
mod family;
mod jvm;
mod owners;
mod perf_data;
mod read;
mod ring;
mod scout;
mod spread;
mod stat;
mod walk;
mod wanted;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, readlinkat_raw, statat};
use rustix::io::Errno;

use self::read::Entries;
use self::spread::spread;
use super::names::is_jvm_name;
use super::{Facts, Gateway, Owners, ProcessError, ProcessSource, ProgramKind, Search, kind};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::sockets::linux::displays;
use crate::machine::sockets::{Socket, TcpState};

/// A `/proc` directory.
#[derive(Clone, Debug)]
pub struct Proc {
    root: PathBuf,
}

impl Default for Proc {
    fn default() -> Self {
        Self::new()
    }
}

impl Proc {
    /// The `/proc` of this machine.
    pub fn new() -> Self {
        Self::at("/proc")
    }

    /// Another directory laid out in the same way, such as a test's.
    pub fn at(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_owned(),
        }
    }

    /// The number under which the process has the socket of this inode open; `None` if it has not.
    pub fn descriptor(&self, pid: Pid, inode: u64) -> Option<i32> {
        descriptors::descriptor(&self.open().ok()?, pid, inode)
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

    fn collect(
        &self,
        pid: Pid,
        facts: impl FnOnce(&OwnedFd, &OwnedFd, Pid) -> Result<Facts, Errno>,
    ) -> Result<Option<Facts>, ProcessError> {
        let Some(process) = self.process(pid)? else {
            return Ok(None);
        };
        match facts(&self.open()?, &process, pid) {
            Ok(facts) => Ok(Some(facts)),
            Err(Errno::NOENT | Errno::SRCH) => Ok(None),
            Err(errno) => Err(failed("read the state of a process", errno)),
        }
    }

    /// Every Gateway and TWS that satisfies `test`.
    fn gateways_that(
        &self,
        test: impl Fn(&OwnedFd, Pid) -> bool + Sync,
    ) -> Result<Vec<Gateway>, ProcessError> {
        let root = self.open()?;
        let pids = pids(&root).map_err(|errno| failed("list the processes", errno))?;
        let mut gateways = Vec::new();
        let candidates = spread(&pids, |share| {
            share.filter(|pid| test(&root, *pid)).collect::<Vec<_>>()
        });
        for pid in candidates.concat() {
            let Ok(Some(facts)) = self.alone(pid) else {
                continue;
            };
            let kind = kind(&facts, None);
            if matches!(kind, ProgramKind::Gateway | ProgramKind::Tws) {
                gateways.push(Gateway { kind, facts });
            }
        }
        gateways.sort_by_key(|gateway: &Gateway| gateway.facts.id.pid);
        Ok(gateways)
    }

    /// The directory of one process: bound to that process, never to a later one with its pid.
    fn process(&self, pid: Pid) -> Result<Option<OwnedFd>, ProcessError> {
        match directory(&self.open()?, &pid.to_string()) {
            Ok(process) => Ok(Some(process)),
            Err(Errno::NOENT | Errno::SRCH) => Ok(None),
            Err(errno) => Err(failed("open the directory of a process in /proc", errno)),
        }
    }
}

impl ProcessSource for Proc {
    fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError> {
        let Some(process) = self.process(pid)? else {
            return Ok(None);
        };
        match stat::read(&process) {
            Ok(stat) => Ok(Some(ProcessId {
                pid,
                started: stat.started,
            })),
            Err(Errno::NOENT | Errno::SRCH) => Ok(None),
            Err(errno) => Err(failed("read the state of a process", errno)),
        }
    }

    fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
        self.collect(pid, collect::facts)
    }

    fn alone(&self, pid: Pid) -> Result<Option<Facts>, ProcessError> {
        self.collect(pid, collect::alone)
    }

    fn owners(&self, sockets: &[Socket], search: Search) -> Result<Owners, ProcessError> {
        match search {
            Search::First => {
                let listeners: Vec<Socket> = sockets
                    .iter()
                    .filter(|socket| socket.state == TcpState::Listen)
                    .cloned()
                    .collect();
                self.owners_while(&listeners, &mut || sockets.to_vec())
            }
            Search::Every => owners::every(&self.open()?, sockets)
                .map_err(|errno| failed("list the processes", errno)),
        }
    }

    fn owners_while(
        &self,
        listeners: &[Socket],
        read: &mut dyn FnMut() -> Vec<Socket>,
    ) -> Result<Owners, ProcessError> {
        owners::first(self.open()?, listeners, read)
            .map_err(|errno| failed("list the processes", errno))
    }

    fn held<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
        let inodes = descriptors::inodes(&self.open()?, pid);
        Ok(inodes.map(|inodes| among(&inodes, sockets)))
    }

    fn held_if_all<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError> {
        let inodes = descriptors::inodes(&self.open()?, pid);
        Ok(inodes.and_then(|inodes| {
            let held = among(&inodes, sockets);
            let known: BTreeSet<u64> = held.iter().filter_map(|socket| socket.inode).collect();
            (known.len() == inodes.len()).then_some(held)
        }))
    }

    fn has_display(&self, pid: Pid) -> Option<bool> {
        let inodes = descriptors::inodes(&self.open().ok()?, pid)?;
        displays()?.any_of(&inodes)
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

    /// True also if `/proc` cannot be read.
    fn hides_processes(&self) -> bool {
        self.open().map_or(true, |root| owners::invisible(&root))
    }

    fn gateways(&self) -> Result<Vec<Gateway>, ProcessError> {
        self.gateways_that(is_java)
    }

    fn started_gateways(&self) -> Result<Vec<Gateway>, ProcessError> {
        self.gateways_that(|root, pid| has_threads(root, pid) && is_java(root, pid))
    }
}

/// The sockets with these inodes, which are ascending.
fn among<'a>(inodes: &[u64], sockets: &'a [Socket]) -> Vec<&'a Socket> {
    let held = |socket: &&Socket| {
        let inode = socket.inode;
        inode.is_some_and(|inode| inodes.binary_search(&inode).is_ok())
    };
    sockets.iter().filter(held).collect()
}

/// Whether the process can be a Java virtual machine that has started: those have a dozen threads
/// and more. Quicker to tell than by a name, and true where it cannot be told.
fn has_threads(root: &OwnedFd, pid: Pid) -> bool {
    const FEWEST: usize = 4;
    descriptors::threads(root, pid).map_or(true, |threads| threads >= FEWEST)
}

/// Whether the process can be a Gateway or TWS at all: by the file that it runs, in one call where
/// its name takes three, and by its name where the file may not be read.
fn is_java(root: &OwnedFd, pid: Pid) -> bool {
    let name = program_name(root, &format!("{pid}/exe"), &mut [0; 512]).map(is_candidate);
    name.unwrap_or_else(|| comm(root, pid, is_candidate))
}

/// The name of the file to which a link such as `PID/exe` leads; `None` if it may not be read.
fn program_name<'a>(root: &OwnedFd, link: &str, target: &'a mut [u8; 512]) -> Option<&'a [u8]> {
    let length = readlinkat_raw(root, link, &mut target[..]).ok()?;
    // A longer path was cut, and its name with it.
    let path = target.get(..length).filter(|path| path.len() < 512)?;
    path.rsplit(|byte| *byte == b'/').next()
}

/// Whether a program or process of this name (`comm` has at most 15 bytes) can be one.
fn is_candidate(name: &[u8]) -> bool {
    name.starts_with(b"JavaApplicatio")
        || name.starts_with(b"java")
        || std::str::from_utf8(name).is_ok_and(is_jvm_name)
}

/// Whether the name of the process satisfies `test`; false if it is gone.
fn comm(root: &OwnedFd, pid: Pid, test: impl FnOnce(&[u8]) -> bool) -> bool {
    let mut buffer = [0; 64];
    read::small(root, &format!("{pid}/comm"), &mut buffer)
        .is_ok_and(|length| test(buffer[..length].trim_ascii_end()))
}

/// Every pid in `/proc`, ascending.
fn pids(root: &OwnedFd) -> Result<Vec<Pid>, Errno> {
    let mut pids = Vec::new();
    Entries::new().each(&directory(root, ".")?, |name| {
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

/// Whether this process is shown, and what everybody may know of it.
fn is_shown(root: &OwnedFd, pid: Pid) -> bool {
    // With hidepid=1 there is a directory, and nothing in it may be read.
    let state = read::small(root, &format!("{pid}/stat"), &mut [0; 16]);
    statat(root, pid.to_string(), AtFlags::empty()).is_ok()
        && !matches!(state, Err(Errno::ACCESS | Errno::PERM))
}

fn failed(attempt: &'static str, errno: Errno) -> ProcessError {
    ProcessError::System {
        attempt,
        source: errno.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_few_threads_is_no_started_java() {
        let proc = tempfile::tempdir().unwrap();
        for (pid, threads) in [(10, 1), (20, 3), (30, 4), (40, 15), (50, 0)] {
            let tasks = proc.path().join(format!("{pid}/task"));
            std::fs::create_dir_all(&tasks).unwrap();
            for thread in 0..threads {
                std::fs::create_dir(tasks.join((pid + thread).to_string())).unwrap();
            }
        }
        let root = Proc::at(proc.path()).open().unwrap();
        let has_threads = |pid| has_threads(&root, Pid(pid));
        assert!(!has_threads(10) && !has_threads(20));
        assert!(has_threads(30) && has_threads(40));
        assert!(has_threads(50), "a file system that does not count links");
        assert!(has_threads(60), "cannot be read");
    }
}
