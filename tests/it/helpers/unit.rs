//! A control group that is named as a service of systemd's is, for as long as a test needs it.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A control group of version 2, at the root of its hierarchy.
pub(crate) struct Unit(PathBuf);

impl Unit {
    /// One of this name, which no other test has; `None` where a test may make none.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let roots = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].map(Path::new);
        let root = roots
            .into_iter()
            .find(|root| root.join("cgroup.controllers").exists())?;
        let group = root.join(name);
        fs::create_dir(&group).ok()?;
        Some(Self(group))
    }

    /// Moves the process into it; false where that is refused.
    pub(crate) fn take(&self, pid: u32) -> bool {
        fs::write(self.0.join("cgroup.procs"), pid.to_string()).is_ok()
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // Those that were in it have been ended, and are on their way out.
        let began = Instant::now();
        while fs::remove_dir(&self.0).is_err() && began.elapsed() < Duration::from_secs(5) {
            std::thread::yield_now();
        }
    }
}
