//! The JSON contract `ibdoc/1` as types: adding a field is fine, changing one is not.

mod body;
pub mod client;
mod compare;
mod exec;
mod handshake;
mod headline;
mod inspect;
mod login;
mod open_question;
pub mod privacy;
mod probe;
pub mod read;
#[cfg(test)]
mod schema;
mod soak;
mod stability;
mod tap;
mod trace;
mod trace_request;
mod trace_story;
mod watch;
pub mod worker;
mod zombies;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::client::Judgement;
use crate::event::{Event, Footprint};
use crate::finding::Finding;
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::machine::host::Host;
use crate::text::json::{Lasting, Millis, lasting};

pub use body::*;
pub use compare::*;
pub use exec::*;
pub use handshake::Handshake;
pub use inspect::*;
pub use login::*;
pub use probe::*;
pub use soak::*;
pub use stability::*;
pub use tap::*;
pub use trace::*;
pub use trace_request::*;
pub use trace_story::*;
pub use watch::*;
pub use zombies::*;

/// The name and version of the contract.
pub const SCHEMA: &str = "ibdoc/1";

/// Its committed JSON schema, as `ibdoc schema` prints it.
pub const SCHEMA_DOCUMENT: &str = include_str!("../../schema/ibdoc-1.json");

/// What every command answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transform = schema::lift_body))]
pub struct Report {
    /// The name and version of this contract.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
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
    #[cfg_attr(test, schemars(regex(pattern = schema::STARTED_AT)))]
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
    #[cfg_attr(test, schemars(with = "String"))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Line<'a> {
    /// What happened while the command ran.
    Event(EventLine<'a>),
    /// The last line.
    Last(LastLine<'a>),
}

/// An event, with the client library whose handshake it belongs to.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventLine<'a> {
    /// What happened.
    #[serde(flatten)]
    pub event: &'a Event,
    /// The wall-clock time at which it was written, RFC 3339 in UTC with milliseconds; the events
    /// of a watch have that of their look instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = schema::STARTED_AT)))]
    pub time: Option<&'a str>,
    /// The client's name; only with `--as`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'a str>,
}

/// The last line of ndjson, with the time at which it was written.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LastLine<'a> {
    /// What the command answers.
    #[serde(flatten)]
    pub last: Last<'a>,
    /// The wall-clock time at which it was written, RFC 3339 in UTC with milliseconds.
    #[cfg_attr(test, schemars(regex(pattern = schema::STARTED_AT)))]
    pub time: &'a str,
}

/// What ends the lines of ndjson.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Last<'a> {
    /// What the command answers.
    Report(&'a Report),
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
