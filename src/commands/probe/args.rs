//! What can be typed after `ibdoc probe`.

use std::time::Duration;

use clap::Args;

use crate::cli::ReportFiles;
use crate::target::{TARGET_HELP, TypedTarget};
use crate::text::typed::parse_positive_duration;

/// What `ibdoc probe` takes.
#[derive(Args, Debug)]
pub struct Probe {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub targets: Vec<TypedTarget>,

    /// Also connect to local targets, with a whole handshake
    #[arg(long, env = "IBDOC_CONNECT")]
    pub connect: bool,

    /// Connect to remote targets without an API handshake, and reset
    #[arg(long, env = "IBDOC_TCP_ONLY")]
    pub tcp_only: bool,

    /// Wait until it is reachable, at most this long
    #[arg(long, value_name = "D", env = "IBDOC_WAIT")]
    #[arg(value_parser = parse_positive_duration)]
    pub wait: Option<Duration>,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}
