//! The recording of `ibdoc tap`: JSON lines, each a chunk, the first one of each file its header.
//!
//! A line is whole or it is nothing: after a SIGKILL all but the last one can be read. Where a file is
//! begun while sessions go on, each of them is met anew with the version agreed on.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::chunk::{Chunk, Closing, ConnectionId, DrillSpan, Ends, Timestamp, What};
use crate::event::Speaker;
use crate::wire::ServerVersion;

/// What the header of a recording calls its format.
pub const FORMAT: &str = "ibdoc-tap/1";

/// The first line of each file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The name and version of the format.
    pub format: String,
    /// The version of ibdoc that wrote it.
    pub version: String,
}

impl Header {
    /// The header of a file that this ibdoc writes.
    pub fn new() -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Default for Header {
    fn default() -> Self {
        Self::new()
    }
}

/// One line behind the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line<'a> {
    /// Microseconds since 1970, UTC.
    at_us: u64,
    connection: u64,
    side: Speaker,
    #[serde(flatten, borrow)]
    what: Recorded<'a>,
}

/// What a side did, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recorded<'a> {
    Met {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gateway: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<i32>,
        /// The version agreed on; only where the session goes on from an earlier file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u16>,
    },
    Connects(bool),
    Accepted(bool),
    /// Base64.
    #[serde(borrow)]
    Bytes(Cow<'a, str>),
    Gap(u64),
    NotReading(Option<u64>),
    Reads(bool),
    Repeated(u64),
    Unacknowledged(u64),
    Closed(Cow<'a, str>),
    Said(Cow<'a, str>),
    Drilled(#[serde(borrow)] Cow<'a, str>, DrillSpan),
    Over(bool),
}

/// A chunk as one line, without the line feed.
pub fn line(chunk: &Chunk<'_>) -> Result<String, serde_json::Error> {
    let what = match &chunk.what {
        What::Met(ends) => Recorded::Met {
            client: ends.client.clone(),
            gateway: ends.gateway.clone(),
            client_id: ends.client_id,
            version: ends.version.map(|version| version.0),
        },
        What::Connects => Recorded::Connects(true),
        What::Accepted => Recorded::Accepted(true),
        What::Bytes(bytes) => Recorded::Bytes(STANDARD.encode(bytes).into()),
        What::Gap(bytes) => Recorded::Gap(*bytes),
        What::NotReading(unread) => Recorded::NotReading(*unread),
        What::Reads => Recorded::Reads(true),
        What::Repeated(bytes) => Recorded::Repeated(*bytes),
        What::Unacknowledged(bytes) => Recorded::Unacknowledged(*bytes),
        What::Closed(how) => Recorded::Closed(name(*how).into()),
        What::Said(words) => Recorded::Said((*words).into()),
        What::Drilled(words, span) => Recorded::Drilled((*words).into(), *span),
        What::Over => Recorded::Over(true),
    };
    serde_json::to_string(&Line {
        at_us: u64::try_from(chunk.at.0.as_micros()).unwrap_or(u64::MAX),
        connection: chunk.connection.0,
        side: chunk.side,
        what,
    })
}

/// Reads a line, of the source with this number, and hands its chunk on; whether it was one.
pub fn read(line: &[u8], source: usize, take: &mut dyn FnMut(&Chunk<'_>)) -> bool {
    let Ok(text) = std::str::from_utf8(line) else {
        return false;
    };
    let Some(line) = parsed::<Line<'_>>(text) else {
        return false;
    };
    let bytes: Vec<u8>;
    let what = match &line.what {
        Recorded::Met {
            client,
            gateway,
            client_id,
            version,
        } => What::Met(Ends {
            client: client.clone(),
            gateway: gateway.clone(),
            client_id: *client_id,
            version: version.map(ServerVersion),
            source,
            is_of_tap: true,
            ..Ends::default()
        }),
        Recorded::Connects(_) => What::Connects,
        Recorded::Accepted(_) => What::Accepted,
        Recorded::Bytes(encoded) => {
            let Ok(decoded) = STANDARD.decode(encoded.as_bytes()) else {
                return false;
            };
            bytes = decoded;
            What::Bytes(&bytes)
        }
        Recorded::Gap(bytes) => What::Gap(*bytes),
        Recorded::NotReading(unread) => What::NotReading(*unread),
        Recorded::Reads(_) => What::Reads,
        Recorded::Repeated(bytes) => What::Repeated(*bytes),
        Recorded::Unacknowledged(bytes) => What::Unacknowledged(*bytes),
        Recorded::Closed(how) => What::Closed(named(how)),
        Recorded::Said(words) => What::Said(words),
        Recorded::Drilled(words, span) => What::Drilled(words, *span),
        Recorded::Over(_) => What::Over,
    };
    take(&Chunk {
        at: Timestamp(Duration::from_micros(line.at_us)),
        connection: ConnectionId(line.connection),
        side: line.side,
        what,
    });
    true
}

/// The header that a line is, if it is one of this format.
pub fn header(line: &[u8]) -> Option<Header> {
    let header: Header = parsed(std::str::from_utf8(line).ok()?)?;
    (header.format == FORMAT).then_some(header)
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    #[expect(clippy::disallowed_methods, reason = "the rule is one of the tests")]
    serde_json::from_str(text).ok()
}

fn name(how: Closing) -> &'static str {
    match how {
        Closing::Fin => "fin",
        Closing::Reset => "rst",
        Closing::TimedOut => "time-out",
        Closing::Unseen => "unseen",
    }
}

fn named(name: &str) -> Closing {
    match name {
        "fin" => Closing::Fin,
        "rst" => Closing::Reset,
        "time-out" => Closing::TimedOut,
        _ => Closing::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_reads_back_from_its_line() {
        let met = What::Met(Ends {
            client: Some("127.0.0.1:50000".to_owned()),
            gateway: Some("127.0.0.1:4002".to_owned()),
            version: Some(ServerVersion(178)),
            is_of_tap: true,
            ..Ends::default()
        });
        let all = [
            met,
            What::Connects,
            What::Accepted,
            What::Bytes(b"\x00\x00\x00\x05\xff49\x00"),
            What::Gap(7),
            What::NotReading(None),
            What::NotReading(Some(4_096)),
            What::Reads,
            What::Repeated(9),
            What::Unacknowledged(1),
            What::Closed(Closing::Fin),
            What::Closed(Closing::Reset),
            What::Closed(Closing::TimedOut),
            What::Closed(Closing::Unseen),
            What::Said("a \"word\""),
            What::Drilled("cut", DrillSpan::Once),
            What::Over,
        ];
        for what in all {
            let chunk = Chunk {
                at: Timestamp(Duration::from_micros(1_795_776_205_584_123)),
                connection: ConnectionId(3),
                side: Speaker::Gateway,
                what,
            };
            let line = line(&chunk).unwrap();
            let mut read_back = 0;
            assert!(
                read(line.as_bytes(), 0, &mut |it| {
                    read_back += 1;
                    assert_eq!(*it, chunk, "{line}");
                }),
                "{line}"
            );
            assert_eq!(read_back, 1);
        }
    }

    #[test]
    fn a_line_that_is_cut_off_is_no_chunk_and_no_header() {
        let chunk = Chunk {
            at: Timestamp::default(),
            connection: ConnectionId(1),
            side: Speaker::Client,
            what: What::Bytes(b"abc"),
        };
        let line = line(&chunk).unwrap();
        for end in 0..line.len() {
            assert!(!read(&line.as_bytes()[..end], 0, &mut |_| panic!(
                "a chunk"
            )));
        }
        let first = serde_json::to_string(&Header::new()).unwrap();
        assert_eq!(header(first.as_bytes()), Some(Header::new()));
        assert_eq!(header(line.as_bytes()), None);
    }
}
