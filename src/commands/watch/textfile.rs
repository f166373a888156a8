//! The file of `--textfile`: written beside it and then put in its place, by a thread, so that a slow
//! disk delays nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::render::file;

/// A file that is written again and again.
pub(super) struct Textfile {
    path: PathBuf,
    last: Option<JoinHandle<()>>,
}

impl Textfile {
    /// Errs where no file can be made there.
    pub(super) fn at(path: &Path) -> Result<Self, String> {
        let refused = |error| format!("--textfile {} cannot be written: {error}", path.display());
        file::check(path).map_err(refused)?;
        Ok(Self {
            path: path.to_owned(),
            last: None,
        })
    }

    /// Begins to write this, unless the last write still goes on.
    pub(super) fn write(&mut self, text: &str) {
        if self.last.as_ref().is_some_and(|last| !last.is_finished()) {
            return;
        }
        let (path, text) = (self.path.clone(), text.to_owned());
        let thread = std::thread::Builder::new();
        let writes = thread.spawn(move || {
            if let Err(error) = replace(&path, &text) {
                tracing::warn!(%error, "the metrics were not written");
            }
        });
        self.last = writes.ok();
    }
}

/// Another program reads what ends in `.prom` only, which a draft does not.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = file::draft(path)?;
    draft.write_all(text.as_bytes())?;
    draft.persist(path).map(drop).map_err(|error| error.error)
}
