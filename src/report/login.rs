//! What the doctor read of a Gateway's login in IBC's log. Times are the log's own: local, without a
//! zone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::evidence::log::dialog::Dialog;
use crate::evidence::log::marker::{FullLogin, GaveUp, Mode, Refusal, RelayTrouble};
use crate::text::json::OptionalMillis;

/// A log, and what it tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Login {
    /// Which log it is: a file, without the name of its user, or the standard input.
    pub source: String,
    /// How long ago its last line was written; null where that is not known.
    #[serde(rename = "age_ms", with = "OptionalMillis")]
    pub age: Option<Duration>,
    /// Why it is not held against what was measured, such as that it is older than the Gateway's process;
    /// null where it is.
    pub unused: Option<String>,
    /// The login of each Gateway that writes to it.
    pub gateways: Vec<GatewayLogin>,
    /// What relays met since a login last completed.
    pub relays: Vec<RelayMet>,
}

/// The login of one Gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GatewayLogin {
    /// Live or paper; null where the log does not say.
    pub mode: Option<Mode>,
    /// How far it has come.
    pub phase: LoginPhase,
    /// Since when.
    pub since: Option<String>,
    /// Whether lines of two Gateways could not be told apart, so that the phase may be the other's.
    pub doubtful: bool,
    /// Why it was refused; null unless that is its phase.
    pub refused: Option<Refusal>,
    /// Why IBC gave up; null unless that is its phase.
    pub gave_up: Option<GaveUp>,
    /// When IBC started this Gateway.
    pub started: Option<String>,
    /// When the second factor was last asked for.
    pub second_factor_asked: Option<String>,
    /// When it last completed.
    pub completed: Option<String>,
    /// The API's port, as IBC set it.
    pub api_port: Option<u16>,
    /// Whether the API is read-only, as IBC set it.
    pub read_only: Option<bool>,
    /// The dialogs that are open.
    pub dialogs: Vec<OpenDialog>,
    /// Why its start needed a whole login; null where the log does not say.
    pub full_login: Option<FullLogin>,
    /// The port of IBC's command server.
    pub command_port: Option<u16>,
    /// Whether the command server listens on other addresses than loopback; null without one.
    pub command_open: Option<bool>,
    /// The exit status of the Gateway.
    pub exit_status: Option<i32>,
}

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum LoginPhase {
    /// Nothing of it is in what was read.
    Unknown,
    /// IBC has started the Gateway.
    Starting,
    /// User name and password are given.
    LoggingIn,
    /// The second factor is asked for.
    SecondFactor,
    /// The second factor's dialog has closed, and the login is not complete.
    Waiting,
    /// IBKR refused it.
    Refused,
    /// IBC has given up.
    GaveUp,
    /// It has completed.
    LoggedIn,
    /// The session was lost, and a new login is needed.
    ReLogin,
    /// The Gateway has ended.
    Ended,
}

/// A dialog that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OpenDialog {
    /// Which one.
    pub name: Dialog,
    /// When it was first seen.
    pub since: Option<String>,
}

/// What a relay met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RelayMet {
    /// What it met.
    pub trouble: RelayTrouble,
    /// At which port: its own if that was taken, else the one to which it passes on.
    pub port: u16,
    /// How often.
    pub count: u32,
    /// The last time.
    pub last: Option<String>,
}
