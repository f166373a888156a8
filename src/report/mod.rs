//! The JSON contract `ibdoc/1` as types: adding a field is fine, changing one is not.

pub mod client;
mod compare;
mod exec;
mod inspect;
mod login;
mod open_question;
mod other;
pub mod privacy;
pub mod read;
#[cfg(feature = "schema")]
pub mod schema;
mod soak;
mod tap;
mod trace;
mod trace_request;
mod watch;
pub mod worker;
mod zombies;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::client::Judgement;
use crate::event::{CensusCount, Event, Notice, Query, Stage};
use crate::event::{Close, Footprint};
use crate::finding::Finding;
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::machine::host::Host;
use crate::machine::listener::Listener;
use crate::machine::path::Path;
use crate::machine::role::Role;
use crate::machine::sockets::Transmission;
use crate::text::json::{Lasting, Millis, OptionalMillis, lasting};

pub use compare::*;
pub use exec::*;
pub use inspect::*;
pub use login::*;
pub use other::*;
pub use soak::*;
pub use tap::*;
pub use trace::*;
pub use trace_request::*;
pub use watch::*;
pub use zombies::*;

/// The name and version of the contract.
pub const SCHEMA: &str = "ibdoc/1";

/// Its committed JSON schema, as `ibdoc schema` prints it.
pub const SCHEMA_DOCUMENT: &str = include_str!("../../schema/ibdoc-1.json");

/// What every command answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = schema::lift_body))]
pub struct Report {
    /// The name and version of this contract.
    #[cfg_attr(feature = "schema", schemars(extend("const" = SCHEMA)))]
    #[serde(deserialize_with = "lasting")]
    pub schema: Lasting,
    /// The version of ibdoc.
    #[serde(deserialize_with = "lasting")]
    pub version: Lasting,
    /// The command, as typed.
    #[serde(deserialize_with = "lasting")]
    pub command: Lasting,
    /// Whether the Gateway was the embedded simulated one.
    pub simulated: bool,
    /// When the command began, RFC 3339 in UTC with milliseconds.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = schema::STARTED_AT)))]
    pub started_at: String,
    /// How long the command took.
    #[serde(rename = "elapsed_ms", with = "Millis")]
    pub elapsed: Duration,
    /// The answer in one word.
    pub verdict: Verdict,
    /// The headline: the verdict and what it rests on, in one sentence.
    #[serde(default)]
    pub summary: String,
    /// The machine on which ibdoc ran.
    #[serde(default)]
    pub host: Host,
    /// What was found, the principal finding first.
    pub findings: Vec<Finding>,
    /// What this run did to the Gateway.
    pub footprint: Footprint,
    /// Why ibdoc could not look; only with the verdict `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub error: Option<String>,
    /// Whether a signal ended the command before it was done; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The command's own part, under the command's name.
    #[serde(flatten, skip_deserializing)]
    pub body: Option<Body>,
    /// An exit status that the verdict alone does not give: the signal that ended it, or the
    /// answer of a health check.
    #[serde(skip)]
    pub exit_status: Option<ExitStatus>,
}

/// One line of ndjson.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Line<'a> {
    /// What happened while the command ran.
    Event(EventLine<'a>),
    /// The last line.
    Last(LastLine<'a>),
}

/// An event, with the client library whose handshake it belongs to.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventLine<'a> {
    /// What happened.
    #[serde(flatten)]
    pub event: &'a Event,
    /// The wall-clock time at which it was written, RFC 3339 in UTC with milliseconds; the events
    /// of a watch have that of their look instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String", regex(pattern = schema::STARTED_AT)))]
    pub time: Option<&'a str>,
    /// The client's name; only with `--as`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'a str>,
}

/// The last line of ndjson, with the time at which it was written.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LastLine<'a> {
    /// What the command answers.
    #[serde(flatten)]
    pub last: Last<'a>,
    /// The wall-clock time at which it was written, RFC 3339 in UTC with milliseconds.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = schema::STARTED_AT)))]
    pub time: &'a str,
}

/// What ends the lines of ndjson.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Last<'a> {
    /// What the command answers.
    Report(&'a Report),
}

/// The part of a report that belongs to one command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Of `ibdoc probe`.
    Probe(Probe),
    /// Of `ibdoc handshake`.
    Handshake(Handshake),
    /// Of `ibdoc zombies`.
    Zombies(Zombies),
    /// Of `ibdoc soak`.
    Soak(Box<Soak>),
    /// Of `ibdoc doctor`.
    Doctor(Doctor),
    /// Of `ibdoc health`.
    Health(Health),
    /// Of `ibdoc compare`.
    Compare(Box<Compare>),
    /// Of `ibdoc explain`.
    Explain(Explain),
    /// Of `ibdoc inspect`.
    Inspect(Inspect),
    /// Of `ibdoc sim`.
    Sim(Sim),
    /// Of `ibdoc tap`.
    Tap(Box<Tap>),
    /// Of `ibdoc trace`.
    Trace(Box<Trace>),
    /// Of `ibdoc watch`.
    Watch(Box<Watch>),
    /// Of `ibdoc worker`.
    Worker(worker::Worker),
}

/// The endpoints that were probed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// One for each address.
    pub endpoints: Vec<Endpoint>,
}

/// How an endpoint was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// From this machine's socket table, without a connection.
    Table,
    /// By a connection.
    Connect,
}

/// One probed address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Endpoint {
    /// The target as `host:port`.
    pub address: String,
    /// The host name or IP address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// What the port conventionally serves.
    pub role: Option<Role>,
    /// How it was looked at.
    pub method: Method,
    /// Whether a LISTEN row takes connections to it; null on another machine.
    pub listening: Option<bool>,
    /// Whether a connection went through; null when none was tried.
    pub reachable: Option<bool>,
    /// What came of the handshake, in words; null where none was made.
    #[serde(default)]
    pub answer: Option<String>,
    /// The negotiated version; null where no Gateway answered, or no handshake was made.
    #[serde(default)]
    pub server_version: Option<u16>,
    /// Whether nothing listens here, and it is forwarded: it connects all the same, or a rule of the
    /// packet filter says so.
    pub forwarded: bool,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", with = "OptionalMillis")]
    pub connect: Option<Duration>,
    /// The process that listens.
    pub listener: Option<Listener>,
    /// The way from it to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// How many client connections the port has; null on another machine.
    pub clients: Option<CensusCount>,
}

/// One API handshake.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Handshake {
    /// The address that was connected to, or the target where none was.
    pub address: String,
    /// The way from the listener to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// The client id, of the last try.
    pub client_id: i32,
    /// The announced range of versions, `MIN..MAX`.
    pub announced: String,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// The connection time in the Gateway's words.
    pub connection_time: Option<String>,
    /// From the start of the connect until accounts and id were there; null when they were not.
    #[serde(rename = "ready_ms", with = "OptionalMillis")]
    pub ready: Option<Duration>,
    /// Every stage, in order.
    pub stages: Vec<Stage>,
    /// The managed accounts, shortened unless asked otherwise; null when none came.
    pub accounts: Option<Vec<String>>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// Errors and notices, in the order in which they came.
    pub notices: Vec<Notice>,
    /// How many errors and notices came beyond those.
    pub notices_dropped: usize,
    /// The requests that were not made, by their names in reports: whether they would be answered is
    /// not known.
    pub not_asked: Vec<Query>,
    /// How the connection was closed; null when there was none.
    pub close: Option<Close>,
    /// What became of the bytes that were sent; null where the kernel does not tell it.
    #[serde(default)]
    pub network: Option<Transmission>,
    /// Whether the usual clients would have connected; only with `--as`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub clients: Vec<Judgement>,
}

/// What a command answers.
#[derive(Debug)]
pub enum Answer {
    /// A report, to be rendered in the format that was asked for.
    Report(Box<Report>),
    /// A document, to be printed as it is.
    Document(Cow<'static, str>),
    /// Nothing more: its lines are written, and this is the exit status.
    Told(ExitStatus),
}
