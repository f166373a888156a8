//! What the user means by a target and a client id.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::machine::role::Role;
use crate::text::typed::parse_port;

/// Where a Gateway is expected: a host, not yet resolved, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A host name or an IP address without brackets.
    pub host: String,
    /// The TCP port, never 0.
    pub port: u16,
}

impl Target {
    /// The port of this machine, at the IPv4 loopback address.
    pub fn loopback(port: u16) -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port,
        }
    }

    /// The target that is this address.
    pub fn address(address: std::net::SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }

    /// The conventional role of the port.
    pub fn role(&self) -> Option<Role> {
        Role::of_port(self.port)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A target as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedTarget {
    /// A host with its port, a port of this machine, or one of the names.
    Port(Target),
    /// A host alone: its known ports are tried.
    Host(String),
}

impl FromStr for TypedTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_bracketed = text.starts_with('[') && text.ends_with(']');
        if is_bracketed || is_ipv6(text) {
            might_have_port(text)?;
            let inner = text.trim_start_matches('[').trim_end_matches(']');
            return parse_host(&format!("[{inner}]")).map(Self::Host);
        }
        let is_host = !text.contains(':') && !text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_host || is_named(text) {
            return text.parse().map(Self::Port);
        }
        parse_host(text).map(Self::Host)
    }
}

impl fmt::Display for TypedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(target) => target.fmt(f),
            Self::Host(host) => f.write_str(host),
        }
    }
}

/// Errs where the last group of a bare IPv6 address reads as a port too: `::1:4002`.
fn might_have_port(text: &str) -> Result<(), String> {
    let Some((host, port)) = text.rsplit_once(':').filter(|_| !text.starts_with('[')) else {
        return Ok(());
    };
    let is_port = port.len() >= 4 && port.bytes().all(|byte| byte.is_ascii_digit());
    if is_port && host.parse::<Ipv6Addr>().is_ok() {
        return Err(format!(
            "an IPv6 address goes in brackets: [{host}]:{port} with a port, [{text}] without"
        ));
    }
    Ok(())
}

/// What can be typed for a target, for the help.
pub const TARGET_HELP: &str =
    "host:port, a host (its known ports are tried), a port, or paper, live, tws-paper, tws-live";

/// What can be typed for a target that has to have a port, for the help.
pub const PORT_HELP: &str = "host:port, a port, or paper, live, tws-paper, tws-live";

const TARGET_EXPECTED: &str =
    "expected host:port, a port from 1 to 65535, or paper, live, tws-paper, tws-live";

fn is_named(text: &str) -> bool {
    let mut names = Role::ALL[..NAMED].iter();
    names.any(|(_, role)| role.name() == text)
}

/// How many of [`Role::ALL`] can be typed by name: a relay's port says nothing of what it serves.
const NAMED: usize = 4;

impl Target {
    /// The names that can be typed for a target, for completions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Role::ALL[..NAMED].iter().map(|(_, role)| role.name())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Role::ALL[..NAMED]
            .iter()
            .find(|(_, role)| role.name() == text);
        if let Some((port, _)) = named {
            return Ok(Self::loopback(*port));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return parse_port(text)
                .map(Self::loopback)
                .map_err(|_| TARGET_EXPECTED.to_owned());
        }
        let (host, port) = text.rsplit_once(':').ok_or(TARGET_EXPECTED)?;
        let port = parse_port(port).map_err(|_| TARGET_EXPECTED.to_owned())?;
        Ok(Self {
            host: parse_host(host)?,
            port,
        })
    }
}

fn parse_host(host: &str) -> Result<String, String> {
    if let Some(inner) = host.strip_prefix('[') {
        return inner
            .strip_suffix(']')
            .filter(|inner| is_ipv6(inner))
            .map(str::to_owned)
            .ok_or_else(|| "expected an IPv6 address between the brackets".to_owned());
    }
    if host.contains(':') {
        return Err("an IPv6 address goes in brackets: [::1]:4002".to_owned());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if host.is_empty() || host.len() > 253 || !host.bytes().all(allowed) {
        return Err(TARGET_EXPECTED.to_owned());
    }
    Ok(host.to_owned())
}

/// An IPv6 address, a link-local one with its interface.
fn is_ipv6(text: &str) -> bool {
    let (address, interface) = text.split_once('%').unwrap_or((text, "lo"));
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    address.parse::<Ipv6Addr>().is_ok()
        && (1..=15).contains(&interface.len())
        && interface.bytes().all(named)
}

/// The client id that a handshake uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientId {
    /// The first free one of 9000 to 9999, from a random start.
    Auto,
    /// This id; 0 sees the orders of other clients and is used only when typed.
    Fixed(i32),
}

impl FromStr for ClientId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse::<i32>() {
            Ok(id) if id >= 0 => Ok(Self::Fixed(id)),
            _ => Err("expected auto or a number from 0 to 2147483647".to_owned()),
        }
    }
}

/// The client ids of `auto`: 9000 to 9999 from a random start, then from 9000 again.
#[derive(Clone, Debug)]
pub struct ClientIds {
    next: i32,
}

impl ClientIds {
    const FIRST: i32 = 9000;
    const COUNT: i32 = 1000;

    /// Starts at a random id of the range, so that programs which start together seldom collide.
    pub fn from_random_start() -> Self {
        Self {
            next: fastrand::i32(0..Self::COUNT),
        }
    }

    /// The next id, wrapping after 9999.
    pub fn take(&mut self) -> i32 {
        let id = Self::FIRST + self.next;
        self.next = (self.next + 1) % Self::COUNT;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::joined;

    fn target(text: &str) -> Result<String, String> {
        text.parse::<Target>().map(|target| target.to_string())
    }

    #[test]
    fn what_is_said_of_a_target_names_every_name() {
        let names = joined(Role::ALL[..NAMED].iter().map(|(_, role)| role.name()));
        assert_eq!(names, "paper, live, tws-paper, tws-live");
        assert!(TARGET_HELP.ends_with(&names) && TARGET_EXPECTED.ends_with(&names));
    }

    #[test]
    fn a_target_is_an_address_a_port_or_a_name() {
        assert_eq!(target("paper").unwrap(), "127.0.0.1:4002");
        assert_eq!(target("tws-live").unwrap(), "127.0.0.1:7496");
        assert_eq!(target("4004").unwrap(), "127.0.0.1:4004");
        assert_eq!(target("gw.example:4001").unwrap(), "gw.example:4001");
        assert_eq!(target("[::1]:4002").unwrap(), "[::1]:4002");
        assert_eq!(
            target("[fe80::1%eth0]:4002").unwrap(),
            "[fe80::1%eth0]:4002"
        );
    }

    #[test]
    fn a_host_alone_is_one_whose_ports_are_tried() {
        let typed = |text: &str| text.parse::<TypedTarget>();
        let host = |text: &str| Ok(TypedTarget::Host(text.to_owned()));
        for (text, meant) in [
            ("ib-gateway", "ib-gateway"),
            ("10.0.0.5", "10.0.0.5"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("fe80::1%eth0", "fe80::1%eth0"),
            ("[2001:db8::1:4002]", "2001:db8::1:4002"),
            ("2001:db8:0:0:0:0:1:4002", "2001:db8:0:0:0:0:1:4002"),
        ] {
            assert_eq!(typed(text), host(meant), "{text}");
        }
        for text in ["paper", "4002", "gw:4002", "[::1]:4002", "127.0.0.1:4002"] {
            assert!(matches!(typed(text), Ok(TypedTarget::Port(_))), "{text}");
        }
        let both = typed("::1:4002").unwrap_err();
        assert!(
            both.contains("[::1]:4002") && both.contains("[::1:4002]"),
            "{both}"
        );
        for text in [
            "", "0", "65536", ":4002", "a b", "gw:0", "[gw]", "[::1", "gw\u{1b}", "[::1]x",
        ] {
            assert!(typed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_malformed_target_says_what_was_expected() {
        for text in [
            "",
            "0",
            "65536",
            "99999999999",
            "gateway",
            "host:",
            "host:0",
            ":4002",
            "::1:4002",
            "[nonsense]:4002",
            "a b:4002",
            "host:40\u{1b}02",
            "relay-live",
        ] {
            let error = target(text).expect_err(text);
            assert!(
                error.contains("expected") || error.contains("brackets"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn automatic_client_ids_stay_in_their_range_and_do_not_repeat() {
        let mut ids = ClientIds::from_random_start();
        let mut seen: Vec<i32> = (0..1000).map(|_| ids.take()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), seen[0], seen[999]), (1000, 9000, 9999));
    }
}
