//! The ports that a Gateway or TWS conventionally listens on, and how many clients it admits.

use schemars::JsonSchema;
use serde::Serialize;

/// What a Gateway port conventionally serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = crate::text::json::open)]
pub enum Role {
    /// IB Gateway, live account, port 4001.
    Live,
    /// IB Gateway, paper account, port 4002.
    Paper,
    /// Trader Workstation, live account, port 7496.
    TwsLive,
    /// Trader Workstation, paper account, port 7497.
    TwsPaper,
    /// A container's relay in front of a live Gateway, port 4003.
    RelayLive,
    /// A container's relay in front of a paper Gateway, port 4004.
    RelayPaper,
}

impl Role {
    /// Every role with its port, in the order in which reports list them.
    pub const ALL: [(u16, Role); 6] = [
        (4002, Role::Paper),
        (4001, Role::Live),
        (7497, Role::TwsPaper),
        (7496, Role::TwsLive),
        (4003, Role::RelayLive),
        (4004, Role::RelayPaper),
    ];

    /// The conventional role of `port`, if it has one.
    pub fn of_port(port: u16) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == port)
            .map(|(_, role)| *role)
    }

    /// Whether real money is at stake on this port.
    pub fn is_live(self) -> bool {
        matches!(self, Role::Live | Role::TwsLive | Role::RelayLive)
    }

    /// The word for this role, as typed on the command line where it can be.
    pub fn name(self) -> &'static str {
        match self {
            Role::Live => "live",
            Role::Paper => "paper",
            Role::TwsLive => "tws-live",
            Role::TwsPaper => "tws-paper",
            Role::RelayLive => "relay-live",
            Role::RelayPaper => "relay-paper",
        }
    }
}
