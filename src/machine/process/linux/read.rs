//! Bounded reading relative to an open directory, with buffers that are used again.

use std::mem::MaybeUninit;

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::{Errno, read};

/// More of the maps of one process is not read.
pub(super) const MAPS: usize = 8 * 1024 * 1024;

/// Room for 32 KiB of directory entries: about 1,300 descriptors a call.
pub(super) struct Entries(Box<[MaybeUninit<u8>]>);

impl Entries {
    pub(super) fn new() -> Self {
        Self(vec![MaybeUninit::uninit(); 32 * 1024].into_boxed_slice())
    }

    /// Calls `visit` with each name but `.` and `..` until it returns false.
    pub(super) fn each(
        &mut self,
        directory: &OwnedFd,
        mut visit: impl FnMut(&std::ffi::CStr) -> bool,
    ) -> Result<(), Errno> {
        let mut entries = RawDir::new(directory, &mut self.0);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name();
            if !matches!(name.to_bytes(), b"." | b"..") && !visit(name) {
                break;
            }
        }
        Ok(())
    }
}

/// The number that a name is, if it is one.
pub(super) fn number(name: &std::ffi::CStr) -> Option<u32> {
    name.to_str().ok()?.parse().ok()
}

/// Reads the start of a small file and returns how much there was.
pub(super) fn small(at: &OwnedFd, path: &str, buffer: &mut [u8]) -> Result<usize, Errno> {
    let file = openat(at, path, OFlags::CLOEXEC, Mode::empty())?;
    read(&file, buffer)
}

/// Reads at most `limit` bytes of a file; true if there was more.
pub(super) fn file(at: &OwnedFd, path: &str, limit: usize) -> Result<(Vec<u8>, bool), Errno> {
    let mut content = Vec::new();
    let cut = pieces(at, path, limit, |piece| {
        content.extend_from_slice(piece);
        true
    })?;
    Ok((content, cut))
}

/// Passes at most `limit` bytes of a file on, a piece at a time, until `take` returns false;
/// true if there was more than the limit.
pub(super) fn pieces(
    at: &OwnedFd,
    path: &str,
    limit: usize,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Result<bool, Errno> {
    let file = openat(at, path, OFlags::CLOEXEC, Mode::empty())?;
    let mut buffer = [0; 4096];
    let mut left = limit;
    loop {
        let length = match read(&file, &mut buffer) {
            Ok(0) => return Ok(false),
            Ok(length) => length,
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno),
        };
        let wanted = length.min(left);
        left -= wanted;
        if !take(&buffer[..wanted]) {
            return Ok(false);
        }
        if wanted < length {
            return Ok(true);
        }
    }
}

/// Whether the maps of a process name this; `None` if they go on beyond 8 MiB, and it is not in what
/// was read. The largest seen in a Gateway are 300 KiB.
pub(super) fn maps_name(at: &OwnedFd, path: &str, name: &[u8]) -> Result<Option<bool>, Errno> {
    let mut found = false;
    // The name may lie across two pieces.
    let mut window: Vec<u8> = Vec::with_capacity(8192);
    let cut = pieces(at, path, MAPS, |piece| {
        window.extend_from_slice(piece);
        found = window.windows(name.len()).any(|bytes| bytes == name);
        let keep = window.len().saturating_sub(name.len() - 1);
        window.drain(..keep);
        !found
    })?;
    Ok((found || !cut).then_some(found))
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
