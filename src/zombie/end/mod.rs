//! `--kill`: ends what the plan names, and looks again before each signal and after the last.

#[cfg(target_os = "linux")]
pub(crate) mod heal;
mod recheck;

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use self::recheck::PlanRecheck;
use super::look::Observer;
use super::{Census, Subject};
use crate::event::interrupt::Interrupt;
use crate::finding::verdict::ExitStatus;
use crate::finding::{Code, Finding};
use crate::machine::kill::{Ending, Fate, Killer, end};
use crate::machine::sockets::Socket;
use crate::report::{Healed, Killed};

/// The kernel gets so long to take the sockets of a process that has ended, and is looked at so often.
const LET_GO: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(20);

const STILL_OPEN: &str = "the plan of `ibdoc zombies` names what else has the socket open, and the command that \
     clears it";

/// What was done to processes and sockets.
#[derive(Debug, Default)]
pub struct Done {
    /// The processes that ended.
    pub killed: Vec<Killed>,
    /// The sockets that were shut down.
    pub healed: Vec<Healed>,
    /// What could not be done.
    pub findings: Vec<Finding>,
    /// Whether and why it sent no more signals than it had.
    pub stopped: Option<Stopped>,
}

/// What ends a kill before its time.
pub(crate) struct Limits {
    /// The end of a process's grace, counted from its SIGTERM.
    pub(crate) grace: Duration,
    /// Signals to ibdoc itself.
    pub(crate) interrupt: Interrupt,
    /// The end of the command.
    pub(crate) deadline: Option<Instant>,
    /// Whether processes are ended by their pids, also where there are pidfds.
    pub(crate) by_pid: bool,
}

/// Why a kill ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// By a signal to ibdoc, which exits with this.
    Signal(ExitStatus),
    /// By the deadline.
    Deadline,
}

impl Stopped {
    const fn reason(self) -> &'static str {
        match self {
            Self::Signal(_) => "ibdoc was interrupted",
            Self::Deadline => "the deadline of the command passed",
        }
    }
}

impl Limits {
    async fn passed(&mut self) -> Stopped {
        tokio::select! {
            biased;
            status = self.interrupt.received() => Stopped::Signal(status),
            () = passed(self.deadline) => Stopped::Deadline,
        }
    }
}

/// Ready at the deadline; never without one.
pub(super) async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Ends the processes that the plan names, until a signal to ibdoc or the deadline comes.
pub(crate) async fn carry_out(
    census: &Census,
    observer: &Observer<'_>,
    limits: &mut Limits,
) -> Done {
    let ends = &census.plan.ends;
    let mut recheck = PlanRecheck::new(census, observer);
    let killer = killer(observer, limits);
    let (killer, grace) = (killer.as_ref(), limits.grace);
    let mut done = Done::default();
    let endings = {
        let stop = std::pin::pin!(async {
            let stopped = limits.passed().await;
            done.stopped = Some(stopped);
            stopped.reason().to_owned()
        });
        end(ends, killer, &mut recheck, grace, stop).await
    };
    let is_over = |ending: &Ending| matches!(ending.fate, Fate::Ended(..) | Fate::Gone);
    if endings.iter().all(is_over) {
        // A deadline that left nothing undone cut nothing short.
        done.stopped = done.stopped.filter(|stopped| *stopped != Stopped::Deadline);
    }
    for ending in &endings {
        let_go(ending, census, observer).await;
        note(ending, census, observer, &mut done);
    }
    done
}

/// Pidfds where there are any, unless the ending by pid was asked for.
fn killer<'a>(observer: &Observer<'a>, limits: &Limits) -> Box<dyn Killer + 'a> {
    let processes = observer.world.processes.as_ref();
    if cfg!(not(target_os = "linux")) || limits.by_pid {
        return Box::new(crate::machine::kill::ByPid::new(processes));
    }
    #[cfg(target_os = "linux")]
    return Box::new(crate::machine::kill::Pidfd::new(processes));
    #[cfg(not(target_os = "linux"))]
    Box::new(crate::machine::kill::ByPid::new(processes))
}

/// Waits until the sockets of a process that has ended have gone with it: those that it had in a ring
/// go a moment later.
async fn let_go(ending: &Ending, census: &Census, observer: &Observer<'_>) {
    let subject = census.snapshot.processes.get(&ending.id.pid);
    let Some(subject) = subject.filter(|_| matches!(ending.fate, Fate::Ended(..))) else {
        return;
    };
    let until = Instant::now() + LET_GO;
    while Instant::now() < until && !still_there(subject, census, observer).is_empty() {
        sleep(LOOK).await;
    }
}

fn note(ending: &Ending, census: &Census, observer: &Observer<'_>, done: &mut Done) {
    let Some(subject) = census.snapshot.processes.get(&ending.id.pid) else {
        return;
    };
    let facts = &subject.facts;
    let failed = |what: &str, why: &str| {
        let subject = format!("pid {}", facts.id.pid);
        let summary = format!("{} {what}", facts.title());
        Finding::new(Code::KillFailed, &subject, summary).with_evidence(why)
    };
    match &ending.fate {
        Fate::Ended(signal, elapsed) => {
            done.killed.push(Killed {
                pid: facts.id.pid,
                name: facts.title(),
                signal: signal.name(),
                elapsed: *elapsed,
            });
            let left = still_there(subject, census, observer);
            if !left.is_empty() {
                let why = format!("still there: {}", left.join(", "));
                let mut finding = failed("has ended, and its socket has not", &why);
                finding.remedies = vec![STILL_OPEN.to_owned()];
                done.findings.push(finding);
            }
        }
        Fate::Gone => {}
        Fate::Spared(why) => done.findings.push(failed("was left alone after all", why)),
        Fate::Failed(why) => done.findings.push(failed("could not be ended", why)),
    }
}

/// Its half-closed sockets that are still in the table.
fn still_there(subject: &Subject, census: &Census, observer: &Observer<'_>) -> Vec<String> {
    let sockets = subject.sockets.iter().flatten();
    let touching = sockets.filter(|socket| socket.touches(&census.snapshot.ports));
    let left = touching.filter(|socket| is_still_there(socket, observer));
    left.map(|socket| format!("{} to {}", socket.local, socket.remote))
        .collect()
}

/// Whether the same socket is in the table in the same state, by its addresses and cookie.
fn is_still_there(socket: &Socket, observer: &Observer<'_>) -> bool {
    let found = observer.world.table.find(socket.local, socket.remote);
    let found = found.ok().flatten();
    found.is_some_and(|row| row.state == socket.state && row.cookie == socket.cookie)
}
