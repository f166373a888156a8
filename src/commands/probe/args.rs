//! What can be typed after `ibdoc probe`.

use std::time::Duration;

use clap::Args;

use crate::cli::ReportFiles;
use crate::commands::examples::shown;
use crate::target::{TARGET_HELP, TypedTarget};
use crate::text::typed::parse_positive_duration;

/// Who listens, and is it reachable
///
/// On this machine the answer comes from the socket table and no connection is made; where
/// nothing is seen listening, one is tried, because the port may be forwarded. Elsewhere one
/// whole handshake is run. Without a target: the known ports, and those of every Gateway or
/// TWS process found here.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc probe", "the known ports of this machine, without a connection"),
    ("ibdoc probe paper --wait 180s", "wait until the port listens"),
    ("ibdoc probe gateway.lan:4001", "another machine, by one whole handshake"),
]))]
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
