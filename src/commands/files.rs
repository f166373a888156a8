//! Whether the files of `--report` can be written, before anything is run.

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
