//! A file that only its owner reads, and that gives way to a new one when it is full.
//!
//! `FILE` is always the newest; the ones before it are `FILE.1` to `FILE.9`. What was written is in the
//! kernel's hands at once: a SIGKILL loses at most the line that was being written.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::trace::recording;

/// Files before the newest one that are kept.
const KEPT: u32 = 9;
/// The first bytes of a capture as it is written here.
pub(super) const MAGIC: u32 = 0xa1b2_c3d4;
/// As much of a file is read to tell whether it is a recording, in bytes.
const LOOKED_AT: u64 = 4 << 10;

#[derive(Debug)]
pub(super) struct Rotating {
    path: PathBuf,
    file: File,
    limit: u64,
    gathered: Vec<u8>,
    /// Bytes in the newest file.
    length: u64,
    /// Bytes in earlier ones.
    before: u64,
    rotations: u32,
}

/// Whether there is a recording of a relay at this path, so that a new one may take its place.
pub fn is_recording(path: &Path) -> bool {
    // To open a named pipe takes until another program writes to it.
    if !path.symlink_metadata().is_ok_and(|it| it.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut head));
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_capture = head.starts_with(&MAGIC.to_le_bytes());
    read.is_ok() && (is_capture || recording::header(line).is_some())
}

impl Rotating {
    /// Errs where there is a file already that is no recording. One that is becomes an earlier one.
    pub(super) fn create(path: &Path, limit: u64) -> io::Result<Self> {
        if is_recording(path) {
            shift(path)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file: create(path)?,
            limit,
            gathered: Vec::new(),
            length: 0,
            before: 0,
            rotations: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bytes(&self) -> u64 {
        self.before + self.length
    }

    pub(super) fn rotations(&self) -> u32 {
        self.rotations
    }

    pub(super) fn is_full(&self) -> bool {
        self.is_full_times(1)
    }

    pub(super) fn is_full_times(&self, times: u64) -> bool {
        self.length >= self.limit.saturating_mul(times)
    }

    /// Gathers bytes for the next write.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
    }

    /// Writes bytes behind what is gathered.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(bytes);
        self.flush()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.gathered)?;
        self.length += self.gathered.len() as u64;
        self.gathered.clear();
        Ok(())
    }

    /// Begins a new file.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        shift(&self.path)?;
        self.file = create(&self.path)?;
        self.before += std::mem::take(&mut self.length);
        self.rotations += 1;
        Ok(())
    }
}

/// A new file that nobody else reads; never through a link.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let message = "it is there already, and is no recording of tap";
            io::Error::new(error.kind(), message)
        }
        _ => error,
    })
}

/// The names that the files before the newest one have.
pub fn earlier(path: &Path) -> impl Iterator<Item = PathBuf> + use<'_> {
    (1..=KEPT).map(|number| numbered(path, number))
}

/// Gives each file the name of the one before it; the oldest goes. Errs where one of those names is that
/// of a file which is no recording.
fn shift(path: &Path) -> io::Result<()> {
    let mut others =
        earlier(path).filter(|name| name.symlink_metadata().is_ok() && !is_recording(name));
    if let Some(other) = others.next() {
        let message = format!("{} is no recording, and stays", other.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    for number in (1..KEPT).rev() {
        let (from, to) = (numbered(path, number), numbered(path, number + 1));
        match fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, numbered(path, 1))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_gives_way_and_nine_before_it_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tap");
        let head = serde_json::to_string(&recording::Header::new()).unwrap();
        let mut file = Rotating::create(&path, 10).unwrap();
        file.write(head.as_bytes()).unwrap();
        for number in 0..12 {
            assert!(file.is_full());
            file.rotate().unwrap();
            file.write(format!("{head}\na line, {number}\n").as_bytes())
                .unwrap();
        }
        assert_eq!(file.rotations(), 12);
        let last = |path: &Path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().last().unwrap().to_owned()
        };
        assert_eq!(last(&path), "a line, 11");
        assert_eq!(last(&numbered(&path, 1)), "a line, 10");
        assert_eq!(last(&numbered(&path, 9)), "a line, 2");
        assert!(!numbered(&path, 10).exists());
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn another_file_is_never_written_over_and_a_recording_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("precious");
        fs::write(&path, "a thesis\n").unwrap();
        let refused = Rotating::create(&path, 10).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "a thesis\n");
        let recorded = serde_json::to_string(&recording::Header::new()).unwrap();
        fs::write(&path, &recorded).unwrap();
        fs::write(numbered(&path, 3), "another thesis\n").unwrap();
        assert!(Rotating::create(&path, 10).is_err());
        assert_eq!(
            fs::read_to_string(numbered(&path, 3)).unwrap(),
            "another thesis\n"
        );
        fs::remove_file(numbered(&path, 3)).unwrap();
        #[cfg(target_os = "linux")]
        {
            let pipe = folder.path().join("pipe");
            rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
            assert!(Rotating::create(&pipe, 10).is_err());
        }
        Rotating::create(&path, 10).unwrap();
        assert_eq!(fs::read_to_string(numbered(&path, 1)).unwrap(), recorded);
    }
}
