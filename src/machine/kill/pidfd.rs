//! Ending a process through a pidfd: what is done through it reaches that process and no other.

use std::io;
use std::os::fd::AsRawFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

use super::{ByPid, Killer, ProcessHandle, Signal};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::ProcessSource;

/// Linux, from 5.3 on; where the system call is missing or forbidden, by pid and checked twice.
pub struct Pidfd<'a> {
    processes: &'a dyn ProcessSource,
    fallback: ByPid<'a>,
}

impl<'a> Pidfd<'a> {
    /// Identifies processes by `processes`.
    pub fn new(processes: &'a dyn ProcessSource) -> Self {
        Self {
            processes,
            fallback: ByPid::new(processes),
        }
    }
}

impl Killer for Pidfd<'_> {
    fn hold(&self, id: ProcessId) -> io::Result<Option<Box<dyn ProcessHandle + '_>>> {
        match open(self.processes, id) {
            Ok(held) => Ok(held.map(|held| Box::new(Held(held)) as Box<dyn ProcessHandle>)),
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::NOSYS | Errno::PERM) => self.fallback.hold(id),
                _ => Err(error),
            },
        }
    }
}

/// A descriptor of the process; `None` if it has gone, or if another has its pid now.
pub(crate) fn open(processes: &dyn ProcessSource, id: ProcessId) -> io::Result<Option<OwnedFd>> {
    let raw = i32::try_from(id.pid.0).ok();
    let Some(pid) = raw.and_then(rustix::process::Pid::from_raw) else {
        return Ok(None);
    };
    let held = match pidfd_open(pid, PidfdFlags::empty()) {
        Err(Errno::SRCH) => return Ok(None),
        held => held?,
    };
    // Read after the descriptor was opened, so it is about the process that it holds.
    let same = processes.identify(id.pid).map_err(io::Error::other)?;
    Ok((same == Some(id) && is_of(&held, id.pid)).then_some(held))
}

/// Whether `/proc` calls the process behind this descriptor by the pid `pid`: in a pid namespace
/// with its host's `/proc` the system calls and the files mean different processes.
fn is_of(pidfd: &OwnedFd, pid: Pid) -> bool {
    let path = format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd());
    let Ok(info) = std::fs::read_to_string(path) else {
        return false;
    };
    let named = info.lines().find_map(|line| line.strip_prefix("Pid:"));
    named.and_then(|named| named.trim().parse().ok()) == Some(pid.0)
}

struct Held(OwnedFd);

impl ProcessHandle for Held {
    fn is_alive(&self) -> io::Result<bool> {
        let mut ended = [PollFd::new(&self.0, PollFlags::IN)];
        loop {
            match poll(&mut ended, Some(&Timespec::default())) {
                Err(Errno::INTR) => {}
                answer => return Ok(answer? == 0),
            }
        }
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        Ok(pidfd_send_signal(&self.0, signal.into())?)
    }
}
