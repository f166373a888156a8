//! The user's own command under soak: started in a process group of its own, watched while it
//! runs, ended at its deadline together with what is left of that group, and judged.

mod evidence;
mod fault;
mod findings;
#[cfg(unix)]
mod group;
#[cfg(not(unix))]
#[path = "alone.rs"]
mod group;
#[cfg(unix)]
mod guardian;
mod left;
#[cfg(unix)]
mod likeness;
mod looks;
mod silence;
mod tally;
mod unread;

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

pub use self::evidence::Evidence;
pub use self::fault::floor;
pub use self::findings::findings;
use self::group::Group;
#[cfg(unix)]
use self::guardian::Guardian;
#[cfg(unix)]
pub use self::guardian::serve;
use self::left::Left;
use self::looks::Looks;
use self::silence::Silence;
pub use self::tally::Tally;

use crate::event::ExecRun;
use crate::event::interrupt::Interrupt;
use crate::finding::Finding;
use crate::finding::verdict::ExitStatus;
use crate::machine::World;
use crate::machine::sockets::AddressPair;
use crate::report::InspectedClient;
use crate::target::Target;

/// The variable that names the Gateway to the command, as `host:port`; ibdoc reads it itself.
pub const TARGET_VARIABLE: &str = "IBDOC_TARGET";
/// The variable that names the Gateway's host to the command.
pub const HOST_VARIABLE: &str = "IBDOC_TARGET_HOST";
/// The variable that names the Gateway's port to the command.
pub const PORT_VARIABLE: &str = "IBDOC_TARGET_PORT";
/// The variables that ibdoc reads itself begin so.
const OWN_VARIABLES: &str = "IBDOC_";

/// A command and how it is run.
#[derive(Debug)]
pub struct Program<'a> {
    /// The program and its arguments, at least the program.
    pub command: &'a [OsString],
    /// The Gateway it is to connect to.
    pub target: &'a Target,
    /// The target's address if it is of this machine.
    pub local: Option<SocketAddr>,
    /// Connections that ibdoc made just before, with its own end first.
    pub not_its_own: &'a [AddressPair],
    /// The program `ibdoc`, to be started as a guardian of each run: it ends the run when this
    /// process is killed. `None` for no guardian.
    pub ibdoc: Option<&'a Path>,
    /// When a run is ended.
    pub timeout: Duration,
    /// Whether what it prints goes to stderr, or nowhere.
    pub shows_output: bool,
}

/// How a run came out.
#[derive(Debug)]
pub enum Outcome {
    /// It came to its end or its deadline.
    Ran(Box<Seen>),
    /// ibdoc was interrupted, and has ended it.
    Interrupted(ExitStatus),
    /// Its group is left alone, and why.
    Spared(String),
    /// It has ended, and how could not be read.
    Lost(io::Error),
}

/// What was seen of one run.
#[derive(Debug)]
pub struct Seen {
    /// The run, but for its number, whether it succeeded, and the handshake after it.
    pub run: ExecRun,
    /// What of its connections stays in the Gateway.
    left: Left,
    /// What it did instead of reading.
    silent: Option<Box<InspectedClient>>,
    /// What the relay of `--through-tap` shows of what it said and read.
    pub told: Vec<Finding>,
}

/// The most memory that the process which was started, or a child of its own, had resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    all(not(unix), not(test)),
    expect(
        dead_code,
        reason = "no other system tells the memory of what has ended"
    )
)]
enum Memory {
    /// As much, in bytes.
    Peak(u64),
    /// Not more, in bytes: what ibdoc itself had before it became the program counts too.
    AtMost(u64),
    /// The system does not tell.
    Unseen,
}

impl Memory {
    /// What of it is certain: the peak, or else what it stayed within. `looked` is the most that
    /// looks have seen until `elapsed`; at the start of a short run that is not the most of the run.
    fn told(self, looked: Option<u64>, elapsed: Duration) -> (Option<u64>, Option<u64>) {
        let is_short = elapsed < SHORT;
        match self {
            Self::Peak(peak) => (looked.max(Some(peak)), None),
            Self::AtMost(most) if is_short || looked.is_none() => (None, looked.max(Some(most))),
            Self::AtMost(_) | Self::Unseen => (looked, None),
        }
    }
}

/// A run that ends sooner may have been looked at before it had its memory only.
const SHORT: Duration = Duration::from_millis(250);

/// What became of the others of a run's process group; `None` where they cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Others {
    /// How many had to be ended.
    ended: Option<u32>,
    /// How many were left, on purpose as it seems.
    left: Option<u32>,
}

impl Program<'_> {
    /// Runs it once; errs when it cannot be started.
    pub async fn run(&self, world: &World, interrupt: &mut Interrupt) -> io::Result<Outcome> {
        let mut looks = Looks::before(world, self.target.port, self.local, self.not_its_own);
        let mut group = Group::start(&mut self.prepared()?, world, self.local)?;
        #[cfg(unix)]
        let _guardian = self
            .ibdoc
            .and_then(|ibdoc| Guardian::start(ibdoc, group.leader(), self.local, group.chosen()));
        let started = Instant::now();
        let deadline = started + self.timeout;
        let mut silence = Silence::default();
        let interrupted = loop {
            let next = looks.look(group.leader());
            silence.begin(&looks);
            tokio::select! {
                biased;
                () = group.leader_ended() => break None,
                status = interrupt.received() => break Some(status),
                () = silence.ends() => {}
                () = tokio::time::sleep_until(deadline.min(next)) => {
                    if Instant::now() >= deadline {
                        break None;
                    }
                }
            }
        };
        let timed_out = !group.has_leader_ended();
        looks.ended(group.leader());
        let elapsed = started.elapsed();
        let held = (!timed_out).then(|| looks.held()).flatten();
        let others = match group.end(timed_out).await {
            Ok(others) => others,
            Err(reason) => return Ok(Outcome::Spared(reason)),
        };
        let (status, memory) = match group.reap() {
            Ok(ended) => ended,
            Err(error) => return Ok(Outcome::Lost(error)),
        };
        if let Some(status) = interrupted {
            return Ok(Outcome::Interrupted(status));
        }
        let run = ExecRun {
            exit_status: status.code(),
            signal: signal(status),
            timed_out,
            elapsed,
            held,
            others_ended: others.ended,
            others_left: others.left,
            ..ExecRun::default()
        };
        let seen = seen(looks, silence, run, memory).await;
        Ok(Outcome::Ran(Box::new(seen)))
    }

    /// Without input, and without the variables that are meant for this ibdoc: a child that is
    /// an ibdoc too shall do what its own command line says.
    fn prepared(&self) -> io::Result<Command> {
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| io::Error::other("there is no command"))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(OWN_VARIABLES) {
                command.env_remove(name);
            }
        }
        command.env(TARGET_VARIABLE, self.target.to_string());
        command.env(HOST_VARIABLE, &self.target.host);
        command.env(PORT_VARIABLE, self.target.port.to_string());
        command.stdout(self.sink()).stderr(self.sink());
        Ok(command)
    }

    /// Where its output goes: stdout carries ibdoc's own answer and nothing else.
    fn sink(&self) -> Stdio {
        if self.shows_output {
            io::stderr().into()
        } else {
            Stdio::null()
        }
    }
}

/// What was seen of a run that has ended: its memory, and its connections, which may settle.
async fn seen(mut looks: Looks<'_>, silence: Silence<'_>, run: ExecRun, memory: Memory) -> Seen {
    looks.settle().await;
    let left = looks.left().await;
    let own = left.own.as_ref().map(Vec::len);
    let (peak_memory_bytes, memory_at_most_bytes) = memory.told(looks.peak_memory, run.elapsed);
    let run = ExecRun {
        peak_memory_bytes,
        memory_at_most_bytes,
        connected: connected(&looks, &left),
        unread_bytes: looks.unread(),
        left: own.map(|own| u32::try_from(own).unwrap_or(u32::MAX)),
        ..run
    };
    Seen {
        run,
        left,
        silent: silence.seen(),
        told: Vec::new(),
    }
}

/// Whether it connected: a socket whose client no look saw is the trace of a connection, perhaps its own.
fn connected(looks: &Looks<'_>, left: &Left) -> Option<bool> {
    match (looks.connected(), &left.own) {
        (_, Some(own)) if !own.is_empty() => Some(true),
        (Some(false), _) if left.unclear > 0 => None,
        (seen, _) => seen,
    }
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(windows)]
fn signal(_: std::process::ExitStatus) -> Option<i32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_peak_or_what_it_stayed_within() {
        let [short, long] = [3, 400].map(Duration::from_millis);
        for (memory, looked, elapsed, told) in [
            (Memory::Peak(9), Some(12), short, (Some(12), None)),
            (Memory::Peak(9), None, short, (Some(9), None)),
            (Memory::AtMost(8), None, short, (None, Some(8))),
            (Memory::AtMost(8), Some(1), short, (None, Some(8))),
            (Memory::AtMost(8), Some(11), short, (None, Some(11))),
            (Memory::AtMost(8), Some(2), long, (Some(2), None)),
            (Memory::Unseen, Some(2), short, (Some(2), None)),
            (Memory::Unseen, None, long, (None, None)),
        ] {
            assert_eq!(memory.told(looked, elapsed), told, "{memory:?} {looked:?}");
        }
    }
}
