//! What is seen beside the sessions of a Gateway: its listener, its JVM, and its clients.

use std::time::Duration;

use tokio::time::Instant;

use super::Monitor;
use crate::finding::Finding;
use crate::machine::pid::Pid;
use crate::machine::sockets::Socket;
use crate::machine::vitals::Reading;
use crate::watch::standing::{Session, Trouble};

impl Monitor {
    /// The number of the listener at the last look; `None` where none is seen.
    pub fn listener(&self) -> Option<u64> {
        self.seen.as_ref()?.listener
    }

    /// Whether a session is up that does not answer.
    pub fn is_silent(&self) -> bool {
        matches!(self.signs.session, Session::Up { missed } if missed > 0)
    }

    /// Notes the counters of the Gateway's JVM, or that they cannot be read.
    pub fn read_jvm(&mut self, reading: Option<(Pid, Reading)>, now: Instant) {
        self.jvm.note(reading, &self.address, now);
        self.signs.jvm = self.jvm.finding().map(trouble);
        self.signs.jvm_now = self.jvm.wrong_now().map(str::to_owned);
        self.settle();
    }

    /// The connections of clients on this machine in which nothing was read for `enough`.
    pub fn unread(&self, enough: Duration, now: Instant) -> Vec<Socket> {
        let lasting = self.unread.lasting(enough, now);
        lasting.into_iter().cloned().collect()
    }

    /// Notes which client reads nothing, and what it does instead; `None` where all read.
    pub fn judged_clients(&mut self, finding: Option<Finding>) {
        self.signs.clients = finding.as_ref().map(trouble);
        self.of_clients = finding;
        self.settle();
    }
}

fn trouble(finding: &Finding) -> Trouble {
    Trouble::new(finding.code, finding.summary.clone())
}
