//! What can be typed after `ibdoc soak`.

use std::ffi::OsString;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

use crate::cli::{ReportFiles, SessionArgs};
use crate::commands::examples::shown;
use crate::target::{TARGET_HELP, TypedTarget};
use crate::text::typed::{
    parse_attempts, parse_count, parse_duration, parse_fraction, parse_hours, parse_minutes,
    parse_positive_duration,
};

/// Run N handshakes, then hold one session for M minutes
///
/// Stops at the first stuck accept queue, and after three silent failures in a row: each
/// leaves an open dialog or a taken place on a sick Gateway. Ctrl-C ends it with the report
/// of what was done so far.
///
/// With --exec it runs your own program instead, with handshakes of its own around the runs,
/// and says who is at fault: `ibdoc soak paper --exec -- python3 bot.py`.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc soak paper --attempts 60", "60 handshakes, 5 s apart"),
    ("ibdoc soak paper --attempts 0 --hours 8 --report night.html", "hold one session for a night"),
    ("ibdoc soak paper --attempts 20 --min-success 99% --report soak.junit.xml", "a CI job with a limit"),
    ("ibdoc soak paper --exec -- python3 bot.py", "run your own program, and say who is at fault"),
]))]
#[command(mut_arg("reports", |arg| arg.env("IBDOC_REPORT")))]
pub struct Soak {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<TypedTarget>,

    /// Before it begins, wait until a handshake brings the accounts, at most this long
    #[arg(long, value_name = "D", env = "IBDOC_WAIT")]
    #[arg(value_parser = parse_positive_duration)]
    pub wait: Option<Duration>,

    /// Handshakes, or runs of --exec, to make [default: 10, or none if only --minutes or --hours is given]
    #[arg(long, value_name = "N", env = "IBDOC_ATTEMPTS")]
    #[arg(value_parser = parse_attempts, allow_negative_numbers = true)]
    pub attempts: Option<u32>,

    /// Pause between handshakes, or before each run: some Gateway builds throttle fast ones
    #[arg(long, value_name = "D", env = "IBDOC_GAP")]
    #[arg(default_value = "5s", value_parser = parse_duration, allow_hyphen_values = true)]
    pub gap: Duration,

    /// Then hold one session this long, with time requests and fetches; fractions allowed
    #[arg(long, value_name = "M", env = "IBDOC_MINUTES")]
    #[arg(value_parser = parse_minutes, allow_negative_numbers = true, conflicts_with = "exec")]
    pub minutes: Option<Duration>,

    /// The same in hours
    #[arg(long, value_name = "H", env = "IBDOC_HOURS")]
    #[arg(value_parser = parse_hours, allow_negative_numbers = true)]
    #[arg(conflicts_with_all = ["minutes", "exec"])]
    pub hours: Option<Duration>,

    /// Go on after three silent failures in a row
    #[arg(long, env = "IBDOC_KEEP_GOING")]
    pub keep_going: bool,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,

    /// How the session announces itself and what it asks.
    #[command(flatten)]
    pub session: SessionArgs,

    /// What decides the verdict.
    #[command(flatten)]
    pub limits: Limits,

    /// The user's own program.
    #[command(flatten)]
    pub own: Own,
}

impl Soak {
    /// How long a session is held after the handshakes.
    pub fn hold(&self) -> Option<Duration> {
        self.minutes.or(self.hours)
    }
}

/// The limits that decide the verdict of a soak.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits (a missed one is status 3, or 4 when nothing succeeded)")]
pub struct Limits {
    /// So much of the handshakes (with --exec: of the program's runs) has to succeed
    #[arg(long, value_name = "RATE", env = "IBDOC_MIN_SUCCESS")]
    #[arg(default_value = "100%", value_parser = parse_fraction, allow_negative_numbers = true)]
    pub min_success: f64,

    /// 95th percentile of the TCP connects
    #[arg(long, value_name = "D", env = "IBDOC_MAX_CONNECT_P95")]
    #[arg(value_parser = parse_positive_duration)]
    pub max_connect_p95: Option<Duration>,

    /// 95th percentile of the times until accounts and id are there
    #[arg(long, value_name = "D", env = "IBDOC_MAX_READY_P95")]
    #[arg(value_parser = parse_positive_duration)]
    pub max_ready_p95: Option<Duration>,

    /// The longest of these times
    #[arg(long, value_name = "D", env = "IBDOC_MAX_READY")]
    #[arg(value_parser = parse_positive_duration)]
    pub max_ready: Option<Duration>,

    /// Time requests that stay unanswered, as does their repeat
    #[arg(long, value_name = "N", env = "IBDOC_MAX_MISSED_PINGS")]
    #[arg(default_value = "0", value_parser = parse_count, allow_negative_numbers = true)]
    pub max_missed_pings: u32,

    /// 95th percentile of the round trips of time requests
    #[arg(long, value_name = "D", env = "IBDOC_MAX_PING_P95")]
    #[arg(value_parser = parse_positive_duration)]
    pub max_ping_p95: Option<Duration>,

    /// Positions and account summaries that do not come
    #[arg(long, value_name = "N", env = "IBDOC_MAX_MISSED_FETCHES")]
    #[arg(default_value = "0", value_parser = parse_count, allow_negative_numbers = true)]
    pub max_missed_fetches: u32,

    /// Times that the other side ends the held session
    #[arg(long, value_name = "N", env = "IBDOC_MAX_DROPS")]
    #[arg(default_value = "0", value_parser = parse_count, allow_negative_numbers = true)]
    pub max_drops: u32,

    /// Sockets left half closed or not accepted in the Gateway [default: 0 where it can be seen]
    #[arg(long, value_name = "N", env = "IBDOC_MAX_LEAKED")]
    #[arg(value_parser = parse_count, allow_negative_numbers = true)]
    pub max_leaked: Option<u32>,
}

const EXEC_HELP: &str = "\
Run this command --attempts times instead of ibdoc's own handshakes

Each run has a process group of its own and no standard input, and finds the target in \
IBDOC_TARGET (host:port), IBDOC_TARGET_HOST and IBDOC_TARGET_PORT, also that of --sim; the other \
IBDOC_ variables are not passed on. It succeeds with status 0 in time if it leaves no socket half closed or not accepted \
in the Gateway and no connection to a process that outlives it. At its deadline \
its whole group is ended: SIGTERM, two seconds, SIGKILL. What is left of the group after a run \
that has ended by itself is ended too, unless one of it ignores SIGHUP (nohup) or it cannot be \
seen: then all of it is left. A process that has left the group (setsid) is not touched, and \
where one of the group is or may be a Gateway or TWS, a starting one included, nothing is ended \
and the soak stops. On Windows only the process itself is ended. If ibdoc itself is killed by \
SIGKILL, the group of the run is ended too. The soak in processes of their own: soak --exec -- ibdoc handshake";

/// The user's own program under soak.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
#[command(next_help_heading = "Your own program")]
pub struct Own {
    /// Run this command --attempts times instead of ibdoc's own handshakes
    #[arg(long_help = EXEC_HELP)]
    #[arg(long, requires = "command")]
    pub exec: bool,

    /// Deadline of each run; what is left of it then is ended
    #[arg(long, value_name = "D", env = "IBDOC_EXEC_TIMEOUT")]
    #[arg(default_value = "60s", value_parser = parse_positive_duration)]
    pub exec_timeout: Duration,

    /// Run it through a relay of ibdoc's own (`ibdoc tap`), and judge it by what it said and read
    #[arg(long, requires = "exec", env = "IBDOC_THROUGH_TAP")]
    pub through_tap: bool,

    /// After each run, a handshake of ibdoc's own: does the Gateway still answer?
    #[arg(long, value_name = "BOOL", env = "IBDOC_NEUTRAL")]
    #[arg(default_value = "true", default_missing_value = "true", num_args = 0..=1)]
    #[arg(require_equals = true, action = ArgAction::Set, value_parser = BoolishValueParser::new())]
    pub neutral: bool,

    /// Pass what the program prints on to stderr
    #[arg(long, env = "IBDOC_SHOW_OUTPUT")]
    pub show_output: bool,

    /// The command and its arguments
    #[arg(last = true, value_name = "CMD", requires = "exec")]
    pub command: Vec<OsString>,
}
