//! Whether the files of `--report` can be written, before anything is run or read.

use std::fs;
use std::path::Path;

use super::Error;
use crate::render::file::ReportFile;

/// Errs with the first file that a command of this name has no format for, or that cannot be
/// written.
pub(super) fn check(command: &str, files: &[ReportFile]) -> Result<(), Error> {
    for file in files {
        let path = file.path().display();
        file.check_format(command)
            .map_err(|why| Error::Usage(format!("--report {path}: {why}")))?;
        file.check()
            .map_err(|error| Error::Usage(format!("--report {path} cannot be written: {error}")))?;
    }
    Ok(())
}

/// Errs where one of them would take the place of a file that is read or written as well.
pub(super) fn check_apart(others: &[&Path], files: &[ReportFile]) -> Result<(), Error> {
    for file in files {
        if others.iter().any(|other| is_same(other, file.path())) {
            let path = file.path().display();
            let message =
                format!("--report {path}: that is a file which is read or written as well");
            return Err(Error::Usage(message));
        }
    }
    Ok(())
}

/// Whether two paths lead to the same file, which need not be there yet.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        fs::canonicalize(path).ok().or_else(|| {
            let folder = path.parent()?;
            let is_here = folder.as_os_str().is_empty();
            let folder = if is_here { Path::new(".") } else { folder };
            Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
        })
    };
    place(one).is_some_and(|place_of_one| place(other) == Some(place_of_one))
}
