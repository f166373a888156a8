//! What a session was asked to do and what became of it, as plain data.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::clock::Clock;
use super::end::End;
use super::outages::Outages;
use super::start_up_plan::StartUp;
use crate::event::Close;
use crate::event::CloseHow;
use crate::event::{Event, Events, Notice, Query, Stage, StageName};
use crate::finding::ib_code::is_routine;
use crate::machine::sockets::Transmission;
use crate::wire::{ServerVersion, VersionRange};

/// The deadline of each stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the resolver, and then for the TCP connect.
    pub connect: Duration,
    /// For the server's version.
    pub version: Duration,
    /// For accounts and next id.
    pub accounts: Duration,
    /// For the end marker of each request.
    pub request: Duration,
    /// For the close of the other end.
    pub close: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            version: Duration::from_secs(10),
            accounts: Duration::from_secs(15),
            request: Duration::from_secs(10),
            close: Duration::from_secs(1),
        }
    }
}

impl Timeouts {
    /// The deadline `each` for every stage but the close; without one the defaults.
    pub fn each(each: Option<Duration>) -> Self {
        let default = Self::default();
        each.map_or(default, |each| Self {
            connect: each,
            version: each,
            accounts: each,
            request: each,
            close: default.close,
        })
    }
}

/// What a session announces, asks and waits for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The range of versions to announce.
    pub announced: VersionRange,
    /// Deadlines of the stages.
    pub timeouts: Timeouts,
    /// How long the usual clients wait; what is missing then is asked again.
    pub client_timeout: Duration,
    /// The requests, one after the other.
    pub queries: Vec<Query>,
    /// The start-up of a client library, which is carried out instead of the requests.
    pub start_up: Option<StartUp>,
    /// The deadline of the whole command.
    pub deadline: Option<Instant>,
}

impl Plan {
    /// The moment `timeout` from `now`, or the overall deadline if that is sooner.
    pub fn until(&self, now: Instant, timeout: Duration) -> Instant {
        let until = now + timeout;
        self.deadline.map_or(until, |deadline| deadline.min(until))
    }

    /// That something is awaited from `now` on, for `timeout` or until the overall deadline.
    pub fn awaiting(&self, what: impl Into<String>, now: Instant, timeout: Duration) -> Event {
        let limit = self.until(now, timeout).saturating_duration_since(now);
        Event::awaiting(what, limit)
    }

    /// Whether the overall deadline has passed.
    pub fn is_over(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }
}

/// The requests of a handshake, the opt-in ones last.
pub fn queries(account_updates: bool, orders: bool) -> Vec<Query> {
    let mut queries = vec![
        Query::Time,
        Query::Positions,
        Query::AccountSummary,
        Query::AccountValues,
        Query::Executions,
    ];
    if account_updates {
        queries.push(Query::AccountUpdates);
    }
    if orders {
        queries.extend([Query::Orders, Query::CompletedOrders]);
    }
    queries
}

/// The requests that a client may make and that are not among those made: whether they would be
/// answered is not known. The open orders of all clients hold those of each.
pub fn not_asked(asked: &BTreeSet<Query>) -> Vec<Query> {
    let open_orders = [Query::OpenOrders, Query::Orders];
    let is_missing = |query: &Query| match query {
        Query::Orders => false,
        Query::OpenOrders => open_orders.iter().all(|query| !asked.contains(query)),
        query => !asked.contains(query),
    };
    Query::ALL.into_iter().filter(is_missing).collect()
}

/// How many notices of one session are kept.
const NOTICES_KEPT: usize = 100;

/// What became of one handshake.
#[derive(Clone, Debug)]
pub struct Record {
    began: Instant,
    /// The client id.
    pub client_id: i32,
    /// The negotiated version.
    pub server_version: Option<ServerVersion>,
    /// The connection time in the Gateway's words, cleaned.
    pub connection_time: Option<String>,
    /// Bytes that came before a version did; 0 once it is there.
    pub version_bytes: usize,
    /// Every stage so far, in order.
    pub stages: Vec<Stage>,
    /// The managed accounts, cleaned; empty is different from none.
    pub accounts: Option<Vec<String>>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// The first notices, and of those beyond them the last that is not routine.
    pub notices: Vec<Notice>,
    /// How many notices came beyond those.
    pub notices_dropped: usize,
    /// What all notices say was lost and came back.
    pub outages: Outages,
    /// The account value `AccountReady`, if it came.
    pub account_ready: Option<bool>,
    /// From the start of the connect until accounts and id were there.
    pub ready: Option<Duration>,
    /// When an account was first there, from the start of the handshake.
    pub accounts_at: Option<Duration>,
    /// When the next valid id was first there, from the start of the handshake.
    pub id_at: Option<Duration>,
    /// Whether accounts or id had to be asked for again.
    pub asked_again: bool,
    /// Requests of a client's start-up that were not made, for they can disturb.
    pub left_out: Vec<Query>,
    /// When that was, from the start of the handshake.
    pub asked_again_at: Option<Duration>,
    /// Whether the command's deadline left a stage untried.
    pub cut_short: bool,
    /// The Gateway's time of day, as it first sent it.
    pub clock: Option<Clock>,
    /// How the connection ended.
    pub close: Option<Close>,
    /// The kernel's figures of the connection: when bytes were first found to be sent in vain, else
    /// the last ones.
    pub transmission: Option<Transmission>,
}

impl Record {
    /// An empty record whose times count from `began`.
    pub fn new(began: Instant, client_id: i32) -> Self {
        Self {
            began,
            client_id,
            server_version: None,
            connection_time: None,
            version_bytes: 0,
            stages: Vec::with_capacity(12),
            accounts: None,
            next_order_id: None,
            notices: Vec::new(),
            notices_dropped: 0,
            outages: Outages::default(),
            account_ready: None,
            ready: None,
            accounts_at: None,
            id_at: None,
            asked_again: false,
            left_out: Vec::new(),
            asked_again_at: None,
            cut_short: false,
            clock: None,
            close: None,
            transmission: None,
        }
    }

    /// When the handshake began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Adds a stage that began at `start` and ends now, and emits it. A stage whose timeout is the
    /// command's deadline proves less: the record notes that.
    pub fn end_stage(&mut self, name: StageName, start: Instant, end: End, events: Events<'_>) {
        self.end_stage_at(name, start..Instant::now(), end, events);
    }

    /// Adds a stage that has ended a while ago and emits it.
    pub(crate) fn end_stage_at(
        &mut self,
        name: StageName,
        time: Range<Instant>,
        end: End,
        events: Events<'_>,
    ) {
        let stage = Stage {
            name,
            status: end.status,
            start: time.start.saturating_duration_since(self.began),
            elapsed: time.end.saturating_duration_since(time.start),
            detail: end.detail,
            code: end.code,
        };
        tracing::debug!(stage = name.name(), status = ?stage.status, elapsed = ?stage.elapsed);
        events(Event::Stage(stage.clone()));
        self.stages.push(stage);
    }

    /// Takes over what another record of the same handshake holds of the greeting, and emits its
    /// stages.
    pub(super) fn take_over(&mut self, greeting: Self, events: Events<'_>) {
        for stage in greeting.stages {
            events(Event::Stage(stage.clone()));
            self.stages.push(stage);
        }
        self.server_version = greeting.server_version;
        self.connection_time = greeting.connection_time;
        self.version_bytes = greeting.version_bytes;
        self.transmission = greeting.transmission;
    }

    /// Adds a notice and emits it. Beyond the first hundred they are only counted, but for the last
    /// one that is not routine: it may be the Gateway's last word, and takes the hundredth's place.
    pub fn add_notice(&mut self, notice: Notice, events: Events<'_>) {
        self.outages
            .hear(notice.code, &notice.message, Instant::now());
        if self.notices.len() < NOTICES_KEPT {
            events(Event::Notice(notice.clone()));
            self.notices.push(notice);
            return;
        }
        self.notices_dropped += 1;
        events(Event::LaterNotice(notice.clone()));
        if !is_routine(notice.code)
            && let Some(last) = self.notices.last_mut()
        {
            *last = notice;
        }
    }

    /// The requests that were made, or that this version does not know.
    pub fn asked(&self) -> BTreeSet<Query> {
        let query = |stage: &Stage| match stage.name {
            StageName::Sync(query) => Some(query),
            _ => None,
        };
        self.stages.iter().filter_map(query).collect()
    }

    /// The stage of that name, if it was reached.
    pub fn stage(&self, name: StageName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// Notes that the connection was dropped at `start`: reset, or left to the kernel where a reset
    /// would be lost.
    pub fn end_with_reset(&mut self, needs_a_fin: bool, start: Instant, events: Events<'_>) {
        let detail = if needs_a_fin {
            "closed, not yet acknowledged"
        } else {
            "reset"
        };
        self.close = Some(Close {
            how: CloseHow::Reset,
            elapsed: start.elapsed(),
            unconfirmed: needs_a_fin,
        });
        self.end_stage(StageName::Close, start, End::ok(detail.to_owned()), events);
    }

    /// Notes the kernel's figures; those that show bytes sent in vain stay.
    pub fn note_transmission(&mut self, seen: Transmission) {
        if !self.transmission.is_some_and(|known| known.is_held_up()) {
            self.transmission = Some(seen);
        }
    }

    /// Notes the list of accounts, cleaned.
    pub fn note_accounts(&mut self, accounts: Vec<String>) {
        if !accounts.is_empty() {
            self.accounts_at.get_or_insert(self.began.elapsed());
        }
        self.accounts = Some(accounts);
    }

    /// Notes the next valid order id.
    pub fn note_id(&mut self, id: i64) {
        self.id_at.get_or_insert(self.began.elapsed());
        self.next_order_id = Some(id);
    }

    /// Whether accounts and next id are both there.
    pub fn is_ready(&self) -> bool {
        self.next_order_id.is_some() && self.accounts.as_ref().is_some_and(|list| !list.is_empty())
    }
}
