//! A program of this machine that is asked one thing.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A program that does not answer by then is left.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the program prints, at most `most` bytes; `None` if there is none of that name, it fails, says
/// more, or does not answer in time.
pub(super) fn ask(program: &str, arguments: &[&str], most: usize) -> Option<String> {
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
    }
    let has_succeeded = child.wait().is_ok_and(|status| status.success());
    let text = text.ok()?.ok()?;
    (has_succeeded && text.len() <= most).then_some(text)
}
