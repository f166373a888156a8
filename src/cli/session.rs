//! The options of every command that runs a session: what it announces and asks.

use std::sync::LazyLock;
use std::time::Duration;

use clap::Args;

use super::versions::parse_announced;
use crate::handshake::clients::USUAL_LIMIT;
use crate::text::typed::parse_positive_duration;
use crate::wire::VersionRange;

/// How a session announces itself and what it asks.
#[derive(Args, Debug)]
pub struct SessionArgs {
    /// Range of API versions to announce
    #[arg(long, value_name = "MIN..MAX", env = "IBDOC_ANNOUNCE")]
    #[arg(default_value_t = VersionRange::SPOKEN, value_parser = parse_announced)]
    pub announce: VersionRange,

    /// How long the usual clients wait: what is missing then is asked again
    #[arg(long, value_name = "D", env = "IBDOC_CLIENT_TIMEOUT")]
    #[arg(default_value = usual_limit(), value_parser = parse_positive_duration)]
    pub client_timeout: Duration,

    /// Also subscribe to account updates (disturbs another program's subscription)
    #[arg(long, env = "IBDOC_ACCOUNT_UPDATES")]
    pub account_updates: bool,

    /// Also ask for open and completed orders (a Read-Only Gateway may show a dialog)
    #[arg(long, env = "IBDOC_ORDERS")]
    pub orders: bool,
}

/// How long the usual clients wait, as it is typed.
fn usual_limit() -> &'static str {
    static TYPED: LazyLock<String> = LazyLock::new(|| format!("{}s", USUAL_LIMIT.as_secs()));
    &TYPED
}
