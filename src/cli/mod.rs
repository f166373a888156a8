//! What stands between a command and its user: the options of every command, output, progress
//! and questions. What one command takes stands with the command.

pub mod ask;
mod build_facts;
mod global;
mod message_lines;
pub mod output;
pub mod progress;
mod report_files;
mod session;
pub(crate) mod versions;

pub use build_facts::{build_facts, is_verbose};
pub use global::{Color, FailOn, Format, Global};
pub use message_lines::MessageLines;
pub use report_files::ReportFiles;
pub use session::SessionArgs;
