//! Ending processes: hold each one fast, look again, ask it to end, and only then force it.
//!
//! The effects are behind [`Killer`] and [`ProcessHandle`], the last word before each signal behind
//! [`Recheck`]; the order of things is [`end`].

mod by_pid;
mod sequence;
#[cfg(test)]
mod tests;

#[cfg(target_os = "linux")]
mod pidfd;

use std::io;
use std::time::{Duration, Instant, SystemTime};

pub use by_pid::ByPid;
#[cfg(target_os = "linux")]
pub use pidfd::Pidfd;
#[cfg(target_os = "linux")]
pub(crate) use pidfd::open;
pub use sequence::{Ending, Fate, Stop, end};

use super::pid::ProcessId;

/// A signal on the way to the end of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: a request.
    Term,
    /// SIGKILL: the end.
    Kill,
    /// SIGCONT: a process that is stopped obeys SIGTERM only when it continues.
    Cont,
}

impl Signal {
    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Kill => "KILL",
            Self::Cont => "CONT",
        }
    }
}

#[cfg(unix)]
impl From<Signal> for rustix::process::Signal {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Term => Self::TERM,
            Signal::Kill => Self::KILL,
            Signal::Cont => Self::CONT,
        }
    }
}

/// The way in which this system ends processes.
pub trait Killer {
    /// Holds the process fast; `None` if it has gone, or if another has its pid now.
    fn hold(&self, id: ProcessId) -> io::Result<Option<Box<dyn ProcessHandle + '_>>>;
}

/// When the last look at a process began: what changes after that is not seen.
#[derive(Clone, Copy, Debug)]
pub struct LookedAt {
    at: SystemTime,
    moment: Instant,
    on_a_core: Option<Duration>,
    walk: Duration,
}

impl LookedAt {
    /// It begins now; the search for other holders of its sockets began this long ago.
    pub fn now(walk: Duration) -> Self {
        Self {
            at: SystemTime::now(),
            moment: Instant::now(),
            on_a_core: time_on_a_core(),
            walk,
        }
    }

    /// How long ago that was, and for how much of it ibdoc had no core.
    fn ago(&self) -> (Duration, Option<Duration>) {
        let elapsed = self.moment.elapsed();
        let core = time_on_a_core().zip(self.on_a_core);
        let off = core.map(|(now, then)| elapsed.saturating_sub(now.saturating_sub(then)));
        (elapsed, off)
    }
}

/// How long this thread has run; `None` where that cannot be told.
#[cfg(target_os = "linux")]
fn time_on_a_core() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
}

#[cfg(not(target_os = "linux"))]
const fn time_on_a_core() -> Option<Duration> {
    None
}

/// A process held fast: whatever is done through this reaches it, or no process.
pub trait ProcessHandle {
    /// Whether it is still running.
    fn is_alive(&self) -> io::Result<bool>;

    /// Sends the signal.
    fn send(&self, signal: Signal) -> io::Result<()>;
}

/// The last look at a process before a signal; each answer is the reason to spare it after all.
pub trait Recheck {
    /// A new look at everything, once all are held fast, and again before the first SIGKILL; every
    /// holder is looked for again.
    fn everything(&mut self) -> Result<(), String>;

    /// Whether this process may still be ended, by what is read about it now; when the last of that
    /// was begun to be read.
    fn process(&mut self, id: ProcessId) -> Result<LookedAt, String>;
}
