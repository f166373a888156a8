//! Programs in Java, compiled for a test.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::helpers::command::{PATH, Running};

/// A folder with the classes of one source.
pub(crate) struct Classes {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Classes {
    /// Nothing where there is no compiler of Java.
    pub(crate) fn compiled(name: &'static str, source: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("{name}.java"));
        fs::write(&file, source).unwrap();
        let mut javac = Command::new("javac");
        javac
            .env("PATH", PATH)
            .arg("-d")
            .arg(folder.path())
            .arg(file);
        let status = javac.stderr(Stdio::null()).status().ok()?;
        assert!(status.success());
        Some(Self { folder, name })
    }

    /// The class run by this program with these options of the JVM and arguments; its input stays open
    /// for as long as it runs.
    pub(crate) fn run(&self, java: &Path, options: &[&str], arguments: &[&str]) -> Running {
        let mut command = Command::new(java);
        command.env("PATH", PATH).args(options).arg("-cp");
        command
            .arg(self.folder.path())
            .arg(self.name)
            .args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        Running::start(command)
    }
}

/// The JVMs of this machine: that of the search path first, then those where distributions put them.
pub(crate) fn jvms() -> Vec<PathBuf> {
    let folders = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    let each = folders.map(|folder| folder.path().join("bin/java"));
    let mut found: Vec<PathBuf> = each
        .filter_map(|java| fs::canonicalize(java).ok())
        .collect();
    found.sort();
    found.dedup();
    let usual = std::iter::once(PathBuf::from("java"));
    usual.chain(found).collect()
}
