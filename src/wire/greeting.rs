//! The greeting: what each end sends before the first framed message (docs/PROTOCOL.md, Greeting).

use bytes::{Buf, BufMut};

use super::text::{self, Fields};
use super::version::{self, ServerVersion, VersionRange};

const MAGIC: &[u8; 4] = b"API\0";
/// Real greetings are under 40 bytes, with connect options under 200.
const LONGEST: usize = 1024;

/// What a client says first: the versions it speaks, and perhaps connect options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientGreeting {
    /// The versions announced.
    pub range: VersionRange,
    /// What follows the range after a space, such as `+PACEAPI`; usually empty.
    pub options: String,
}

/// A greeting that does not follow the protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GreetingError {
    /// The client did not begin with `API` and a NUL.
    #[error("the greeting does not begin with \"API\\0\"")]
    Magic,
    /// The announced length is longer than any greeting.
    #[error("a greeting of {0} bytes is longer than any real one")]
    TooLong(usize),
    /// The client's version string has another form than `vMIN..MAX`.
    #[error("expected vMIN..MAX, not {0:?}")]
    Range(String),
    /// The server's reply does not begin with a version number.
    #[error("expected a server version, not {0:?}")]
    Version(String),
}

impl ClientGreeting {
    /// A greeting that announces the range, without connect options.
    pub fn new(range: VersionRange) -> Self {
        Self {
            range,
            options: String::new(),
        }
    }

    /// The whole greeting, ready to be sent as one packet.
    pub fn encode(&self) -> Vec<u8> {
        let mut announced = format!("v{}", self.range);
        if !self.options.is_empty() {
            announced.push(' ');
            announced.push_str(&self.options);
        }
        let mut bytes = Vec::with_capacity(8 + announced.len());
        bytes.put_slice(MAGIC);
        bytes.put_u32(u32::try_from(announced.len()).unwrap_or(u32::MAX));
        bytes.put_slice(announced.as_bytes());
        bytes
    }

    /// Reads a greeting from the first bytes of a connection: the greeting and its length in
    /// bytes, or `None` while more bytes are needed.
    ///
    /// A lone `vN` counts as `vN..N`: `@stoqey/ib` writes it so.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, GreetingError> {
        let magic = bytes.len().min(MAGIC.len());
        if bytes[..magic] != MAGIC[..magic] {
            return Err(GreetingError::Magic);
        }
        let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
        if rest.len() < 4 {
            return Ok(None);
        }
        let length = usize::try_from(rest.get_u32()).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(GreetingError::TooLong(length));
        }
        let Some(announced) = rest.get(..length) else {
            return Ok(None);
        };
        let announced = String::from_utf8_lossy(announced);
        let greeting = parse_announced(announced.trim_end_matches('\0'))
            .ok_or_else(|| GreetingError::Range(announced.clone().into_owned()))?;
        Ok(Some((greeting, MAGIC.len() + 4 + length)))
    }
}

fn parse_announced(text: &str) -> Option<ClientGreeting> {
    let (range, options) = text.split_once(' ').unwrap_or((text, ""));
    let range = range.strip_prefix('v')?;
    let range = match version::number(range) {
        Some(only) => VersionRange {
            min: ServerVersion(only),
            max: ServerVersion(only),
        },
        None => range.parse().ok()?,
    };
    Some(ClientGreeting {
        range,
        options: options.to_owned(),
    })
}

/// What a server answers: the version agreed on and its time of connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerGreeting {
    /// The version agreed on.
    pub version: ServerVersion,
    /// The server's time as it wrote it, usually `yyyymmdd HH:MM:SS TZ`; bytes that are not
    /// UTF-8 are replaced.
    pub connection_time: String,
}

impl ServerGreeting {
    /// The whole frame, ready to be sent as one packet with nothing behind it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        text::put_field(&mut bytes, &self.version.to_string());
        text::put_field(&mut bytes, &self.connection_time);
        super::frame::set_length(&mut bytes);
        bytes
    }

    /// Reads the body of the first frame from a server.
    pub fn decode(body: &[u8]) -> Result<Self, GreetingError> {
        let mut fields = Fields::new(body);
        let version = fields.next().map(text::lossy).unwrap_or_default();
        let version = version::number(&version)
            .ok_or_else(|| GreetingError::Version(version.chars().take(40).collect()))?;
        let connection_time = fields.next().map(text::lossy).unwrap_or_default();
        Ok(Self {
            version: ServerVersion(version),
            connection_time,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_is_the_official_one_also_when_both_ends_are_equal() {
        let only = ServerVersion(176);
        let greeting = ClientGreeting::new(VersionRange {
            min: only,
            max: only,
        });
        assert_eq!(greeting.encode(), b"API\0\0\0\0\x09v176..176");
        let greeting = ClientGreeting::new(VersionRange::SPOKEN);
        assert_eq!(greeting.encode(), b"API\0\0\0\0\x09v100..226");
    }

    #[test]
    fn a_greeting_is_read_in_any_pieces_and_leaves_what_follows() {
        let bytes = b"API\0\0\0\0\x12v100..157 +PACEAPInext";
        for end in 0..26 {
            assert_eq!(
                ClientGreeting::decode(&bytes[..end]),
                Ok(None),
                "{end} bytes"
            );
        }
        let (greeting, length) = ClientGreeting::decode(bytes).unwrap().unwrap();
        assert_eq!(
            (greeting.range.to_string().as_str(), length),
            ("100..157", 26)
        );
        assert_eq!(greeting.options, "+PACEAPI");
    }

    #[test]
    fn a_lone_version_is_a_range_of_one() {
        let (greeting, _) = ClientGreeting::decode(b"API\0\0\0\0\x04v193")
            .unwrap()
            .unwrap();
        assert_eq!(greeting.range.to_string(), "193..193");
    }

    #[test]
    fn a_client_that_speaks_something_else_is_refused_at_its_first_byte() {
        assert_eq!(ClientGreeting::decode(b"G"), Err(GreetingError::Magic));
        assert_eq!(ClientGreeting::decode(b"AP2"), Err(GreetingError::Magic));
        assert_eq!(
            ClientGreeting::decode(b"API\0\xff\xff\xff\xff"),
            Err(GreetingError::TooLong(0xffff_ffff))
        );
        assert!(matches!(
            ClientGreeting::decode(b"API\0\0\0\0\x02hi"),
            Err(GreetingError::Range(_))
        ));
    }

    #[test]
    fn a_time_zone_may_hold_spaces_and_bytes_that_are_not_utf_8() {
        let body = b"176\x0020261122 10:00:00 Mitteleurop\xe4ische Zeit\0";
        let greeting = ServerGreeting::decode(body).unwrap();
        assert_eq!(greeting.version, ServerVersion(176));
        assert_eq!(
            greeting.connection_time,
            "20261122 10:00:00 Mitteleurop\u{fffd}ische Zeit"
        );
    }

    #[test]
    fn a_reply_without_a_version_is_an_error_and_one_without_a_time_is_not() {
        assert!(ServerGreeting::decode(b"").is_err());
        assert!(ServerGreeting::decode(b"-1\0other.host\0").is_err());
        assert_eq!(
            ServerGreeting::decode(b"176\0").unwrap().connection_time,
            ""
        );
        assert_eq!(
            ServerGreeting::decode(b"176").unwrap().version,
            ServerVersion(176)
        );
    }
}
