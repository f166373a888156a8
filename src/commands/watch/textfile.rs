//! The file of `--textfile`: written beside it and then put in its place, by a thread, so that a slow
//! disk delays nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// A file that is written again and again.
pub(super) struct Textfile {
    path: PathBuf,
    last: Option<JoinHandle<()>>,
}

impl Textfile {
    /// Errs where no file can be made there.
    pub(super) fn at(path: &Path) -> Result<Self, String> {
        let name = path.display();
        if std::fs::symlink_metadata(path).is_ok_and(|it| !it.is_file() && !it.is_symlink()) {
            return Err(format!(
                "--textfile {name}: it is there, and no regular file"
            ));
        }
        let refused = |error| format!("--textfile {name} cannot be written: {error}");
        draft(path).map_err(refused)?;
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

fn draft(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    // node_exporter reads what ends in .prom only.
    builder.prefix(".ibdoc-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Another user's node_exporter reads it; the umask takes off what it takes off.
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = draft(path)?;
    draft.write_all(text.as_bytes())?;
    draft.persist(path).map(drop).map_err(|error| error.error)
}
