//! `/proc/PID/stat` and `/proc/PID/status`, as far as they are needed (`proc_pid_stat(5)`).

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::read;
use crate::machine::pid::Pid;
use crate::machine::process::{RunState, Sigterm, Switches, Terminal};

/// `PF_KTHREAD`.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// What `stat` says, which every user may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) name: String,
    pub(super) state: RunState,
    pub(super) parent: Pid,
    pub(super) group: Pid,
    pub(super) session: Pid,
    pub(super) terminal: Terminal,
    pub(super) kernel_thread: bool,
    /// How many threads it has, its main one included.
    pub(super) threads: u64,
    /// Clock ticks since boot.
    pub(super) started: u64,
}

impl Stat {
    /// Whether nothing of it runs: if only its main thread has exited, the others go on.
    pub(super) fn has_ended(&self) -> bool {
        self.state == RunState::Zombie && self.threads < 2
    }
}

/// Whether the error means that the process has ended, and not that it could not be read.
pub(super) fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::SRCH)
}

/// Reads `stat` in the directory of a process; one without sense is `EPROTO`.
pub(super) fn read(process: &OwnedFd) -> Result<Stat, Errno> {
    read_at(process, "stat")
}

/// Reads the `stat` file at `path`.
pub(super) fn read_at(at: &OwnedFd, path: &str) -> Result<Stat, Errno> {
    let (line, _) = read::file(at, path, 2048)?;
    parse(&line).ok_or(if is_of_a_reaped_process(&line) {
        Errno::SRCH
    } else {
        Errno::PROTO
    })
}

/// Whether the process was reaped between the opening of the file and its reading: the kernel
/// then shows -1 as its group and session (`do_task_stat`).
fn is_of_a_reaped_process(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let fields = line.rsplit_once(')').map(|(_, fields)| fields);
    fields.is_some_and(|fields| fields.split_ascii_whitespace().nth(2) == Some("-1"))
}

fn parse(line: &[u8]) -> Option<Stat> {
    let line = String::from_utf8_lossy(line);
    // The name may contain anything, also brackets: the last one ends it.
    let (start, rest) = line.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let pid = |index: usize| Some(Pid(fields.get(index)?.parse().ok()?));
    let terminal = match fields.get(4)?.parse::<i32>().ok()? {
        0 => Terminal::Absent,
        _ => Terminal::Present,
    };
    Some(Stat {
        name: name.to_owned(),
        state: match *fields.first()? {
            "Z" | "X" | "x" => RunState::Zombie,
            "T" | "t" => RunState::Stopped,
            _ => RunState::Alive,
        },
        parent: pid(1)?,
        group: pid(2)?,
        session: pid(3)?,
        terminal,
        kernel_thread: fields.get(6)?.parse::<u64>().ok()? & KERNEL_THREAD != 0,
        threads: fields.get(17)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// What `status` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// The real, effective, saved and file system user ids.
    pub(super) users: Option<Vec<u32>>,
    pub(super) ignores_hangup: Option<bool>,
    pub(super) sigterm: Option<Sigterm>,
    pub(super) traced: Option<bool>,
}

/// Whether ibdoc itself ignores SIGHUP, as under `nohup`; `None` where that cannot be read.
pub(in crate::machine::process) fn ignores_hangup_itself() -> Option<bool> {
    let content = std::fs::read_to_string("/proc/self/status").ok()?;
    parse_status(&content).ignores_hangup
}

/// Reads `status` in the directory of a process; what is missing there stays unknown.
pub(super) fn status(process: &OwnedFd) -> Status {
    let status = status_at(process, "status");
    if status.sigterm != Some(Sigterm::Blocked) {
        return status;
    }
    // Its main thread blocks it: another may wait for it (`sigwait`), and the kernel gives it to any.
    let tasks = super::directory(process, "task");
    let others = tasks.ok().and_then(|tasks| {
        let threads = threads(&tasks)?.into_iter();
        let mut each = threads.map(|thread| status_at(&tasks, &format!("{thread}/status")).sigterm);
        each.find(|sigterm| !matches!(sigterm, Some(Sigterm::Blocked) | None))?
    });
    Status {
        sigterm: others.or(status.sigterm),
        ..status
    }
}

fn status_at(at: &OwnedFd, path: &str) -> Status {
    read::file(at, path, 16 * 1024)
        .map(|(content, _)| parse_status(&String::from_utf8_lossy(&content)))
        .unwrap_or_default()
}

fn parse_status(content: &str) -> Status {
    let mut status = Status::default();
    let (mut ignored, mut blocked, mut caught, mut is_first) = (None, None, None, None);
    for line in content.lines() {
        match line.split_once(':') {
            Some(("Uid", ids)) => {
                let ids = ids.split_ascii_whitespace().map(|id| id.parse().ok());
                let ids: Option<Vec<u32>> = ids.collect();
                status.users = ids.filter(|ids| ids.len() == 4);
            }
            Some(("TracerPid", pid)) => {
                status.traced = pid.trim().parse().ok().map(|pid: u32| pid != 0);
            }
            // The id of the process in each pid namespace, the innermost last.
            Some(("NStgid", ids)) => {
                let ids: Vec<&str> = ids.split_ascii_whitespace().collect();
                is_first = Some(ids.len() > 1 && ids.last() == Some(&"1"));
            }
            Some(("SigBlk", mask)) => blocked = has(mask, SIGTERM),
            Some(("SigIgn", mask)) => {
                status.ignores_hangup = has(mask, SIGHUP);
                ignored = has(mask, SIGTERM);
            }
            Some(("SigCgt", mask)) => caught = has(mask, SIGTERM),
            _ => {}
        }
    }
    let known = ignored.zip(blocked).zip(caught).zip(is_first);
    status.sigterm = known.map(|known| match known {
        (((true, _), _), _) => Sigterm::Ignored,
        (((_, true), _), _) => Sigterm::Blocked,
        ((_, false), true) => Sigterm::Dropped,
        _ => Sigterm::Arrives,
    });
    status
}

const SIGHUP: u32 = 1;
const SIGTERM: u32 = 15;

/// Whether a mask has the signal: signal n is bit n - 1.
fn has(mask: &str, signal: u32) -> Option<bool> {
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

/// What the threads of the process whose directory this is have done; `None` if one cannot be read.
pub(super) fn switches(process: &OwnedFd) -> Option<Switches> {
    let tasks = super::directory(process, "task").ok()?;
    let switches = threads(&tasks)?.into_iter().map(|thread| {
        let status = read::file(&tasks, &format!("{thread}/status"), 16 * 1024);
        let (status, _) = status.ok()?;
        parse_switches(thread, &String::from_utf8_lossy(&status))
    });
    switches.collect()
}

/// The threads in this directory of a process.
fn threads(tasks: &OwnedFd) -> Option<Vec<u32>> {
    let mut threads = Vec::new();
    let listed = read::each(tasks, |name| {
        threads.extend(read::number(name));
        true
    });
    listed.ok()?;
    Some(threads)
}

/// The thread with the sum of what its `status` calls `voluntary_ctxt_switches` and
/// `nonvoluntary_ctxt_switches`, or with `None` in the state R; `None` if it does not tell them.
fn parse_switches(thread: u32, content: &str) -> Option<(u32, Option<u64>)> {
    let field = |name: &str| {
        let mut lines = content.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    let count = |name: &str| field(name)?.parse::<u64>().ok();
    let sum =
        count("voluntary_ctxt_switches")?.checked_add(count("nonvoluntary_ctxt_switches")?)?;
    let is_running = field("State")?.starts_with('R');
    Some((thread, (!is_running).then_some(sum)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINE: &str = "4711 (a) (b c) S 1 4700 4699 34816 4711 4194304 100 0 0 0 1 2 0 0 20 0 1 0 \
                        987654 1000 10 18446744073709551615";

    #[test]
    fn a_name_may_contain_brackets_and_blanks() {
        let stat = parse(LINE.as_bytes()).unwrap();
        assert_eq!(stat.name, "a) (b c");
        assert_eq!(
            (stat.parent, stat.group, stat.session),
            (Pid(1), Pid(4700), Pid(4699))
        );
        assert_eq!(stat.terminal, Terminal::Present);
        assert_eq!((stat.started, stat.kernel_thread), (987_654, false));
    }

    #[test]
    fn a_process_has_ended_when_no_thread_of_it_is_left() {
        let with = |state: char, threads: u32| {
            let line = LINE.replace(" S 1 ", &format!(" {state} 1 "));
            let line = line.replace(" 20 0 1 0 ", &format!(" 20 0 {threads} 0 "));
            parse(line.as_bytes()).unwrap().has_ended()
        };
        assert!(with('Z', 1) && with('X', 0));
        assert!(!with('Z', 2) && !with('S', 1));
    }

    #[test]
    fn a_process_that_is_reaped_while_it_is_read_has_ended_and_is_not_unreadable() {
        let reaped = LINE.replace(" 4700 4699 ", " -1 -1 ");
        let root = tempfile::tempdir().unwrap();
        let read = |line: &str| {
            std::fs::write(root.path().join("stat"), line).unwrap();
            let directory = std::fs::File::open(root.path()).unwrap();
            super::read(&directory.into()).unwrap_err()
        };
        assert!(is_gone(read(&reaped)));
        assert_eq!(read("4711 (a) S"), Errno::PROTO);
    }

    #[test]
    fn the_ignored_signals_tell_nohup() {
        let status = parse_status("Name:\tx\nUid:\t1000\t0\t0\t0\nSigIgn:\t0000000000001001\n");
        assert_eq!(
            (status.users, status.ignores_hangup),
            (Some(vec![1000, 0, 0, 0]), Some(true))
        );
        assert_eq!(parse_status("Uid: x\n"), Status::default());
    }

    #[test]
    fn sigterm_is_ignored_blocked_dropped_or_arrives() {
        let of = |ids: &str, [ignored, blocked, caught]: [&str; 3]| {
            let masks = format!("SigBlk:\t{blocked}\nSigIgn:\t{ignored}\nSigCgt:\t{caught}\n");
            parse_status(&format!("NStgid:\t{ids}\n{masks}")).sigterm
        };
        let (none, term) = ("0000000000000000", "0000000000004000");
        for (ids, masks, expected) in [
            ("4711", [none; 3], Sigterm::Arrives),
            ("4711", ["0000000000384004", none, none], Sigterm::Ignored),
            ("4711", [none, term, none], Sigterm::Blocked),
            ("4711\t1", [none; 3], Sigterm::Dropped),
            ("4711\t1", [none, none, term], Sigterm::Arrives),
            ("4711\t7", [none; 3], Sigterm::Arrives),
            ("1", [none; 3], Sigterm::Arrives),
        ] {
            assert_eq!(of(ids, masks), Some(expected), "{ids} {masks:?}");
        }
        assert_eq!(of("4711", ["x", none, none]), None);
    }

    #[test]
    fn a_thread_that_runs_may_have_done_anything() {
        let of = |state: &str| {
            let counts = "voluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t2\n";
            parse_switches(5, &format!("Name:\tx\nState:\t{state}\n{counts}"))
        };
        assert_eq!(of("S (sleeping)"), Some((5, Some(9))));
        assert_eq!(of("R (running)"), Some((5, None)));
        assert_eq!(parse_switches(5, "State:\tS (sleeping)\n"), None);
    }

    #[test]
    fn a_program_that_sleeps_has_the_same_switches_until_it_runs() {
        let mut cat = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let process: OwnedFd = std::fs::File::open(format!("/proc/{}", cat.id()))
            .unwrap()
            .into();
        let (mut input, mut output) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        let mut echo = || {
            use std::io::{Read as _, Write as _};
            input.write_all(b"x").unwrap();
            output.read_exact(&mut [0]).unwrap();
        };
        let at_rest = || {
            loop {
                let seen = switches(&process).unwrap();
                if let [(_, Some(count))] = seen[..] {
                    return count;
                }
                std::thread::yield_now();
            }
        };
        echo();
        let before = at_rest();
        echo();
        assert_ne!(at_rest(), before);
        drop(input);
        cat.wait().unwrap();
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes);
            parse_status(&String::from_utf8_lossy(&bytes));
            parse_switches(5, &String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn a_cut_line_is_no_stat_or_the_same_one(at in 0..LINE.len()) {
            if let Some(stat) = parse(&LINE.as_bytes()[..at]) {
                prop_assert_eq!(stat.parent, Pid(1));
            }
        }
    }
}
