//! A request under way: what is sent for it, what ends it and what cancels it.

use crate::event::Query;
use crate::text::printable::clean;
use crate::wire::{Notice, Reply, Request};

/// The tags of the account summary that ibdoc asks for.
const SUMMARY_TAGS: &str = "AccountType,NetLiquidation,TotalCashValue,BuyingPower";

/// Request ids begin far above order ids, with which errors about orders come.
const FIRST_REQUEST_ID: i32 = 900_000_000;

/// The id under which this kind of request is made, also where its message carries none.
pub fn request_id(query: Query) -> i32 {
    let id = match query {
        Query::Time => 1,
        Query::Positions => 2,
        Query::AccountSummary => 3,
        Query::AccountValues => 4,
        Query::AccountUpdates => 5,
        Query::Orders => 6,
        Query::Executions => 7,
        Query::OpenOrders => 8,
        Query::CompletedOrders => 9,
    };
    FIRST_REQUEST_ID + id
}

/// A request under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) query: Query,
    id: i32,
    pub(super) rows: usize,
}

/// What a reply means to a pending request.
pub(super) enum Progress {
    Unrelated,
    Row,
    End,
    Refused(i32, String),
}

impl Pending {
    /// Each kind of request keeps its own id for the whole session: a Gateway is reported to
    /// count account summaries by distinct ids, whether cancelled or not.
    pub(super) fn new(query: Query) -> Self {
        Self::with_id(query, request_id(query))
    }

    pub(super) fn with_id(query: Query, id: i32) -> Self {
        Self { query, id, rows: 0 }
    }

    /// Whether the request travels with this id; several kinds travel without one.
    pub(super) fn carries(&self, id: i32) -> bool {
        let has_id = matches!(
            self.query,
            Query::AccountSummary | Query::AccountValues | Query::Executions
        );
        has_id && id == self.id
    }

    pub(super) fn request(&self, account: &str) -> Request {
        let req_id = self.id;
        match self.query {
            Query::Time => Request::CurrentTime,
            Query::Positions => Request::Positions,
            Query::AccountSummary => Request::AccountSummary {
                req_id,
                group: "All".to_owned(),
                tags: SUMMARY_TAGS.to_owned(),
            },
            Query::AccountValues => Request::AccountUpdatesMulti {
                req_id,
                account: account.to_owned(),
                model: String::new(),
                ledger_and_nlv: false,
            },
            Query::AccountUpdates => account_updates(true, account),
            Query::OpenOrders => Request::OpenOrders,
            Query::Orders => Request::AllOpenOrders,
            Query::CompletedOrders => Request::CompletedOrders { api_only: false },
            Query::Executions => Request::Executions { req_id },
        }
    }

    /// What ends the subscription that the request began, if it is one.
    pub(super) fn cancel(&self, account: &str) -> Option<Request> {
        let req_id = self.id;
        match self.query {
            Query::Positions => Some(Request::CancelPositions),
            Query::AccountSummary => Some(Request::CancelAccountSummary { req_id }),
            Query::AccountValues => Some(Request::CancelAccountUpdatesMulti { req_id }),
            Query::AccountUpdates => Some(account_updates(false, account)),
            Query::Time
            | Query::OpenOrders
            | Query::Orders
            | Query::CompletedOrders
            | Query::Executions => None,
        }
    }

    pub(super) fn progress(&mut self, reply: &Reply) -> Progress {
        let progress = self.meaning(reply);
        if matches!(progress, Progress::Row) {
            self.rows += 1;
        }
        progress
    }

    fn meaning(&self, reply: &Reply) -> Progress {
        let mine = |id: &i32| *id == self.id;
        match (self.query, reply) {
            (_, Reply::Notice(notice)) => self.refusal(notice),
            (Query::Time, Reply::CurrentTime(_))
            | (Query::Positions, Reply::PositionEnd)
            | (Query::AccountUpdates, Reply::AccountDownloadEnd { .. })
            | (Query::OpenOrders | Query::Orders, Reply::OpenOrdersEnd)
            | (Query::CompletedOrders, Reply::CompletedOrdersEnd) => Progress::End,
            (Query::AccountSummary, Reply::AccountSummaryEnd { req_id })
            | (Query::AccountValues, Reply::AccountUpdateMultiEnd { req_id })
            | (Query::Executions, Reply::ExecutionsEnd { req_id })
                if mine(req_id) =>
            {
                Progress::End
            }
            (Query::Positions, Reply::Position(_))
            | (Query::AccountUpdates, Reply::AccountValue(_) | Reply::PortfolioValue(_))
            | (Query::OpenOrders | Query::Orders, Reply::OpenOrder(_))
            | (Query::CompletedOrders, Reply::CompletedOrder(_))
            | (Query::Executions, Reply::Execution(_)) => Progress::Row,
            (Query::AccountSummary, Reply::AccountSummary(value)) if mine(&value.req_id) => {
                Progress::Row
            }
            (Query::AccountValues, Reply::AccountUpdateMulti(value)) if mine(&value.req_id) => {
                Progress::Row
            }
            _ => Progress::Unrelated,
        }
    }

    fn refusal(&self, notice: &Notice) -> Progress {
        // A time request has nothing that could be refused: the words are a late answer to another.
        let unnamed = notice.req_id == -1 && self.query != Query::Time;
        let about_me = notice.req_id == self.id || (unnamed && is_about_a_request(notice.code));
        if about_me && !is_warning(notice.code) {
            Progress::Refused(notice.code, clean(&notice.text, super::TEXT_KEPT))
        } else {
            Progress::Unrelated
        }
    }
}

/// Codes by which a Gateway says, without the request's id, that it could not read, validate or
/// process a request (docs/PROTOCOL.md, Numbers). No other code without an id answers a request.
pub(super) fn is_about_a_request(code: i32) -> bool {
    matches!(code, 320..=322)
}

/// The band of system notices and warnings, which never end a request.
pub(super) fn is_warning(code: i32) -> bool {
    (1100..3000).contains(&code)
}

fn account_updates(subscribe: bool, account: &str) -> Request {
    Request::AccountUpdates {
        subscribe,
        account: account.to_owned(),
    }
}
