//! The end of a log: a file of any size is read from its end.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::time::SystemTime;

use crate::evidence::log::read::{Log, Reader};

/// As much of the end is read at first.
const FIRST: u64 = 1024 * 1024;
/// As much where that has no start of a Gateway in it.
const MOST: u64 = 16 * 1024 * 1024;
/// Read at a time.
const PIECE: usize = 64 * 1024;

/// What was read of a file.
pub(super) struct Tail {
    pub(super) log: Log,
    /// Whether its beginning was read too.
    pub(super) is_whole: bool,
    /// When the file was last written.
    pub(super) written: Option<SystemTime>,
}

/// Reads the end of a log, as far back as the last start of a Gateway, or 16 MiB.
pub(super) fn read(file: &mut File) -> io::Result<Tail> {
    let metadata = file.metadata()?;
    let written = metadata.modified().ok();
    let length = metadata.len();
    let mut log = read_from(file, length.saturating_sub(FIRST), FIRST)?;
    let has_start = log.logins.all().iter().any(|login| login.started.is_some());
    let is_enough = has_start || length <= FIRST;
    if !is_enough {
        log = read_from(file, length.saturating_sub(MOST), MOST)?;
    }
    let is_whole = length <= if is_enough { FIRST } else { MOST };
    Ok(Tail {
        log,
        is_whole,
        written,
    })
}

fn read_from(file: &mut File, start: u64, limit: u64) -> io::Result<Log> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = if start == 0 {
        Reader::default()
    } else {
        Reader::amid_line()
    };
    // A file that grows meanwhile is read as far as it was.
    let mut rest = file.take(limit);
    let mut piece = vec![0; PIECE];
    loop {
        let length = rest.read(&mut piece)?;
        if length == 0 {
            return Ok(reader.log().clone());
        }
        reader.feed(&piece[..length]);
    }
}
