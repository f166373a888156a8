//! What happens in a soak: a handshake, a moment of the held session, a run of the user's program.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::Code;
use crate::text::json::{Millis, OptionalMillis};

/// One handshake of a soak, in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttemptSummary {
    /// The number of the handshake, counted from 1.
    pub attempt: u32,
    /// Whether it had no finding of severity error.
    pub succeeded: bool,
    /// The principal finding, if one is more severe than info.
    pub code: Option<Code>,
    /// The client id used.
    pub client_id: i32,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", with = "OptionalMillis")]
    pub connect: Option<Duration>,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", with = "OptionalMillis")]
    pub ready: Option<Duration>,
    /// How long the whole attempt took.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
    /// When it began, counted from the start of the soak.
    #[serde(rename = "at_ms", with = "Millis")]
    pub at: Duration,
    /// Whether the other end of its connection stayed in the socket table; null where that
    /// cannot be seen.
    pub left: Option<bool>,
}

/// What happened at one moment of a held session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Moment {
    /// When, counted from the start of the held session.
    #[serde(rename = "at_ms", with = "Millis")]
    pub at: Duration,
    /// The kind of what happened.
    pub kind: MomentKind,
    /// The finding that follows from it, if any.
    pub code: Option<Code>,
    /// IB's number, if it is a notice.
    pub number: Option<i32>,
    /// What happened, in words; the Gateway's own are without control characters and at most 300
    /// characters.
    pub text: String,
}

impl Moment {
    /// A moment from which no finding follows, and that is no notice.
    pub fn new(at: Duration, kind: MomentKind, text: impl Into<String>) -> Self {
        Self {
            at,
            kind,
            code: None,
            number: None,
            text: text.into(),
        }
    }

    /// The text, behind IB's number where there is one.
    pub fn words(&self) -> String {
        match self.number {
            Some(number) => format!("{number} {}", self.text),
            None => self.text.clone(),
        }
    }
}

/// The kinds of what can happen to a held session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum MomentKind {
    /// The other side ended the session.
    Drop,
    /// A new session could not be made.
    ReconnectFailed,
    /// A session was made: the first, or a new one after a drop.
    Up,
    /// The Gateway sent an error or notice.
    Notice,
    /// A time request and its repeat stayed unanswered.
    MissedPing,
    /// A fetch got no end marker, or was refused.
    MissedFetch,
}

/// One run of the user's program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExecRun {
    /// The number of the run, counted from 1.
    pub run: u32,
    /// Its exit status; null when a signal ended it.
    pub exit_status: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it was ended at its deadline.
    pub timed_out: bool,
    /// Whether it ended with status 0 in time and left nothing behind.
    pub succeeded: bool,
    /// From its start to its end or deadline.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
    /// The most memory that it and its descendants had resident, each process counted in full;
    /// null where it cannot be seen.
    pub peak_memory_bytes: Option<u64>,
    /// What its memory stayed within, where the kernel tells no more: a program that had less than
    /// ibdoc itself, and ended before it could be looked at; else null.
    #[serde(default)]
    pub memory_at_most_bytes: Option<u64>,
    /// Whether it was seen with an established connection to the Gateway's port; null where
    /// that cannot be seen, and where one may have been too short to be seen.
    pub connected: Option<bool>,
    /// The most bytes that lay unread in its connection for a second, in which it read nothing;
    /// null where that cannot be seen.
    pub unread_bytes: Option<u64>,
    /// Sockets on the Gateway's port that it left half closed or not accepted; null where that
    /// cannot be seen.
    pub left: Option<u32>,
    /// Connections that processes which outlived it still held; null where that cannot be seen,
    /// or when it was ended at its deadline.
    pub held: Option<u32>,
    /// Other processes of its group that had to be ended; null where they cannot be seen.
    pub others_ended: Option<u32>,
    /// Other processes of its group that were left alone because one of them ignores SIGHUP, as `nohup` makes it; null where
    /// they cannot be seen.
    pub others_left: Option<u32>,
    /// Whether the neutral handshake after it succeeded; null when there was none.
    pub neutral: Option<bool>,
    /// What it said and read, as the relay of `--through-tap` saw it; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Tapped"))]
    pub tapped: Option<Tapped>,
}

/// What a run of the user's program said and read, as a relay in front of the Gateway saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tapped {
    /// Sessions that it began.
    pub sessions: u32,
    /// Those of them in which accounts and id came.
    pub ready: u32,
    /// Messages that it sent.
    pub sent: u64,
    /// Messages that came for it.
    pub received: u64,
    /// For how long it read nothing of what came, altogether.
    #[serde(rename = "not_reading_ms", with = "Millis")]
    pub not_reading: Duration,
    /// Requests whose answer was never complete, in words; the first few.
    pub unfinished: Vec<String>,
    /// Sessions that it left open when it ended, or that a reset of its own ended.
    pub not_closed: u32,
}
