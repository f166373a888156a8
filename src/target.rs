//! What the user means by a target, a client id or a duration: the only place where such
//! words are parsed and validated.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use crate::wire::{ServerVersion, VersionRange, VersionRangeError};

/// What a Gateway port conventionally serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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

/// Where a Gateway is expected: a host, not yet resolved, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A host name or an IP address without brackets.
    pub host: String,
    /// The TCP port, never 0.
    pub port: u16,
}

impl Target {
    /// The port `port` of this machine, by its IPv4 loopback address.
    pub fn loopback(port: u16) -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port,
        }
    }

    /// This address.
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

const TARGET_EXPECTED: &str =
    "expected host:port, a port from 1 to 65535, or paper, live, tws-paper, tws-live";

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Role::ALL[..4].iter().find(|(_, role)| role.name() == text);
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

/// Parses a TCP port, 1 to 65535.
pub fn parse_port(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("expected a port from 1 to 65535".to_owned()),
    }
}

/// Which client id a handshake uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientId {
    /// The first free one of 9000 to 9999, from a random start.
    Auto,
    /// Exactly this one; 0 sees other clients' orders and is used only when typed.
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

/// The client ids that `auto` walks: 9000 to 9999 once round, from a random start.
#[derive(Clone, Debug)]
pub struct ClientIds {
    next: i32,
}

impl ClientIds {
    const FIRST: i32 = 9000;
    const COUNT: i32 = 1000;

    /// Starts anywhere in the range.
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

/// Parses a duration such as `500ms`, `1.5s`, `2m` or `1h 30m`; a bare number is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected a duration such as 500ms, 5s, 1.5s or 2m";
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
    let text = text.trim();
    let parsed = parse_decimal(text).or_else(|| humantime::parse_duration(text).ok());
    parsed
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| EXPECTED.to_owned())
}

fn parse_decimal(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    if number.starts_with('.') || number.ends_with('.') {
        return None;
    }
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

/// Parses a span of time longer than zero.
pub fn parse_positive_duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("expected a duration longer than zero, such as 5s".to_owned()),
        duration => Ok(duration),
    }
}

/// Parses a range of versions to announce, inside of what ibdoc speaks.
pub fn parse_announced(text: &str) -> Result<VersionRange, String> {
    let spoken = VersionRange::SPOKEN;
    let range: VersionRange = text
        .parse()
        .map_err(|error: VersionRangeError| error.to_string())?;
    if spoken.contains(range.min) && spoken.contains(range.max) {
        Ok(range)
    } else {
        Err(format!(
            "expected a range inside {spoken}, which ibdoc speaks"
        ))
    }
}

/// Parses a number of handshakes, at most a million.
pub fn parse_attempts(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(attempts) if attempts <= 1_000_000 => Ok(attempts),
        _ => Err("expected a number of handshakes from 0 to 1000000".to_owned()),
    }
}

/// Parses a version that the simulated Gateway can speak, 100 to 226.
pub fn parse_server_version(text: &str) -> Result<ServerVersion, String> {
    let spoken = VersionRange::SPOKEN;
    match text.parse().map(ServerVersion) {
        Ok(version) if spoken.contains(version) => Ok(version),
        _ => Err(format!(
            "expected a version from {} to {}",
            spoken.min, spoken.max
        )),
    }
}

/// Parses minutes, fractions allowed, at most a week.
pub fn parse_minutes(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected minutes from 0 to 10080, such as 2 or 0.5";
    let minutes: f64 = text.trim().parse().map_err(|_| EXPECTED.to_owned())?;
    if !(0.0..=10_080.0).contains(&minutes) {
        return Err(EXPECTED.to_owned());
    }
    Ok(Duration::from_secs_f64(minutes * 60.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Result<String, String> {
        text.parse::<Target>().map(|target| target.to_string())
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
    fn durations_are_read_as_people_write_them() {
        let ms = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(ms("500ms"), Ok(500));
        assert_eq!(ms("5"), Ok(5_000));
        assert_eq!(ms("1.5s"), Ok(1_500));
        assert_eq!(ms("1m 30s"), Ok(90_000));
        assert_eq!(ms("0s"), Ok(0));
        for text in [
            "",
            "s",
            "-1s",
            "5 parsecs",
            "1.2.3s",
            ".5s",
            "NaN",
            "inf",
            "1e9h",
            "9999999h",
        ] {
            assert!(ms(text).is_err(), "{text}");
        }
        assert!(parse_positive_duration("0ms").is_err());
    }

    #[test]
    fn automatic_client_ids_stay_in_their_range_and_do_not_repeat() {
        let mut ids = ClientIds::from_random_start();
        let mut seen: Vec<i32> = (0..1000).map(|_| ids.take()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), seen[0], seen[999]), (1000, 9000, 9999));
    }

    #[test]
    fn minutes_may_be_fractions_but_not_nonsense() {
        assert_eq!(parse_minutes("0.5"), Ok(Duration::from_secs(30)));
        for text in ["-1", "NaN", "inf", "ten", "10081"] {
            assert!(parse_minutes(text).is_err(), "{text}");
        }
    }
}
