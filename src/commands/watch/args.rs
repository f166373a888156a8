//! What can be typed after `ibdoc watch`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::cli::ReportFiles;
use crate::commands::examples::shown;
use crate::commands::nature::Nature;
use crate::target::{PORT_HELP, Target};
use crate::text::typed::{parse_duration, parse_port, parse_positive_duration};
use crate::watch::is_service;

/// What the help says of `--restart-at`.
const RESTART_HELP: &str = "A nightly restart, such as 23:45 or 23:45 America/New_York: for 15 minutes \
                            what is down only needs attention";

/// Watch Gateways until it is told to end: state, reconnects, metrics, a command at each change
///
/// Each change of a state (healthy, attention, down, unknown) is a line. For each Gateway: one look
/// at the socket table every 10 s, one held session with a time request every 5 s, and a fresh
/// handshake every 5 minutes. A session that is lost is made anew without harm: nothing is
/// connected to a port on which nothing listens or whose accept queue is stuck, and while a
/// Gateway is down at most one connection is made in a minute, after three that end in silence
/// one in a quarter of an hour.
#[derive(Args, Debug)]
#[command(after_help = format!("{}\n\n{GIVEN}", shown(&[
    ("ibdoc watch paper", "a line for each change, until Ctrl-C"),
    ("ibdoc watch paper live --metrics 9462", "two Gateways, metrics for Prometheus"),
    ("ibdoc watch paper --restart-at 23:45 America/New_York", "a nightly restart is no alarm"),
    ("ibdoc watch paper --on-change ./alert.sh --remind 30m", "run a script at each change, and every half hour while it lasts"),
    ("ibdoc watch --sim --scenario \"normal;10s:restart=20s;normal\"", "see a restart, and within a minute the reconnect"),
])))]
#[command(mut_arg("reports", |arg| arg.env("IBDOC_REPORT")))]
pub struct Watch {
    /// What is watched.
    #[arg(help = PORT_HELP, value_name = "TARGET", env = "IBDOC_TARGET", value_delimiter = ',')]
    pub targets: Vec<Target>,

    /// A fresh handshake this often beside the held session: are new ones still let in? (0: none)
    #[arg(long, value_name = "D", env = "IBDOC_FRESH")]
    #[arg(default_value = "5m", value_parser = parse_fresh)]
    pub fresh: Duration,

    /// A time request this often on the held session, at least 2s
    #[arg(long, value_name = "D", env = "IBDOC_PING")]
    #[arg(default_value = "5s", value_parser = parse_ping)]
    pub ping: Duration,

    /// A look at the socket table this often, one for all targets
    #[arg(long, value_name = "D", env = "IBDOC_LOOK")]
    #[arg(default_value = "10s", value_parser = parse_look)]
    pub look: Duration,

    /// A nightly restart.
    #[arg(help = RESTART_HELP)]
    #[arg(long, value_names = ["HH:MM", "ZONE"], num_args = 1..=2, value_delimiter = ' ')]
    #[arg(env = "IBDOC_RESTART_AT")]
    pub restart_at: Vec<String>,

    /// Serve metrics over HTTP, at /metrics; a port alone is on 127.0.0.1
    #[arg(long, value_name = "ADDRESS", env = "IBDOC_METRICS", value_parser = parse_address)]
    pub metrics: Option<SocketAddr>,

    /// Write the metrics to this file every 10s, whole or not at all, for the collector of text files
    #[arg(long, value_name = "FILE", env = "IBDOC_TEXTFILE", value_hint = ValueHint::FilePath)]
    pub textfile: Option<PathBuf>,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,

    /// What is run at each change.
    #[command(flatten)]
    pub hook: Hook,
}

impl Watch {
    /// What is true of it.
    pub(in crate::commands) fn nature(&self) -> Nature<'_> {
        let is_told = self.metrics.is_some() || self.textfile.is_some();
        let reports = &self.files.reports;
        Nature {
            is_watch: true,
            is_service: is_service(),
            tells_elsewhere: is_told || self.hook.on_change.is_some() || !reports.is_empty(),
            ..Nature::of("watch", reports)
        }
    }
}

/// The command that is run at each change.
#[derive(Args, Debug)]
#[command(next_help_heading = "At each change")]
pub struct Hook {
    /// Run this by the shell at each change; see below what it is given
    #[arg(long, value_name = "CMD", env = "IBDOC_ON_CHANGE", value_hint = ValueHint::CommandString)]
    pub on_change: Option<String>,

    /// Run it again this often while a Gateway is not healthy (0: never)
    #[arg(long, value_name = "D", env = "IBDOC_REMIND")]
    #[arg(default_value = "0s", value_parser = parse_duration, requires = "on_change")]
    pub remind: Duration,

    /// Deadline of each run; its process group is ended then
    #[arg(long, value_name = "D", env = "IBDOC_ON_CHANGE_TIMEOUT")]
    #[arg(default_value = "30s", value_parser = parse_positive_duration)]
    pub on_change_timeout: Duration,
}

/// What the command of `--on-change` is given, for the help.
const GIVEN: &str = "\
The command of --on-change finds the event as JSON on its standard input, and in IBDOC_TARGET, \
IBDOC_STATE (healthy, attention, unknown, down), IBDOC_PREVIOUS, IBDOC_KIND (changed, reminder, \
recovered), IBDOC_CODE, IBDOC_REASON, IBDOC_TIME, IBDOC_LASTED and IBDOC_TROUBLED (seconds) and \
IBDOC_ANNOUNCED (1 within an announced restart). It has a process group of its own and no standard \
output; runs come one after the other and never delay the watch.";

fn at_least(text: &str, least: u64) -> Result<Duration, String> {
    match parse_positive_duration(text)? {
        duration if duration >= Duration::from_secs(least) => Ok(duration),
        _ => Err(format!("expected at least {least}s")),
    }
}

/// A second time request within a second would be dropped without a word, and its repeat needs one.
fn parse_ping(text: &str) -> Result<Duration, String> {
    at_least(text, 2)
}

fn parse_look(text: &str) -> Result<Duration, String> {
    at_least(text, 1)
}

/// No more often than once in a minute: each is a connection.
fn parse_fresh(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Ok(Duration::ZERO),
        _ => at_least(text, 60),
    }
}

/// An address with its port; a port alone is of the loopback interface.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if text == "0" {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    }
    if let Ok(port) = parse_port(text) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse()
        .map_err(|_| "expected a port, or an address with one, such as 127.0.0.1:9462".to_owned())
}
