//! The part of a report that belongs to `trace`, and to `tap`, which ends with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::trace_request::{TraceKind, TraceRequest};
use super::trace_story::{TraceReaction, TraceRecovery, TraceStory};
use crate::event::{Speaker, Stage};
use crate::text::json::{Millis, OptionalMillis};
use crate::text::words::counted;

/// What recordings show of the sessions in them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trace {
    /// The recordings that were read, in order.
    pub sources: Vec<TraceSource>,
    /// What the times of the recordings are.
    pub clock: TraceClock,
    /// The sessions, in the order in which they began.
    pub sessions: Vec<TraceSession>,
    /// How many sessions there were beyond those.
    pub sessions_dropped: u64,
    /// Each client's sessions as one story, one line each; only where a client connected again.
    pub stories: Vec<TraceStory>,
    /// The steps of a drill of `ibdoc tap`, with the time of day.
    #[serde(default)]
    pub drill: Vec<String>,
    /// How each client that lost its session to the drill took it.
    #[serde(default)]
    pub recoveries: Vec<TraceRecovery>,
    /// How each client took what the drill said to it, or that nothing came or went.
    #[serde(default)]
    pub reactions: Vec<TraceReaction>,
    /// Connections in the recordings that carried another protocol, or nothing that could be read.
    pub other_connections: u64,
    /// What else is to be known, such as that sessions of one log were told apart by guess.
    pub notes: Vec<String>,
}

/// One recording.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceSource {
    /// The file, as it was typed; `-` for stdin.
    pub name: String,
    /// What it turned out to be.
    pub kind: RecordingKind,
    /// How many bytes were read.
    pub bytes: u64,
    /// How many lines or packets it has.
    pub records: u64,
    /// How many of those could not be read, and were passed over.
    pub unreadable: u64,
    /// Whether it ends in the middle of a line or packet.
    pub cut_off: bool,
}

/// What a recording is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum RecordingKind {
    /// Nothing that is known.
    #[default]
    Unknown,
    /// The DEBUG log of `ib_insync` or `ib_async`.
    Log,
    /// A recording of `ibdoc tap`.
    Tap,
    /// A capture in the format of libpcap.
    Pcap,
    /// A capture in the format pcapng.
    Pcapng,
}

/// What the times of a recording are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum TraceClock {
    /// Dates and times in UTC.
    #[default]
    Utc,
    /// Dates and times without a zone: the local time of the machine that recorded.
    Local,
    /// Times of day without a date.
    TimeOfDay,
    /// There are none: only the order is known.
    None,
}

/// One session of a client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceSession {
    /// Its number, from 1, in the order in which the sessions began.
    pub session: u32,
    /// The recording that it is in, by its place among the sources.
    pub source: usize,
    /// The earlier session that this one is, as another recording shows it; null where it is its own.
    #[serde(default)]
    pub same_as: Option<u32>,
    /// The client's address; null where the recording does not name it.
    pub client: Option<String>,
    /// The Gateway's address; null where the recording does not name it.
    pub gateway: Option<String>,
    /// When its first chunk was recorded; RFC 3339, with `Z` where it is UTC.
    pub began: Option<String>,
    /// When its last chunk was recorded.
    pub ended: Option<String>,
    /// From the first to the last.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
    /// Whether its beginning was recorded.
    pub has_beginning: bool,
    /// Which client it is.
    pub who: TraceClient,
    /// The version agreed on, or what was assumed; null where no message came.
    pub server_version: Option<u16>,
    /// Whether that version was assumed, since it was not recorded.
    pub version_assumed: bool,
    /// The connection time in the Gateway's words.
    pub connection_time: Option<String>,
    /// The accounts, shortened unless asked otherwise; null when none came.
    pub accounts: Option<Vec<String>>,
    /// The waterfall as this client saw it, from its first chunk on.
    pub stages: Vec<Stage>,
    /// Requests: those of the start-up, those that did not end well and the slowest ones, in the order
    /// in which they were made.
    pub requests: Vec<TraceRequest>,
    /// How many requests there were beyond those.
    pub requests_dropped: u64,
    /// All requests by kind.
    pub kinds: Vec<TraceKind>,
    /// Errors and notices, in the order in which they came.
    pub notices: Vec<TraceNotice>,
    /// How many errors and notices came beyond those.
    pub notices_dropped: u64,
    /// What the client's program said of the connection in its log, with the time of day.
    pub said: Vec<String>,
    /// What a drill of `ibdoc tap` did while it was open, with the time of day.
    #[serde(default)]
    pub drills: Vec<String>,
    /// What the client sent.
    pub sent: TraceSide,
    /// What the Gateway sent.
    pub received: TraceSide,
    /// Messages of kinds that are not known.
    pub unknown: Vec<TraceUnknown>,
    /// The most messages that the client sent within one second.
    pub most_a_second: u64,
    /// When that second began.
    pub most_at: Option<String>,
    /// In how many seconds it sent more than the 50 that a Gateway takes.
    pub seconds_over_limit: u64,
    /// How it was closed; null where the recording ends before.
    pub close: Option<TraceClose>,
    /// How many messages came when, for a picture.
    pub activity: TraceActivity,
}

/// Which client a session is of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceClient {
    /// The library, by its name after `--as`; null where it could not be told.
    pub name: Option<String>,
    /// The library in words, or what it could be.
    pub title: String,
    /// By what it was recognised.
    pub by: String,
    /// The announced range of versions, `MIN..MAX`; null where it was not recorded.
    pub announced: Option<String>,
    /// What followed the range, such as `+PACEAPI`.
    pub options: Option<String>,
    /// The client id.
    pub client_id: Option<i32>,
    /// The optional capabilities that it sent with it.
    pub capabilities: Option<String>,
    /// What it asked first, in order, by the names in IB's sources.
    pub start_up: Vec<String>,
}

/// An error or notice of a recorded session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceNotice {
    /// IB's number.
    pub code: i32,
    /// IB's words, without control characters and at most 300 characters.
    pub message: String,
    /// The request id that it carries, or −1.
    pub request_id: i32,
    /// The request that it is about, in words; null where none is known.
    pub request: Option<String>,
    /// When it came.
    pub at: Option<String>,
    /// The same, from the first chunk of the session.
    #[serde(rename = "start_ms", with = "Millis")]
    pub start: Duration,
}

/// What one side of a recorded session sent, and left unread.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceSide {
    /// Messages, greetings included.
    pub messages: u64,
    /// Bytes.
    pub bytes: u64,
    /// Bytes that are missing in the recording.
    pub missing: u64,
    /// Bytes that belong to no message that could be read.
    pub unreadable: u64,
    /// The longest time in which it sent nothing.
    #[serde(rename = "longest_silence_ms", with = "Millis")]
    pub longest_silence: Duration,
    /// When that began.
    pub silent_since: Option<String>,
    /// For how long it read nothing, so that no more could be sent to it, altogether.
    #[serde(rename = "not_reading_ms", with = "Millis")]
    pub not_reading: Duration,
    /// When that began for the first time.
    pub not_reading_since: Option<String>,
    /// The most bytes that waited for it to be read, as far as known.
    pub unread_bytes: Option<u64>,
    /// Bytes that it sent again, since the other side did not acknowledge them.
    pub repeated_bytes: u64,
    /// Bytes of it that the other side never acknowledged.
    pub unacknowledged_bytes: u64,
}

/// Messages of a kind that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceUnknown {
    /// The side that sent them.
    pub from: Speaker,
    /// Their message id.
    pub id: u32,
    /// How many there were.
    pub count: u64,
}

/// How a recorded session was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceClose {
    /// The side that closed first.
    pub first: Speaker,
    /// How it did.
    pub how: ClosingKind,
    /// When it did.
    pub at: Option<String>,
    /// How the other side closed then; null where it did not before the recording ends.
    pub other: Option<ClosingKind>,
    /// How long after.
    #[serde(rename = "other_ms", with = "OptionalMillis")]
    pub other_after: Option<Duration>,
    /// Whether it was the client's program that said so in its log: how is not to be seen there.
    pub by_log: bool,
    /// Whether the other side may have closed before: the last of what it sent is missing in the recording.
    #[serde(default, rename = "unsure")]
    pub is_unsure: bool,
}

/// How a side closed its half of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum ClosingKind {
    /// In order, by a FIN.
    Fin,
    /// By a reset.
    Rst,
    /// By giving up on the other side, which did not answer any more.
    TimeOut,
    /// It is not recorded how.
    Unseen,
}

/// Messages over time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceActivity {
    /// How long each stretch is; the first begins with the session.
    #[serde(rename = "stretch_ms", with = "Millis")]
    pub stretch: Duration,
    /// Messages of the client in each stretch.
    pub client: Vec<u64>,
    /// Messages of the Gateway in each stretch.
    pub gateway: Vec<u64>,
}

impl Trace {
    /// How clients took a drill, a sentence each.
    pub fn judged(&self) -> impl Iterator<Item = &str> {
        let recoveries = self.recoveries.iter().map(|it| it.summary.as_str());
        recoveries.chain(self.reactions.iter().map(|it| it.summary.as_str()))
    }

    /// In one line.
    pub(super) fn sentence(&self) -> String {
        let own = || self.sessions.iter().filter(|it| it.same_as.is_none());
        let sessions = own().count() as u64 + self.sessions_dropped;
        let messages: u64 = own()
            .map(|it| it.sent.messages + it.received.messages)
            .sum();
        let (sessions, messages) = (counted(sessions, "session"), counted(messages, "message"));
        format!("{sessions} with {messages}, and nothing wrong in what was recorded")
    }
}
