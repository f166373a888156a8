//! Which processes can be a Gateway or TWS at all.

use rustix::fd::OwnedFd;
use rustix::fs::readlinkat_raw;

use super::read;
use crate::machine::pid::Pid;
use crate::machine::process::names::{is_jvm_name, is_launcher_name};

/// Whether the process can be a Gateway or TWS at all: by the file that it runs, and by its name
/// where the file may not be read.
pub(super) fn is_java(root: &OwnedFd, pid: Pid) -> bool {
    let by_file = program_is(root, pid, is_candidate);
    by_file.unwrap_or_else(|| {
        let comm = read::file(root, &format!("{pid}/comm"), 64);
        comm.is_ok_and(|(comm, _)| is_candidate(comm.trim_ascii_end()))
    })
}

/// What `test` says of the name of the file that the process runs; `None` if it may not be
/// read.
pub(super) fn program_is<T>(root: &OwnedFd, pid: Pid, test: impl FnOnce(&[u8]) -> T) -> Option<T> {
    let mut target = [0; 512];
    let length = readlinkat_raw(root, format!("{pid}/exe"), &mut target[..]).ok()?;
    // A longer path was cut, and its name with it.
    let path = target.get(..length).filter(|path| path.len() < 512)?;
    path.rsplit(|byte| *byte == b'/').next().map(test)
}

/// Whether a program or process of this name (`comm` has at most 15 bytes) can be one.
fn is_candidate(name: &[u8]) -> bool {
    name.starts_with(b"JavaApplicatio")
        || name.starts_with(b"java")
        || std::str::from_utf8(name).is_ok_and(|name| is_jvm_name(name) || is_launcher_name(name))
}
