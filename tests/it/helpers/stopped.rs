//! A program that is stopped for as long as a test looks at it.

use rustix::process::{Pid, Signal, kill_process};

use crate::helpers::command::eventually;
use crate::machine::children::Running;

/// A program that is stopped, and goes on when this is dropped.
pub(crate) struct Stopped(Pid);

impl Stopped {
    /// Stops it, and waits until it is.
    pub(crate) fn new(program: &Running) -> Self {
        let pid = i32::try_from(program.pid().0).ok().and_then(Pid::from_raw);
        let pid = pid.expect("a pid");
        kill_process(pid, Signal::STOP).expect("it stops");
        let stat = format!("/proc/{}/stat", program.pid());
        eventually("it is stopped", || {
            std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "))
        });
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}
