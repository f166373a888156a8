//! Options that every command takes.

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::machine::netns::Netns;
use crate::sim::Scenario;
use crate::text::typed::parse_positive_duration;

/// How the answer is written to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One report, schema ibdoc/1
    Json,
    /// One event a line, the report last
    Ndjson,
}

/// When to use colour; no meaning rests on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// From which verdict on the exit status is not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything that needs attention
    #[default]
    Attention,
    /// Only what does not work, or could not be looked at
    Failed,
}

/// Options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub struct Global {
    /// Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s
    #[arg(long, global = true, value_name = "D", env = "IBDOC_TIMEOUT")]
    #[arg(value_parser = parse_positive_duration)]
    pub timeout: Option<Duration>,

    /// Deadline of the whole command (handshake and remote probe: 60s)
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        value_name = "D",
        env = "IBDOC_DEADLINE"
    )]
    #[arg(value_parser = parse_positive_duration)]
    pub deadline: Option<Duration>,

    /// How the answer is written
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        value_name = "F",
        env = "IBDOC_FORMAT"
    )]
    #[arg(default_value = "text")]
    pub format: Format,

    /// Short for --format json
    #[arg(long, global = true, env = "IBDOC_JSON")]
    pub json: bool,

    /// When to use colour
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        value_name = "WHEN",
        env = "IBDOC_COLOR"
    )]
    #[arg(default_value = "auto")]
    pub color: Color,

    /// Print the one line that matters, and nothing when healthy
    #[arg(short, long, global = true, env = "IBDOC_QUIET")]
    pub quiet: bool,

    /// Log to stderr; twice: every frame by kind and size
    #[arg(hide_short_help = true, short, long, global = true, action = ArgAction::Count, env = "IBDOC_VERBOSE")]
    pub verbose: u8,

    /// Print account numbers in full
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        env = "IBDOC_SHOW_ACCOUNTS"
    )]
    pub show_accounts: bool,

    /// From which verdict on the exit status is not 0
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        value_name = "VERDICT",
        env = "IBDOC_FAIL_ON"
    )]
    #[arg(default_value = "attention")]
    pub fail_on: FailOn,

    /// Connect even when the Gateway's accept queue is stuck
    #[arg(hide_short_help = true, long, global = true)]
    pub force: bool,

    /// Look from the network namespace of this process or container, or of the Gateway that runs (auto)
    #[arg(
        hide_short_help = true,
        long,
        global = true,
        value_name = "PID|NAME|auto"
    )]
    pub netns: Option<Netns>,

    /// Run against an embedded simulated Gateway
    #[arg(long, global = true)]
    pub sim: bool,

    /// How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)
    #[arg(hide_short_help = true, long, global = true, value_name = "S")]
    pub scenario: Option<Scenario>,

    /// Read sockets and processes through the portable libraries
    #[cfg(feature = "portable")]
    #[arg(long, global = true, hide = true)]
    pub portable: bool,
}
