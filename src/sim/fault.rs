//! The single faults of a simulated Gateway, and how each is written.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use super::ScenarioError;
use crate::event::Query;

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Accepts, and never says a byte.
    Silent,
    /// Closes every connection as soon as it is accepted.
    CloseOnAccept,
    /// Resets every connection as soon as it is accepted.
    ResetOnAccept,
    /// Listens and accepts nobody, so that its accept queue fills.
    NeverAccepts,
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
    /// Says of every client id that it is taken.
    ClientIdInUse,
    /// Never sends the accounts.
    AccountsMissing,
    /// Sends a list of accounts without an account.
    AccountsEmpty,
    /// Never sends the next valid id.
    NextIdMissing,
    /// Answers requests about orders with 321, as with Read-Only API ticked.
    ReadOnly,
    /// Says `AccountReady=false` among the account values.
    AccountNotReady,
    /// Refuses every account summary with 322, as if other programs held both.
    SummariesTaken,
    /// Says 100, too many messages a second.
    Pacing,
    /// Says 1100, the connection to IBKR is lost.
    UpstreamLost,
    /// Says 1102, the connection to IBKR is back; after the 1100 when both are given.
    UpstreamRestored,
    /// Says 2103, 2105 and 2157, the data farms are down.
    FarmDown,
    /// Says 10197, the account is logged in elsewhere.
    CompetingSession,
    /// Says 1300, the port was changed, and closes.
    PortChanged,
    /// Keeps its end open after the client closed, as leaky Gateways do, until a reset.
    NeverCloses,
    /// Sends the accounts only so long after the start, also when they are asked for.
    AccountsLate(
        /// How long.
        Duration,
    ),
    /// Never sends the end marker of one kind of request.
    SyncHangs(
        /// Which request.
        Query,
    ),
    /// Closes a session so long after its start.
    DropsAfter(
        /// How long.
        Duration,
    ),
    /// Answers nothing more so long after the start of a session.
    StopsAnsweringAfter(
        /// How long.
        Duration,
    ),
    /// Closes every Nth connection as soon as it is accepted.
    Flaky(
        /// N.
        NonZeroU64,
    ),
    /// Keeps its end open as `never-closes` does, and while it has N such ends it accepts new
    /// connections without answering them.
    ZombieBlocks(
        /// N.
        NonZeroU64,
    ),
}

/// The faults that are written without a value.
const PLAIN: [(&str, Fault); 25] = [
    ("silent", Fault::Silent),
    ("close-on-accept", Fault::CloseOnAccept),
    ("reset-on-accept", Fault::ResetOnAccept),
    ("never-accepts", Fault::NeverAccepts),
    ("http", Fault::Http),
    ("ssh", Fault::Ssh),
    ("tls", Fault::Tls),
    ("huge-frame", Fault::HugeFrame),
    ("drip", Fault::Drip),
    ("close-after-version", Fault::CloseAfterVersion),
    ("close-after-start", Fault::CloseAfterStart),
    ("client-id-in-use", Fault::ClientIdInUse),
    ("accounts-missing", Fault::AccountsMissing),
    ("accounts-empty", Fault::AccountsEmpty),
    ("next-id-missing", Fault::NextIdMissing),
    ("read-only", Fault::ReadOnly),
    ("account-not-ready", Fault::AccountNotReady),
    ("summaries-taken", Fault::SummariesTaken),
    ("pacing", Fault::Pacing),
    ("upstream-lost", Fault::UpstreamLost),
    ("upstream-restored", Fault::UpstreamRestored),
    ("farm-down", Fault::FarmDown),
    ("competing-session", Fault::CompetingSession),
    ("port-changed", Fault::PortChanged),
    ("never-closes", Fault::NeverCloses),
];

/// The faults that are written with a value, and what it must be.
const VALUED: [&str; 6] = [
    "accounts-late=SECONDS",
    "sync-hangs=REQUEST",
    "drops-after=SECONDS",
    "stops-answering-after=SECONDS",
    "flaky=N",
    "zombie-blocks=N",
];

/// The requests that can hang, by their names in reports.
const REQUESTS: [Query; 7] = [
    Query::Time,
    Query::Positions,
    Query::AccountSummary,
    Query::AccountValues,
    Query::AccountUpdates,
    Query::Orders,
    Query::Executions,
];

impl Fault {
    /// Every fault as it is written, for help texts.
    pub(super) fn forms() -> impl Iterator<Item = &'static str> {
        let plain = PLAIN.iter().map(|(name, _)| *name);
        plain.chain(VALUED)
    }
}

impl FromStr for Fault {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || ScenarioError::Unknown(text.to_owned());
        let Some((name, value)) = text.split_once('=') else {
            let found = PLAIN.iter().find(|(name, _)| *name == text);
            return found.map(|(_, fault)| *fault).ok_or_else(unknown);
        };
        Ok(match name {
            "accounts-late" => Self::AccountsLate(seconds(name, value)?),
            "drops-after" => Self::DropsAfter(seconds(name, value)?),
            "stops-answering-after" => Self::StopsAnsweringAfter(seconds(name, value)?),
            "sync-hangs" => Self::SyncHangs(request(name, value)?),
            "flaky" => Self::Flaky(count(name, value)?),
            "zombie-blocks" => Self::ZombieBlocks(count(name, value)?),
            _ => return Err(unknown()),
        })
    }
}

fn wrong(name: &str, expected: &str, value: &str) -> ScenarioError {
    ScenarioError::Value {
        name: name.to_owned(),
        expected: expected.to_owned(),
        value: value.to_owned(),
    }
}

fn seconds(name: &str, value: &str) -> Result<Duration, ScenarioError> {
    /// Longer than any simulation, and short enough to be added to any instant.
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
    let seconds = value.parse().ok();
    seconds
        .and_then(|value| Duration::try_from_secs_f64(value).ok())
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| wrong(name, "a number of seconds such as 2 or 0.5", value))
}

fn count(name: &str, value: &str) -> Result<NonZeroU64, ScenarioError> {
    let count = value.parse();
    count.map_err(|_| wrong(name, "a whole number from 1 up", value))
}

fn request(name: &str, value: &str) -> Result<Query, ScenarioError> {
    let found = REQUESTS.into_iter().find(|query| query.name() == value);
    found.ok_or_else(|| {
        let names = REQUESTS.map(Query::name).join(", ");
        wrong(name, &format!("a request ({names})"), value)
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountsLate(delay) => write!(f, "accounts-late={}", delay.as_secs_f64()),
            Self::DropsAfter(delay) => write!(f, "drops-after={}", delay.as_secs_f64()),
            Self::StopsAnsweringAfter(delay) => {
                write!(f, "stops-answering-after={}", delay.as_secs_f64())
            }
            Self::SyncHangs(query) => write!(f, "sync-hangs={}", query.name()),
            Self::Flaky(n) => write!(f, "flaky={n}"),
            Self::ZombieBlocks(n) => write!(f, "zombie-blocks={n}"),
            plain => {
                let found = PLAIN.iter().find(|(_, fault)| fault == plain);
                f.write_str(found.map_or("normal", |(name, _)| name))
            }
        }
    }
}
