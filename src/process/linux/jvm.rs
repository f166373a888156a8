//! Evidence that a process is a Java virtual machine.

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::read::{self, Entries};
use crate::process::Jvm;

/// A JVM makes its `VM Thread` among its first; this bounds the look at other programs.
const THREADS: usize = 256;
/// The largest maps seen in a Gateway are 300 KiB.
const MAPS: usize = 8 * 1024 * 1024;

/// Looks at the threads, then at the mapped files; `None` if either could not be read to its end.
pub(super) fn evidence(process: &OwnedFd) -> Option<Jvm> {
    let threads = vm_thread(process);
    if threads == Some(true) {
        return Some(Jvm::VmThread);
    }
    match libjvm(process) {
        Ok(Some(true)) => Some(Jvm::Library),
        Ok(Some(false)) if threads.is_some() => Some(Jvm::No),
        _ => None,
    }
}

fn vm_thread(process: &OwnedFd) -> Option<bool> {
    let tasks = super::directory(process, "task").ok()?;
    let (mut seen, mut found, mut readable) = (0, false, true);
    Entries::new()
        .each(&tasks, |name| {
            seen += 1;
            let mut buffer = [0; 64];
            let path = format!("{}/comm", name.to_string_lossy());
            match read::small(&tasks, &path, &mut buffer) {
                Ok(length) => found = buffer[..length].trim_ascii_end() == b"VM Thread",
                // It has just ended.
                Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => readable = false,
            }
            !found && seen < THREADS
        })
        .ok()?;
    (readable || found).then_some(found)
}

/// `None` inside: the maps go on beyond the limit, and it is not in what was read.
fn libjvm(process: &OwnedFd) -> Result<Option<bool>, Errno> {
    const NAME: &[u8] = b"libjvm";
    let mut found = false;
    // The name may lie across two pieces.
    let mut window: Vec<u8> = Vec::with_capacity(8192);
    let cut = read::pieces(process, "maps", MAPS, |piece| {
        window.extend_from_slice(piece);
        found = window.windows(NAME.len()).any(|bytes| bytes == NAME);
        let keep = window.len().saturating_sub(NAME.len() - 1);
        window.drain(..keep);
        !found
    })?;
    Ok((found || !cut).then_some(found))
}
