//! The single faults of a simulated Gateway, and how each is written.

use std::fmt;
use std::mem::discriminant;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use super::ScenarioError;
use super::value::{count, number, request, request_names, seconds};
use crate::event::Query;
use Moment::{Connect, Later, Notices, Requests, Start, Version};

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Accepts, reads, and never sends a byte.
    Silent,
    /// Closes every connection as soon as it is accepted.
    CloseOnAccept,
    /// Resets every connection as soon as it is accepted.
    ResetOnAccept,
    /// Listens and accepts no connection, so that its accept queue fills.
    NeverAccepts,
    /// Accepts one connection in so long; the others wait in its accept queue.
    AcceptsEvery(Duration),
    /// Answers as an HTTP server does.
    Http,
    /// Answers as an SSH server does.
    Ssh,
    /// Answers as a TLS server does.
    Tls,
    /// Answers the greeting with a length that no frame has.
    HugeFrame,
    /// Sends one byte at a time, slowly.
    Drip,
    /// Closes when it has sent its version.
    CloseAfterVersion,
    /// Closes when the session is started, without a reason.
    CloseAfterStart,
    /// Refuses every client id with 326, as taken.
    ClientIdInUse,
    /// Never sends the accounts.
    AccountsMissing,
    /// Sends a list of accounts without an account.
    AccountsEmpty,
    /// Sends the number of a live account instead of a paper account's.
    LiveAccount,
    /// Never sends the next valid id.
    NextIdMissing,
    /// Starts sessions for so long without accounts, id or answers: the login to IBKR is not finished.
    LoginPending(Duration),
    /// Sends this error without a request's id as soon as the session is started, and closes where
    /// no other fault says how the session goes on.
    Says(i32),
    /// Answers requests about orders and ids with 321, as with Read-Only API ticked.
    ReadOnly,
    /// Answers one kind of request with 321, as if the account code were not one of the login's.
    Refuses(Query),
    /// Sends `AccountReady=false` among the account values.
    AccountNotReady,
    /// Answers time requests with a clock that is so much ahead.
    ClockAhead(Duration),
    /// Refuses every account summary with 322, as if other programs held both.
    SummariesTaken,
    /// Sends notice 100, too many messages a second.
    Pacing,
    /// Sends notice 1100, the connection to IBKR is lost.
    UpstreamLost,
    /// Sends notice 1102, the connection to IBKR is back; after the 1100 when both are given.
    UpstreamRestored,
    /// Sends notices 2103, 2105 and 2157, the data farms are down.
    FarmDown,
    /// Sends notice 10197, the account is logged in elsewhere.
    CompetingSession,
    /// Sends notice 1300, the port was changed, and closes.
    PortChanged,
    /// Keeps its end in CLOSE_WAIT after the client closed, until a reset.
    NeverCloses,
    /// Does the same, and keeps the client id and the place of that client too.
    IdStuck,
    /// Sends 2103 and 2104 about one data farm in turns, each so long after the other.
    Flapping(Duration),
    /// Sends the accounts only so long after the start, also when they are asked for.
    AccountsLate(Duration),
    /// Never sends the end marker of one kind of request.
    SyncHangs(Query),
    /// Answers a request for executions with one of them and never ends it.
    ExecutionsNoEnd,
    /// Closes a session so long after its start.
    DropsAfter(Duration),
    /// Answers nothing more so long after the start of a session.
    StopsAnsweringAfter(Duration),
    /// Cuts every client, listens for so long on no port, and then on the same one again.
    Restart(Duration),
    /// Closes every Nth connection as soon as it is accepted.
    Flaky(NonZeroU64),
    /// Keeps its end in CLOSE_WAIT as `never-closes` does, and while it keeps N of them it accepts
    /// new connections without answering them.
    ZombieBlocks(NonZeroU64),
}

/// The moments at which a fault can show, in the order of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A client connects.
    Connect,
    /// Client and Gateway agree on a version.
    Version,
    /// The session starts.
    Start,
    /// A request of a started session.
    Requests,
    /// A notice of the Gateway's own, after the start.
    Notices,
    /// The session has lasted for a while, or has ended.
    Later,
}

/// How a fault is made from what follows its name.
#[derive(Debug, Clone, Copy)]
enum Value {
    /// Nothing follows.
    None(Fault),
    /// `=SECONDS`, fractions allowed.
    Seconds(fn(Duration) -> Fault),
    /// `=N`, from 1 up.
    Count(fn(NonZeroU64) -> Fault),
    /// `=N`, a number of IB's.
    Number(fn(i32) -> Fault),
    /// `=REQUEST`, one of the requests by its name in reports.
    Request(fn(Query) -> Fault),
}

/// A fault as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) moment: Moment,
    name: &'static str,
    value: Value,
    /// What the name does not say, for the help; usually empty.
    remark: &'static str,
}

const fn row(moment: Moment, name: &'static str, value: Value) -> Row {
    Row {
        moment,
        name,
        value,
        remark: "",
    }
}

/// Every fault. What can be typed, what is shown and the help of the simulator come from here: a
/// new fault is a variant, a row, and one decision point where the normal course asks for it.
pub(super) const FAULTS: &[Row] = &[
    row(Connect, "silent", Value::None(Fault::Silent)),
    row(
        Connect,
        "close-on-accept",
        Value::None(Fault::CloseOnAccept),
    ),
    row(
        Connect,
        "reset-on-accept",
        Value::None(Fault::ResetOnAccept),
    ),
    row(Connect, "never-accepts", Value::None(Fault::NeverAccepts)),
    row(
        Connect,
        "accepts-every",
        Value::Seconds(Fault::AcceptsEvery),
    ),
    row(Connect, "http", Value::None(Fault::Http)),
    row(Connect, "ssh", Value::None(Fault::Ssh)),
    row(Connect, "tls", Value::None(Fault::Tls)),
    Row {
        remark: "closes every Nth",
        ..row(Connect, "flaky", Value::Count(Fault::Flaky))
    },
    Row {
        remark: "mute while it keeps N sockets that their clients closed",
        ..row(Connect, "zombie-blocks", Value::Count(Fault::ZombieBlocks))
    },
    row(Version, "huge-frame", Value::None(Fault::HugeFrame)),
    row(
        Version,
        "close-after-version",
        Value::None(Fault::CloseAfterVersion),
    ),
    Row {
        remark: "one byte at a time, all along",
        ..row(Version, "drip", Value::None(Fault::Drip))
    },
    row(
        Start,
        "close-after-start",
        Value::None(Fault::CloseAfterStart),
    ),
    row(Start, "client-id-in-use", Value::None(Fault::ClientIdInUse)),
    row(Start, "port-changed", Value::None(Fault::PortChanged)),
    row(
        Start,
        "accounts-missing",
        Value::None(Fault::AccountsMissing),
    ),
    row(Start, "accounts-empty", Value::None(Fault::AccountsEmpty)),
    row(Start, "live-account", Value::None(Fault::LiveAccount)),
    row(Start, "accounts-late", Value::Seconds(Fault::AccountsLate)),
    row(Start, "next-id-missing", Value::None(Fault::NextIdMissing)),
    Row {
        remark: "neither accounts nor id nor answers until then, such as 60s",
        ..row(Start, "login-pending", Value::Seconds(Fault::LoginPending))
    },
    Row {
        remark: "sends IB's error N, then closes unless another one says how the session goes on: \
                 says=2151,sync-hangs=positions",
        ..row(Start, "says", Value::Number(Fault::Says))
    },
    row(Requests, "read-only", Value::None(Fault::ReadOnly)),
    row(
        Requests,
        "account-not-ready",
        Value::None(Fault::AccountNotReady),
    ),
    row(Requests, "clock-ahead", Value::Seconds(Fault::ClockAhead)),
    row(
        Requests,
        "summaries-taken",
        Value::None(Fault::SummariesTaken),
    ),
    row(Requests, "sync-hangs", Value::Request(Fault::SyncHangs)),
    Row {
        remark: "one comes, and no end",
        ..row(
            Requests,
            "executions-no-end",
            Value::None(Fault::ExecutionsNoEnd),
        )
    },
    Row {
        remark: "a request as above, as with a wrong account code",
        ..row(Requests, "refuses", Value::Request(Fault::Refuses))
    },
    row(Notices, "pacing", Value::None(Fault::Pacing)),
    row(Notices, "upstream-lost", Value::None(Fault::UpstreamLost)),
    row(
        Notices,
        "upstream-restored",
        Value::None(Fault::UpstreamRestored),
    ),
    row(Notices, "farm-down", Value::None(Fault::FarmDown)),
    row(
        Notices,
        "competing-session",
        Value::None(Fault::CompetingSession),
    ),
    row(Later, "drops-after", Value::Seconds(Fault::DropsAfter)),
    row(
        Later,
        "stops-answering-after",
        Value::Seconds(Fault::StopsAnsweringAfter),
    ),
    Row {
        remark: "cuts every client and listens again so long after, such as 90s, on the same port",
        ..row(Later, "restart", Value::Seconds(Fault::Restart))
    },
    row(Later, "flapping", Value::Seconds(Fault::Flapping)),
    row(Later, "never-closes", Value::None(Fault::NeverCloses)),
    row(Later, "id-stuck", Value::None(Fault::IdStuck)),
];

impl Row {
    /// As it is written, the value in capitals.
    pub(super) fn form(&self) -> String {
        let value = match self.value {
            Value::None(_) => "",
            Value::Seconds(_) => "=SECONDS",
            Value::Count(_) | Value::Number(_) => "=N",
            Value::Request(_) => "=REQUEST",
        };
        format!("{}{value}", self.name)
    }

    /// The form and what a reader of the help has to know beside it.
    pub(super) fn help(&self) -> String {
        match (self.value, self.remark) {
            (Value::Request(_), "") => format!("{} ({})", self.form(), request_names()),
            (_, "") => self.form(),
            (_, remark) => format!("{} ({remark})", self.form()),
        }
    }

    /// The fault of this row with that value; `None` if one is missing or too many.
    fn fault(&self, value: Option<&str>) -> Option<Result<Fault, ScenarioError>> {
        let name = self.name;
        Some(match (self.value, value) {
            (Value::None(fault), None) => Ok(fault),
            (Value::Seconds(make), Some(value)) => seconds(name, value).map(make),
            (Value::Count(make), Some(value)) => count(name, value).map(make),
            (Value::Number(make), Some(value)) => number(name, value).map(make),
            (Value::Request(make), Some(value)) => request(name, value).map(make),
            (Value::None(_), Some(_)) | (_, None) => return None,
        })
    }

    /// Whether this row describes the fault, with whatever value.
    fn is_of(&self, fault: &Fault) -> bool {
        let any = match self.value {
            Value::None(fault) => fault,
            Value::Seconds(make) => make(Duration::ZERO),
            Value::Count(make) => make(NonZeroU64::MIN),
            Value::Number(make) => make(0),
            Value::Request(make) => make(Query::Time),
        };
        discriminant(&any) == discriminant(fault)
    }
}

impl Fault {
    /// The row that describes it; every fault has one.
    fn row(&self) -> Option<&'static Row> {
        FAULTS.iter().find(|row| row.is_of(self))
    }

    /// The moment at which it shows.
    pub(super) fn moment(&self) -> Moment {
        self.row().map_or(Later, |row| row.moment)
    }
}

impl FromStr for Fault {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let Some(row) = FAULTS.iter().find(|row| row.name == name) else {
            return Err(ScenarioError::Unknown(text.to_owned()));
        };
        let otherwise = || Err(ScenarioError::Form(text.to_owned(), row.form()));
        row.fault(value).unwrap_or_else(otherwise)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().map_or("normal", |row| row.name))?;
        match self {
            Self::AccountsLate(delay)
            | Self::Flapping(delay)
            | Self::ClockAhead(delay)
            | Self::DropsAfter(delay)
            | Self::AcceptsEvery(delay)
            | Self::LoginPending(delay)
            | Self::Restart(delay)
            | Self::StopsAnsweringAfter(delay) => write!(f, "={}", delay.as_secs_f64()),
            Self::Says(number) => write!(f, "={number}"),
            Self::SyncHangs(query) | Self::Refuses(query) => write!(f, "={}", query.name()),
            Self::Flaky(count) | Self::ZombieBlocks(count) => write!(f, "={count}"),
            _ => Ok(()),
        }
    }
}
