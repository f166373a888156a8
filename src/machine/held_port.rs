//! A port on which nothing listens although sockets keep it: a relay that does not reuse addresses
//! cannot bind it then, and says "Address already in use".

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::World;
use super::sockets::{Ports, Socket, TcpState};
use crate::text::json::{Lasting, lasting};
use crate::text::words::counted;

/// The sockets of one state that keep a port on which nothing listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldPort {
    /// The port.
    pub port: u16,
    /// Their state, as `ss` and `netstat` name it, such as `FIN_WAIT2`.
    #[serde(deserialize_with = "lasting")]
    pub state: Lasting,
    /// How many they are.
    pub sockets: usize,
}

impl fmt::Display for HeldPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sockets = counted(self.sockets, "socket");
        write!(f, "{sockets} in {} on port {}", self.state, self.port)
    }
}

/// What keeps those of `ports` on which nothing listens.
pub fn held_ports(sockets: &[Socket], ports: &Ports) -> Vec<HeldPort> {
    let listens = |port: u16| {
        let mut rows = sockets.iter();
        rows.any(|row| row.local.port() == port && row.state == TcpState::Listen)
    };
    let mut counts: BTreeMap<(u16, TcpState), usize> = BTreeMap::new();
    for row in sockets {
        let port = row.local.port();
        if ports.contains(port) && !listens(port) {
            *counts.entry((port, row.state)).or_default() += 1;
        }
    }
    let counts = counts.into_iter();
    counts
        .map(|((port, state), sockets)| HeldPort {
            port,
            state: state.name(),
            sockets,
        })
        .collect()
}

impl World {
    /// What keeps this port, on which nothing listens; nothing where the table cannot be read.
    pub fn held_port(&self, port: u16) -> Vec<HeldPort> {
        let ports = Ports::from([port]);
        let rows = self.table.snapshot(&ports);
        rows.map_or_else(|_| Vec::new(), |rows| held_ports(&rows.sockets, &ports))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(port: u16, state: TcpState) -> Socket {
        let other = ([127, 0, 0, 1], 50_000).into();
        Socket::unknown(([127, 0, 0, 1], port).into(), other, state)
    }

    #[test]
    fn only_a_port_on_which_nothing_listens_is_held() {
        let sockets = [
            row(4004, TcpState::FinWait2),
            row(4004, TcpState::FinWait2),
            row(4004, TcpState::TimeWait),
            row(4002, TcpState::TimeWait),
            row(4002, TcpState::Listen),
            row(50_001, TcpState::TimeWait),
        ];
        let held = held_ports(&sockets, &Ports::from([4002, 4004]));
        let told: Vec<String> = held.iter().map(ToString::to_string).collect();
        let expected = [
            "2 sockets in FIN_WAIT2 on port 4004",
            "1 socket in TIME_WAIT on port 4004",
        ];
        assert_eq!(told, expected);
    }
}
