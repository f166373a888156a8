//! What happened, as data: stages, notices and the events that progress and ndjson show.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::finding::Code;
use crate::report::ExecRun;
use crate::watch::Change;

/// Serialises a duration as milliseconds with three decimals.
pub(crate) fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(in_millis(*duration))
}

/// Serialises an optional duration as milliseconds with three decimals, or null.
#[expect(
    clippy::ref_option,
    reason = "serde's serialize_with passes a reference to the field"
)]
pub(crate) fn optional_millis<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => millis(duration, serializer),
        None => serializer.serialize_none(),
    }
}

/// Milliseconds, rounded to the microsecond.
pub fn in_millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// One of the requests by which a session proves that the account data comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Query {
    /// The Gateway's clock.
    Time,
    /// All positions.
    Positions,
    /// The account summary, a few tags.
    AccountSummary,
    /// Account values by request 76, which disturbs nobody.
    AccountValues,
    /// The account updates subscription, opt-in.
    AccountUpdates,
    /// Everyone's open orders, opt-in.
    Orders,
    /// Executions, opt-in.
    Executions,
}

impl Query {
    /// The name in reports, without the `sync:` of its stage.
    pub fn name(self) -> &'static str {
        &self.stage_name()["sync:".len()..]
    }

    fn stage_name(self) -> &'static str {
        match self {
            Query::Time => "sync:time",
            Query::Positions => "sync:positions",
            Query::AccountSummary => "sync:account-summary",
            Query::AccountValues => "sync:account-values",
            Query::AccountUpdates => "sync:account-updates",
            Query::Orders => "sync:orders",
            Query::Executions => "sync:executions",
        }
    }
}

/// The stages of a handshake, in the order in which they are passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageName {
    /// Host name to addresses.
    Resolve,
    /// TCP connect.
    Connect,
    /// The greeting, until the server's version.
    Version,
    /// startApi is sent.
    Start,
    /// Until the managed accounts and the next valid id are both there.
    Accounts,
    /// One request, until its end marker.
    Sync(Query),
    /// Half-close, until the other end has closed too.
    Close,
}

impl StageName {
    /// Every stage.
    pub const ALL: [StageName; 13] = [
        StageName::Resolve,
        StageName::Connect,
        StageName::Version,
        StageName::Start,
        StageName::Accounts,
        StageName::Sync(Query::Time),
        StageName::Sync(Query::Positions),
        StageName::Sync(Query::AccountSummary),
        StageName::Sync(Query::AccountValues),
        StageName::Sync(Query::AccountUpdates),
        StageName::Sync(Query::Orders),
        StageName::Sync(Query::Executions),
        StageName::Close,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            StageName::Resolve => "resolve",
            StageName::Connect => "connect",
            StageName::Version => "version",
            StageName::Start => "start",
            StageName::Accounts => "accounts",
            StageName::Sync(query) => query.stage_name(),
            StageName::Close => "close",
        }
    }
}

impl Serialize for StageName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageStatus {
    /// Passed.
    Ok,
    /// The other side refused or ended it.
    Failed,
    /// Its deadline passed.
    Timeout,
    /// Not tried, or not to be had.
    Skipped,
}

/// One stage with its times, which count from the start of the handshake.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Stage {
    /// Which stage.
    pub name: StageName,
    /// How it ended.
    pub status: StageStatus,
    /// When it began.
    #[serde(rename = "start_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub start: Duration,
    /// How long it took.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub elapsed: Duration,
    /// What came, or what went wrong, in a few words.
    pub detail: Option<String>,
    /// The finding that a stage without success makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Code")]
    pub code: Option<Code>,
}

/// An error or notice that the Gateway sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Notice {
    /// IB's number.
    pub code: i32,
    /// IB's words, cleaned and bounded.
    pub message: String,
    /// When it came, from the start of the handshake.
    #[serde(rename = "at_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub at: Duration,
}

/// One handshake of a soak, in a line.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AttemptSummary {
    /// Counted from 1.
    pub attempt: u32,
    /// Whether it had no finding of severity error.
    pub succeeded: bool,
    /// The principal finding, if any is graver than info.
    pub code: Option<Code>,
    /// The client id used.
    pub client_id: i32,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", serialize_with = "optional_millis")]
    #[schemars(with = "Option<f64>")]
    pub connect: Option<Duration>,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", serialize_with = "optional_millis")]
    #[schemars(with = "Option<f64>")]
    pub ready: Option<Duration>,
    /// The whole attempt.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub elapsed: Duration,
    /// When it began, since the soak began.
    #[serde(rename = "at_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub at: Duration,
    /// Whether the other end of its connection stayed in the socket table; null where that
    /// cannot be seen.
    pub left: Option<bool>,
}

/// What happened at one moment of a held session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// Since the session was held.
    #[serde(rename = "at_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub at: Duration,
    /// What kind of thing.
    pub kind: MomentKind,
    /// The finding it makes, if any.
    pub code: Option<Code>,
    /// IB's number, of a notice.
    pub number: Option<i32>,
    /// In words, cleaned and bounded.
    pub text: String,
}

impl Moment {
    /// Its text, after IB's number where it has one.
    pub fn words(&self) -> String {
        match self.number {
            Some(number) => format!("{number} {}", self.text),
            None => self.text.clone(),
        }
    }
}

/// What kind of thing happens to a held session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = crate::report::schema::open)]
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

/// Half-closed and unaccepted sockets seen on a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CensusCount {
    /// Connections that are up and accepted, counted once each at the Gateway's end.
    pub established: usize,
    /// Sockets in CLOSE_WAIT, on whichever side.
    pub close_wait: usize,
    /// Connections at the Gateway's end that nobody has accepted.
    pub unaccepted: usize,
}

/// How a check of the doctor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// Nothing is wrong.
    Ok,
    /// It works, but needs attention.
    Attention,
    /// It does not work.
    Failed,
    /// It would have been of no use.
    Skipped,
    /// It could not be looked at.
    Unknown,
}

/// One check of the doctor.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// Which.
    pub name: &'static str,
    /// How it ended.
    pub status: CheckStatus,
    /// What was seen, in a sentence.
    pub summary: String,
    /// How long it took.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub elapsed: Duration,
}

/// Something that happened while a command ran.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A stage of a handshake has ended.
    Stage(Stage),
    /// The Gateway sent an error or notice.
    Notice(Notice),
    /// A check of the doctor has ended.
    Check(Check),
    /// A wait goes on.
    Waiting {
        /// Since the command began.
        #[serde(serialize_with = "millis")]
        #[schemars(with = "f64")]
        elapsed_ms: Duration,
        /// What was seen last.
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
        /// For how long.
        #[serde(serialize_with = "millis")]
        #[schemars(with = "f64")]
        planned_ms: Duration,
    },
    /// A time request on a held session was answered or missed.
    Ping {
        /// Since the session was held.
        #[serde(serialize_with = "millis")]
        #[schemars(with = "f64")]
        at_ms: Duration,
        /// Round trip, null when missed.
        #[serde(serialize_with = "optional_millis")]
        #[schemars(with = "Option<f64>")]
        rtt_ms: Option<Duration>,
    },
    /// A fetch on a held session has ended.
    Fetch {
        /// Since the session was held.
        #[serde(serialize_with = "millis")]
        #[schemars(with = "f64")]
        at_ms: Duration,
        /// What was fetched.
        what: &'static str,
        /// Until its end marker, null when there was none.
        #[serde(serialize_with = "optional_millis")]
        #[schemars(with = "Option<f64>")]
        elapsed_ms: Option<Duration>,
    },
    /// A simulated Gateway accepts connections.
    Listening {
        /// Where.
        address: String,
        /// The version it speaks.
        server_version: u16,
        /// How it behaves.
        scenario: String,
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
    /// Something happened to a socket that is watched.
    Socket(Change),
}

/// Counts by finding code, in the order of the codes.
pub type CodeCounts = BTreeMap<Code, u32>;

/// Where events go: progress on a terminal, ndjson lines, a test's vector, or nowhere.
pub type Events<'a> = &'a mut dyn FnMut(Event);
