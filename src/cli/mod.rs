//! What can be typed: the clap types and their help text, nothing else.

pub mod ask;
mod global;
pub mod output;
pub mod progress;
mod session;
mod soak;
mod versions;
mod zombies;

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use global::{Color, FailOn, Format, Global};
pub use session::{Handshake, Impersonate, Probe, SessionArgs};
pub use soak::{Limits, Own, Soak};
pub use zombies::Zombies;

use self::versions::parse_server_version;
use crate::finding::verdict::EXIT_STATUS_HELP;
use crate::machine::role::Role;
use crate::render::file::ReportFile;
use crate::target::{TARGET_HELP, Target};
use crate::text::typed::parse_positive_duration;
use crate::wire::ServerVersion;

/// The doctor for the API socket of Interactive Brokers' TWS and IB Gateway.
///
/// Tells whether it is the Gateway, the network, the client library or your own program:
/// it looks at the socket table, runs a complete API handshake with every stage timed, and
/// leaves no socket behind. Try it without an account: `ibdoc handshake --sim`.
#[derive(Debug, Parser)]
#[command(name = "ibdoc", version, after_help = EXIT_STATUS_HELP, max_term_width = 100)]
#[command(arg_required_else_help = true, infer_long_args = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

impl Cli {
    /// Parses the command line and the environment; what is typed goes before what is set there.
    ///
    /// Errs with help, version or the usage error to print.
    pub fn parse_typed() -> Result<Self, clap::Error> {
        let matches = without_empty_variables(Self::command()).try_get_matches()?;
        let mut cli = Self::from_arg_matches(&matches)?;
        let innermost = matches.subcommand().map_or(&matches, |(_, inner)| inner);
        // Asked for an argument that the command does not have, clap panics.
        let typed = |id| {
            innermost.try_contains_id(id).is_ok()
                && innermost.value_source(id) == Some(ValueSource::CommandLine)
        };
        if typed("format") && !typed("json") {
            cli.global.json = false;
        }
        if let Command::Zombies(zombies) = &mut cli.command
            && cli.global.sim
            && !typed("ports")
        {
            zombies.ports.clear();
        }
        if cli.global.sim && !typed("target") && !typed("targets") {
            cli.command.forget_target();
        }
        if let Command::Soak(soak) = &cli.command
            && let Some(target) = &soak.target
            && !typed("target")
            && target.role().is_some_and(Role::is_live)
        {
            let message =
                format!("IBDOC_TARGET is a live port: to soak it, name it: ibdoc soak {target}");
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        Ok(cli)
    }
}

/// A variable that is set to nothing, as compose files do, counts as not set.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        if value.is_some_and(|value| value.is_empty()) {
            arg.env(None::<&str>)
        } else {
            arg
        }
    });
    command.mut_subcommands(without_empty_variables)
}

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything in order, one diagnosis, remedies in order
    ///
    /// Gateway and TWS processes, relays, the accept queue and stuck sockets, a handshake with its
    /// requests, a second one after a pause if the first was late or failed, and the programs
    /// that are connected. At most a minute. As a gate before a bot starts: `ibdoc doctor
    /// --wait 240s && exec bot`.
    Doctor(Doctor),
    /// Who listens, and is it reachable
    ///
    /// On this machine the answer comes from the socket table and no connection is made; where
    /// nothing is seen listening, one is tried, because the port may be forwarded. Elsewhere one
    /// whole handshake is run. Without a target: the known ports, and those of every Gateway or
    /// TWS process found here.
    Probe(Probe),
    /// Run the API handshake with every stage timed
    ///
    /// Resolve, connect, version, start, accounts, then time, positions, account summary and
    /// account values, then a close that leaves nothing behind. Without a target: the known port
    /// that listens here.
    Handshake(Handshake),
    /// List half-closed and unaccepted sockets, and end orphaned clients
    ///
    /// For each socket in CLOSE_WAIT and each connection not accepted: on whose side it is,
    /// whether the Gateway ever accepted it, how old it is, how many bytes lie unread, which
    /// processes hold it, and what --kill would do. Only orphaned clients are ever ended: never
    /// Java, the Gateway, a relay, a connected client, or a process about which anything could
    /// not be read.
    Zombies(Zombies),
    /// Run N handshakes, then hold one session for M minutes
    ///
    /// Stops at the first stuck accept queue, and after three silent failures in a row: each
    /// leaves an open dialog or a taken place on a sick Gateway. Ctrl-C ends it with the report
    /// of what was done so far.
    ///
    /// With --exec it runs your own program instead, with handshakes of its own around the runs,
    /// and says who is at fault: `ibdoc soak paper --exec -- python3 bot.py`.
    Soak(Soak),
    /// One line and status 0 or 1, for container and service health checks
    ///
    /// Looks at the socket table, then runs a handshake up to the accounts, all of it within
    /// --deadline (10s). A Gateway that needs attention counts as healthy unless --strict.
    Health(Health),
    /// What a finding code or an error number of IB's means
    ///
    /// `ibdoc explain accounts-late`, `ibdoc explain 326`; without a code: the list.
    Explain(Explain),
    /// The JSON schema of what --json and --format ndjson print
    ///
    /// One schema for both: it takes a report, and it takes each line of ndjson. It does not
    /// depend on the format that is asked for.
    Schema,
    /// Run the simulated Gateway on its own, on a loopback port
    ///
    /// It ends when it is interrupted, or at --deadline.
    Sim(Sim),
}

impl Command {
    /// Where the report is also written to.
    pub fn report_files(&self) -> &[ReportFile] {
        match self {
            Command::Soak(args) => &args.reports,
            _ => &[],
        }
    }

    /// The target of the environment means nothing beside the simulated Gateway.
    fn forget_target(&mut self) {
        match self {
            Command::Doctor(Doctor { target, .. })
            | Command::Handshake(Handshake { target, .. })
            | Command::Soak(Soak { target, .. })
            | Command::Health(Health { target, .. }) => *target = None,
            Command::Probe(probe) => probe.targets.clear(),
            Command::Zombies(_) | Command::Explain(_) | Command::Schema | Command::Sim(_) => {}
        }
    }

    /// The command's name, as typed and as in the JSON report.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Doctor(_) => "doctor",
            Command::Probe(_) => "probe",
            Command::Handshake(_) => "handshake",
            Command::Zombies(_) => "zombies",
            Command::Soak(_) => "soak",
            Command::Health(_) => "health",
            Command::Explain(_) => "explain",
            Command::Schema => "schema",
            Command::Sim(_) => "sim",
        }
    }
}

/// What `ibdoc doctor` takes.
#[derive(Args, Debug)]
pub struct Doctor {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET", hide_env = true)]
    pub target: Option<Target>,

    /// No second handshake
    #[arg(long, env = "IBDOC_QUICK", hide_env = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub quick: bool,

    /// Wait until a handshake brings the accounts, at most this long
    #[arg(long, value_name = "D", env = "IBDOC_WAIT", hide_env = true)]
    #[arg(value_parser = parse_positive_duration)]
    pub wait: Option<Duration>,

    /// How the session announces itself and what it asks.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// What `ibdoc health` takes.
#[derive(Args, Debug)]
pub struct Health {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET", hide_env = true)]
    pub target: Option<Target>,

    /// Count what needs attention as not healthy
    #[arg(long, env = "IBDOC_STRICT", hide_env = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub strict: bool,
}

/// What `ibdoc explain` takes.
#[derive(Args, Debug)]
pub struct Explain {
    /// A finding code such as accounts-late, or a number such as 326
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// The scenarios as the help of the simulator shows them; a test holds it against
/// [`Scenario::forms`].
const SCENARIO_HELP: &str = "\
Scenarios (--scenario), several separated by commas:
  normal          no fault
  at the connect  silent, close-on-accept, reset-on-accept, never-accepts, http, ssh, tls,
                  flaky=N (closes every Nth),
                  zombie-blocks=N (mute while it keeps N sockets that their clients closed)
  at the version  huge-frame, close-after-version, drip (one byte at a time, all along)
  at the start    close-after-start, client-id-in-use, port-changed, accounts-missing,
                  accounts-empty, accounts-late=SECONDS, next-id-missing
  at requests     read-only, account-not-ready, summaries-taken, sync-hangs=REQUEST (time,
                  positions, account-summary, account-values, account-updates, orders,
                  executions)
  as notices      pacing, upstream-lost, upstream-restored, farm-down, competing-session
  later           drops-after=SECONDS, stops-answering-after=SECONDS, never-closes

A semicolon begins another phase, which replaces the one before it, at a time counted from
the simulator's start: --scenario 'normal;10s:silent;20s:normal'";

/// What `ibdoc sim` takes.
#[derive(Args, Debug)]
#[command(after_long_help = SCENARIO_HELP)]
pub struct Sim {
    /// Port on 127.0.0.1; 0 takes a free one and prints it
    #[arg(
        long,
        value_name = "P",
        env = "IBDOC_SIM_PORT",
        hide_env = true,
        default_value_t = 0
    )]
    pub port: u16,

    /// API version that the simulated Gateway speaks
    #[arg(long, value_name = "V", env = "IBDOC_SERVER_VERSION", hide_env = true)]
    #[arg(default_value_t = ServerVersion::NEWEST, value_parser = parse_server_version)]
    pub server_version: ServerVersion,
}
