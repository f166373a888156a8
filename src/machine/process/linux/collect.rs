//! The facts about one process, from the files of its directory.

use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, StatxFlags, readlinkat_raw, statx};
use rustix::io::Errno;

use super::{jvm, read, stat};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::command;
use crate::machine::process::command::LONGEST;
use crate::machine::process::names::is_named_jvm;
use crate::machine::process::{Cgroup, Facts, Jvm, RunState, Stdio};
use crate::text::printable::clean;

/// The longest chain of parents that is followed.
const ANCESTORS: usize = 64;
/// One argument can have 128 KiB; a Gateway's whole command line has about 6.
pub(super) const COMMAND_LINE: usize = 64 * 1024;
/// A list of children longer than this is not read.
const CHILDREN: usize = 64 * 1024;
/// `/proc` counts in hundredths of a second (`USER_HZ`, `include/asm-generic/param.h`).
const MILLISECONDS_PER_TICK: u64 = 10;

/// What is known about the process in `process`, but for its children; errs only if its `stat` cannot be read.
pub(super) fn facts(root: &OwnedFd, process: &OwnedFd, pid: Pid) -> Result<Facts, Errno> {
    let mut facts = with_state(Facts::default(), root, process, pid)?;
    facts.up = up(root, facts.id.started);
    facts.ancestors = facts.parent.and_then(|parent| ancestors(root, parent));
    facts.stdio = stdio(process);
    facts.cgroup = cgroup(process);
    facts.net_namespace = net_namespace(root, process);
    facts.pid_namespace = namespace(process, "pid");
    // launchd is another system's.
    facts.job = Some(false);
    program(process, &mut facts);
    facts.jvm = match facts.kernel_thread {
        Some(true) => Some(Jvm::No),
        _ if is_named_jvm(&facts) => Some(Jvm::Name),
        _ => jvm::evidence(process),
    };
    Ok(facts)
}

/// Whether it runs, whether a tracer has stopped it, and its control group; nothing else is read.
pub(super) fn standing(process: &OwnedFd) -> Option<Facts> {
    let state = stat::read(process).ok()?.state;
    let is_stopped = state == RunState::Stopped;
    Some(Facts {
        state: Some(state),
        traced: is_stopped.then(|| stat::status(process).traced).flatten(),
        cgroup: cgroup(process),
        ..Facts::default()
    })
}

/// The same facts with what it is doing and where it stands among the processes; `stat` is read last.
pub(super) fn with_state(
    facts: Facts,
    root: &OwnedFd,
    process: &OwnedFd,
    pid: Pid,
) -> Result<Facts, Errno> {
    let status = stat::status(process);
    let stat = stat::read(process)?;
    let started = stat.started;
    let users = status.users.as_ref();
    Ok(Facts {
        id: ProcessId { pid, started },
        name: clean(&stat.name, 64),
        state: Some(stat.state),
        uid: users.and_then(|users| users.first().copied()),
        users: status.users,
        kernel_thread: Some(stat.kernel_thread),
        parent: Some(stat.parent),
        group: Some(stat.group),
        session: Some(stat.session),
        session_leader_alive: leader_alive(root, stat.session, |leader| leader.session),
        group_leader_alive: leader_alive(root, stat.group, |leader| leader.group),
        terminal: Some(stat.terminal),
        ignores_hangup: status.ignores_hangup,
        sigterm: status.sigterm,
        traced: status.traced,
        ..facts
    })
}

/// The path of the file that it runs, cleaned.
pub(super) fn executable(process: &OwnedFd) -> Option<String> {
    path(process).map(|path| clean(&path, LONGEST))
}

fn path(process: &OwnedFd) -> Option<String> {
    let path = read::link(process, "exe").ok()?;
    Some(path.trim_end_matches(" (deleted)").to_owned())
}

/// What it runs; the command line itself does not leave this function.
fn program(process: &OwnedFd, facts: &mut Facts) {
    let path = path(process);
    let executable = path.as_deref();
    facts.executable = executable.map(|path| clean(path, LONGEST));
    let Ok((line, cut)) = read::file(process, "cmdline", COMMAND_LINE) else {
        return;
    };
    // A process that has ended, or is about to, has an empty command line: that says nothing.
    if line.is_empty() {
        if facts.kernel_thread == Some(true) {
            facts.marks = Some(Vec::new());
        }
        return;
    }
    let line = String::from_utf8_lossy(&line);
    let arguments: Vec<&str> = line.trim_end_matches('\0').split('\0').collect();
    facts.argv0 = arguments
        .first()
        .map(|first| command::argv0(first, executable));
    facts.script = Some(command::script(&arguments, executable));
    facts.user_manager = Some(arguments.get(1) == Some(&"--user"));
    facts.is_tracker = Some(command::is_tracker(&arguments));
    let mut marks = command::marks(&line);
    for mark in command::marks(executable.unwrap_or_default()) {
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    // No marks in a part of the line are no evidence; and a path that could not be read may
    // have had some, but what is world-readable is enough to call a program by its name.
    facts.marks = (!cut || !marks.is_empty()).then_some(marks);
}

fn up(root: &OwnedFd, started: u64) -> Option<Duration> {
    let (text, _) = read::file(root, "uptime", 64).ok()?;
    let text = std::str::from_utf8(&text).ok()?;
    let uptime: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    let uptime = Duration::try_from_secs_f64(uptime).ok()?;
    let started = Duration::from_millis(started.checked_mul(MILLISECONDS_PER_TICK)?);
    Some(uptime.saturating_sub(started))
}

fn ancestors(root: &OwnedFd, mut pid: Pid) -> Option<Vec<ProcessId>> {
    let mut ancestors = Vec::new();
    while pid.0 != 0 && ancestors.len() < ANCESTORS {
        let stat = stat::read_at(root, &format!("{pid}/stat")).ok()?;
        ancestors.push(ProcessId {
            pid,
            started: stat.started,
        });
        pid = stat.parent;
    }
    Some(ancestors)
}

/// The running children of every thread (`/proc/PID/task/TID/children`, Linux 3.5 on, where the
/// kernel was built with `CONFIG_PROC_CHILDREN`); nothing if one list cannot be read whole.
pub(super) fn children(root: &OwnedFd, process: &OwnedFd) -> Option<Vec<Pid>> {
    let tasks = super::directory(process, "task").ok()?;
    let mut children = Vec::new();
    let mut whole = true;
    let listed = read::each(&tasks, |name| {
        let Some(task) = read::number(name) else {
            return true;
        };
        match read::file(&tasks, &format!("{task}/children"), CHILDREN) {
            Ok((list, cut)) => {
                whole &= !cut;
                let list = String::from_utf8_lossy(&list).into_owned();
                let pids = list
                    .split_ascii_whitespace()
                    .map(|pid| pid.parse().ok().map(Pid));
                for pid in pids {
                    whole &= pid.is_some();
                    children.extend(pid.filter(|pid| is_running(root, *pid)));
                }
            }
            // The thread has ended meanwhile; its children are another thread's by now.
            Err(_) => whole = false,
        }
        true
    });
    (listed.is_ok() && whole).then_some(children)
}

/// Whether a child is more than what is left of one that its parent has not waited for.
fn is_running(root: &OwnedFd, pid: Pid) -> bool {
    match stat::read_at(root, &format!("{pid}/stat")) {
        Ok(stat) => !stat.has_ended(),
        Err(errno) => !stat::is_gone(errno),
    }
}

/// Whether the leader of a session or process group is running, which has its number as its pid.
fn leader_alive(root: &OwnedFd, pid: Pid, of: impl Fn(&stat::Stat) -> Pid) -> Option<bool> {
    // Its leader is outside this pid namespace.
    if pid.0 == 0 {
        return None;
    }
    match stat::read_at(root, &format!("{pid}/stat")) {
        Ok(leader) => Some(of(&leader) == pid && !leader.has_ended()),
        Err(Errno::NOENT | Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

/// What descriptors 0 to 2 are.
pub(super) fn stdio(process: &OwnedFd) -> [Option<Stdio>; 3] {
    [0, 1, 2].map(|descriptor| standard(process, descriptor))
}

fn standard(process: &OwnedFd, descriptor: u32) -> Option<Stdio> {
    let path = format!("fd/{descriptor}");
    let mut target = [0; 16];
    match readlinkat_raw(process, path.as_str(), &mut target[..]) {
        Ok(length) => match &target[..length] {
            b"/dev/null" => return Some(Stdio::Null),
            start if start.starts_with(b"pipe:[") => return Some(Stdio::Pipe),
            start if start.starts_with(b"socket:[") => return Some(Stdio::Socket),
            _ => {}
        },
        Err(Errno::NOENT) => return closed(process),
        Err(_) => return None,
    }
    // Without asking a file server, which may hang.
    let flags = AtFlags::STATX_DONT_SYNC;
    let file = statx(process, path.as_str(), flags, StatxFlags::TYPE).ok()?;
    Some(match FileType::from_raw_mode(file.stx_mode.into()) {
        FileType::RegularFile => Stdio::File,
        FileType::Fifo => Stdio::Pipe,
        FileType::Socket => Stdio::Socket,
        FileType::CharacterDevice => match (file.stx_rdev_major, file.stx_rdev_minor) {
            (1, 3) => Stdio::Null,
            // Virtual and serial terminals, and Unix 98 pseudo terminals.
            (4 | 5 | 136..=143, _) => Stdio::Terminal,
            _ => Stdio::Other,
        },
        _ => Stdio::Other,
    })
}

/// A missing entry means a closed descriptor only if there are descriptors to be seen at all.
fn closed(process: &OwnedFd) -> Option<Stdio> {
    let descriptors = super::directory(process, "fd").ok()?;
    let mut any = false;
    let listed = read::each(&descriptors, |_| {
        any = true;
        false
    });
    listed.ok()?;
    any.then_some(Stdio::Closed)
}

pub(super) fn cgroup(process: &OwnedFd) -> Option<Cgroup> {
    let (content, cut) = read::file(process, "cgroup", 64 * 1024).ok()?;
    let content = String::from_utf8_lossy(&content);
    // Each line is `ID:CONTROLLERS:PATH`, and version 2 has no controllers.
    let lines = content.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        Some((controllers, clean(path, 1024)))
    });
    let lines: Vec<(&str, String)> = lines.collect();
    let of = |wanted: &str| lines.iter().find(|(controllers, _)| *controllers == wanted);
    let mut paths: Vec<String> = lines.iter().map(|(_, path)| path.clone()).collect();
    // With both versions mounted, systemd's own tree is the one that names units.
    let (_, path) = match of("") {
        Some(unified) if unified.1 != "/" => unified,
        unified => of("name=systemd").or(unified)?,
    };
    paths.retain(|other| other != path);
    paths.sort_unstable();
    paths.dedup();
    let path = path.clone();
    (!cut).then_some(Cgroup {
        path,
        others: paths,
    })
}

/// The network namespace; where its link may not be read, what it is can still be told: each
/// namespace has a file `net/tcp` of its own, and its inode is a number that no other thing of
/// `/proc` and no namespace has (`proc_alloc_inum`).
fn net_namespace(root: &OwnedFd, process: &OwnedFd) -> Option<u64> {
    let of_table = |at: &OwnedFd, path: &str| {
        let stat = statx(at, path, AtFlags::empty(), StatxFlags::INO);
        stat.ok().map(|stat| stat.stx_ino)
    };
    namespace(process, "net").or_else(|| {
        let theirs = of_table(process, "net/tcp")?;
        if theirs == of_table(root, "self/net/tcp")? {
            namespace(&super::directory(root, "self").ok()?, "net")
        } else {
            Some(theirs)
        }
    })
}

fn namespace(process: &OwnedFd, kind: &str) -> Option<u64> {
    let target = read::link(process, &format!("ns/{kind}")).ok()?;
    read::bracketed(target.as_bytes(), kind.as_bytes())
}
