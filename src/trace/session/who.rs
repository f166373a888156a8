//! Which client a session is of: by the library that its log names, by the range that it announces, or
//! by what it asks first.

use std::time::Duration;

use super::Session;
use crate::event::Query;
use crate::handshake::clients::{CLIENTS, Client};
use crate::report::TraceClient;
use crate::text::words::listed;
use crate::wire::messages::asked;

/// How long after it was ready a client still makes the requests of its start-up.
const START_UP: Duration = Duration::from_millis(500);

/// The client of a session, as far as it can be told.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Who {
    pub(in crate::trace) client: Option<&'static Client>,
    by: By,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Log,
    Range,
    /// No client that is known announces this range.
    UnknownRange,
    StartUp,
    Nothing,
}

impl Session {
    /// The requests that the client made first, in order.
    pub(in crate::trace) fn start_up(&self) -> Vec<u32> {
        let until = self.opening.ready().map(|ready| ready.0 + START_UP);
        let early = self.start_up.iter();
        let early = early.filter(|(at, id)| {
            // Executions are asked once the others are there, or are given up.
            until.is_none_or(|until| at.0 <= until) || *id == EXECUTIONS
        });
        early.map(|(_, id)| *id).collect()
    }

    /// Which client it is.
    pub(in crate::trace) fn who(&self) -> Who {
        let named = |name: &str| CLIENTS.iter().find(|client| client.name == name);
        if let Some(client) = self.ends.library.and_then(named) {
            let (client, by) = (Some(client), By::Log);
            return Who { client, by };
        }
        if let Some(greeting) = &self.opening.client {
            let same = CLIENTS.iter().find(|it| it.announces == greeting.range);
            let by = if same.is_some() {
                By::Range
            } else {
                By::UnknownRange
            };
            return Who { client: same, by };
        }
        let start_up = self.start_up();
        let asks = |id| start_up.contains(&id);
        let by = if asks(POSITIONS) && (asks(OPEN_ORDERS) || asks(ACCOUNT_UPDATES_MULTI)) {
            By::StartUp
        } else {
            By::Nothing
        };
        Who { client: None, by }
    }

    pub(super) fn client(&self) -> TraceClient {
        let who = self.who();
        let greeting = self.opening.client.as_ref();
        let start_up = self.start_up().into_iter();
        let names = start_up.filter_map(|id| asked(id).map(|row| row.name.to_owned()));
        TraceClient {
            name: who.client.map(|client| client.name.to_owned()),
            title: who.title(),
            by: self.told_by(who),
            announced: greeting.map(|greeting| greeting.range.to_string()),
            options: greeting
                .map(|greeting| crate::text::printable::clean(&greeting.options, 100))
                .filter(|options| !options.is_empty()),
            client_id: self.opening.client_id.or(self.ends.client_id),
            capabilities: self.opening.capabilities.clone(),
            start_up: names.collect(),
        }
    }

    fn told_by(&self, who: Who) -> String {
        let range = self.opening.client.as_ref().map(|it| it.range.to_string());
        let range = range.unwrap_or_default();
        match who.by {
            By::Log => "its log names the library".to_owned(),
            By::Range => format!("it announces {range}{}", self.agrees(who)),
            By::UnknownRange => format!("it announces {range}, as no client that is known does"),
            By::StartUp => {
                "its first requests are those of ib_async and ib_insync; what it announced was not \
                 recorded"
                    .to_owned()
            }
            By::Nothing => "what it announced was not recorded".to_owned(),
        }
    }

    /// Whether the client asked first what this library asks.
    fn agrees(&self, who: Who) -> &'static str {
        let steps = who.client.map_or(&[][..], |client| client.start_up);
        let expected = steps.iter().flat_map(|step| step.queries);
        let expected: Vec<u32> = expected.map(|query| message_id(*query)).collect();
        let start_up = self.start_up();
        let asked: Vec<&u32> = start_up.iter().filter(|id| expected.contains(id)).collect();
        if expected.is_empty() || asked.is_empty() {
            ""
        } else if asked.is_sorted_by_key(|id| expected.iter().position(|it| it == *id)) {
            ", and asks what that library asks, in its order"
        } else {
            ", and asks in another order than that library"
        }
    }
}

impl Who {
    /// The library in words.
    pub(in crate::trace) fn title(self) -> String {
        match (self.client, self.by) {
            (Some(client), By::Range) => with_twins(client),
            (Some(client), _) => client.title.to_owned(),
            (None, By::StartUp) => "ib_async or ib_insync".to_owned(),
            (None, _) => "an unknown client".to_owned(),
        }
    }
}

/// The libraries that announce the same range.
fn with_twins(client: &Client) -> String {
    let same = CLIENTS.iter().filter(|it| it.announces == client.announces);
    let titles: Vec<&str> = same.map(|it| it.title).collect();
    listed(&titles).replace(" and ", " or ")
}

/// The message that makes the request.
fn message_id(query: Query) -> u32 {
    match query {
        Query::Time => 49,
        Query::Positions => POSITIONS,
        Query::AccountSummary => 62,
        Query::AccountValues => ACCOUNT_UPDATES_MULTI,
        Query::AccountUpdates => 6,
        Query::OpenOrders => OPEN_ORDERS,
        Query::Orders => 16,
        Query::CompletedOrders => 99,
        Query::Executions => EXECUTIONS,
    }
}

/// The request that a message makes, if it is one of those that ibdoc makes too.
pub(in crate::trace) fn query(id: u32) -> Option<Query> {
    let all = Query::ALL.into_iter();
    let mut of_id = all.filter(|query| message_id(*query) == id);
    of_id.next()
}

const OPEN_ORDERS: u32 = 5;
const EXECUTIONS: u32 = 7;
const POSITIONS: u32 = 61;
const ACCOUNT_UPDATES_MULTI: u32 = 76;
