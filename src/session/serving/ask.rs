//! What can be asked of a session that serves, and what comes of it.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use crate::event::Notice;
use crate::finding::Code;
use crate::wire::{AccountUpdateMulti, Execution, Position, Request, ServerVersion, SummaryValue};

/// A question to the Gateway; none of them disturbs another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The managed accounts.
    Accounts,
    /// The Gateway's time of day.
    Time,
    /// The positions of all accounts.
    Positions,
    /// Values of all accounts by tag.
    Summary {
        /// The account group, usually `All`.
        group: String,
        /// The tags, separated by commas.
        tags: String,
    },
    /// The values of one account.
    Values {
        /// The account.
        account: String,
        /// The model, usually empty.
        model: String,
    },
    /// Today's executions.
    Executions,
}

/// The kinds of questions of which one at a time is on the wire: three carry no request id, and a
/// Gateway is reported to count account summaries by distinct ids, whether cancelled or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Accounts,
    Time,
    Positions,
    Summary,
}

/// How many lanes there are.
pub(super) const LANES: usize = 4;

impl Question {
    /// The lane that it has to itself; `None` where a request id tells its answer from any other.
    pub(super) fn lane(&self) -> Option<Lane> {
        match self {
            Question::Accounts => Some(Lane::Accounts),
            Question::Time => Some(Lane::Time),
            Question::Positions => Some(Lane::Positions),
            Question::Summary { .. } => Some(Lane::Summary),
            Question::Values { .. } | Question::Executions => None,
        }
    }

    /// What is sent for it.
    pub(super) fn request(&self, req_id: i32) -> Request {
        match self {
            Question::Accounts => Request::ManagedAccounts,
            Question::Time => Request::CurrentTime,
            Question::Positions => Request::Positions,
            Question::Summary { group, tags } => Request::AccountSummary {
                req_id,
                group: group.clone(),
                tags: tags.clone(),
            },
            Question::Values { account, model } => Request::AccountUpdatesMulti {
                req_id,
                account: account.clone(),
                model: model.clone(),
                ledger_and_nlv: false,
            },
            Question::Executions => Request::Executions { req_id },
        }
    }

    /// What ends the subscription that it began, if it is one.
    pub(super) fn cancel(&self, req_id: i32) -> Option<Request> {
        match self {
            Question::Positions => Some(Request::CancelPositions),
            Question::Summary { .. } => Some(Request::CancelAccountSummary { req_id }),
            Question::Values { .. } => Some(Request::CancelAccountUpdatesMulti { req_id }),
            Question::Accounts | Question::Time | Question::Executions => None,
        }
    }

    /// No rows of it yet.
    pub(super) fn no_rows(&self) -> Rows {
        match self {
            Question::Accounts => Rows::Accounts(Vec::new()),
            Question::Time => Rows::Time(0),
            Question::Positions => Rows::Positions(Vec::new()),
            Question::Summary { .. } => Rows::Summary(Vec::new()),
            Question::Values { .. } => Rows::Values(Vec::new()),
            Question::Executions => Rows::Executions(Vec::new()),
        }
    }
}

/// What a question was answered, in the order in which it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// The managed accounts.
    Accounts(Vec<String>),
    /// The Gateway's time of day, in seconds since 1970.
    Time(i64),
    /// The positions.
    Positions(Vec<Position>),
    /// The values of an account summary.
    Summary(Vec<SummaryValue>),
    /// The values of one account.
    Values(Vec<AccountUpdateMulti>),
    /// The executions.
    Executions(Vec<Execution>),
}

/// A question with who asks it, and until when an answer is of use.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Tells the answer from any other.
    pub key: u64,
    /// What is asked.
    pub question: Question,
    /// When it is given up.
    pub until: Instant,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The Gateway refused it.
    Refused {
        /// The finding.
        code: Code,
        /// IB's number.
        number: i32,
        /// IB's words, cleaned.
        text: String,
    },
    /// No end marker came in time, after this many rows.
    TimedOut {
        /// Rows so far.
        rows: usize,
        /// Why it was not even sent, if it was not.
        held_back: Option<&'static str>,
    },
    /// This version of the Gateway does not know the request; it does from that version on.
    Unknown(u16),
    /// The answer is larger than there is room for.
    TooLarge,
    /// The session ended before.
    Ended,
}

/// A session that is up.
#[derive(Clone, Debug)]
pub struct Up {
    /// The client id.
    pub client_id: i32,
    /// The negotiated version.
    pub server_version: Option<ServerVersion>,
    /// The connection time in the Gateway's words, cleaned.
    pub connection_time: Option<String>,
    /// The managed accounts, cleaned.
    pub accounts: Vec<String>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// From the start of the connect until accounts and id were there.
    pub ready: Option<Duration>,
}

/// What a session that serves tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// The session is up.
    Up(Up),
    /// A question came to its end; `elapsed` counts from the moment at which it was sent.
    Answered {
        /// Who asked.
        key: u64,
        /// What came.
        answer: Result<Rc<Rows>, Unanswered>,
        /// From the sending to the end marker.
        elapsed: Duration,
    },
    /// The Gateway sent an error or notice that answers no question.
    Notice(Notice),
}
