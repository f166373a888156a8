//! The process group of one run. Its leader stays unreaped until the group has been dealt with:
//! as long as it does, no other process or group can get its number.

mod members;
mod orphaned;

use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{
    Pid as RawPid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tokio::time::Instant;
use wait4::Wait4;

use self::members::Members;
use super::{Memory, Others};
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::process::{Mark, marks_typed};

pub(super) use self::orphaned::end_orphaned;

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// After SIGKILL only the kernel can keep a process.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// Between SIGTERM and SIGKILL where the run is given up.
const GRACE_DROPPED: Duration = Duration::from_millis(500);
/// Between two looks then.
const BETWEEN_LOOKS_DROPPED: Duration = Duration::from_millis(5);
/// The longest time between two looks at what is left.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A command in a process group of its own; what is left of it is ended when this is dropped.
pub(super) struct Group<'a> {
    child: Child,
    raw: RawPid,
    members: Members<'a>,
    /// The most memory that ibdoc itself had resident at the start.
    own_memory: Option<u64>,
    /// Told when any child has ended.
    ended: Listener,
    /// Whether nothing is to be signalled any more.
    settled: bool,
}

impl<'a> Group<'a> {
    /// Starts the command; errs when it cannot be started.
    pub(super) fn start(
        command: &mut Command,
        world: &'a World,
        local: Option<SocketAddr>,
    ) -> io::Result<Self> {
        // Before the start: where SIGCHLD is ignored no child could be waited for.
        let ended = signal(SignalKind::child())?;
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let chosen = marks_typed(words);
        let child = command.process_group(0).spawn()?;
        let raw = RawPid::from_child(&child);
        let leader = Pid(child.id());
        Ok(Self {
            child,
            raw,
            members: Members {
                leader,
                world,
                local,
                chosen,
            },
            own_memory: world.processes.peak_memory(Pid(std::process::id())),
            ended,
            settled: false,
        })
    }

    /// The process that was started, whose number is the group's too.
    pub(super) fn leader(&self) -> Pid {
        Pid(self.child.id())
    }

    /// The marks of IB's software in the command as the user typed it.
    pub(super) fn chosen(&self) -> &[Mark] {
        &self.members.chosen
    }

    /// Waits for the end of the process that was started.
    pub(super) async fn leader_ended(&mut self) {
        while !self.has_leader_ended() {
            self.ended.recv().await;
        }
    }

    /// Whether the process that was started has ended; it is not reaped by this.
    pub(super) fn has_leader_ended(&mut self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(self.raw), options) {
            Ok(status) => status.is_some(),
            Err(rustix::io::Errno::INTR) => false,
            Err(_) => {
                // It is no child of ibdoc any more: its number may be another process's.
                self.settled = true;
                true
            }
        }
    }

    /// Ends what is left of the group: asks, waits, forces. Errs with the reason where it is spared.
    ///
    /// Unless `whole`, as after a run that came to its own end, a group of which a member ignores
    /// SIGHUP (nohup), or of which no member can be seen, was left on purpose and stays.
    pub(super) async fn end(&mut self, whole: bool) -> Result<Others, String> {
        let leader = self.leader();
        let members = self.members.running();
        let others = members.as_ref().map(|members| {
            let others = members.iter().filter(|pid| **pid != leader).count();
            u32::try_from(others).unwrap_or(u32::MAX)
        });
        if !whole && others.is_none_or(|others| others == 0) {
            return Ok(Others {
                ended: others,
                left: others,
            });
        }
        self.spare_gateways()?;
        if !whole && self.members.are_left_on_purpose() {
            self.settled = true;
            return Ok(Others {
                ended: Some(0),
                left: others,
            });
        }
        let ended = Others {
            ended: others,
            left: others.map(|_| 0),
        };
        // What is stopped hears nothing before it goes on.
        self.send(&[Signal::TERM, Signal::CONT]);
        if self.is_gone_within(GRACE).await {
            return Ok(ended);
        }
        self.spare_gateways()?;
        self.send(&[Signal::KILL]);
        if self.is_gone_within(LAST_WAIT).await || (others.is_none() && self.has_leader_ended()) {
            return Ok(ended);
        }
        self.settled = true;
        Err(format!(
            "what is left of the process group {leader} did not end after SIGKILL"
        ))
    }

    /// Reaps the leader, once it has ended and its group has been dealt with; with the most memory
    /// that it or a child of its own had resident, as far as the kernel tells.
    pub(super) fn reap(mut self) -> io::Result<(ExitStatus, Memory)> {
        self.settled = true;
        let used = self.child.wait4()?;
        let most = used.rusage.maxrss;
        // What a process had before it became the program counts too: that was ibdoc's own.
        let memory = match self.own_memory {
            Some(own) if most > own => Memory::Peak(most),
            Some(_) => Memory::AtMost(most),
            None => Memory::Unseen,
        };
        Ok((used.status, memory))
    }

    async fn is_gone_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut pause = Duration::from_millis(5);
        loop {
            // Where no member can be seen, the others get all of the time.
            if self.is_gone() {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(BETWEEN_LOOKS);
        }
    }

    /// Signals the whole group, and the leader also where it has left it.
    fn send(&mut self, signals: &[Signal]) {
        for signal in signals.iter().filter(|_| !self.settled) {
            // A process that has ended meanwhile needs no signal; one that stays is seen by the wait.
            let _ = kill_process_group(self.raw, *signal);
        }
        let left = self
            .members
            .running()
            .is_some_and(|members| !members.contains(&self.leader()));
        if left && !self.has_leader_ended() {
            for signal in signals.iter().filter(|_| !self.settled) {
                let _ = kill_process(self.raw, *signal);
            }
        }
    }

    /// Errs when a member is a Gateway, or may be one for all that can be read of it.
    fn spare_gateways(&mut self) -> Result<(), String> {
        let has_leader = !self.has_leader_ended();
        self.members.spare_gateways(has_leader).inspect_err(|_| {
            self.settled = true;
        })
    }

    /// Whether no process of the group runs any more, as far as can be seen at once.
    fn is_gone(&mut self) -> bool {
        self.members
            .running()
            .is_some_and(|members| members.is_empty())
            && self.has_leader_ended()
    }
}

impl Drop for Group<'_> {
    /// Without a task to wait in: briefly, and on this thread.
    fn drop(&mut self) {
        if self.settled || self.is_gone() {
            let _ = self.child.try_wait();
            return;
        }
        let on_purpose = self.has_leader_ended() && self.members.are_left_on_purpose();
        if on_purpose || self.spare_gateways().is_err() {
            return;
        }
        self.send(&[Signal::TERM, Signal::CONT]);
        let until = std::time::Instant::now() + GRACE_DROPPED;
        while !self.is_gone() && std::time::Instant::now() < until {
            std::thread::sleep(BETWEEN_LOOKS_DROPPED);
        }
        if !self.is_gone() && self.spare_gateways().is_ok() {
            self.send(&[Signal::KILL]);
        }
        if self.has_leader_ended() {
            let _ = self.child.try_wait();
        }
    }
}

#[cfg(test)]
mod tests;
