//! What can be typed after `ibdoc probe` and `ibdoc handshake`.

use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::{BoolishValueParser, PossibleValue};
use clap::{ArgAction, Args, ValueEnum};

use super::versions::parse_announced;
use crate::handshake::clients::{CLIENTS, Client, Played, USUAL_LIMIT};
use crate::target::{ClientId, TARGET_HELP, Target};
use crate::text::typed::{parse_duration, parse_positive_duration};
use crate::wire::VersionRange;

/// How a session announces itself and what it asks.
#[derive(Args, Debug)]
pub struct SessionArgs {
    /// Range of API versions to announce
    #[arg(long, value_name = "MIN..MAX", env = "IBDOC_ANNOUNCE", hide_env = true)]
    #[arg(default_value_t = VersionRange::SPOKEN, value_parser = parse_announced)]
    pub announce: VersionRange,

    /// How long the usual clients wait: what is missing then is asked again
    #[arg(long, value_name = "D", env = "IBDOC_CLIENT_TIMEOUT", hide_env = true)]
    #[arg(default_value = usual_limit(), value_parser = parse_positive_duration)]
    pub client_timeout: Duration,

    /// Also subscribe to account updates (disturbs another program's subscription)
    #[arg(long, env = "IBDOC_ACCOUNT_UPDATES", hide_env = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub account_updates: bool,

    /// Also ask for open orders and executions (a Read-Only Gateway may show a dialog)
    #[arg(long, env = "IBDOC_ORDERS", hide_env = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub orders: bool,
}

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

/// What `ibdoc handshake` takes.
#[derive(Args, Debug)]
pub struct Handshake {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET", hide_env = true)]
    pub target: Option<Target>,

    /// Client id, or auto for a free one of 9000 to 9999
    #[arg(long, value_name = "N|auto", env = "IBDOC_CLIENT_ID", hide_env = true)]
    #[arg(default_value = "auto", allow_hyphen_values = true)]
    pub client_id: ClientId,

    /// Announce and wait like a client library, and tell whether it would have connected; ibapi
    /// connects with the real Rust library, all compares the usual ones
    #[arg(
        long = "as",
        value_name = "CLIENT",
        value_enum,
        env = "IBDOC_AS",
        hide_env = true
    )]
    #[arg(conflicts_with_all = ["announce", "client_timeout"])]
    pub impersonate: Option<Impersonate>,

    /// Pause between the handshakes of --as all
    #[arg(long, value_name = "D", env = "IBDOC_GAP", hide_env = true)]
    #[arg(default_value = "5s", value_parser = parse_duration, allow_hyphen_values = true)]
    pub gap: Duration,

    /// How the session announces itself and what it asks.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// How long the usual clients wait, as it is typed.
fn usual_limit() -> &'static str {
    static TYPED: LazyLock<String> = LazyLock::new(|| format!("{}s", USUAL_LIMIT.as_secs()));
    &TYPED
}

/// Who a handshake pretends to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impersonate {
    /// One client library.
    Client(&'static Client),
    /// The usual clients, one handshake each.
    All,
}

impl ValueEnum for Impersonate {
    fn value_variants<'a>() -> &'a [Self] {
        static VARIANTS: LazyLock<Vec<Impersonate>> = LazyLock::new(|| {
            let played = CLIENTS.iter().filter(|it| it.played != Played::Never);
            let clients = played.map(Impersonate::Client);
            clients.chain([Impersonate::All]).collect()
        });
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Impersonate::Client(client) => client.name,
            Impersonate::All => "all",
        }))
    }
}
