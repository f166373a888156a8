//! What can be typed after `ibdoc doctor`.

use std::time::Duration;

use clap::Args;

use super::login;
use crate::cli::{ReportFiles, SessionArgs};
use crate::commands::examples::shown;
use crate::evidence::look::Wanted;
use crate::target::{TARGET_HELP, TypedTarget};
use crate::text::typed::parse_positive_duration;

/// Everything in order, one diagnosis, remedies in order
///
/// Gateway and TWS processes, relays, the accept queue and stuck sockets, a handshake with its
/// requests, a second one after a pause if the first was late or failed, and the programs
/// that are connected. At most a minute. As a gate before a bot starts, which passes once the
/// API works, also while a data farm is down: `ibdoc doctor --wait 240s --fail-on failed &&
/// exec bot`.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc doctor paper", "all checks of port 4002, one diagnosis"),
    ("ibdoc doctor ib-gateway:4004 --json", "of another container, for a script"),
    ("ibdoc doctor paper --wait 240s --fail-on failed && exec bot", "a gate before a bot starts"),
    ("ibdoc doctor 4004 --logs ~/ibc/logs", "with the log of its login, which is found by itself on this machine"),
    ("ibdoc doctor --sim --scenario silent", "what a Gateway with an open dialog looks like"),
]))]
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
