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

use crate::process::{Pid, ProgramKind, kind};
use crate::world::World;

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// After SIGKILL only the kernel can keep a process.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// The same where the members of a group cannot be seen, and its leader has ended.
const GRACE_UNSEEN: Duration = Duration::from_millis(100);
/// The longest time between two looks at what is left.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Why a group was not ended.
#[derive(Debug)]
pub(super) struct Spared(pub(super) String);

/// A command in a process group of its own; what is left of it is ended when this is dropped.
pub(super) struct Group<'a> {
    child: Child,
    raw: RawPid,
    world: &'a World,
    local: Option<SocketAddr>,
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
        // Before the start: where SIGCHLD is ignored nobody could be waited for.
        let ended = signal(SignalKind::child())?;
        let child = command.process_group(0).spawn()?;
        let raw = RawPid::from_child(&child);
        Ok(Self {
            child,
            raw,
            world,
            local,
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
                // It is nobody's child any more: its number may be another's.
                self.settled = true;
                true
            }
        }
    }

    /// Ends what is left of the group: asks, waits, forces. Returns how many others than the
    /// leader there were; `None` where they cannot be seen.
    pub(super) async fn end(&mut self) -> Result<Option<u32>, Spared> {
        let leader = self.leader();
        let leader_had_ended = self.has_leader_ended();
        let members = self.members();
        let others = members.as_ref().map(|members| {
            let others = members.iter().filter(|pid| **pid != leader).count();
            u32::try_from(others).unwrap_or(u32::MAX)
        });
        if leader_had_ended && others == Some(0) {
            return Ok(others);
        }
        let grace = if leader_had_ended && others.is_none() {
            GRACE_UNSEEN
        } else {
            GRACE
        };
        self.send(Signal::TERM)?;
        // What is stopped hears nothing before it goes on.
        self.send(Signal::CONT)?;
        if self.is_gone_within(grace).await {
            return Ok(others);
        }
        self.send(Signal::KILL)?;
        if self.is_gone_within(LAST_WAIT).await || (others.is_none() && self.has_leader_ended()) {
            return Ok(others);
        }
        self.settled = true;
        Err(Spared(format!(
            "what is left of the process group {leader} did not end after SIGKILL"
        )))
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
            let no_others = match self.members() {
                Some(members) => members.is_empty(),
                // Nobody can be seen: the others get all of the time.
                None => false,
            };
            if no_others && self.has_leader_ended() {
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

    /// Signals the whole group, and the leader also where it has left it; never a Gateway.
    fn send(&mut self, signal: Signal) -> Result<(), Spared> {
        if let Some(pid) = self.gateway() {
            self.settled = true;
            let reason = format!("pid {pid} of its process group is a Gateway: nothing was ended");
            return Err(Spared(reason));
        }
        if self.settled {
            return Ok(());
        }
        // Whoever has ended meanwhile needs no signal; who stays is seen by the wait.
        let _ = kill_process_group(self.raw, signal);
        let left = self
            .members()
            .is_some_and(|members| !members.contains(&self.leader()));
        if left && !self.has_leader_ended() {
            let _ = kill_process(self.raw, signal);
        }
        Ok(())
    }

    /// A member of the group that is a Gateway or TWS, or listens on the Gateway's port.
    fn gateway(&self) -> Option<Pid> {
        let processes = self.world.processes.as_ref();
        let Some(members) = self.members() else {
            let gateways = processes.gateways().unwrap_or_default();
            let leader = self.leader();
            let ours = gateways.into_iter().find(|gateway| {
                let ancestors = gateway.facts.ancestors.iter().flatten();
                gateway.facts.id.pid == leader
                    || ancestors.into_iter().any(|ancestor| ancestor.pid == leader)
            });
            return ours.map(|gateway| gateway.facts.id.pid);
        };
        let rows = self.local.and_then(|local| {
            let mut rows = self.world.table.listeners().ok()?.sockets;
            rows.retain(|row| row.local.port() == local.port());
            Some(rows)
        });
        let rows = rows.unwrap_or_default();
        members.into_iter().find(|pid| {
            let facts = processes.facts(*pid).ok().flatten();
            let kind = facts.map(|facts| kind(&facts, None));
            let held = processes.held(*pid, &rows).ok().flatten();
            matches!(kind, Some(ProgramKind::Gateway | ProgramKind::Tws))
                || held.is_some_and(|held| !held.is_empty())
        })
    }
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        if !self.settled && self.send(Signal::KILL).is_ok() && self.has_leader_ended() {
            let _ = self.child.try_wait();
        }
    }
}
