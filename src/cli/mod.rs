//! What stands between a command and its user: the options of every command, output, progress
//! and questions. What one command takes stands with the command.

pub mod ask;
mod global;
pub mod output;
pub mod progress;
mod report_files;
mod session;
pub(crate) mod versions;

pub use global::{Color, FailOn, Format, Global};
pub use report_files::ReportFiles;
pub use session::SessionArgs;
