//! Server versions: what a Gateway of each version can do (docs/PROTOCOL.md, Frames), and the ranges
//! that a client announces.

use std::fmt;
use std::str::FromStr;

/// The protocol version that client and server agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion(
    /// The number as it travels.
    pub u16,
);

impl ServerVersion {
    /// `startApi` carries optional capabilities.
    pub const OPTIONAL_CAPABILITIES: Self = Self(72);
    /// The oldest version with framed messages, hence the oldest spoken here.
    pub const FRAMED: Self = Self(100);
    /// Account updates of several accounts (request 76) exist.
    pub const ACCOUNT_UPDATES_MULTI: Self = Self(103);
    /// Completed orders (request 99) exist.
    pub const COMPLETED_ORDERS: Self = Self(150);
    /// Errors carry the JSON of a rejected advanced order.
    pub const ADVANCED_ORDER_REJECT: Self = Self(166);
    /// Errors carry their time and no longer a version of their own.
    pub const ERROR_TIME: Self = Self(194);
    /// The current time can be asked in milliseconds.
    pub const CURRENT_TIME_MILLIS: Self = Self(197);
    /// The filter of executions carries a number of days and a list of dates.
    pub const EXECUTION_DAYS: Self = Self(200);
    /// Message ids are binary; executions and errors are protobuf.
    pub const PROTOBUF: Self = Self(201);
    /// Open and completed orders are protobuf.
    pub const PROTOBUF_OPEN_ORDERS: Self = Self(204);
    /// The newest version spoken here.
    pub const NEWEST: Self = Self(226);

    /// Whether every message id is four bytes, in front of a text or protobuf body.
    pub fn has_binary_ids(self) -> bool {
        self >= Self::PROTOBUF
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The versions a client announces, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionRange {
    /// The oldest version the client accepts.
    pub min: ServerVersion,
    /// The newest version the client accepts.
    pub max: ServerVersion,
}

impl VersionRange {
    /// Every version this codec speaks.
    pub const SPOKEN: Self = Self {
        min: ServerVersion::FRAMED,
        max: ServerVersion::NEWEST,
    };

    /// Whether the version lies in the range.
    pub fn contains(self, version: ServerVersion) -> bool {
        (self.min..=self.max).contains(&version)
    }

    /// The version a server whose newest is `server` agrees on, if the ranges meet.
    pub fn negotiate(self, server: ServerVersion) -> Option<ServerVersion> {
        let agreed = self.max.min(server);
        (agreed >= self.min).then_some(agreed)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.min, self.max)
    }
}

/// A version range that was not written as `MIN..MAX`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionRangeError {
    /// The text has another form.
    #[error("expected MIN..MAX, for example 100..226, not {0:?}")]
    Form(String),
    /// The first version is above the last.
    #[error("expected MIN..MAX with MIN not above MAX, not {0}..{1}")]
    Reversed(u16, u16),
}

impl FromStr for VersionRange {
    type Err = VersionRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (min, max) = text
            .split_once("..")
            .and_then(|(min, max)| Some((number(min)?, number(max)?)))
            .ok_or_else(|| VersionRangeError::Form(text.to_owned()))?;
        if min > max {
            return Err(VersionRangeError::Reversed(min, max));
        }
        Ok(Self {
            min: ServerVersion(min),
            max: ServerVersion(max),
        })
    }
}

/// Digits only: `u16::from_str` alone would also take a sign.
pub(super) fn number(text: &str) -> Option<u16> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reads_back_what_it_shows() {
        let range = VersionRange::SPOKEN;
        assert_eq!(range.to_string(), "100..226");
        assert_eq!("100..226".parse(), Ok(range));
    }

    #[test]
    fn a_malformed_range_says_what_was_expected() {
        for text in [
            "",
            "..",
            "100",
            "100..",
            "..200",
            "100..+200",
            "a..b",
            "100...200",
            "1..99999",
        ] {
            let error = text.parse::<VersionRange>().unwrap_err().to_string();
            assert!(error.contains("expected MIN..MAX"), "{text:?}: {error}");
        }
        assert_eq!(
            "200..100".parse::<VersionRange>(),
            Err(VersionRangeError::Reversed(200, 100))
        );
    }

    #[test]
    fn the_smaller_maximum_is_agreed_on_and_only_if_the_ranges_meet() {
        let range = VersionRange {
            min: ServerVersion(157),
            max: ServerVersion(178),
        };
        assert_eq!(
            range.negotiate(ServerVersion(226)),
            Some(ServerVersion(178))
        );
        assert_eq!(
            range.negotiate(ServerVersion(160)),
            Some(ServerVersion(160))
        );
        assert_eq!(range.negotiate(ServerVersion(156)), None);
    }
}
