//! Reports as files.

#[cfg(unix)]
pub(crate) mod report_files;
