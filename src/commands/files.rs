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

/// Errs where one of them would take the place of a report that is read.
pub(super) fn check_apart(read: &[&Path], files: &[ReportFile]) -> Result<(), Error> {
    let place = |path: &Path| fs::canonicalize(path).ok();
    for file in files {
        let written = place(file.path());
        if written.is_some() && read.iter().any(|read| place(read) == written) {
            let path = file.path().display();
            let message = format!("--report {path}: that is a report which is read");
            return Err(Error::Usage(message));
        }
    }
    Ok(())
}
