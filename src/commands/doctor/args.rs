//! What can be typed after `ibdoc doctor`.

use std::time::Duration;

use clap::Args;

use super::login;
use crate::cli::{ReportFiles, SessionArgs};
use crate::evidence::look::Wanted;
use crate::target::{TARGET_HELP, TypedTarget};
use crate::text::typed::parse_positive_duration;

/// What `ibdoc doctor` takes.
#[derive(Args, Debug)]
pub struct Doctor {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<TypedTarget>,

    /// No second handshake
    #[arg(long, env = "IBDOC_QUICK")]
    pub quick: bool,

    /// Wait until a handshake brings the accounts, at most this long
    #[arg(long, value_name = "D", env = "IBDOC_WAIT")]
    #[arg(value_parser = parse_positive_duration)]
    pub wait: Option<Duration>,

    /// The Gateway's log: a file, the folder of IBC's logs, - for the standard input, or off
    #[arg(long, value_name = "FILE|DIR|-|off", env = "IBDOC_LOGS")]
    #[arg(value_parser = login::parse)]
    pub logs: Option<Wanted>,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,

    /// How the session announces itself and what it asks.
    #[command(flatten)]
    pub session: SessionArgs,
}
