//! The unit of every recording: what one side of one connection did at one moment.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::event::Speaker;
use crate::report::TraceClock;
use crate::text::clock::with_millis;
use crate::wire::ServerVersion;

/// A moment by the clock of the recording: since 1970 in UTC, or in its local time where it names no
/// zone; since midnight where it names no day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(
    /// The time since 1970.
    pub Duration,
);

impl Timestamp {
    /// This moment of the machine's clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self(since.unwrap_or_default())
    }

    /// How long after `earlier` it is; nothing where it is before.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 with milliseconds and without a zone.
    pub fn date_and_time(self) -> String {
        let time = SystemTime::UNIX_EPOCH.checked_add(self.0);
        let mut text = with_millis(time.unwrap_or(SystemTime::UNIX_EPOCH));
        text.pop();
        text
    }

    /// The time of day: `10:43:25.584`.
    pub fn time_of_day(self) -> String {
        let (seconds, millis) = (self.0.as_secs(), self.0.subsec_millis());
        let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
        format!("{hours:02}:{minutes:02}:{:02}.{millis:03}", seconds % 60)
    }
}

/// One connection of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(
    /// A number that no other connection of the recordings has.
    pub u64,
);

/// Bits of the number within one recording; above them stands the number of the recording.
const NUMBER: u32 = 32;

impl Chunk<'_> {
    /// That the recording of this place went on until then, on no connection of its own: what was open
    /// waited as long.
    pub(super) fn goes_on(until: Timestamp, source: usize) -> Self {
        Self {
            at: until,
            connection: ConnectionId::in_source(0, source),
            side: Speaker::Client,
            what: What::Over,
        }
    }
}

impl ConnectionId {
    /// The connection with this number in the recording of this place.
    pub fn in_source(number: u64, source: usize) -> Self {
        Self(number & (u64::MAX >> NUMBER) | (source as u64) << NUMBER)
    }

    /// The place of the recording that it is in.
    pub fn source(self) -> usize {
        usize::try_from(self.0 >> NUMBER).unwrap_or(usize::MAX)
    }
}

/// The two ends of a connection, and what is known of it before its first chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The client's address, or its name in a log.
    pub client: Option<String>,
    /// The Gateway's address.
    pub gateway: Option<String>,
    /// The client library, where the recording names it.
    pub library: Option<&'static str>,
    /// The client id, where the recording names it apart from the start of the API.
    pub client_id: Option<i32>,
    /// The version agreed on, where the recording goes on in the middle of a session.
    pub version: Option<ServerVersion>,
    /// The file or stream, by its number.
    pub source: usize,
    /// What its times are.
    pub clock: TraceClock,
    /// Whether a tap recorded it, which stands between the two ends.
    pub is_of_tap: bool,
}

/// How a side ended its half of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// In order: a FIN, an end of stream.
    Fin,
    /// By a reset.
    Reset,
    /// The other end was given up: it did not answer any more.
    TimedOut,
    /// It is said that it ended, and not how.
    Unseen,
}

impl fmt::Display for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Closing::Fin => "FIN",
            Closing::Reset => "RST",
            Closing::TimedOut => "time-out",
            Closing::Unseen => "closed",
        })
    }
}

/// How long a step of a drill works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrillSpan {
    /// At that moment only.
    Once,
    /// Until the drill is over.
    Lasts,
    /// It ends what lasted.
    Over,
}

/// What a side did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// The connection is met for the first time.
    Met(Ends),
    /// The client asks for the connection.
    Connects,
    /// The connection is accepted.
    Accepted,
    /// The side sent these bytes, in order.
    Bytes(&'a [u8]),
    /// So many bytes of the side are missing in the recording; what follows is out of step.
    Gap(u64),
    /// The side leaves what it is sent unread, so that no more fits; as many bytes as are known.
    NotReading(Option<u64>),
    /// The side reads again.
    Reads,
    /// The side sent so many bytes again, since the other one had not acknowledged them.
    Repeated(u64),
    /// So many bytes of the side were never acknowledged by the other one.
    Unacknowledged(u64),
    /// The side closed its half.
    Closed(Closing),
    /// The client's program said this of the connection, in its log.
    Said(&'a str),
    /// A drill of tap did this, to every connection of the recording.
    Drilled(&'a str, DrillSpan),
    /// Nothing more comes of the connection.
    Over,
}

/// What one side of one connection did at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// When.
    pub at: Timestamp,
    /// On which connection.
    pub connection: ConnectionId,
    /// The side.
    pub side: Speaker,
    /// What it did.
    pub what: What<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_date_and_as_time_of_day() {
        let at = Timestamp(Duration::from_millis(1_795_776_205_584));
        assert_eq!(at.date_and_time(), "2026-11-27T10:43:25.584");
        assert_eq!(at.time_of_day(), "10:43:25.584");
        assert_eq!(at.since(Timestamp(Duration::MAX)), Duration::ZERO);
    }
}
