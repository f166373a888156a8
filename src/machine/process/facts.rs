//! What can be known about one process; `None` always means *unknown*.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Endpoint, Mark, Script};
use crate::machine::pid::{Pid, ProcessId};

/// The facts about one process, all text cleaned and bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The process itself.
    pub id: ProcessId,
    /// The name to show (`comm` on Linux, at most 15 bytes).
    pub name: String,
    /// What it is doing.
    pub state: Option<RunState>,
    /// The real user id.
    pub uid: Option<u32>,
    /// Every user id that it goes by: the real and the effective one, on Linux also the saved one
    /// and that of the file system, by which it creates sockets.
    pub users: Option<Vec<u32>>,
    /// The path of the program file.
    pub executable: Option<String>,
    /// The first word of the command line, and nothing more of it.
    pub argv0: Option<String>,
    /// What an interpreter runs.
    pub script: Option<Script>,
    /// Traces of IB's software in the program's path and command line.
    pub marks: Option<Vec<Mark>>,
    /// Whether it is a Java virtual machine, and how that shows.
    pub jvm: Option<Jvm>,
    /// Whether it is a thread of the kernel.
    pub kernel_thread: Option<bool>,
    /// Whether its first argument is `--user`: with the name `systemd`, a user's service manager.
    pub user_manager: Option<bool>,
    /// How long it has been running.
    pub up: Option<Duration>,
    /// The parent; pid 0 if that is outside this pid namespace.
    pub parent: Option<Pid>,
    /// The parent, its parent and so on, nearest first, as far as they can be read.
    pub ancestors: Option<Vec<ProcessId>>,
    /// The process group.
    pub group: Option<Pid>,
    /// The session; pid 0 if its leader is outside this pid namespace.
    pub session: Option<Pid>,
    /// Whether the leader of its session is still running.
    pub session_leader_alive: Option<bool>,
    /// Whether the leader of its process group is still running.
    pub group_leader_alive: Option<bool>,
    /// The controlling terminal.
    pub terminal: Option<Terminal>,
    /// Whether it ignores SIGHUP, as `nohup` makes it.
    pub ignores_hangup: Option<bool>,
    /// What becomes of a SIGTERM that is sent to it.
    pub sigterm: Option<Sigterm>,
    /// Whether a debugger or tracer is attached.
    pub traced: Option<bool>,
    /// Its running children, those of all its threads.
    pub children: Option<Vec<Pid>>,
    /// Descriptors 0, 1 and 2.
    pub stdio: [Option<Stdio>; 3],
    /// Of those that are a pipe or a terminal: whether a process still has the other end open.
    pub stdio_open: [Option<bool>; 3],
    /// Whether the kernel lets ibdoc copy its descriptors, which a heal takes.
    pub entry: Option<Entry>,
    /// Of its unix stream sockets and standard pipes those whose other end another process may have:
    /// the inodes of these ends.
    pub ends: Option<Vec<u64>>,
    /// Whether it listens on a unix socket; `None` where that is not told.
    pub serves_unix: Option<bool>,
    /// The other ends of its connected UDP sockets.
    pub datagram_peers: Option<Vec<SocketAddr>>,
    /// Whether it is the resource tracker of Python's multiprocessing, which ends with its parent.
    pub is_tracker: Option<bool>,
    /// What a supervisor or a terminal multiplexer has called it in its environment.
    pub labels: Labels,
    /// The control group.
    pub cgroup: Option<Cgroup>,
    /// The network namespace (inode number).
    pub net_namespace: Option<u64>,
    /// The pid namespace (inode number).
    pub pid_namespace: Option<u64>,
    /// Whether launchd started it and is in charge of it; false where there is no launchd.
    pub job: Option<bool>,
    /// Whether the process that started it has ended, where orphans are not adopted (Windows).
    pub parent_gone: Option<bool>,
    /// Its TCP sockets as a second source lists them, where one was asked.
    pub endpoints: Option<Vec<Endpoint>>,
    /// Why something about it is not known, where the system's programs were asked.
    pub silences: Vec<String>,
}

impl Facts {
    /// Facts of which only the identity and the name are known.
    pub fn unknown(id: ProcessId, name: String) -> Self {
        Self {
            id,
            name,
            ..Self::default()
        }
    }

    /// Whether this is the same process, running the same program for the same user.
    pub fn is_still(&self, now: &Self) -> bool {
        self.id == now.id
            && self.uid == now.uid
            && self.executable == now.executable
            && self.executable.is_some()
    }

    /// The names it goes by: `name`, and the file names of the program and of `argv0`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let paths = [self.executable.as_deref(), self.argv0.as_deref()];
        let files = paths.into_iter().flatten().map(super::command::file_name);
        std::iter::once(self.name.as_str()).chain(files)
    }

    /// Its name and what it runs, such as `python3 bot.py`.
    pub fn title(&self) -> String {
        match &self.script {
            Some(Script::File(script)) if *script != self.name => format!("{} {script}", self.name),
            Some(Script::Module(module)) => format!("{} -m {module}", self.name),
            _ => self.name.clone(),
        }
    }
}

/// The few variables that are read of an environment, which may hold passwords: those that name a
/// program to its supervisor, and a pane to tmux.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The program's name under supervisord (`SUPERVISOR_PROCESS_NAME`).
    pub supervisor: Option<String>,
    /// The application's name under PM2 (`name`, where there is a `pm_id`).
    pub pm2: Option<String>,
    /// The pane of tmux that it was started in (`TMUX_PANE`).
    pub tmux_pane: Option<String>,
}

/// Whether the kernel lets ibdoc copy the descriptors of a process (`pidfd_getfd`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It does.
    Open,
    /// Not this user, as Yama's `ptrace_scope` 1 and 2 have it; it lets root.
    RootOnly,
    /// It does not, and sudo would not change that.
    Closed,
}

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Running, or waiting for something.
    Alive,
    /// Stopped by a signal or a debugger.
    Stopped,
    /// Its main thread has ended; other threads may go on.
    Zombie,
}

/// How a Java virtual machine shows, or that none does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jvm {
    /// By the name of its program.
    Name,
    /// By a thread named `VM Thread`.
    VmThread,
    /// By a mapped `libjvm`.
    Library,
    /// Everything was read and nothing shows one.
    No,
}

/// What becomes of a SIGTERM that is sent to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sigterm {
    /// It arrives: the process ends, or a handler of its own runs.
    Arrives,
    /// The process ignores it, as an interactive shell does.
    Ignored,
    /// Every thread of the process blocks it.
    Blocked,
    /// The kernel drops it: the process is the first of its pid namespace and has no handler of it.
    Dropped,
}

/// A controlling terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// It has none.
    Absent,
    /// It has one.
    Present,
}

/// What a standard descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdio {
    /// Not open.
    Closed,
    /// A terminal.
    Terminal,
    /// `/dev/null`.
    Null,
    /// A regular file.
    File,
    /// A pipe.
    Pipe,
    /// A socket.
    Socket,
    /// Anything else.
    Other,
}

/// The control groups of a process, by their paths from the root of ibdoc's cgroup namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cgroup {
    /// The one that names units: of version 2, or of systemd's own hierarchy.
    pub path: String,
    /// Those of the other hierarchies of version 1, where they differ.
    pub others: Vec<String>,
}

impl Cgroup {
    /// One path and no other.
    pub fn at(path: impl Into<String>) -> Self {
        let path = path.into();
        let others = Vec::new();
        Self { path, others }
    }
}
