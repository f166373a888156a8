//! What the threads of a process are doing, from `/proc`.

mod sockets;
mod thread;

use rustix::fd::OwnedFd;

use super::read;
use crate::machine::activity::{Activity, THREADS};
use crate::machine::pid::Pid;

/// One look at the process whose directory this is; `None` if its threads cannot be listed.
pub(super) fn activity(process: &OwnedFd, pid: Pid) -> Option<Activity> {
    let tasks = super::directory(process, "task").ok()?;
    let mut ids = Vec::new();
    let listed = read::each(&tasks, |name| {
        ids.extend(read::number(name));
        true
    });
    listed.ok()?;
    // The main thread has the id of the process.
    ids.sort_unstable_by_key(|id| (*id != pid.0, *id));
    let mut activity = Activity {
        thread_count: u32::try_from(ids.len()).unwrap_or(u32::MAX),
        open_limit: open_limit(process),
        memory: memory(process),
        ..Activity::default()
    };
    let looked_at = ids.into_iter().take(THREADS);
    let threads = looked_at.filter_map(|id| thread::thread(process, &tasks, id));
    activity.threads = threads.collect();
    let cpu = activity.threads.iter().map(|thread| thread.cpu);
    activity.cpu = cpu.sum();
    if let Some((sockets, open)) = sockets::sockets(process) {
        activity.sockets = Some(sockets);
        activity.open = Some(open);
    }
    Some(activity)
}

/// The soft limit of open descriptors.
fn open_limit(process: &OwnedFd) -> Option<u64> {
    let (limits, _) = read::file(process, "limits", 16 * 1024).ok()?;
    let limits = String::from_utf8_lossy(&limits);
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// What `status` calls `VmRSS`, which is in units of 1024 bytes.
fn memory(process: &OwnedFd) -> Option<u64> {
    let (status, _) = read::file(process, "status", 16 * 1024).ok()?;
    let status = String::from_utf8_lossy(&status);
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::activity::{Kind, ThreadState, Wait};
    use std::fs::File;
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;
    use std::time::{Duration, Instant};

    #[test]
    fn a_thread_that_reads_a_socket_is_seen_to_wait_for_that_socket() {
        let own = Pid(std::process::id());
        let process: OwnedFd = File::open(format!("/proc/{own}")).unwrap().into();
        let (mut one, other) = UnixStream::pair().unwrap();
        let reader = std::thread::Builder::new().name("the reader".to_owned());
        let reader = reader.spawn(move || one.read(&mut [0; 8])).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        let seen = loop {
            let now = activity(&process, own).unwrap();
            let mut threads = now.threads.into_iter();
            let found = threads.find(|thread| thread.name == "the reader");
            let found = found.filter(|thread| thread.wait == Some(Wait::Receive));
            if found.is_some() || Instant::now() > deadline {
                break found;
            }
            std::thread::yield_now();
        };
        drop(other);
        reader.join().unwrap().unwrap();
        let seen = seen.unwrap();
        assert_eq!(seen.state, ThreadState::Waiting);
        // With ptrace_scope 1 or more the system call of another process cannot be read, one's own can.
        assert!(matches!(seen.on.unwrap().kind, Kind::Socket(_)));
    }

    #[test]
    fn descriptors_memory_and_limits_are_told() {
        let own = Pid(std::process::id());
        let process: OwnedFd = File::open(format!("/proc/{own}")).unwrap().into();
        let now = activity(&process, own).unwrap();
        assert!(now.memory > Some(100_000) && now.open > Some(2));
        assert!(now.open_limit > now.open && now.thread_count > 0);
    }
}
