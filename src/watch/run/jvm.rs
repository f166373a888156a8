//! The JVM of each Gateway of this machine: looked for along the way to it, and read at each look.

use std::net::SocketAddr;

use tokio::time::{Duration, Instant};

use super::Course;
use crate::machine::path;
use crate::machine::pid::Pid;

/// Between two searches for the JVM of a Gateway whose listener is the same.
const SEARCH_EVERY: Duration = Duration::from_secs(60);

/// Where the JVM of one Gateway is looked for.
pub(super) struct JvmPlace {
    /// The place among the posts.
    pub(super) place: usize,
    pub(super) address: SocketAddr,
    /// The process at the end of the way, if it has counters.
    pid: Option<Pid>,
    listener: Option<u64>,
    next_search: Instant,
}

impl JvmPlace {
    pub(super) fn new(place: usize, address: SocketAddr, now: Instant) -> Self {
        Self {
            place,
            address,
            pid: None,
            listener: None,
            next_search: now,
        }
    }
}

impl Course {
    /// Looks for one JVM, whose turn it is: a search may walk over all processes.
    pub(super) fn search_jvm(&mut self, now: Instant) {
        let posts = &self.posts;
        let listener = |place: usize| posts[place].monitor.borrow().listener();
        let is_due =
            |jvm: &&mut JvmPlace| now >= jvm.next_search || listener(jvm.place) != jvm.listener;
        let Some(jvm) = self.jvms.iter_mut().find(is_due) else {
            return;
        };
        jvm.listener = listener(jvm.place);
        jvm.next_search = now + SEARCH_EVERY;
        let path = path::trace(&self.world, jvm.address);
        let pid = path.and_then(|path| path.hops.last()?.pid);
        jvm.pid = pid.filter(|pid| self.world.processes.vitals(*pid).is_ok());
    }

    /// Reads the counters of each JVM that was found.
    pub(super) fn read_jvms(&self, now: Instant) {
        for jvm in &self.jvms {
            let read = |pid| Some((pid, self.world.processes.vitals(pid).ok()?));
            let reading = jvm.pid.and_then(read);
            let mut monitor = self.posts[jvm.place].monitor.borrow_mut();
            monitor.read_jvm(reading, now);
        }
    }
}
