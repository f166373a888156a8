//! A path as data: its hops, how it ends, and the words for it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::machine::World;
use crate::machine::listener;
use crate::machine::pid::Pid;
use crate::machine::process::ProgramKind;
use crate::machine::role::{COMMAND_PORT, Role};
use crate::machine::sockets::{self, SocketTable};

/// The way from an address of this machine to what listens behind it, as far as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Path {
    /// Who listens, from the address that was asked for inwards; at least one.
    pub hops: Vec<Hop>,
    /// Whether the address is another one than the first hop's: nothing listens on it, and this
    /// machine's packet filter forwards it (DNAT).
    #[serde(default)]
    pub forwarded: bool,
    /// How it ends.
    pub end: End,
    /// Where the last hop passes on, as `host:port`, where nothing is seen to listen there, or a hop
    /// before it does.
    pub target: Option<String>,
    /// The machine to whose session of ssh the last hop belongs (`ssh -R`): the Gateway is behind that
    /// one.
    #[serde(default)]
    pub session_from: Option<Box<IpAddr>>,
    /// The hop back to which the last one leads.
    #[serde(skip)]
    pub back_to: Option<usize>,
    /// The namespace in which that address is, where it is known.
    #[serde(skip)]
    pub target_place: Place,
    /// Whether that address is but what a file says that has changed since the last hop was started.
    #[serde(skip)]
    pub may_differ: bool,
}

/// How a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum End {
    /// The last hop is no relay.
    Reached,
    /// The last hop is a relay, and nothing listens where it passes on.
    NothingListens,
    /// The last hop is a relay back to a hop before it, or to itself: a connection would add others
    /// without end.
    Loop,
    /// The last hop is a relay to another machine, or to a network namespace that is not seen.
    OutOfSight,
    /// Who listens, or where it passes on, cannot be seen.
    Unknown,
}

/// One listener on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hop {
    /// The address under which it is reached by the hop before it.
    pub address: SocketAddr,
    /// The process; null when its owner could not be seen.
    pub pid: Option<Pid>,
    /// The program's name.
    pub name: Option<String>,
    /// What kind of program it is.
    pub kind: ProgramKind,
    /// The container or network namespace in which it listens; null in ibdoc's own.
    pub place: Option<String>,
    /// How its namespace is looked into.
    #[serde(skip)]
    pub seat: Place,
}

/// A network namespace of this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The one in which ibdoc runs.
    #[default]
    Own,
    /// The one of this process.
    Of(Pid),
}

impl Place {
    /// Calls `look` with the table of this namespace; `None` if its process has gone.
    pub fn with_table<T>(
        self,
        world: &World,
        look: impl FnOnce(&dyn SocketTable) -> T,
    ) -> Option<T> {
        match self {
            Self::Own => Some(look(world.table.as_ref())),
            Self::Of(pid) => sockets::in_namespace_of(pid).map(|table| look(table.as_ref())),
        }
    }

    /// Calls `act` in this network namespace; `None` where that cannot be entered.
    pub(super) fn within<T: Send>(self, act: impl FnOnce() -> T + Send) -> Option<T> {
        match self {
            Self::Own => Some(act()),
            #[cfg(target_os = "linux")]
            Self::Of(pid) => {
                let process = std::path::PathBuf::from(format!("/proc/{pid}"));
                sockets::linux::Namespaced::new(&process).within(act)
            }
            #[cfg(not(target_os = "linux"))]
            Self::Of(_) => None,
        }
    }
}

impl Hop {
    /// Its port and who listens, such as `4002 IB Gateway (pid 3)`.
    pub fn who(&self) -> String {
        listener::title(self.kind, self.name.as_deref(), self.pid)
    }

    /// Where it listens, in words that follow a name; empty in ibdoc's own namespace.
    pub fn whereabouts(&self) -> String {
        let place = self.place.as_deref();
        place.map_or_else(String::new, |place| format!(", in {place}"))
    }

    /// The socket table of its network namespace; `None` where that is ibdoc's own.
    pub fn table(&self) -> Option<Box<dyn SocketTable>> {
        match self.seat {
            Place::Own => None,
            Place::Of(pid) => sockets::in_namespace_of(pid),
        }
    }

    /// Calls `act` in its network namespace; `None` where that cannot be entered.
    pub fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> Option<T> {
        self.seat.within(act)
    }

    /// Whether it is a program of which it is not known whether it passes connections on.
    pub(super) fn may_be_relay(&self) -> bool {
        listener::may_be_relay(self.kind, self.name.as_deref(), self.pid)
    }

    /// Whether it is in ibdoc's own network namespace.
    pub fn is_here(&self) -> bool {
        self.seat == Place::Own
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}{}",
            self.address.port(),
            self.who(),
            self.whereabouts()
        )
    }
}

impl Path {
    /// The Gateway's own listener behind at least one relay, if it is in sight: its owner need not be on
    /// a port of its own.
    pub fn behind(&self) -> Option<&Hop> {
        let last = self.hops.last()?;
        let is_its_own = |role: Role| !role.is_relay();
        let is_gateways = match self.end {
            End::Reached => true,
            End::Unknown if last.pid.is_none() => {
                Role::of_port(last.address.port()).is_some_and(is_its_own)
            }
            _ => false,
        };
        (is_gateways && self.hops.len() > 1).then_some(last)
    }

    /// The hop back to which the last one leads, in a loop.
    pub fn loops_to(&self) -> Option<&Hop> {
        self.hops.get(self.back_to?)
    }

    /// Whether it ends at a relay behind which nothing is seen, or, on a port on which a relay belongs, at
    /// a listener that is not seen or is no known program: only a handshake tells more.
    pub fn leads_out_of_sight(&self) -> bool {
        let is_relays = |hop: &Hop| Role::of_port(hop.address.port()).is_some_and(Role::is_relay);
        let is_relay = |hop: &Hop| match (hop.kind, self.end) {
            (ProgramKind::Relay, End::OutOfSight | End::Unknown) => true,
            (ProgramKind::Unknown, _) => hop.pid.is_none() && is_relays(hop),
            _ => hop.may_be_relay() && is_relays(hop),
        };
        self.hops.last().is_some_and(is_relay)
    }

    /// Whether it ends, as far as it is seen, at the usual port of IBC's command server, which tells
    /// nothing of the API.
    pub fn may_end_at_command_server(&self) -> bool {
        let is_its = |last: &Hop| last.pid.is_none() && last.address.port() == COMMAND_PORT;
        self.hops.last().is_some_and(is_its)
    }

    /// The ports on which hops listen in ibdoc's own network namespace.
    pub fn ports_here(&self) -> impl Iterator<Item = u16> {
        let here = self.hops.iter().filter(|hop| hop.is_here());
        here.map(|hop| hop.address.port())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = None;
        if self.forwarded {
            f.write_str("forwarded → ")?;
        }
        for (index, hop) in self.hops.iter().enumerate() {
            let arrow = if index > 0 { " → " } else { "" };
            write!(f, "{arrow}{} {}", hop.address.port(), hop.who())?;
            // Two hops of one container name it once.
            if hop.place != place {
                let here = ", in this network namespace".to_owned();
                f.write_str(&hop.place.as_ref().map_or(here, |_| hop.whereabouts()))?;
                place.clone_from(&hop.place);
            }
        }
        let target = self.target.as_deref();
        match (self.end, target) {
            (End::Reached, _) => Ok(()),
            (End::NothingListens, target) => {
                let target = target.unwrap_or("its target");
                write!(f, " → {target}, where nothing listens")
            }
            (End::Loop, target) => {
                let target = target.unwrap_or("a hop before it");
                write!(f, " → {target} again: a loop")
            }
            (End::OutOfSight | End::Unknown, Some(target)) if self.may_differ => write!(
                f,
                " → {target} by its configuration file, which has changed since it was started: it \
                 may pass on to another address until it is reloaded"
            ),
            (End::OutOfSight | End::Unknown, Some(target)) => {
                write!(f, " → {target}, which is not seen from here")
            }
            (End::OutOfSight | End::Unknown, None) => {
                if let Some(from) = &self.session_from {
                    let words = "forwarded for a session of ssh from";
                    return write!(f, " → {words} {from}: the Gateway is behind that machine");
                }
                let last = self.hops.last();
                match last.map(|hop| hop.kind) {
                    Some(ProgramKind::Relay) => f.write_str(" → where it passes on is not seen"),
                    _ => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(port: u16, name: &str, kind: ProgramKind, place: Option<&str>) -> Hop {
        Hop {
            address: ([127, 0, 0, 1], port).into(),
            pid: Some(Pid(u32::from(port))),
            name: Some(name.to_owned()),
            kind,
            place: place.map(str::to_owned),
            seat: Place::Own,
        }
    }

    fn path(hops: Vec<Hop>, end: End, target: Option<&str>) -> String {
        let target = target.map(str::to_owned);
        let target_place = Place::Own;
        Path {
            hops,
            forwarded: false,
            end,
            target,
            session_from: None,
            back_to: None,
            target_place,
            may_differ: false,
        }
        .to_string()
    }

    #[test]
    fn a_path_is_told_in_one_line() {
        let socat = hop(4004, "socat", ProgramKind::Relay, None);
        let gateway = hop(
            4002,
            "java",
            ProgramKind::Gateway,
            Some("container 0123456789ab"),
        );
        let told = path(vec![socat.clone(), gateway], End::Reached, None);
        let expected =
            "4004 socat (pid 4004) → 4002 IB Gateway (pid 4002), in container 0123456789ab";
        assert_eq!(told, expected);
        let told = path(
            vec![socat.clone()],
            End::NothingListens,
            Some("127.0.0.1:4002"),
        );
        assert_eq!(
            told,
            "4004 socat (pid 4004) → 127.0.0.1:4002, where nothing listens"
        );
        let told = path(vec![socat.clone()], End::Loop, Some("127.0.0.1:4004"));
        assert_eq!(told, "4004 socat (pid 4004) → 127.0.0.1:4004 again: a loop");
        let told = path(vec![socat], End::Unknown, None);
        assert_eq!(
            told,
            "4004 socat (pid 4004) → where it passes on is not seen"
        );
    }

    #[test]
    fn a_container_is_named_once() {
        let place = Some("container 0123456789ab");
        let proxy = hop(4004, "docker-proxy", ProgramKind::Relay, None);
        let socat = hop(4004, "socat", ProgramKind::Relay, place);
        let gateway = hop(4002, "java", ProgramKind::Gateway, place);
        let told = path(vec![proxy, socat, gateway], End::Reached, None);
        assert_eq!(told.matches("container").count(), 1, "{told}");
    }
}
