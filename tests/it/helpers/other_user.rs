//! ibdoc as a user who is not root runs it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::helpers::command::{PATH, Ran};

/// The id of the user that owns nothing.
pub(crate) const NOBODY: u32 = 65534;

/// The binary as this user runs it, in a mount namespace of its own: after the commands `first`, it is
/// copied to where each user may run it. `before` are the words before the whole command; `None` where
/// this machine does not let it run so.
pub(crate) fn in_own_mounts(
    before: &[&str],
    first: &str,
    user: u32,
    arguments: &[&str],
) -> Option<Ran> {
    let line = format!(
        "{first} && mount -t tmpfs -o mode=755 tmpfs /mnt && cp \"$1\" /mnt/ibdoc && shift && \
         exec setpriv --reuid {user} --regid {user} --clear-groups /mnt/ibdoc \"$@\""
    );
    let program = env!("CARGO_BIN_EXE_ibdoc");
    let unshare = ["unshare", "--mount", "sh", "-c", &line, "sh", program];
    let words = [before, &unshare, arguments].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env_clear().env("PATH", PATH);
    let output = command.stdin(Stdio::null()).output().ok()?;
    (!output.stdout.is_empty()).then(|| Ran::from(output))
}

/// A user, and a folder with a copy of the binary that the user may run.
pub(crate) struct OtherUser {
    id: u32,
    folder: tempfile::TempDir,
}

impl OtherUser {
    /// The user of this id, which no other test has; `None` unless root runs the test and setpriv
    /// is installed.
    pub(crate) fn new(id: u32) -> Option<Self> {
        let is_root = rustix::process::geteuid().is_root();
        if !is_root || Command::new("setpriv").arg("-V").output().is_err() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_ibdoc"), folder.path().join("ibdoc")).unwrap();
        Some(Self { id, folder })
    }

    /// Writes a file that the user may read.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The binary with these arguments in an empty environment, run by the user.
    pub(crate) fn ibdoc(&self, arguments: &[&str]) -> Command {
        let program: &Path = &self.folder.path().join("ibdoc");
        let mut command = Command::new("setpriv");
        command.env_clear().env("PATH", PATH);
        command
            .args([
                format!("--reuid={}", self.id),
                format!("--regid={}", self.id),
            ])
            .arg("--clear-groups")
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }
}
