//! What the lines of IBC and socat mean: each known line becomes a marker, any other nothing
//! (docs/LOGIN.md).

mod read;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::dialog::{Dialog, WindowEvent};
use super::line::{Line, Writer};

/// The kind of account that a Gateway logs in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Mode {
    /// Real money.
    Live,
    /// Paper trading.
    Paper,
}

/// Why IBKR refused a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Refusal {
    /// The user name or the password is wrong.
    Credentials,
    /// There were too many failed attempts.
    LockedOut,
    /// IBKR's system is not available.
    NotAvailable,
    /// It is not said.
    Unsaid,
}

/// Why IBC ends the Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum GaveUp {
    /// The second factor was not given in time (exit 1111, which the shell sees as 87).
    SecondFactor,
    /// No login dialog was displayed (exit 1112, 88).
    NoLoginDialog,
}

/// Why a start needs a whole login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum FullLogin {
    /// There is no autorestart file of the session before.
    NoAutorestart,
    /// A cold restart was asked for.
    Cold,
}

/// What a relay in front of the Gateway met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum RelayTrouble {
    /// Nothing listened where it passes on.
    Refused,
    /// What listens there did not accept.
    TimedOut,
    /// Its own port was taken when it started.
    PortTaken,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// IBC starts a Gateway or TWS: a line of its script, without a stamp.
    Started,
    /// The same start goes on: its first lines with a stamp.
    StartGoesOn,
    /// IBC's settings follow, or have ended.
    Settings(bool),
    /// A line of the settings that it prints at its start.
    Setting(String, String),
    /// The mode of the login.
    Mode(Mode),
    /// The login dialog is shown.
    LoginDialog,
    /// The login has begun: its attempt, and its mode, as far as they are said.
    LoggingIn(Option<u32>, Option<Mode>),
    /// The second factor is asked for.
    SecondFactor,
    /// IBC waits for the login to complete, and ends it after so many seconds.
    Waiting(Option<u32>),
    /// IBC gives up.
    GaveUp(GaveUp),
    /// The login has completed.
    Completed,
    /// The port of the API.
    Port(u16),
    /// Whether the API is read-only.
    ReadOnly(bool),
    /// What became of a window, and a number that stands for its title.
    Window(Dialog, WindowEvent, u64),
    /// A client whose address is not trusted wants to connect: its address, if that is said.
    Untrusted(Option<IpAddr>),
    /// Which course of an existing session IBC takes.
    Scenario(u8),
    /// The login was refused.
    Refused(Refusal),
    /// The session was lost, and a new login is needed.
    ReLogin,
    /// Why the start needs a whole login; nothing where it needs none.
    FullLogin(Option<FullLogin>),
    /// The Gateway has ended with this status.
    Ended(i32),
    /// IBC's command server listens on this port; whether on other addresses than loopback.
    CommandServer(u16, bool),
    /// IBC's command server is off.
    NoCommandServer,
    /// What a relay met, and at which port.
    Relay(RelayTrouble, u16),
}

pub(in crate::evidence) use self::read::setting;

impl Marker {
    /// What a line says; nothing for one that is not known.
    pub fn of(line: &Line<'_>) -> Option<Self> {
        match line.writer {
            Writer::Ibc => read::of_ibc(&line.text),
            Writer::Socat => read::of_socat(&line.text.to_lowercase()),
            Writer::Other => read::of_script(&line.text),
        }
    }

    /// The mode of the Gateway whose line this is, where the line itself tells.
    pub fn mode(&self) -> Option<Mode> {
        match self {
            Self::Mode(mode) | Self::LoggingIn(_, Some(mode)) => Some(*mode),
            _ => None,
        }
    }
}
