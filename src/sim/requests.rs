//! What the simulated Gateway answers to each request of a started session.

use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::execution::execution;
use super::faults::Accounts;
use super::market::{self, Answered};
use super::{Fault, Peer, account, answer, clock};
use crate::event::Query;
use crate::wire::{Asked, Frame, Reply, Request, ServerVersion};

/// A time request that comes sooner after the last answered one is dropped, as real Gateways drop
/// it (docs/PROTOCOL.md, Limits and hazards).
const TIME_PACE: Duration = Duration::from_secs(1);

impl<S: Peer> Connection<'_, S> {
    /// What a session under this client id is answered; empty where a Gateway sends nothing.
    pub(super) fn replies(
        &mut self,
        asked: Asked,
        client_id: i32,
        version: ServerVersion,
    ) -> Vec<Reply> {
        let faults = self.gateway.faults();
        if let Asked::Known(Request::Executions { req_id }) = asked
            && faults.has(Fault::ExecutionsNoEnd)
        {
            return vec![execution(req_id, version)];
        }
        if is_about_orders(&asked) && faults.has(Fault::ReadOnly) {
            return vec![answer::read_only()];
        }
        let query = query(&asked);
        if query.is_some_and(|query| faults.has(Fault::Refuses(query))) {
            return vec![answer::said(321)];
        }
        if let Some((refusal, name)) = unknown(&asked) {
            self.gateway.tell(client_id, &name);
            return vec![refusal];
        }
        let mut replies = match asked {
            Asked::Known(request) => self.known(request),
            Asked::AutoOpenOrders { .. } if client_id != 0 => vec![answer::cannot_bind()],
            Asked::AutoOpenOrders { .. } | Asked::Other(_) => Vec::new(),
        };
        if query.is_some_and(|query| faults.hangs(query)) {
            replies.retain(|reply| !is_end(reply));
        }
        replies
    }

    /// What a request about the market or an order is answered.
    pub(super) fn inquire(
        &mut self,
        frame: &Frame,
        client_id: i32,
        version: ServerVersion,
    ) -> Vec<Reply> {
        let is_read_only = self.gateway.faults().has(Fault::ReadOnly);
        let answered = market::answer(&mut self.desk, frame, version, client_id, is_read_only);
        self.told(answered, client_id)
    }

    /// What a request is answered that cannot be read.
    pub(super) fn unreadable(&mut self, id: u32, client_id: i32) -> Vec<Reply> {
        self.told(Answered::unreadable(id), client_id)
    }

    fn told(&self, answered: Answered, client_id: i32) -> Vec<Reply> {
        if let Some(refused) = answered.refused {
            self.gateway.tell(client_id, &refused);
        }
        answered.replies
    }

    fn known(&mut self, request: Request) -> Vec<Reply> {
        let faults = self.gateway.faults();
        let ready = !faults.has(Fault::AccountNotReady);
        match request {
            Request::ManagedAccounts => self.accounts_on_request(),
            Request::Ids if faults.has(Fault::NextIdMissing) => Vec::new(),
            Request::Ids => vec![Reply::NextValidId(self.desk.next_order())],
            Request::CurrentTime => {
                let time = clock::epoch_millis() + faults.clock_ahead();
                self.paced(|| Reply::CurrentTime(time / 1000))
            }
            Request::CurrentTimeMillis => {
                let time = clock::epoch_millis() + faults.clock_ahead();
                self.paced(|| Reply::CurrentTimeMillis(time))
            }
            Request::AccountSummary { req_id, tags, .. } => {
                if !faults.has(Fault::SummariesTaken) && self.place.begin_summary(req_id) {
                    answer::account_summary(req_id, &tags)
                } else {
                    vec![answer::too_many_summaries(req_id)]
                }
            }
            Request::CancelAccountSummary { req_id } => {
                self.place.end_summary(req_id);
                Vec::new()
            }
            Request::Positions => answer::positions(),
            Request::AccountUpdates {
                subscribe: true, ..
            } => answer::account_updates(ready),
            Request::OpenOrders | Request::AllOpenOrders => vec![Reply::OpenOrdersEnd],
            Request::CompletedOrders { .. } => vec![Reply::CompletedOrdersEnd],
            Request::Executions { req_id } => vec![Reply::ExecutionsEnd { req_id }],
            Request::AccountUpdatesMulti {
                req_id,
                model,
                ledger_and_nlv,
                ..
            } => answer::account_updates_multi(req_id, &model, ledger_and_nlv, ready),
            Request::StartApi { .. }
            | Request::CancelPositions
            | Request::AccountUpdates {
                subscribe: false, ..
            }
            | Request::CancelAccountUpdatesMulti { .. } => Vec::new(),
        }
    }

    fn accounts_on_request(&self) -> Vec<Reply> {
        let faults = self.gateway.faults();
        let held = self.accounts_due.is_some() || faults.accounts() == Accounts::Never;
        if held {
            Vec::new()
        } else {
            vec![self.accounts()]
        }
    }

    /// The list of accounts, as it is now.
    pub(super) fn accounts(&self) -> Reply {
        if self.gateway.faults().has(Fault::AccountsEmpty) {
            answer::no_accounts()
        } else if self.gateway.faults().has(Fault::LiveAccount) {
            answer::live_account()
        } else {
            answer::managed_accounts()
        }
    }

    fn paced(&mut self, reply: impl FnOnce() -> Reply) -> Vec<Reply> {
        let now = Instant::now();
        if self
            .time_answered
            .is_some_and(|last| now.duration_since(last) < TIME_PACE)
        {
            return Vec::new();
        }
        self.time_answered = Some(now);
        vec![reply()]
    }
}

/// Whether a Gateway with "Read-Only API" ticked refuses the request (docs/PROTOCOL.md, Requests that
/// disturb); executions are only read.
fn is_about_orders(asked: &Asked) -> bool {
    let known = |request: &Request| {
        matches!(
            request,
            Request::OpenOrders
                | Request::AllOpenOrders
                | Request::CompletedOrders { .. }
                | Request::Ids
        )
    };
    match asked {
        Asked::Known(request) => known(request),
        Asked::AutoOpenOrders { .. } => true,
        Asked::Other(_) => false,
    }
}

/// The refusal of a request that names a group, a ledger or an account which does not exist, and
/// what is said of it on stderr; the account itself is not.
fn unknown(asked: &Asked) -> Option<(Reply, String)> {
    const CODE: &str = "Invalid account code.";
    let Asked::Known(request) = asked else {
        return None;
    };
    let (id, name, why) = match request {
        Request::AccountSummary {
            req_id,
            group,
            tags,
        } => {
            let why = answer::no_summary(group, tags)?;
            (*req_id, "an account summary", why)
        }
        Request::AccountUpdates {
            subscribe: true,
            account,
        } if !account::is_known(account) => (-1, "account updates", CODE.to_owned()),
        Request::AccountUpdatesMulti {
            req_id, account, ..
        } if !account::is_known(account) => (*req_id, "the updates of an account", CODE.to_owned()),
        _ => return None,
    };
    Some((answer::invalid(id, &why), format!("{name}: 321 {why}")))
}

/// The request as `sync-hangs` names it; `None` for one that cannot hang.
fn query(asked: &Asked) -> Option<Query> {
    let Asked::Known(request) = asked else {
        return None;
    };
    Some(match request {
        Request::CurrentTime | Request::CurrentTimeMillis => Query::Time,
        Request::Positions => Query::Positions,
        Request::AccountSummary { .. } => Query::AccountSummary,
        Request::AccountUpdatesMulti { .. } => Query::AccountValues,
        Request::AccountUpdates { .. } => Query::AccountUpdates,
        Request::OpenOrders => Query::OpenOrders,
        Request::AllOpenOrders => Query::Orders,
        Request::CompletedOrders { .. } => Query::CompletedOrders,
        Request::Executions { .. } => Query::Executions,
        _ => return None,
    })
}

/// Whether the reply ends an answer: what `sync-hangs` holds back.
fn is_end(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::CurrentTime(_)
            | Reply::CurrentTimeMillis(_)
            | Reply::PositionEnd
            | Reply::AccountSummaryEnd { .. }
            | Reply::AccountUpdateMultiEnd { .. }
            | Reply::AccountDownloadEnd { .. }
            | Reply::OpenOrdersEnd
            | Reply::CompletedOrdersEnd
            | Reply::ExecutionsEnd { .. }
    )
}
