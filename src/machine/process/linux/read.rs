//! Bounded reading relative to an open directory.

use std::ffi::CStr;
use std::fs::File;
use std::io::Read as _;

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::Errno;

/// More of the maps of one process is not read.
pub(super) const MAPS: usize = 8 * 1024 * 1024;

/// Room for 32 KiB of directory entries: about 1,300 descriptors a call.
const ENTRIES: usize = 32 * 1024;

/// Calls `visit` with each name in a directory but `.` and `..` until it returns false.
pub(super) fn each(directory: &OwnedFd, mut visit: impl FnMut(&CStr) -> bool) -> Result<(), Errno> {
    let mut buffer = Vec::with_capacity(ENTRIES);
    let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if !matches!(name.to_bytes(), b"." | b"..") && !visit(name) {
            break;
        }
    }
    Ok(())
}

/// The number that a name is, if it is one.
pub(super) fn number(name: &CStr) -> Option<u32> {
    name.to_str().ok()?.parse().ok()
}

/// Reads at most `limit` bytes of a file; true if there was more.
pub(super) fn file(at: &OwnedFd, path: &str, limit: usize) -> Result<(Vec<u8>, bool), Errno> {
    let file = File::from(openat(at, path, OFlags::CLOEXEC, Mode::empty())?);
    // Most of these files fit, so that they are read by one call.
    let mut content = Vec::with_capacity(4096);
    let read = file.take(limit as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let is_cut = content.len() > limit;
    content.truncate(limit);
    Ok((content, is_cut))
}

/// Whether the maps of a process name this; `None` if they go on beyond 8 MiB, and it is not in what
/// was read. The largest seen in a Gateway are 300 KiB.
pub(super) fn maps_name(at: &OwnedFd, path: &str, name: &str) -> Result<Option<bool>, Errno> {
    let (maps, is_cut) = file(at, path, MAPS)?;
    let is_named = String::from_utf8_lossy(&maps).contains(name);
    Ok((is_named || !is_cut).then_some(is_named))
}

/// The target of a link, at most 4 KiB of it.
pub(super) fn link(at: &OwnedFd, path: &str) -> Result<String, Errno> {
    let mut buffer = [0; 4096];
    let length = readlinkat_raw(at, path, &mut buffer[..])?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// The number in a link such as `socket:[4711]` or `net:[4026531840]`.
pub(super) fn bracketed(target: &[u8], kind: &[u8]) -> Option<u64> {
    let digits = target
        .strip_prefix(kind)?
        .strip_prefix(b":[")?
        .strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
