//! Who a process is: one set of facts, one trait, and the sources behind it.
//!
//! Linux reads `/proc` itself ([`linux`]); other systems go through `sysinfo` (`portable`).
//! What cannot be read is `None` and means *unknown*. Whole command lines never leave this
//! module: they carry user names and passwords.

mod command;
mod endpoint;
mod facts;
mod kind;
#[cfg(target_os = "linux")]
pub mod linux;
mod names;
mod owners;
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub mod portable;
#[cfg(target_os = "linux")]
mod relay_config;
#[cfg(target_os = "linux")]
mod relay_lines;
mod relay_target;
mod ssh_forwards;
mod traces;
mod users;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::net::IpAddr;

pub use command::{Mark, Script, is_shell, marks_typed, title};
pub use endpoint::{Endpoint, agree};
pub use facts::{Cgroup, Entry, Facts, Jvm, Labels, RunState, Sigterm, Stdio, Terminal};
pub use kind::{
    ProgramKind, is_guard_or_relay, is_init_of_one, is_named_after_ib, is_reaper,
    is_relay_or_client, kind,
};
pub use names::is_relay;
pub use owners::{Owners, Ownership, Programs, Search};
pub use relay_target::RelayTarget;
pub use traces::Traces;
pub use users::Users;

use super::activity::Activity;
use super::pid::{Pid, ProcessId};
use super::sockets::{AddressPair, Socket};
use super::vitals::{NoVitals, Reading};

/// Whether ibdoc itself ignores SIGHUP, as under `nohup`; `None` where that is not known.
pub fn ignores_hangup_itself() -> Option<bool> {
    #[cfg(target_os = "linux")]
    return linux::stat::ignores_hangup_itself();
    #[cfg(not(target_os = "linux"))]
    None
}

/// Gives this process, of which this is the main thread, the name by which other runs of ibdoc take it
/// for a relay: they do not end it, and look behind it. Only Linux has a name for that.
pub fn become_relay() {
    #[cfg(target_os = "linux")]
    {
        let name = std::ffi::CString::new(names::RELAYING_IBDOC).unwrap_or_default();
        if let Err(error) = rustix::thread::set_name(&name) {
            tracing::debug!(%error, "this relay is not seen to be one");
        }
    }
}

/// A running Gateway or TWS.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// [`ProgramKind::Gateway`] or [`ProgramKind::Tws`].
    pub kind: ProgramKind,
    /// Who it is.
    pub facts: Facts,
}

/// More names of a folder are not listed.
const MOST_NAMES: usize = 4096;

/// How two processes are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// By a unix stream socket, as a program and the display of its window are.
    Unix,
    /// By a pipe that is the standard input or output of the one that was asked about.
    Pipe,
}

/// A process at the other end of something that a process has open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// Its pid.
    pub pid: Pid,
    /// By what they are connected.
    pub link: Link,
}

/// Each thread of a process with how often it has left a processor, or `None` while it is on one or ready
/// for one: a process of which that is the same later has done nothing meanwhile.
pub type Switches = Vec<(u32, Option<u64>)>;

/// The processes of this machine could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The operating system refused or failed a call.
    #[error("failed to {attempt}: {source}")]
    System {
        /// What was attempted, as an infinitive.
        attempt: &'static str,
        /// The system's own error.
        source: io::Error,
    },
}

/// A reader of processes; every method errs only if nothing could be read at all.
pub trait ProcessSource: Send + Sync {
    /// The process that has `pid` now; `None` if none has.
    fn identify(&self, pid: Pid) -> Result<Option<ProcessId>, ProcessError>;

    /// What can be known about the process that has `pid` now, but for what [`Self::examine`]
    /// adds; `None` if none has.
    fn facts(&self, pid: Pid) -> Result<Option<Facts>, ProcessError>;

    /// Of these facts the state, the tracer of a stopped process and the control group alone, which
    /// are asked before each connection; `None` if it has gone.
    fn standing(&self, pid: Pid) -> Option<Facts> {
        self.facts(pid).ok().flatten()
    }

    /// Adds what is read only about a process that may be ended: its children, which of pid 1 can
    /// be half the machine, and what takes a while.
    fn examine(&self, facts: Facts) -> Facts {
        facts
    }

    /// Examined facts, with all of it read anew that a process changes from one instant to the next;
    /// its children, its signals and its state last. `None` if it has gone.
    fn refresh(&self, facts: &Facts) -> Option<Facts> {
        let now = self.facts(facts.id.pid).ok().flatten()?;
        Some(self.examine(now))
    }

    /// Who holds each of `sockets`, in their order.
    fn owners(&self, sockets: &[Socket], search: Search) -> Result<Owners, ProcessError>;

    /// Those of `sockets` that the process holds; `None` if it is gone or cannot be read.
    fn held<'a>(
        &self,
        pid: Pid,
        sockets: &'a [Socket],
    ) -> Result<Option<Vec<&'a Socket>>, ProcessError>;

    /// Whether the process has a connection of TCP in another network namespace: one that is not among
    /// the `known` and that `is_here` does not find by its addresses and cookie; false where that cannot
    /// be told.
    fn is_connected_elsewhere(
        &self,
        _pid: Pid,
        _known: &[Socket],
        _is_here: &dyn Fn(AddressPair, u64) -> bool,
    ) -> bool {
        false
    }

    /// Those of these sockets of the process, by their inodes, of which no descriptor can be copied: they
    /// are in an `io_uring`, or belong to one of its threads where that has no pidfd.
    fn out_of_reach(&self, _pid: Pid, _inodes: &[u64]) -> BTreeSet<u64> {
        BTreeSet::new()
    }

    /// The processes in whose unix sockets descriptors wait to be received, ascending; those whose
    /// descriptors cannot be read are not among them.
    fn receivers(&self) -> Vec<Pid> {
        Vec::new()
    }

    /// The process and its running descendants, ascending; `None` where that cannot be read.
    fn descendants(&self, _pid: Pid) -> Option<Vec<Pid>> {
        None
    }

    /// The running members of a process group, ascending; `None` where that cannot be read.
    fn group(&self, _group: Pid) -> Option<Vec<Pid>> {
        None
    }

    /// The most memory that the process has had resident, in bytes; `None` where it cannot be
    /// read, or when it has ended.
    fn peak_memory(&self, _pid: Pid) -> Option<u64> {
        None
    }

    /// For each of these examined processes, the others that hold the other end of a unix stream
    /// socket of it, or of an open pipe that is its standard input or output, ascending; `None` if
    /// one of them cannot be told.
    fn peers(&self, processes: &[&Facts]) -> Vec<Option<Vec<Peer>>> {
        vec![None; processes.len()]
    }

    /// Whether this process has ended, also if its parent has not waited for it; false where that
    /// cannot be read.
    fn has_ended(&self, id: ProcessId) -> bool {
        self.identify(id.pid).is_ok_and(|now| now != Some(id))
    }

    /// Every process that can be seen; none where that cannot be read.
    fn pids(&self) -> BTreeSet<Pid> {
        BTreeSet::new()
    }

    /// Whether there may be processes that cannot be seen at all.
    fn hides_processes(&self) -> bool {
        false
    }

    /// Whether processes are hidden from this user altogether: `/proc` cannot be read, or is mounted
    /// with `hidepid`.
    fn is_blind(&self) -> bool {
        false
    }

    /// Where the command line of a relay, or the file that it names, says that it passes on what comes
    /// to this port; `None` where that cannot be told.
    fn relay_target(&self, _pid: Pid, _port: u16) -> Option<RelayTarget> {
        None
    }

    /// The only relay of a listener's user whose command line says that it listens on that port of this
    /// network namespace, where its descriptors may not be read; `None` where none or several do.
    fn relay_by_arguments(&self, _listener: &Socket) -> Option<Pid> {
        None
    }

    /// The addresses that the process's own file of hosts has for a name; none where that cannot be
    /// read.
    fn hosts(&self, _pid: Pid, _name: &str) -> Vec<IpAddr> {
        Vec::new()
    }

    /// Where the process has its settings and its log; `None` where that cannot be told.
    fn traces(&self, _pid: Pid) -> Option<Traces> {
        None
    }

    /// A regular file as the process sees it, open for reading, which never blocks; `None` if it is
    /// none or may not be read.
    fn open(&self, _pid: Pid, path: &str) -> Option<File> {
        // What is no file is not opened: a pipe would block.
        let is_file = std::fs::metadata(path).is_ok_and(|it| it.is_file());
        is_file.then(|| File::open(path).ok()).flatten()
    }

    /// The names in a folder as the process sees it, 4,096 at most; none where it cannot be read.
    fn names(&self, _pid: Pid, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.take(MOST_NAMES).collect()
    }

    /// The network namespaces in which processes run (inode numbers), each with one of them.
    fn network_namespaces(&self) -> Vec<(u64, Pid)> {
        Vec::new()
    }

    /// Whether this is an address of the network namespace of the process; false where that cannot
    /// be told.
    fn has_address(&self, _pid: Pid, _ip: IpAddr) -> bool {
        false
    }

    /// Whether packets of the process to this address go through a router; false where that cannot be
    /// told.
    fn is_routed(&self, _pid: Pid, _ip: IpAddr) -> bool {
        false
    }

    /// Whether packets to this address leave by a device of the machine's own, and not by the virtual one
    /// of a container; false where that cannot be told.
    fn is_behind_device(&self, _ip: IpAddr) -> bool {
        false
    }

    /// Whether the service manager itself says that this service, of the caller's own manager or of the
    /// system's, has ended and is not started again by itself; false where it does not say so.
    fn has_ended_service(&self, _name: &str, _is_users: bool) -> bool {
        false
    }

    /// Whether the control group is frozen (`docker pause`); false where that cannot be told.
    fn is_frozen(&self, _cgroup: &Cgroup) -> bool {
        false
    }

    /// What the counters of a JVM say now.
    fn vitals(&self, _pid: Pid) -> Result<Reading, NoVitals> {
        Err(NoVitals::Unsupported)
    }

    /// What the threads of a process are doing now; `None` where that cannot be read.
    fn activity(&self, _pid: Pid) -> Option<Activity> {
        None
    }

    /// What the threads of the process have done so far; `None` where that cannot be told.
    fn switches(&self, _pid: Pid) -> Option<Switches> {
        None
    }

    /// The processes that can be a Gateway or TWS at all, ascending: by the file that each runs, which
    /// is read where it is not known, or by its name.
    fn candidates(&self, known: Option<&Programs>) -> Result<Vec<Pid>, ProcessError>;

    /// Every running Gateway and TWS that can be recognised, also in other network namespaces.
    fn gateways(&self) -> Result<Vec<Gateway>, ProcessError> {
        self.gateways_among(None)
    }

    /// The same, where it is known what the processes run: a pass over all of them less.
    fn gateways_among(&self, known: Option<&Programs>) -> Result<Vec<Gateway>, ProcessError> {
        let facts = |pid| self.facts(pid).ok().flatten();
        let candidates = self.candidates(known)?.into_iter().filter_map(facts);
        let gateways = candidates.map(|facts| Gateway {
            kind: kind(&facts, None),
            facts,
        });
        let is_one = |one: &Gateway| matches!(one.kind, ProgramKind::Gateway | ProgramKind::Tws);
        Ok(gateways.filter(is_one).collect())
    }
}

/// The best source of this system.
pub fn system() -> Box<dyn ProcessSource> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::Proc::default());
    #[cfg(not(target_os = "linux"))]
    return Box::new(portable::Portable);
}
