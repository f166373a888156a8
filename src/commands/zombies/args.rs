//! What can be typed after `ibdoc zombies`.

use std::time::Duration;

use clap::Args;

use crate::cli::ReportFiles;
use crate::commands::examples::shown;
use crate::target::{PORT_HELP, Target};
use crate::text::typed::{parse_duration, parse_pid, parse_port, parse_positive_duration};

/// List half-closed and unaccepted sockets, and end orphaned clients
///
/// For each socket in CLOSE_WAIT and each connection not accepted: on whose side it is,
/// whether the Gateway ever accepted it, how old it is, how many bytes lie unread and which
/// processes hold it; then for each process what clears its sockets, with the whole command.
///
/// --heal shuts the half-closed sockets of living clients down, which live on. --kill ends what
/// is certainly left over, and with --pid what is named: never Java, the Gateway, a relay, a
/// client with a living session, or a process that could not be read.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc zombies", "the stuck sockets of the known ports, and what clears each"),
    ("ibdoc zombies paper --heal", "close those of programs that live on"),
    ("ibdoc zombies paper --kill", "end what is certainly left over, and nothing else"),
    ("ibdoc zombies --watch", "tell each socket that appears, changes or goes"),
]))]
#[cfg_attr(
    feature = "portable",
    expect(
        clippy::struct_excessive_bools,
        reason = "each is a flag that can be typed"
    )
)]
pub struct Zombies {
    /// What is looked at; without one the target of the environment, or else the known ports.
    #[arg(value_name = "TARGET", help = PORT_HELP)]
    pub targets: Vec<Target>,

    /// Gateway port to look at instead of the known ones; repeatable
    #[arg(long = "port", value_name = "P", env = "IBDOC_PORT", hide_env = true)]
    #[arg(value_delimiter = ',', value_parser = parse_port)]
    pub ports: Vec<u16>,

    /// End the orphaned clients, and with --pid those that are named, and nothing else
    #[arg(long)]
    pub kill: bool,

    /// With --kill: ask on the terminal before each, those that need to be named included
    #[arg(short, long, requires = "kill")]
    pub interactive: bool,

    /// Shut the half-closed sockets of living clients down: they live on (Linux)
    #[arg(long)]
    pub heal: bool,

    /// Keep looking until interrupted, and tell each socket that appears, changes or goes
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "1s")]
    #[arg(value_parser = parse_positive_duration, conflicts_with_all = ["kill", "heal"])]
    pub watch: Option<Duration>,

    /// Kill without pidfds, as on systems that have none
    #[cfg(feature = "portable")]
    #[arg(long, hide = true)]
    pub by_pid: bool,

    /// Leave alone what has been half closed, or whose Gateway has been up, for less than this
    #[arg(long, value_name = "D", env = "IBDOC_MIN_AGE", hide_env = true)]
    #[arg(default_value = "60s", value_parser = parse_duration)]
    pub min_age: Duration,

    /// Between SIGTERM and SIGKILL
    #[arg(long, value_name = "D", env = "IBDOC_GRACE", hide_env = true)]
    #[arg(default_value = "5s", value_parser = parse_duration)]
    pub grace: Duration,

    /// With --kill or --heal only this process; to name it is to say yes; repeatable
    #[arg(long = "pid", value_name = "N", value_delimiter = ',', value_parser = parse_pid)]
    pub pids: Vec<u32>,

    /// As root: this user's processes, by name or id, instead of root's own
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}
