//! The command line and the environment, as they were typed.

use clap::builder::BoolishValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser};

use super::{Command, examples};
use crate::cli::Global;
use crate::finding::verdict::EXIT_STATUS_HELP;
use crate::machine::role::Role;
use crate::target::TypedTarget;

/// What names a Gateway: beside the simulated one, that of the environment means nothing.
const TARGETS: [&str; 3] = ["target", "targets", "ports"];

/// The doctor for the API socket of Interactive Brokers' TWS and IB Gateway.
///
/// Tells whether it is the Gateway, the network, the client library or your own program:
/// it looks at the socket table, runs a complete API handshake with every stage timed, and
/// leaves no socket behind. Try it without an account: `ibdoc handshake --sim`.
#[derive(Debug, Parser)]
#[command(name = "ibdoc", version, after_help = after_help(), max_term_width = 100)]
#[command(arg_required_else_help = true, infer_long_args = false)]
#[command(mut_args(with_variable), mut_subcommands(in_full))]
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
        // A variable that is set to nothing, as compose files do, counts as not set.
        let is_empty = |arg: &Arg| {
            let value = arg.get_env().and_then(std::env::var_os);
            value.is_some_and(|value| value.is_empty())
        };
        let command = without_variables(Self::command(), &is_empty);
        let mut matches = command.clone().try_get_matches()?;
        if matches.get_flag("sim") {
            let is_target = |arg: &Arg| TARGETS.contains(&arg.get_id().as_str());
            matches = without_variables(command, &is_target).try_get_matches()?;
        }
        let mut cli = Self::from_arg_matches(&matches)?;
        let innermost = matches.subcommand().map_or(&matches, |(_, inner)| inner);
        // clap panics when it is asked for an argument that the command does not have.
        let typed = |id| {
            innermost.try_contains_id(id).is_ok()
                && innermost.value_source(id) == Some(ValueSource::CommandLine)
        };
        if typed("format") && !typed("json") {
            cli.global.json = false;
        }
        if let Command::Soak(soak) = &cli.command
            && let Some(TypedTarget::Port(target)) = &soak.target
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

/// Where to begin, and what the exit statuses mean.
fn after_help() -> String {
    let examples = examples::shown(&[
        ("ibdoc doctor --sim", "see what it does, without a Gateway"),
        (
            "ibdoc doctor",
            "what is wrong with the Gateway that runs here",
        ),
        (
            "ibdoc handshake paper --as all",
            "which client libraries would connect",
        ),
        (
            "ibdoc zombies",
            "which sockets are stuck, and what clears each",
        ),
    ]);
    format!("{examples}\n\n{EXIT_STATUS_HELP}")
}

/// A command with its examples also below its longer help, and its variables read.
fn in_full(command: clap::Command) -> clap::Command {
    let long = command.get_after_long_help().zip(command.get_after_help());
    let long = long.map(|(long, examples)| format!("{long}\n\n{examples}"));
    let command = match long {
        Some(long) => command.after_long_help(long),
        None => command,
    };
    command.mut_args(with_variable)
}

/// The help does not list the variables; that of a flag takes `yes`, `no`, `on`, `off`, `1` and `0`
/// too.
fn with_variable(arg: Arg) -> Arg {
    let arg = arg.hide_env(true);
    match arg.get_action() {
        ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
        _ => arg,
    }
}

/// The command without the variables of some arguments.
fn without_variables(command: clap::Command, some: &impl Fn(&Arg) -> bool) -> clap::Command {
    let command = command.mut_args(|arg| {
        if some(&arg) {
            arg.env(None::<&str>)
        } else {
            arg
        }
    });
    command.mut_subcommands(|inner| without_variables(inner, some))
}
