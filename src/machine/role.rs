//! The ports that a Gateway or TWS conventionally listens on, and how many clients it admits.

use serde::{Deserialize, Serialize};

/// As many clients as a TWS or Gateway admits at once.
pub const MOST_CLIENTS: usize = 32;

/// The port of IBC's command server by default (`CommandServerPort` of its config.ini).
pub const COMMAND_PORT: u16 = 7462;

/// What a Gateway port conventionally serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
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

    /// Whether a relay belongs on this port, and no Gateway.
    pub fn is_relay(self) -> bool {
        matches!(self, Role::RelayLive | Role::RelayPaper)
    }

    /// The Gateway's own port behind the relay that belongs on this one.
    pub fn behind_relay(port: u16) -> Option<u16> {
        let own = match Self::of_port(port)? {
            Self::RelayLive => Self::Live,
            Self::RelayPaper => Self::Paper,
            _ => return None,
        };
        let (port, _) = Self::ALL.iter().find(|(_, role)| *role == own)?;
        Some(*port)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    #[test]
    fn the_texts_of_the_codes_name_these_ports_and_this_limit() {
        let ports = |wanted: [Role; 2]| {
            let of = |role| Role::ALL.iter().find(|(_, other)| *other == role);
            let [first, second] = wanted.map(|role| of(role).expect("its port").0);
            format!("{first} and {second}")
        };
        let gateway = ports([Role::Paper, Role::Live]);
        let tws = ports([Role::TwsPaper, Role::TwsLive]);
        let expected = format!("check the port: {gateway} are IB Gateway, {tws} are TWS");
        assert_eq!(Code::NotTwsProtocol.remedies(), [expected]);
        let full = format!("{MOST_CLIENTS} clients are connected");
        assert!(Code::ClosedBeforeVersion.causes().contains(&full.as_str()));
    }
}
