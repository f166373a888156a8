//! The processes that run likely programs, looked for by two threads at once, and while the
//! table of sockets is still being read.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::fd::OwnedFd;
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::read::{self, Entries};
use super::walk::Walker;
use super::wanted::Wanted;
use super::{directory, pids, program_name};
use crate::machine::pid::Pid;
use crate::machine::process::Search;

/// The programs that hold connections to a Gateway on most machines, by how their files' names start.
const LIKELY: [&[u8]; 11] = [
    b"java",
    b"python",
    b"node",
    b"dotnet",
    b"socat",
    b"docker-proxy",
    b"ssh",
    b"nginx",
    b"haproxy",
    b"ibgateway",
    b"tws",
];

/// What the two threads share: one list of processes, each of which one of them looks at.
pub(super) struct Scout {
    root: OwnedFd,
    pids: OnceLock<Result<Vec<Pid>, Errno>>,
    /// How many processes have been taken off the list.
    taken: AtomicUsize,
    second: Mutex<Second>,
    is_over: AtomicBool,
}

/// What the second thread tells the first.
#[derive(Default)]
struct Second {
    /// Whether it has been sent out and has not come back.
    is_out: bool,
    likely: Vec<Pid>,
    /// Of the sockets that it was to find the holders of.
    holders: Vec<(u64, Pid)>,
    /// The process at which it is looking.
    current: Option<Pid>,
}

impl Second {
    /// Takes a process off the list so that the first thread sees it there or here.
    fn take_from(&mut self, scout: &Scout) -> Option<Pid> {
        self.current = scout.take();
        self.current
    }

    /// What is left when the list is empty. Looking again at a process is quicker than waiting
    /// for a thread that may not be running.
    fn last(&mut self) -> Option<Pid> {
        self.likely.pop().or_else(|| self.current.take())
    }
}

impl Scout {
    pub(super) fn new(root: OwnedFd) -> Self {
        Self {
            root,
            pids: OnceLock::new(),
            taken: AtomicUsize::new(0),
            second: Mutex::default(),
            is_over: AtomicBool::new(false),
        }
    }

    /// Sends a second thread out, if none is and there is a core for it: to find the holders of
    /// some sockets and come back, or all likely processes. Nobody ever waits for it, since
    /// where the cores are busy it may start late: without it this thread does all itself.
    pub(super) fn send(self: &Arc<Self>, sought: Option<Wanted>) {
        let has_core = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
        if !has_core || std::mem::replace(&mut self.second().is_out, true) {
            return;
        }
        let scout = Arc::clone(self);
        // A thread that cannot be started is not missed either.
        let _ = std::thread::Builder::new().spawn(move || {
            scout.run(sought.as_ref());
            scout.second().is_out = false;
        });
    }

    /// What the second thread was to find, as far as it has.
    pub(super) fn holders(&self) -> Vec<(u64, Pid)> {
        std::mem::take(&mut self.second().holders)
    }

    /// The `/proc` that it looks at.
    pub(super) fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// Every process, ascending; read by whichever thread comes first.
    pub(super) fn pids(&self) -> Result<&[Pid], Errno> {
        let pids = self.pids.get_or_init(|| pids(&self.root));
        pids.as_deref().map_err(|errno| *errno)
    }

    /// What the second thread does: looks at processes until it is told to stop, has found what it
    /// was to find or has seen all.
    fn run(&self, sought: Option<&Wanted>) {
        let mut path = String::with_capacity(64);
        let mut walker = sought.map(|sought| Walker::new(&self.root, sought, Search::First));
        let found = || sought.is_some_and(Wanted::is_complete);
        let is_done = || found() || self.is_over.load(Ordering::Relaxed);
        // Before the lock is taken, for which the first thread would have to wait.
        let listed = self.pids().is_ok();
        while listed && !is_done() {
            let Some(pid) = self.second().take_from(self) else {
                return;
            };
            self.look_at(pid, walker.as_mut(), &mut path);
        }
    }

    /// What the second thread does with one process.
    fn look_at(&self, pid: Pid, walker: Option<&mut Walker<'_>>, path: &mut String) {
        let likely = is_likely(&self.root, pid, path);
        let mut holders = Vec::new();
        if let Some(walker) = walker.filter(|_| likely) {
            walker.visit(pid);
            holders.append(&mut walker.found.holders);
        }
        let mut second = self.second();
        second.current = None;
        second.likely.extend(likely.then_some(pid));
        second.holders.append(&mut holders);
    }

    /// The next process of a likely program; `None` when all have been looked at.
    pub(super) fn next(&self, path: &mut String) -> Option<Pid> {
        loop {
            // In a statement of its own, so that the lock is let go.
            let found = self.second().likely.pop();
            if found.is_some() {
                return found;
            }
            let pid = self.take().or_else(|| self.second().last())?;
            if is_likely(&self.root, pid, path) {
                return Some(pid);
            }
        }
    }

    /// Tells the second thread to stop.
    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Takes a process off the list: the newest, the oldest, the next newest and so on. A client
    /// is newer than most, a Gateway often older.
    fn take(&self) -> Option<Pid> {
        let pids = self.pids().ok()?;
        let turn = self.taken.fetch_add(1, Ordering::Relaxed);
        let place = match turn.checked_rem(2)? {
            0 => pids.len().checked_sub(1 + turn / 2)?,
            _ => turn / 2,
        };
        (turn < pids.len()).then(|| pids[place])
    }

    /// What a thread that panicked has left there is whole.
    fn second(&self) -> MutexGuard<'_, Second> {
        self.second.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many processes are looked at at either end of the list before it is read whole.
const ENDS: usize = 128;

/// The likely ones among the oldest processes and then among the newest, without a list of all;
/// none if they cannot be read.
pub(super) fn at_the_ends(root: &OwnedFd) -> impl Iterator<Item = Pid> {
    let proc = directory(root, ".").ok();
    let mut oldest = proc.as_ref().map_or_else(Vec::new, |proc| next(proc, ENDS));
    oldest.sort_unstable();
    let seen = oldest.clone();
    let newest = std::iter::once_with(move || {
        let mut newest = proc.map_or_else(Vec::new, |proc| newest(&proc));
        newest.retain(|pid| seen.binary_search(pid).is_err());
        newest
    });
    let mut path = String::with_capacity(64);
    let all = oldest.into_iter().chain(newest.flatten());
    all.filter(move |pid| is_likely(root, *pid, &mut path))
}

/// Processes with pids a little less than ibdoc's own, the newest first. Those after the greatest
/// pid are missed.
fn newest(proc: &OwnedFd) -> Vec<Pid> {
    /// The place of a process in the list is its pid and this (`TGID_OFFSET` in fs/proc/base.c).
    const PLACE: u64 = 258;
    let mut pids = Vec::new();
    for distance in [1 << 9, 1 << 12] {
        let first = u64::from(std::process::id().saturating_sub(distance));
        if seek(proc, SeekFrom::Start(first + PLACE)).is_err() {
            break;
        }
        pids = next(proc, 1 << 13);
        if pids.len() >= ENDS {
            break;
        }
    }
    pids.reverse();
    pids.truncate(ENDS);
    pids
}

/// So many processes from where the list was left.
fn next(proc: &OwnedFd, most: usize) -> Vec<Pid> {
    let mut pids = Vec::new();
    // What was read before a failure still helps.
    let _ = Entries::small().each(proc, |name| {
        pids.extend(read::number(name).map(Pid));
        pids.len() < most
    });
    pids
}

/// Whether the file that the process runs is one of the likely programs.
///
/// One call where `comm` takes three. Whoever may not read this link may not read the descriptors
/// either, and a thread of the kernel has neither.
fn is_likely(root: &OwnedFd, pid: Pid, path: &mut String) -> bool {
    path.clear();
    // Writing to a String cannot fail.
    let _ = write!(path, "{pid}/exe");
    let mut target = [0; 512];
    let name = program_name(root, path, &mut target);
    name.is_some_and(|name| LIKELY.iter().any(|likely| name.starts_with(likely)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::CWD;
    use std::os::unix::fs::symlink;

    /// A `/proc` with these processes, of which every tenth runs Java.
    fn machine(count: u32) -> (tempfile::TempDir, OwnedFd) {
        let proc = tempfile::tempdir().unwrap();
        for pid in 1..=count {
            let process = proc.path().join(pid.to_string());
            std::fs::create_dir(&process).unwrap();
            let program = if pid % 10 == 0 {
                "/opt/java"
            } else {
                "/bin/sh"
            };
            symlink(program, process.join("exe")).unwrap();
        }
        let root = rustix::fs::openat(
            CWD,
            proc.path(),
            rustix::fs::OFlags::DIRECTORY,
            rustix::fs::Mode::empty(),
        );
        (proc, root.unwrap())
    }

    fn java(count: u32) -> Vec<Pid> {
        (1..=count).filter(|pid| pid % 10 == 0).map(Pid).collect()
    }

    #[test]
    fn each_process_is_looked_at_once_from_both_ends() {
        for count in [0, 1, 2, 7, 30] {
            let (_kept, root) = machine(count);
            let scout = Scout::new(root);
            let mut order: Vec<Pid> = std::iter::from_fn(|| scout.take()).collect();
            let ends = [Pid(count), Pid(1), Pid(count.max(1) - 1)];
            assert!(order.iter().zip(&ends).all(|(pid, end)| pid == end));
            order.sort_unstable();
            assert_eq!(order, (1..=count).map(Pid).collect::<Vec<_>>());
        }
    }

    #[test]
    fn two_threads_find_every_likely_process_between_them() {
        let (_kept, root) = machine(300);
        let scout = Scout::new(root);
        let mut path = String::new();
        let mut found: Vec<Pid> = std::thread::scope(|scope| {
            let second = scope.spawn(|| scout.run(None));
            let mut found: Vec<Pid> = std::iter::from_fn(|| scout.next(&mut path)).collect();
            second.join().unwrap();
            found.extend(std::iter::from_fn(|| scout.next(&mut path)));
            found
        });
        found.sort_unstable();
        // Where the second thread was still looking, both may have found the same one.
        found.dedup();
        assert_eq!(found, java(300));
    }

    #[test]
    fn what_a_second_thread_looks_at_for_long_is_looked_at_again() {
        let (_kept, root) = machine(30);
        let scout = Scout::new(root);
        let stuck = scout.take();
        assert_eq!(stuck, Some(Pid(30)));
        scout.second().current = stuck;
        let mut path = String::new();
        let mut found: Vec<Pid> = std::iter::from_fn(|| scout.next(&mut path)).collect();
        found.sort_unstable();
        assert_eq!(found, java(30));
    }

    #[test]
    fn one_that_was_to_find_a_holder_comes_back_with_it() {
        let (proc, root) = machine(300);
        // Neither among the first nor among the last that it looks at.
        let holder = proc.path().join("50/fd");
        std::fs::create_dir(&holder).unwrap();
        symlink("socket:[4711]", holder.join("3")).unwrap();
        let scout = Scout::new(root);
        let sought = Wanted::of([4711]);
        scout.run(Some(&sought));
        assert_eq!(scout.holders(), [(4711, Pid(50))]);
        assert!(scout.taken.load(Ordering::Relaxed) < 150);
        // Whoever goes on where it has stopped sees the others.
        let mut path = String::new();
        let found: std::collections::BTreeSet<Pid> =
            std::iter::from_fn(|| scout.next(&mut path)).collect();
        assert_eq!(found, java(300).into_iter().collect());
    }

    #[test]
    fn likely_ones_are_found_at_the_ends_of_a_list_each_once() {
        let (_kept, root) = machine(100);
        let mut found: Vec<Pid> = at_the_ends(&root).collect();
        found.sort_unstable();
        assert_eq!(found, java(100));
    }

    #[test]
    fn a_program_that_has_just_started_is_at_the_end_of_a_real_list() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("java");
        std::fs::copy("/bin/sleep", &program).unwrap();
        let mut child = std::process::Command::new(program)
            .arg("60")
            .spawn()
            .unwrap();
        let root = super::super::Proc::new().open().unwrap();
        let found = at_the_ends(&root).any(|pid| pid == Pid(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found);
    }

    #[test]
    fn one_that_was_stopped_looks_no_further() {
        let (_kept, root) = machine(300);
        let scout = Scout::new(root);
        scout.stop();
        scout.run(None);
        assert_eq!(scout.taken.load(Ordering::Relaxed), 0);
    }
}
