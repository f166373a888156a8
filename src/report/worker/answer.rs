//! What `ibdoc worker` answers.

use serde::Serialize;

use super::data::WorkerData;
use crate::event::WorkerId;
use crate::finding::Code;

/// What `ibdoc worker` answers to one command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerAnswer {
    /// The id of the command; null where the line has none that can be answered.
    pub id: Option<WorkerId>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: WorkerOutcome,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum WorkerOutcome {
    /// It was carried out: the end marker of what was asked has come.
    Success {
        /// What was asked for.
        data: WorkerData,
    },
    /// It was not.
    Error(WorkerError),
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerError {
    /// The finding, or a word of the worker's own.
    pub code: WorkerCode,
    /// What is wrong, in one sentence.
    pub message: String,
    /// IB's number, where the Gateway refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "i32"))]
    pub number: Option<i32>,
    /// What to do, in the order in which to try it; only after a connect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<String>,
    /// When a connect may be tried again, in milliseconds; only with `too-soon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub retry_after_ms: Option<u64>,
}

impl WorkerError {
    /// An error with this code and nothing more than a sentence.
    pub fn new(code: impl Into<WorkerCode>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            number: None,
            remedies: Vec::new(),
            retry_after_ms: None,
        }
    }
}

/// The code of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WorkerCode {
    /// A finding; `ibdoc explain` tells more.
    Finding(Code),
    /// A word of the worker's own.
    Own(WorkerWord),
}

impl From<Code> for WorkerCode {
    fn from(code: Code) -> Self {
        Self::Finding(code)
    }
}

impl From<WorkerWord> for WorkerCode {
    fn from(word: WorkerWord) -> Self {
        Self::Own(word)
    }
}

/// The codes of errors that are no findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum WorkerWord {
    /// The line is no JSON, or longer than 1 MiB.
    InvalidLine,
    /// The line is JSON, but no command with an id.
    InvalidRequest,
    /// There is no such command.
    UnknownCommand,
    /// The command does not take these parameters.
    InvalidParams,
    /// A command with this id is not answered yet.
    DuplicateId,
    /// There is no session.
    NotConnected,
    /// There is a session already, or one is being made.
    AlreadyConnected,
    /// There was no session within the deadline of the command.
    TimedOut,
    /// The next connection would come too soon after those that failed.
    TooSoon,
    /// This machine could not look or connect: it says nothing of the Gateway.
    CouldNotLook,
    /// This version of the Gateway does not know the request.
    UnknownToGateway,
    /// The answer is larger than there is room for.
    AnswerTooLarge,
    /// The session was ended by `disconnect` meanwhile.
    Disconnected,
    /// The worker ends.
    Ended,
    /// The process that kept the session has ended.
    WorkerLost,
}
