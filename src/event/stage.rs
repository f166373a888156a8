//! The stages of a handshake, their times, and the notices that came meanwhile.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::finding::Code;
use crate::text::json::{Millis, known};

/// One of the requests by which a session proves that the account data comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Query {
    /// The Gateway's clock.
    Time,
    /// All positions.
    Positions,
    /// The account summary, a few tags.
    AccountSummary,
    /// Account values by request 76, which disturbs no other program (docs/PROTOCOL.md, Requests
    /// that disturb).
    AccountValues,
    /// The subscription of account updates, only when asked for.
    AccountUpdates,
    /// The open orders of ibdoc's own client id, as a client library asks at its start.
    OpenOrders,
    /// The open orders of all clients, only when asked for.
    Orders,
    /// The orders completed today, only when asked for.
    CompletedOrders,
    /// Executions, which every client library asks at its start and which disturb no other program.
    Executions,
}

impl Query {
    /// Every request.
    pub const ALL: [Query; 9] = [
        Query::Time,
        Query::Positions,
        Query::AccountSummary,
        Query::AccountValues,
        Query::Executions,
        Query::OpenOrders,
        Query::Orders,
        Query::CompletedOrders,
        Query::AccountUpdates,
    ];

    /// The name in reports, without the `sync:` of its stage.
    pub fn name(self) -> &'static str {
        &self.stage_name()["sync:".len()..]
    }

    /// The name in sentences.
    pub fn words(self) -> String {
        self.name().replace('-', " ")
    }

    fn stage_name(self) -> &'static str {
        match self {
            Query::Time => "sync:time",
            Query::Positions => "sync:positions",
            Query::AccountSummary => "sync:account-summary",
            Query::AccountValues => "sync:account-values",
            Query::AccountUpdates => "sync:account-updates",
            Query::OpenOrders => "sync:open-orders",
            Query::Orders => "sync:orders",
            Query::CompletedOrders => "sync:completed-orders",
            Query::Executions => "sync:executions",
        }
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let named = |name: &str| Query::ALL.into_iter().find(|it| it.name() == name);
        known(from, "request", named)
    }
}

impl Serialize for Query {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
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
    pub const ALL: [StageName; 15] = [
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
        StageName::Sync(Query::OpenOrders),
        StageName::Sync(Query::Orders),
        StageName::Sync(Query::CompletedOrders),
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

impl<'de> Deserialize<'de> for StageName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let named = |name: &str| StageName::ALL.into_iter().find(|it| it.name() == name);
        known(from, "stage", named)
    }
}

impl Serialize for StageName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StageStatus {
    /// It passed.
    Ok,
    /// The other side refused it, or ended the connection.
    Failed,
    /// Its deadline passed.
    Timeout,
    /// It was not tried, or the Gateway does not offer it.
    Skipped,
}

/// One stage with its times, which count from the start of the handshake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stage {
    /// The name of the stage.
    pub name: StageName,
    /// How it ended.
    pub status: StageStatus,
    /// When it began.
    #[serde(rename = "start_ms", with = "Millis")]
    pub start: Duration,
    /// How long it took.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
    /// What came, or what went wrong, in a few words.
    pub detail: Option<String>,
    /// The finding that a stage without success makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Code"))]
    pub code: Option<Code>,
}

/// An error or notice that the Gateway sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Notice {
    /// IB's number.
    pub code: i32,
    /// IB's words, without control characters and at most 300 characters.
    pub message: String,
    /// The request that it answers, or −1.
    pub request_id: i32,
    /// When it came, from the start of the handshake.
    #[serde(rename = "at_ms", with = "Millis")]
    pub at: Duration,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Close {
    /// How it ended.
    pub how: CloseHow,
    /// How long the other end took to close.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
    /// Whether it was not reset but left to the kernel, which repeats what another machine has not
    /// acknowledged, and then the end.
    #[serde(default)]
    pub unconfirmed: bool,
}

/// The ways in which a connection can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CloseHow {
    /// Both ends closed.
    Clean,
    /// Both ends closed, but a relay is at the other end: it tells nothing of the Gateway.
    Relayed,
    /// The connection was reset, or is `unconfirmed`.
    Reset,
}
