//! The option of every command that has a report: the files that it is also written to.

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::render::file::{self, ReportFile};

/// Where the report is also written to. Only a soak's is set by a variable too: a health check in the
/// same container would write over it.
#[derive(Args, Debug)]
pub struct ReportFiles {
    /// The files, each in the format that its name asks for.
    #[arg(long = "report", help = file::help(), value_name = "FILE")]
    #[arg(value_parser = PathBufValueParser::new().try_map(ReportFile::typed))]
    #[arg(value_hint = ValueHint::FilePath)]
    pub reports: Vec<ReportFile>,
}
