//! The requests that a client library makes at its start, sent and awaited as the library does it
//! (docs/PROTOCOL.md, Clients).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::pending::{Pending, Progress};
use super::start_up_plan::{StartUp, Step};
use super::sync::QueryEnd;
use super::{Closed, End, Incoming, Session};
use crate::event::{Query, StageName};
use crate::finding::Code;
use crate::text::duration::shown;
use crate::text::printable::clean;
use crate::text::words::{counted, listed};
use crate::wire::{Reply, Request};

/// `ib_insync` and `ib_async` ask for the values of each account if there are no more than this
/// (`MaxSyncedSubAccounts`).
const MOST_ACCOUNTS: usize = 50;

/// The ids of the requests for the values of each account begin here.
const FIRST_ACCOUNT_ID: i32 = 900_001_000;

/// Whether the request can disturb: open and completed orders open a dialog on a Gateway with
/// Read-Only API ticked, account updates end another subscription of the same login.
fn disturbs(query: Query) -> bool {
    matches!(
        query,
        Query::OpenOrders | Query::Orders | Query::CompletedOrders | Query::AccountUpdates
    )
}

/// How fast a client sends: a sliding window of a second.
struct Pace {
    most: usize,
    /// When the messages of the last second were sent, the oldest first.
    sent: VecDeque<Instant>,
}

impl Pace {
    /// `startApi` has just been sent.
    fn new(most: usize) -> Self {
        let sent = VecDeque::from([Instant::now()]);
        Self { most, sent }
    }

    /// Whether a message may be sent now, which then counts as sent.
    fn is_free(&mut self, now: Instant) -> bool {
        while self.free_at().is_some_and(|at| at <= now) {
            self.sent.pop_front();
        }
        let is_free = self.sent.len() < self.most;
        if is_free {
            self.sent.push_back(now);
        }
        is_free
    }

    /// When the oldest message has been sent a second ago.
    fn free_at(&self) -> Option<Instant> {
        self.sent.front().map(|at| *at + Duration::from_secs(1))
    }
}

/// A request under way; account values are asked once for each account.
struct Asked {
    query: Query,
    /// What has not ended, each with the account it is about.
    waiting: Vec<(Pending, String)>,
    rows: usize,
    refusal: Option<QueryEnd>,
}

impl Asked {
    /// Takes what `reply` means for this request by the client's rules: an error ends a request
    /// only if it carries the request's own id and is no warning.
    fn hear(&mut self, reply: &Reply, warnings: &[i32]) {
        self.waiting.retain_mut(|(pending, _)| {
            if let Reply::Notice(notice) = reply {
                let is_warning =
                    (2100..2200).contains(&notice.code) || warnings.contains(&notice.code);
                let is_over = !is_warning && pending.carries(notice.req_id);
                if is_over {
                    let text = clean(&notice.text, super::TEXT_KEPT);
                    let code = notice.code;
                    self.refusal.get_or_insert(QueryEnd::Refused { code, text });
                }
                return !is_over;
            }
            match pending.progress(reply) {
                Progress::End => false,
                Progress::Row => {
                    self.rows += 1;
                    true
                }
                Progress::Unrelated | Progress::Refused(..) => true,
            }
        });
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Carries out a client's start-up, each request as a stage; false when one was not finished
    /// or the connection was lost. What was not asked is left on record.
    pub async fn start_up(&mut self, start_up: StartUp) -> bool {
        // What came before a request ends none.
        while matches!(self.hear(Instant::now()).await, Incoming::Reply(_)) {}
        let mut healthy = true;
        let mut pace = Pace::new(start_up.most_a_second);
        for step in start_up.steps {
            let start = Instant::now();
            let until = self.plan.until(start, start_up.limit);
            let asked = self.select(step, start_up.as_is);
            let words: Vec<String> = asked.iter().map(|asked| asked.query.words()).collect();
            (self.events)(self.plan.awaiting(listed(&words), start, start_up.limit));
            match self.ask_all(asked, start, until, start_up, &mut pace).await {
                Ok(finished) => healthy &= finished,
                Err(()) => return false,
            }
        }
        healthy
    }

    /// The requests of a step that are made here, which depends on version and accounts.
    fn select(&mut self, step: &Step, as_is: bool) -> Vec<Asked> {
        let accounts = self.record.accounts.clone().unwrap_or_default();
        let mut selected = Vec::new();
        for query in step.queries {
            let about = match query {
                Query::AccountUpdates if accounts.len() != 1 => continue,
                Query::AccountValues if accounts.len() > MOST_ACCOUNTS => continue,
                Query::AccountValues => accounts.clone(),
                _ => vec![self.first_account()],
            };
            let pending = |(index, account): (usize, String)| {
                let pending = match (query, i32::try_from(index)) {
                    (Query::AccountValues, Ok(index)) => {
                        Pending::with_id(*query, FIRST_ACCOUNT_ID + index)
                    }
                    _ => Pending::new(*query),
                };
                (pending, account)
            };
            let waiting: Vec<_> = about.into_iter().enumerate().map(pending).collect();
            let is_known = waiting
                .iter()
                .all(|(pending, _)| self.version >= pending.request("").since());
            if !is_known {
                continue;
            }
            if disturbs(*query) && !as_is {
                self.record.left_out.push(*query);
                continue;
            }
            selected.push(Asked {
                query: *query,
                waiting,
                rows: 0,
                refusal: None,
            });
        }
        selected
    }

    /// Sends the requests, as fast as the client does, and waits until every one has ended; false
    /// where one has not, an error where the connection is lost.
    async fn ask_all(
        &mut self,
        mut asked: Vec<Asked>,
        start: Instant,
        until: Instant,
        start_up: StartUp,
        pace: &mut Pace,
    ) -> Result<bool, ()> {
        let requests = asked.iter().flat_map(|asked| &asked.waiting);
        let requests = requests.map(|(pending, account)| pending.request(account));
        let mut unsent: VecDeque<Request> = requests.collect();
        while let Some(first) = asked.first().map(|asked| asked.query) {
            while let Some(request) = unsent.front()
                && pace.is_free(Instant::now())
            {
                if let Err(closed) = self.send(request).await {
                    self.lost(first, start, closed);
                    return Err(());
                }
                unsent.pop_front();
            }
            let wait = match pace.free_at() {
                Some(free_at) if !unsent.is_empty() => free_at.min(until),
                _ => until,
            };
            match self.hear(wait).await {
                Incoming::Reply(reply) => {
                    for asked in &mut asked {
                        asked.hear(&reply, start_up.warnings);
                    }
                    for ended in asked.extract_if(.., |asked| asked.waiting.is_empty()) {
                        let answer = ended.refusal.unwrap_or(QueryEnd::Done { rows: ended.rows });
                        let end = self.stage_end(ended.query, answer, start);
                        let name = StageName::Sync(ended.query);
                        self.end_stage(name, start, end);
                    }
                }
                Incoming::Closed(closed) => {
                    self.lost(first, start, closed);
                    return Err(());
                }
                Incoming::Garbled(error) => {
                    let end = self.stage_end(first, QueryEnd::Garbled { error }, start);
                    let name = StageName::Sync(first);
                    self.end_stage(name, start, end);
                    return Err(());
                }
                Incoming::Quiet if Instant::now() < until => {}
                Incoming::Quiet => {
                    self.give_up(&asked, start);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Ends the stages of the requests that came to no end.
    fn give_up(&mut self, unfinished: &[Asked], start: Instant) {
        for Asked { query, rows, .. } in unfinished {
            let waited = shown(start.elapsed());
            let detail = format!("{} and no end in {waited}", counted(*rows, "row"));
            let end = End::timeout(Code::ClientWouldFail, detail);
            self.end_stage(StageName::Sync(*query), start, end);
        }
    }

    fn lost(&mut self, query: Query, start: Instant, closed: Closed) {
        let answer = QueryEnd::Closed {
            how: closed.words(),
        };
        let end = self.stage_end(query, answer, start);
        self.end_stage(StageName::Sync(query), start, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_messages_than_the_client_sends() {
        let mut pace = Pace::new(3);
        let start = pace.sent[0];
        let at = |millis| start + Duration::from_millis(millis);
        assert!(pace.is_free(at(100)) && pace.is_free(at(200)));
        assert!(!pace.is_free(at(900)));
        assert_eq!(pace.free_at(), Some(at(1000)));
        assert!(pace.is_free(at(1000)), "startApi was a second ago");
        assert!(!pace.is_free(at(1050)));
        assert!(pace.is_free(at(1100)));
    }
}
