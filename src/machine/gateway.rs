//! A Gateway or TWS process as this machine's tables show it.

use std::fmt;
use std::time::Duration;

use super::pid::Pid;
use super::process::ProgramKind;
use super::role::{COMMAND_PORT, Role};
use super::sockets::Ports;
use crate::text::words::joined;

/// A Gateway or TWS process, whether it listens or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningGateway {
    /// Its id.
    pub pid: Pid,
    /// Which of the two.
    pub kind: ProgramKind,
    /// How long it has been running.
    pub up: Option<Duration>,
    /// The ports on which it listens, ascending; `None` when they could not be read.
    pub ports: Option<Vec<u16>>,
    /// The ports on which programs of its user listen, ascending.
    pub user_ports: Vec<u16>,
    /// The ports on which it listens in another network namespace, ascending; `None` in ibdoc's own,
    /// and where they could not be read.
    pub ports_there: Option<Vec<u16>>,
    /// Whether its process is stopped (state T).
    pub is_stopped: bool,
    /// Whether it is known to be in another network namespace, such as a container's.
    pub is_elsewhere: bool,
}

impl RunningGateway {
    /// The ports on which its API may listen, ascending: the known ones, if it has one of those, and
    /// else all but that of IBC's command server.
    pub fn api_ports(&self) -> Vec<u16> {
        let ports = self.ports.iter().flatten().copied();
        let known: Vec<u16> = ports
            .clone()
            .filter(|port| Role::of_port(*port).is_some())
            .collect();
        if known.is_empty() {
            ports.filter(|port| *port != COMMAND_PORT).collect()
        } else {
            known
        }
    }

    /// Whether it listens on this port, and that is not its API.
    pub fn is_command_port(&self, port: u16) -> bool {
        let listens = self.ports.iter().flatten().any(|own| *own == port);
        listens && !self.api_ports().contains(&port)
    }

    /// Whether it may listen on other ports than these, because only its user can see on which it
    /// does, and that user's programs listen on others. One of them on these is taken for it; and
    /// below 1024 there is no Gateway.
    pub fn is_unaccounted(&self, ports: &Ports) -> bool {
        let (these, others): (Vec<u16>, Vec<u16>) = self
            .user_ports
            .iter()
            .partition(|port| ports.contains(**port));
        self.ports.is_none() && these.is_empty() && others.iter().any(|port| *port >= 1024)
    }
}

impl fmt::Display for RunningGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            ProgramKind::Tws => "TWS",
            _ => "IB Gateway",
        };
        let state = if self.is_stopped {
            "is stopped"
        } else {
            "runs"
        };
        write!(f, "{name} {state}, pid {}", self.pid)?;
        if let Some(up) = self.up {
            write!(
                f,
                ", up {}",
                humantime::format_duration(Duration::from_secs(up.as_secs()))
            )?;
        }
        if self.is_elsewhere {
            f.write_str(", in another network namespace")?;
            return match self.ports_there.as_deref() {
                None => f.write_str(": its ports are not seen from here"),
                Some([]) => f.write_str(", where it listens on no port"),
                Some(ports) => write!(f, ", where it listens on {}", joined(ports)),
            };
        }
        match self.ports.as_deref() {
            None => {
                write!(f, ", ports not seen")?;
                match self.user_ports.as_slice() {
                    [] => Ok(()),
                    ports => write!(f, "; its user listens on {}", joined(ports)),
                }
            }
            Some([]) => write!(f, ", listens on no port"),
            Some(ports) => write!(f, ", listens on {}", joined(ports)),
        }
    }
}

/// The known ports and those on which these listen.
pub fn ports_with(gateways: &[RunningGateway]) -> Ports {
    let known = Role::ALL.iter().map(|(port, _)| *port);
    let theirs = gateways.iter().filter_map(|gateway| gateway.ports.as_ref());
    known.chain(theirs.flatten().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(ports: Option<&[u16]>, user_ports: &[u16], is_elsewhere: bool) -> RunningGateway {
        RunningGateway {
            pid: Pid(7),
            kind: ProgramKind::Gateway,
            up: None,
            ports: ports.map(<[u16]>::to_vec),
            user_ports: user_ports.to_vec(),
            ports_there: None,
            is_stopped: false,
            is_elsewhere,
        }
    }

    #[test]
    fn a_gateway_that_cannot_be_read_may_be_where_only_its_user_listens() {
        let looked_at = Ports::from([4001, 4002]);
        let unaccounted = |gateway: RunningGateway| gateway.is_unaccounted(&looked_at);
        assert!(!unaccounted(gateway(Some(&[]), &[5900, 5998], false)));
        assert!(!unaccounted(gateway(None, &[], false)), "nowhere");
        assert!(!unaccounted(gateway(None, &[22], false)), "a server's");
        assert!(!unaccounted(gateway(None, &[4002, 5900], false)), "there");
        assert!(unaccounted(gateway(None, &[22, 5998], false)));
    }

    #[test]
    fn the_command_server_is_no_api() {
        let only_commands = gateway(Some(&[7462]), &[], false);
        assert!(only_commands.api_ports().is_empty() && only_commands.is_command_port(7462));
        let both = gateway(Some(&[4002, 5555]), &[], false);
        assert_eq!(both.api_ports(), [4002]);
        assert!(both.is_command_port(5555) && !both.is_command_port(4002));
        let moved = gateway(Some(&[5555, 7462]), &[], false);
        assert_eq!(moved.api_ports(), [5555]);
        assert!(!moved.is_command_port(5556), "it does not listen there");
        assert!(gateway(None, &[], false).api_ports().is_empty());
    }

    #[test]
    fn where_it_may_listen_is_told() {
        let told = |gateway: RunningGateway| gateway.to_string();
        let unseen = "IB Gateway runs, pid 7, ports not seen";
        assert_eq!(told(gateway(None, &[], false)), unseen);
        let where_else = format!("{unseen}; its user listens on 22, 5998");
        assert_eq!(told(gateway(None, &[22, 5998], false)), where_else);
        let seen = "IB Gateway runs, pid 7, listens on 4002";
        assert_eq!(told(gateway(Some(&[4002]), &[22, 4002], false)), seen);
        let there = RunningGateway {
            ports_there: Some(vec![4002]),
            ..gateway(None, &[], true)
        };
        let seen = "IB Gateway runs, pid 7, in another network namespace, where it listens on 4002";
        assert_eq!(told(there), seen);
    }
}
