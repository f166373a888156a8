//! What can be typed after `ibdoc probe`.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

use crate::target::{TARGET_HELP, Target};
use crate::text::typed::parse_positive_duration;

/// What `ibdoc probe` takes.
#[derive(Args, Debug)]
pub struct Probe {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET", hide_env = true)]
    pub targets: Vec<Target>,

    /// Also connect to local targets, with a whole handshake
    #[arg(long, env = "IBDOC_CONNECT", hide_env = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub connect: bool,

    /// Connect to remote targets without an API handshake, and reset
    #[arg(long, env = "IBDOC_TCP_ONLY", hide_env = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub tcp_only: bool,

    /// Wait until it is reachable, at most this long
    #[arg(long, value_name = "D", env = "IBDOC_WAIT", hide_env = true)]
    #[arg(value_parser = parse_positive_duration)]
    pub wait: Option<Duration>,
}
