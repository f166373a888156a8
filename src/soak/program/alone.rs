//! One run where there are no process groups: only the process itself is ended.

use std::io;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use super::{Memory, Others};
use crate::machine::World;
use crate::machine::pid::Pid;

/// Between two looks whether it has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A command without a group; it is ended when this is dropped, its children are not.
pub(super) struct Group {
    child: Child,
}

impl Group {
    /// Starts the command; errs when it cannot be started.
    pub(super) fn start(
        command: &mut Command,
        _: &World,
        _: Option<SocketAddr>,
    ) -> io::Result<Self> {
        let child = command.spawn()?;
        Ok(Self { child })
    }

    /// The process that was started.
    pub(super) fn leader(&self) -> Pid {
        Pid(self.child.id())
    }

    /// Waits for its end.
    pub(super) async fn leader_ended(&mut self) {
        while !self.has_leader_ended() {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Whether it has ended.
    pub(super) fn has_leader_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it; its children cannot be seen, and are left.
    pub(super) async fn end(&mut self, _: bool) -> Result<Others, String> {
        if !self.has_leader_ended() {
            let killed = self.child.kill();
            killed.map_err(|error| format!("it could not be ended: {error}"))?;
            self.leader_ended().await;
        }
        Ok(Others {
            ended: None,
            left: None,
        })
    }

    /// Its exit status; its memory is read while it runs.
    pub(super) fn reap(mut self) -> io::Result<(ExitStatus, Memory)> {
        Ok((self.child.wait()?, Memory::Unseen))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }
}
