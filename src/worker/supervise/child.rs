//! The child that keeps the session: started, spoken to, ended.
//!
//! Only the parent holds the other end of its stdin: where the parent is killed, that ends, and the
//! child with it.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus as ProcessStatus, Stdio};
use std::time::Duration;

use tokio::time::sleep;

use crate::finding::verdict::ExitStatus;
use crate::report::worker::WorkerParams;
use crate::worker::input::Lines;
use crate::worker::output::Output;

/// Is set for a child; holds the parameters of the session that it is to make anew, or nothing.
pub const RESUME: &str = "IBDOC_WORKER_RESUME";

/// Between two looks whether a child whose stdout has ended has ended itself.
const LOOK: Duration = Duration::from_millis(1);
/// How long that may take; then it is ended.
const LOOKS: u32 = 2000;

/// The child.
#[derive(Debug)]
pub(super) struct Child {
    process: std::process::Child,
    input: Output,
    pub(super) lines: Lines,
}

/// How a child has ended.
#[derive(Debug)]
pub(super) struct EndedChild {
    /// The status of one that ended in order.
    pub(super) in_order: Option<ExitStatus>,
    pub(super) words: String,
}

impl Child {
    /// Starts it with this process's own arguments.
    pub(super) fn start(session: Option<&WorkerParams>) -> io::Result<Self> {
        let session = session.and_then(|params| serde_json::to_string(params).ok());
        let mut process = Command::new(program()?)
            .args(env::args_os().skip(1))
            .env(RESUME, session.unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self {
            process,
            input: Output::start_directly(stdin)?,
            // What it prints is its own: of any length.
            lines: Lines::of_child(stdout)?,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn line(&self, line: Vec<u8>) {
        self.input.line(line);
    }

    /// Bytes that it has not taken yet.
    pub(super) fn backlog(&self) -> usize {
        self.input.backlog()
    }

    /// Waits until it has taken a line.
    pub(super) fn written(&self) -> impl Future<Output = ()> + use<> {
        self.input.changed(true)
    }

    /// Ends its stdin: it answers what it can and ends.
    pub(super) fn close(&mut self) {
        self.input.close();
    }

    /// Asks it to end now.
    pub(super) fn end(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            // It is not reaped yet, so that its number is no other process's.
            let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        }
        self.close();
    }

    /// Ends it by force.
    pub(super) fn kill(&mut self) {
        let _ = self.process.kill();
    }

    /// How it has ended, once its stdout has.
    pub(super) async fn ended(&mut self) -> io::Result<EndedChild> {
        for _ in 0..LOOKS {
            if let Some(status) = self.process.try_wait()? {
                return Ok(EndedChild::of(status));
            }
            sleep(LOOK).await;
        }
        self.kill();
        Ok(EndedChild::of(self.process.wait()?))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A child that has been waited for is not signalled again.
        self.kill();
        let _ = self.process.wait();
    }
}

impl EndedChild {
    fn of(status: ProcessStatus) -> Self {
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        let mut known = ExitStatus::ALL.into_iter();
        Self {
            in_order: known.find(|status| Some(status.code()) == code),
            words: format!("the process of the session has ended: {status}"),
        }
    }
}

/// This program; where its file was replaced or is gone, as it runs.
fn program() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    let as_it_runs = PathBuf::from("/proc/self/exe");
    if !path.exists() && as_it_runs.exists() {
        return Ok(as_it_runs);
    }
    Ok(path)
}
