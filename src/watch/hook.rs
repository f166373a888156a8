//! The command of `--on-change`: run in a thread, one at a time, in a process group of its own and
//! with a deadline, so that it never delays the watching.

use std::io::{self, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::event::StateChange;
use crate::report;

/// Events that wait for their run; beyond them one is skipped.
const WAITING: usize = 64;
/// Between two looks at whether it has ended.
const GLANCE: Duration = Duration::from_millis(20);
/// Between SIGTERM and SIGKILL.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(2);
/// How long the end of a watch waits for runs that go on.
const AT_END: Duration = Duration::from_secs(5);

/// Runs a command for each event, in their order.
#[derive(Debug)]
pub struct Hook {
    sender: Option<SyncSender<StateChange>>,
    counts: Arc<Mutex<report::Hook>>,
    hurry: Arc<AtomicBool>,
    runner: Option<JoinHandle<()>>,
}

impl Hook {
    /// Runs this command by the shell, each time for so long at most; errs where no thread starts.
    pub fn start(command: &str, deadline: Duration) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let counts = Arc::new(Mutex::new(report::Hook::default()));
        let hurry = Arc::new(AtomicBool::new(false));
        let (shared, hurries) = (Arc::clone(&counts), Arc::clone(&hurry));
        let limits = Limits {
            command: command.to_owned(),
            deadline,
            hurry: hurries,
        };
        let runner = thread::Builder::new()
            .name("on-change".to_owned())
            .spawn(move || limits.run_each(&receiver, &shared))?;
        Ok(Self {
            sender: Some(sender),
            counts,
            hurry,
            runner: Some(runner),
        })
    }

    /// Has the command run for this event, after those that wait.
    pub fn call(&self, change: &StateChange) {
        let Some(sender) = &self.sender else {
            return;
        };
        if sender.try_send(change.clone()).is_err() {
            locked(&self.counts).skipped += 1;
        }
    }

    /// What became of its runs so far.
    pub fn counts(&self) -> report::Hook {
        *locked(&self.counts)
    }

    /// Waits for the runs that go on, for a few seconds; what goes on then is ended.
    pub fn finish(&mut self) {
        self.sender = None;
        let until = Instant::now() + AT_END;
        let Some(runner) = self.runner.take() else {
            return;
        };
        while !runner.is_finished() && Instant::now() < until {
            thread::sleep(GLANCE);
        }
        self.hurry.store(true, Ordering::Relaxed);
        // A runner that panicked has nothing left to end.
        let _ = runner.join();
    }
}

fn locked(counts: &Mutex<report::Hook>) -> std::sync::MutexGuard<'_, report::Hook> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is run, and for how long.
struct Limits {
    command: String,
    deadline: Duration,
    /// Whether the watch is over.
    hurry: Arc<AtomicBool>,
}

impl Limits {
    fn run_each(&self, receiver: &Receiver<StateChange>, counts: &Mutex<report::Hook>) {
        while let Ok(change) = receiver.recv() {
            if self.hurry.load(Ordering::Relaxed) {
                locked(counts).skipped += 1;
                continue;
            }
            let ended = self.run(&change);
            let has_succeeded = ended.is_ok_and(|status| status.is_some_and(|it| it.success()));
            let mut counts = locked(counts);
            if has_succeeded {
                counts.succeeded += 1;
            } else {
                counts.failed += 1;
            }
        }
    }

    /// Runs the command once; `None` when it was ended at its deadline.
    fn run(&self, change: &StateChange) -> io::Result<Option<ExitStatus>> {
        let until = Instant::now() + self.deadline;
        let mut command = shell(&self.command);
        // What was meant for the watch is not meant for an ibdoc that the command runs.
        let own = std::env::vars_os().map(|(name, _)| name);
        for name in own.filter(|name| name.to_string_lossy().starts_with("IBDOC_")) {
            command.env_remove(name);
        }
        let mut child = command
            .envs(variables(change))
            .stdin(Stdio::piped())
            // stdout has the lines of the watch and nothing else.
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .inspect_err(|error| tracing::warn!(%error, "the command does not start"))?;
        if let Some(mut stdin) = child.stdin.take()
            && let Ok(json) = serde_json::to_string(change)
        {
            // It is far smaller than a pipe; a command that does not read it may do so.
            let _ = writeln!(stdin, "{json}");
        }
        let is_over = || Instant::now() >= until || self.hurry.load(Ordering::Relaxed);
        let ended = wait(&mut child, is_over)?;
        if ended.is_none() {
            tracing::warn!("the command was ended at its deadline");
            end(&mut child)?;
        }
        Ok(ended)
    }
}

/// What a script reads without a reader of JSON.
fn variables(change: &StateChange) -> [(&'static str, String); 10] {
    let seconds = |time: Duration| time.as_secs().to_string();
    [
        ("IBDOC_TARGET", change.target.clone()),
        ("IBDOC_STATE", change.state.name().to_owned()),
        ("IBDOC_PREVIOUS", change.previous.name().to_owned()),
        ("IBDOC_KIND", change.kind.name().to_owned()),
        (
            "IBDOC_CODE",
            change.code.map(|code| code.to_string()).unwrap_or_default(),
        ),
        ("IBDOC_REASON", change.reason.clone()),
        ("IBDOC_TIME", change.time.clone()),
        ("IBDOC_LASTED", seconds(change.lasted)),
        (
            "IBDOC_TROUBLED",
            change.troubled.map(seconds).unwrap_or_default(),
        ),
        ("IBDOC_ANNOUNCED", u8::from(change.announced).to_string()),
    ]
}

fn wait(child: &mut Child, is_over: impl Fn() -> bool) -> io::Result<Option<ExitStatus>> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if is_over() => return Ok(None),
            None => thread::sleep(GLANCE),
        }
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).process_group(0);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

/// Ends the whole process group of a child that has not been waited for, so that its number is its
/// own.
#[cfg(unix)]
fn end(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let signal = |signal| group.map(|group| kill_process_group(group, signal));
    signal(Signal::TERM);
    let until = Instant::now() + GRACE;
    let ended = wait(child, || Instant::now() >= until)?;
    if ended.is_none() {
        signal(Signal::KILL);
        child.wait()?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn end(child: &mut Child) -> io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}
