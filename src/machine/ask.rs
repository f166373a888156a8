//! A program of this machine that is asked one thing.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// A program that does not answer by then is left, so that it takes little of a command's own time.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// The programs that were left: none of them is asked again.
static LEFT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Whether a program was asked and did not answer in time.
pub(super) fn was_left(program: &str) -> bool {
    let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
    left.contains(program)
}

/// What the program prints, at most `most` bytes; `None` if there is none of that name, it fails, says
/// more, or does not answer in time.
pub(super) fn ask(program: &str, arguments: &[&str], most: usize) -> Option<String> {
    if was_left(program) {
        return None;
    }
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let said = child.stdout.take()?;
    let (send, receive) = mpsc::channel();
    // It is read meanwhile: a program that fills the pipe would wait for ever.
    thread::spawn(move || {
        let mut text = String::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let read = said.take(limit.saturating_add(1)).read_to_string(&mut text);
        // The asker may have left.
        let _ = send.send(read.map(|_| text));
    });
    let text = receive.recv_timeout(PATIENCE);
    if text.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
        let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
        left.insert(program.to_owned());
    }
    let has_succeeded = child.wait().is_ok_and(|status| status.success());
    let text = text.ok()?.ok()?;
    (has_succeeded && text.len() <= most).then_some(text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_that_hangs_is_left_and_not_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hangs");
        let told = folder.path().join("told");
        let script = format!("#!/bin/sh\necho >> {}\nexec sleep 60\n", told.display());
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let program = file.to_string_lossy();
        assert!(!was_left(&program));
        for _ in 0..3 {
            assert_eq!(ask(&program, &[], 64), None);
            assert!(was_left(&program));
        }
        let times = std::fs::read_to_string(&told).unwrap_or_default();
        assert!(times.lines().count() <= 1, "{times:?}");
        assert_eq!(ask("echo", &["here"], 64).as_deref(), Some("here\n"));
        assert!(!was_left("echo"));
    }
}
