//! The recordings of a relay, as they grow: lines that `ibdoc trace` reads back, and a capture.

mod capture;
mod files;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use self::capture::Capture;
use self::files::Rotating;
pub use self::files::{earlier, is_recording};
use crate::trace::recording::{Header, line};
use crate::trace::{Chunk, ConnectionId, Ends, Timestamp, What};
use crate::wire::ServerVersion;

/// A file that is full waits so much longer for the versions of all sessions that go on, in times of
/// its limit.
const LATEST: u64 = 2;

/// A recording that is written, for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFile {
    /// The newest file.
    pub path: PathBuf,
    /// Bytes written, those of earlier files too.
    pub bytes: u64,
    /// How often a new file was begun.
    pub rotations: u32,
    /// Why it was given up before the end.
    pub error: Option<String>,
}

/// Writes recordings.
#[derive(Debug, Default)]
pub struct Recorder {
    lines: Option<Writer>,
    capture: Option<(Writer, Capture)>,
    /// The sessions that go on.
    open: BTreeMap<ConnectionId, Ends>,
    /// Packets on their way to the file.
    buffer: Vec<u8>,
}

/// One recording; it is given up at the first failure.
#[derive(Debug)]
struct Writer {
    file: Rotating,
    error: Option<String>,
}

impl Writer {
    fn create(path: &Path, limit: u64, head: &[u8]) -> io::Result<Self> {
        let mut file = Rotating::create(path, limit)?;
        file.write(head)?;
        let error = None;
        Ok(Self { file, error })
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Rotating) -> io::Result<()>) {
        if self.error.is_none()
            && let Err(error) = write(&mut self.file)
        {
            self.error = Some(error.to_string());
        }
    }

    fn report(&self) -> RecordFile {
        RecordFile {
            path: self.file.path().to_owned(),
            bytes: self.file.bytes(),
            rotations: self.file.rotations(),
            error: self.error.clone(),
        }
    }
}

/// The first line of a file.
fn head() -> io::Result<Vec<u8>> {
    let mut head = serde_json::to_vec(&Header::new())?;
    head.push(b'\n');
    Ok(head)
}

impl Recorder {
    /// Begins the recordings that are wanted, each with a new file once one has `limit` bytes: it has
    /// what was told with the last of them too, and up to twice as much while the version of a session
    /// is not known. Errs where one cannot be written, or would take the place of another file.
    pub fn create(lines: Option<&Path>, capture: Option<&Path>, limit: u64) -> io::Result<Self> {
        let named = |path: &Path| {
            let path = path.display().to_string();
            move |error: io::Error| io::Error::new(error.kind(), format!("{path}: {error}"))
        };
        let lines = match lines {
            Some(path) => Some(Writer::create(path, limit, &head()?).map_err(named(path))?),
            None => None,
        };
        let capture = match capture {
            Some(path) => {
                let writer = Writer::create(path, limit, &capture::head());
                Some((writer.map_err(named(path))?, Capture::default()))
            }
            None => None,
        };
        Ok(Self {
            lines,
            capture,
            ..Self::default()
        })
    }

    /// Takes what happened; what it makes is written with [`Recorder::flush`] at the latest.
    pub fn take(&mut self, chunk: &Chunk<'_>) {
        match &chunk.what {
            What::Met(ends) => drop(self.open.insert(chunk.connection, ends.clone())),
            What::Over => drop(self.open.remove(&chunk.connection)),
            _ => {}
        }
        if let Some(lines) = &mut self.lines {
            lines.attempt(|file| {
                let line = line(chunk)?;
                file.add(line.as_bytes());
                file.add(b"\n");
                Ok(())
            });
        }
        if let Some((writer, capture)) = &mut self.capture {
            self.buffer.clear();
            capture.take(chunk, &mut self.buffer);
            writer.attempt(|file| {
                file.add(&self.buffer);
                Ok(())
            });
        }
    }

    /// Writes what has been taken, and begins new files where those are full; `version` tells the
    /// version agreed on of a session that goes on.
    pub fn flush(&mut self, version: &dyn Fn(ConnectionId) -> Option<ServerVersion>) {
        if let Some((writer, _)) = &mut self.capture {
            writer.attempt(|file| {
                file.flush()?;
                if file.is_full() {
                    file.rotate()?;
                    file.write(&capture::head())?;
                }
                Ok(())
            });
        }
        let Some(lines) = &mut self.lines else {
            return;
        };
        let open = &self.open;
        lines.attempt(|file| {
            file.flush()?;
            // What is met anew is read from the middle on, which needs its version.
            let is_known = open.keys().all(|it| version(*it).is_some());
            if file.is_full() && (is_known || file.is_full_times(LATEST)) {
                file.rotate()?;
                file.write(&head()?)?;
                for (connection, ends) in open {
                    file.write(&met_anew(*connection, ends, version(*connection))?)?;
                }
            }
            Ok(())
        });
    }

    /// What was written.
    pub fn report(&self) -> (Option<RecordFile>, Option<RecordFile>) {
        let capture = self.capture.as_ref().map(|(writer, _)| writer.report());
        (self.lines.as_ref().map(Writer::report), capture)
    }
}

/// The line by which a session goes on in a new file.
fn met_anew(
    connection: ConnectionId,
    ends: &Ends,
    version: Option<ServerVersion>,
) -> io::Result<Vec<u8>> {
    let ends = Ends {
        version,
        ..ends.clone()
    };
    let chunk = Chunk {
        at: Timestamp::now(),
        connection,
        side: crate::event::Speaker::Client,
        what: What::Met(ends),
    };
    let mut line = line(&chunk)?.into_bytes();
    line.push(b'\n');
    Ok(line)
}
