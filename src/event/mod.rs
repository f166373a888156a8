//! What happened, as data: stages, notices and the events that progress and ndjson show.

mod check;
mod conduct;
mod footprint;
pub mod interrupt;
mod message;
mod outage;
mod soak;
mod socket;
mod stage;
mod start;
mod state;
mod tap;
mod worker;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

pub use self::check::{Check, CheckStatus};
pub use self::conduct::{Conduct, ConductSeen};
pub use self::footprint::{AcceptQueue, Footprint};
pub use self::message::{MessageRole, Speaker, TraceMessage};
pub use self::outage::{Outage, OutageKind};
pub use self::soak::{AttemptSummary, ExecRun, Moment, MomentKind, Tapped};
pub use self::socket::{CensusCount, Change, Owner, Side, WatchStart, What};
pub use self::stage::{Close, CloseHow, Notice, Query, Stage, StageName, StageStatus};
pub use self::start::Start;
pub use self::state::{ChangeKind, GatewaysWatched, LostTime, State, StateChange};
pub use self::tap::{DrillStep, TapClient, TapClientChange, TapDoor, TapStart};
pub use self::worker::{Dropped, EventsSkipped, ReconnectFailed, Reconnected, Restarted, WorkerId};
use crate::finding::Code;
use crate::text::json::{Millis, OptionalMillis};

/// Something that happened while a command ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run begins: the first line.
    Start(Start),
    /// A stage of a handshake has ended.
    Stage(Stage),
    /// The Gateway sent an error or notice.
    Notice(Notice),
    /// A check of the doctor has ended.
    Check(Check),
    /// The handshake of a client library begins; the events after it are that client's.
    Client {
        /// The client's name.
        name: &'static str,
        /// Its number among the clients, from 1.
        number: u32,
        /// How many clients there are.
        of: u32,
    },
    /// A wait goes on.
    Waiting {
        /// How long the command has run.
        #[serde(rename = "elapsed_ms", with = "Millis")]
        elapsed: Duration,
        /// How long it may take at most, counted in the same way.
        #[serde(rename = "limit_ms", with = "Millis")]
        limit: Duration,
        /// Why it goes on: what was seen last.
        reason: String,
    },
    /// A soak begins its handshakes.
    Attempts {
        /// How many are planned.
        planned: u32,
    },
    /// A handshake of a soak has ended.
    Attempt(AttemptSummary),
    /// A soak begins to hold one session.
    Holding {
        /// How long it is to be held.
        #[serde(rename = "planned_ms", with = "Millis")]
        planned: Duration,
    },
    /// A time request on a held session was answered or missed.
    Ping {
        /// When, counted from the start of the held session.
        #[serde(rename = "at_ms", with = "Millis")]
        at: Duration,
        /// The round trip; null when no answer came.
        #[serde(rename = "rtt_ms", with = "OptionalMillis")]
        rtt: Option<Duration>,
    },
    /// A fetch on a held session has ended.
    Fetch {
        /// When, counted from the start of the held session.
        #[serde(rename = "at_ms", with = "Millis")]
        at: Duration,
        /// What was fetched.
        what: &'static str,
        /// How long its end marker took; null when none came.
        #[serde(rename = "elapsed_ms", with = "OptionalMillis")]
        elapsed: Option<Duration>,
    },
    /// A simulated Gateway accepts connections.
    Listening {
        /// The address it listens on, `host:port`.
        address: String,
        /// The version it speaks.
        server_version: u16,
        /// The scenario it follows, as it is typed.
        scenario: String,
    },
    /// A client has connected to the simulated Gateway.
    ClientConnected {
        /// The number of the connection, from 1.
        connection: u64,
    },
    /// A client has asked the simulated Gateway something.
    ClientAsked {
        /// The number of the connection.
        connection: u64,
        /// The client id; absent before the start of the session.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(with = "i32"))]
        client_id: Option<i32>,
        /// The message id on the wire, without the offset of protobuf.
        message: u32,
        /// The message's name in IB's sources; absent where ibdoc does not know it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(with = "String"))]
        name: Option<&'static str>,
    },
    /// A client's connection to the simulated Gateway has ended.
    ClientEnded {
        /// The number of the connection.
        connection: u64,
    },
    /// Something happened to a held session: a drop, a new one, a notice.
    Moment(Moment),
    /// A soak begins to run the user's own program.
    Runs {
        /// How many runs are planned.
        planned: u32,
        /// Whether what the program prints is passed on to stderr.
        shows_output: bool,
    },
    /// A run of the user's own program has ended.
    Exec(ExecRun),
    /// The socket table was looked at.
    Census(CensusCount),
    /// A watch of sockets has begun.
    Watching(WatchStart),
    /// Something happened to a socket that is watched.
    Socket(Change),
    /// A message of a recorded session was met.
    Message(TraceMessage),
    /// A relay has begun.
    TapStart(TapStart),
    /// A relay lets clients in, or does not any more.
    TapDoor(TapDoor),
    /// Something happened to a client of a relay.
    TapClient(TapClient),
    /// A drill did a step.
    Drill(DrillStep),
    /// A watch of Gateways has begun.
    GatewaysWatched(GatewaysWatched),
    /// The state of a Gateway that is watched has changed.
    State(StateChange),
    /// Ibdoc itself did not run for a while: it was stopped, or the machine slept.
    LostTime(LostTime),
    /// The other side has ended the session of a worker.
    Dropped(Dropped),
    /// A worker has a session again.
    Reconnected(Reconnected),
    /// A worker could not make a new session.
    ReconnectFailed(ReconnectFailed),
    /// The process that keeps the session of a worker was started again.
    Restarted(Restarted),
    /// Events of a worker were not written.
    EventsSkipped(EventsSkipped),
    /// A client that is watched does something else than before with what comes.
    Conduct(ConductSeen),
    /// Something is awaited from now on; only for progress.
    #[serde(skip)]
    Awaiting {
        /// What, as in "waiting for the version".
        what: String,
        /// For how long at most.
        limit: Option<Duration>,
    },
    /// The user is asked something at the terminal; only for progress.
    #[serde(skip)]
    Asking,
    /// The accounts of a session, in full; only for those that shorten them.
    #[serde(skip)]
    Accounts(Vec<String>),
    /// A notice beyond those that a session keeps; only for those that count them.
    #[serde(skip)]
    LaterNotice(Notice),
}

impl Event {
    /// Something is awaited from now on, for so long at most.
    pub fn awaiting(what: impl Into<String>, limit: Duration) -> Self {
        Self::Awaiting {
            what: what.into(),
            limit: Some(limit),
        }
    }

    /// Whether it is no news for ndjson, but for what stands between the command and its user.
    pub fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Awaiting { .. } | Self::Asking | Self::Accounts(_) | Self::LaterNotice(_)
        )
    }
}

/// Counts by finding code, in the order of the codes.
pub type CodeCounts = BTreeMap<Code, u32>;

/// Where events go: progress on a terminal, ndjson lines, a test's vector, or nowhere.
pub type Events<'a> = &'a mut dyn FnMut(Event);
