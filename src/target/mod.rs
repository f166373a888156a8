//! What the user means by a target and a client id.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::machine::role::Role;
use crate::text::alike::likest;
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

/// The port that this name stands for.
fn named(text: &str) -> Option<u16> {
    let mut named = Role::ALL[..NAMED].iter();
    let found = named.find(|(_, role)| role.name() == text);
    found.map(|(port, _)| *port)
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(port) = named(text) {
            return Ok(Self::loopback(port));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return parse_port(text)
                .map(Self::loopback)
                .map_err(|_| TARGET_EXPECTED.to_owned());
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| unlike(text))?;
        let port = parse_port(port).map_err(|_| unlike(text))?;
        Ok(Self {
            host: parse_host(host)?,
            port,
        })
    }
}

/// What was expected, and what was probably meant.
fn unlike(text: &str) -> String {
    match meant(text) {
        Some(meant) => format!("{TARGET_EXPECTED}; did you mean {meant}?"),
        None => TARGET_EXPECTED.to_owned(),
    }
}

/// The target that was probably meant: a name with a slip in it, or a host without its port.
fn meant(text: &str) -> Option<String> {
    if let Some(name) = likest(text, Target::names()) {
        return Some(name.to_owned());
    }
    let (host, name) = text.split_once(':').unwrap_or((text, "paper"));
    let (host, port) = (parse_host(host).ok()?, named(name)?);
    Some(format!("{host}:{port}"))
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
mod tests;
