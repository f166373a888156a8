//! The process group of one run. Its leader stays unreaped until the group has been dealt with:
//! as long as it does, no other process or group can get its number.

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

use super::Others;
use super::likeness::{Likeness, likeness};
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::process::{Mark, marks_typed};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// After SIGKILL only the kernel can keep a process.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// Between SIGTERM and SIGKILL where the run is given up.
const GRACE_DROPPED: Duration = Duration::from_millis(500);
/// Between two looks then.
const BETWEEN_LOOKS_DROPPED: Duration = Duration::from_millis(5);
/// Before a process that could not be read is read again, in milliseconds.
const AGAIN: [u64; 5] = [5, 10, 20, 40, 80];
/// The longest time between two looks at what is left.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A command in a process group of its own; what is left of it is ended when this is dropped.
pub(super) struct Group<'a> {
    child: Child,
    raw: RawPid,
    world: &'a World,
    local: Option<SocketAddr>,
    /// The marks of IB's software in the command as the user typed it.
    chosen: Vec<Mark>,
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
        Ok(Self {
            child,
            raw,
            world,
            local,
            chosen,
            ended,
            settled: false,
        })
    }

    /// The process that was started, whose number is the group's too.
    pub(super) fn leader(&self) -> Pid {
        Pid(self.child.id())
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
        let members = self.members();
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
        if !whole && self.is_left_on_purpose() {
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

    /// Reaps the leader, once it has ended and its group has been dealt with.
    pub(super) fn reap(mut self) -> io::Result<ExitStatus> {
        self.settled = true;
        self.child.wait()
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

    fn members(&self) -> Option<Vec<Pid>> {
        self.world.processes.group(self.leader())
    }

    /// Signals the whole group, and the leader also where it has left it.
    fn send(&mut self, signals: &[Signal]) {
        for signal in signals.iter().filter(|_| !self.settled) {
            // A process that has ended meanwhile needs no signal; one that stays is seen by the wait.
            let _ = kill_process_group(self.raw, *signal);
        }
        let left = self
            .members()
            .is_some_and(|members| !members.contains(&self.leader()));
        if left && !self.has_leader_ended() {
            for signal in signals.iter().filter(|_| !self.settled) {
                let _ = kill_process(self.raw, *signal);
            }
        }
    }

    /// Errs when a member is a Gateway, or may be one for all that can be read of it.
    ///
    /// Waits on this thread: a process that cannot be read is rare, and there may be no task to
    /// wait in.
    fn spare_gateways(&mut self) -> Result<(), String> {
        let mut pauses = AGAIN.into_iter().map(Duration::from_millis);
        loop {
            let reason = match self.gateway() {
                None => return Ok(()),
                Some((pid, Likeness::Sure)) => {
                    format!("pid {pid} of its process group is a Gateway: nothing was ended")
                }
                Some((pid, Likeness::Maybe)) => {
                    // One that is just ending, or becoming another program, cannot be read.
                    if let Some(pause) = pauses.next() {
                        std::thread::sleep(pause);
                        continue;
                    }
                    format!("pid {pid} of its process group may be a Gateway: nothing was ended")
                }
            };
            self.settled = true;
            return Err(reason);
        }
    }

    /// A member of the group that is a Gateway or TWS, or listens on the Gateway's port, or may
    /// be becoming one.
    fn gateway(&mut self) -> Option<(Pid, Likeness)> {
        let leader = self.leader();
        let has_leader = !self.has_leader_ended();
        let processes = self.world.processes.as_ref();
        let Some(mut members) = self.members() else {
            let gateways = processes.gateways().unwrap_or_default();
            let ours = gateways.into_iter().find(|gateway| {
                let ancestors = gateway.facts.ancestors.iter().flatten();
                gateway.facts.id.pid == leader
                    || ancestors.into_iter().any(|ancestor| ancestor.pid == leader)
            });
            return ours.map(|gateway| (gateway.facts.id.pid, Likeness::Sure));
        };
        if has_leader && !members.contains(&leader) {
            members.push(leader);
        }
        let rows = self.local.and_then(|local| {
            let mut rows = self.world.table.listeners().ok()?.sockets;
            rows.retain(|row| row.local.port() == local.port());
            Some(rows)
        });
        let rows = rows.unwrap_or_default();
        let like = members.into_iter().filter_map(|pid| {
            let held = processes.held(pid, &rows).ok().flatten();
            if held.is_some_and(|held| !held.is_empty()) {
                return Some((pid, Likeness::Sure));
            }
            let chosen = if pid == leader { &*self.chosen } else { &[] };
            let likeness = match processes.facts(pid) {
                Ok(Some(facts)) => likeness(&facts, chosen),
                Ok(None) => None,
                Err(_) => Some(Likeness::Maybe),
            };
            likeness.map(|likeness| (pid, likeness))
        });
        like.max_by_key(|(_, likeness)| *likeness)
    }

    /// Whether a member ignores SIGHUP, as `nohup` makes it, or that cannot be read.
    fn is_left_on_purpose(&self) -> bool {
        let on_purpose = |pid: &Pid| {
            let facts = self.world.processes.facts(*pid).ok().flatten();
            facts.is_some_and(|facts| facts.ignores_hangup != Some(false))
        };
        self.members()
            .is_none_or(|members| members.iter().any(on_purpose))
    }

    /// Whether no process of the group runs any more, as far as can be seen at once.
    fn is_gone(&mut self) -> bool {
        self.members().is_some_and(|members| members.is_empty()) && self.has_leader_ended()
    }
}

impl Drop for Group<'_> {
    /// Without a task to wait in: briefly, and on this thread.
    fn drop(&mut self) {
        if self.settled || self.is_gone() {
            let _ = self.child.try_wait();
            return;
        }
        let on_purpose = self.has_leader_ended() && self.is_left_on_purpose();
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
