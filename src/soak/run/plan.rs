//! What a soak is to run, against which Gateway.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::handshake::connect::is_local;
use crate::session;
use crate::target::Target;

/// What is run, against which Gateway.
#[derive(Debug)]
pub struct SoakPlan<'a> {
    /// The Gateway.
    pub target: &'a Target,
    /// Handshakes, or runs of the program.
    pub attempts: u32,
    /// The pause between two of them.
    pub gap: Duration,
    /// How long a session is held afterwards; zero for none.
    pub hold: Duration,
    /// Whether it goes on after silent failures in a row.
    pub keep_going: bool,
    /// Whether it goes on where the accept queue is stuck.
    pub force: bool,
    /// What each session announces, asks and waits for.
    pub session: session::Plan,
    /// The user's own program, run instead of ibdoc's own handshakes.
    pub program: Option<ProgramPlan<'a>>,
}

/// The user's own program, and how it is run.
#[derive(Debug)]
pub struct ProgramPlan<'a> {
    /// The command and its arguments.
    pub command: &'a [OsString],
    /// The program `ibdoc`, which guards each run.
    pub ibdoc: Option<PathBuf>,
    /// When a run is ended.
    pub timeout: Duration,
    /// Whether the program is run through a relay that sees what it says and reads.
    pub through_tap: bool,
    /// Whether ibdoc makes handshakes of its own around the runs.
    pub neutral: bool,
    /// Whether what the program prints goes to stderr.
    pub shows_output: bool,
}

impl SoakPlan<'_> {
    /// Handshakes of ibdoc's own that are planned.
    pub(super) fn handshakes(&self) -> u32 {
        match &self.program {
            None => self.attempts,
            // One before the first run, one after each.
            Some(program) if program.neutral => self.attempts.saturating_add(1),
            Some(_) => 0,
        }
    }

    /// The Gateway's address if it is of this machine.
    pub(super) fn local(&self) -> Option<SocketAddr> {
        let ip = match self.target.host.as_str() {
            "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
            host => host.parse().ok()?,
        };
        is_local(ip).then(|| SocketAddr::new(ip, self.target.port))
    }

    /// What is left until the deadline of the command, and no more than `wanted`.
    pub(super) fn time_for(&self, wanted: Duration) -> Duration {
        let left = self.session.deadline;
        let left = left.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        left.map_or(wanted, |left| left.min(wanted))
    }
}
