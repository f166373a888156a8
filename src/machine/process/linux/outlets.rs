//! Whether a process's descriptors may be copied, and whether the other ends of its standard ones are
//! still open.
//!
//! The descriptor is duplicated (`pidfd_getfd`, Linux 5.6) and polled: nothing is read from it or
//! written to it, so the process notices nothing.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::machine::pid::Pid;
use crate::machine::process::{Entry, Stdio};

/// For each of descriptors 0 to 2 that is a pipe or a terminal, whether its other end is open;
/// `None` where that cannot be told. The pid has to be checked again afterwards.
pub(super) fn open_ends(pid: Pid, stdio: [Option<Stdio>; 3]) -> [Option<bool>; 3] {
    let has_end = |kind: &Option<Stdio>| matches!(kind, Some(Stdio::Pipe | Stdio::Terminal));
    if !stdio.iter().any(has_end) {
        return [None; 3];
    }
    let Some(process) = pidfd(pid) else {
        return [None; 3];
    };
    [0, 1, 2].map(|descriptor| {
        let kind = usize::try_from(descriptor).ok().and_then(|at| stdio[at]);
        has_end(&kind).then(|| is_open(&process, descriptor))?
    })
}

/// Holds a process fast.
pub(super) fn pidfd(pid: Pid) -> Option<OwnedFd> {
    held(pid, PidfdFlags::empty())?.ok()
}

/// Holds one thread fast, whose descriptors may be its own; `None` before Linux 6.9 (`PIDFD_THREAD`).
pub(super) fn thread(pid: Pid) -> Option<OwnedFd> {
    let thread = PidfdFlags::from_bits_retain(OFlags::EXCL.bits());
    held(pid, thread)?.ok()
}

fn held(pid: Pid, flags: PidfdFlags) -> Option<Result<OwnedFd, Errno>> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid.0).ok()?)?;
    Some(pidfd_open(pid, flags))
}

/// No descriptor has this number: `fs.nr_open` stays below it (`sysctl_nr_open_max`).
const NONE: i32 = i32::MAX;

/// Whether a descriptor of the process may be copied. One that cannot exist is asked for: the kernel
/// checks first whether it may be (`__pidfd_fget` in kernel/pid.c), so nothing is copied either way.
pub(super) fn entry(pid: Pid) -> Option<Entry> {
    let answer = held(pid, PidfdFlags::empty())?;
    let answer = answer.and_then(|it| pidfd_getfd(it, NONE, PidfdGetfdFlags::empty()));
    match answer.err()? {
        Errno::BADF => Some(Entry::Open),
        Errno::PERM if may_root() => Some(Entry::RootOnly),
        Errno::PERM | Errno::NOSYS => Some(Entry::Closed),
        _ => None,
    }
}

/// Whether root may where this user may not: Yama's mode 3 knows no exception, and sudo takes no filter
/// of system calls off, as a container has one.
fn may_root() -> bool {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let status = read("/proc/self/status");
    let is_filtered = status
        .lines()
        .any(|line| line.starts_with("Seccomp:") && !line.ends_with('0'));
    let is_final = read("/proc/sys/kernel/yama/ptrace_scope").trim() == "3";
    !rustix::process::geteuid().is_root() && !is_filtered && !is_final
}

fn is_open(process: &OwnedFd, descriptor: i32) -> Option<bool> {
    let copy = pidfd_getfd(process, descriptor, PidfdGetfdFlags::empty()).ok()?;
    // Nothing is asked for: that the other end has gone is told all the same.
    let mut ends = [PollFd::new(&copy, PollFlags::empty())];
    loop {
        match poll(&mut ends, Some(&Timespec::default())) {
            Err(Errno::INTR) => {}
            Err(_) => return None,
            Ok(_) => break,
        }
    }
    let gone = PollFlags::ERR | PollFlags::HUP;
    Some(!ends[0].revents().intersects(gone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio as Standard};

    #[test]
    fn a_pipe_is_open_for_as_long_as_its_other_end_is() {
        let mut child = Command::new("sleep");
        child
            .arg("60")
            .stdin(Standard::piped())
            .stdout(Standard::piped());
        let mut child = child.stderr(Standard::null()).spawn().unwrap();
        let pid = Pid(child.id());
        let stdio = [Some(Stdio::Pipe), Some(Stdio::Pipe), Some(Stdio::Null)];
        let before = open_ends(pid, stdio);
        drop(child.stdout.take());
        let broken = open_ends(pid, stdio);
        drop(child.stdin.take());
        let both = open_ends(pid, stdio);
        child.kill().unwrap();
        child.wait().unwrap();
        if before == [None; 3] {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "skipped: no pidfd_getfd");
            return;
        }
        assert_eq!(before, [Some(true), Some(true), None]);
        assert_eq!(broken, [Some(true), Some(false), None]);
        assert_eq!(both, [Some(false), Some(false), None]);
        assert_eq!(open_ends(pid, [Some(Stdio::Null); 3]), [None; 3]);
    }
}
