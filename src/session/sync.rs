//! The sync stages: each request is asked, awaited up to its end marker and cancelled.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::pending::{Pending, Progress};
use super::{Closed, End, Incoming, Session};
use crate::event::{Query, StageName};
use crate::finding::Code;
use crate::text::duration::shown;
use crate::text::words::counted;
use crate::wire::Request;

/// After this long without an answer a time request is repeated: a Gateway drops those that
/// come faster than one a second.
pub(super) const TIME_REPEAT: Duration = Duration::from_millis(1100);

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryEnd {
    /// Its end marker came, after this many rows.
    Done {
        /// Data messages before the end marker.
        rows: usize,
    },
    /// It was answered with an error.
    Refused {
        /// IB's number.
        code: i32,
        /// IB's words, cleaned.
        text: String,
    },
    /// No end marker in time, after this many rows.
    TimedOut {
        /// Data messages so far.
        rows: usize,
    },
    /// The connection ended.
    Closed {
        /// How it ended.
        how: &'static str,
    },
    /// Bytes came that are no frame.
    Garbled {
        /// What is wrong with them.
        error: String,
    },
}

/// The code by which a Read-Only Gateway refuses a request, often with the id −1.
const READ_ONLY: i32 = 321;
/// The code of a third account summary.
const SUMMARIES_TAKEN: i32 = 322;

/// The finding of a request that was answered with this error (docs/PROTOCOL.md, Numbers): 321 means
/// Read-Only API, and 322 that both summaries are taken, only for such a request and in such words.
pub(super) fn code_of_refusal(query: Query, number: i32, words: &str) -> Code {
    let words = words.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let of_orders = matches!(
        query,
        Query::OpenOrders | Query::Orders | Query::CompletedOrders | Query::Executions
    );
    match number {
        READ_ONLY if of_orders && says(&["read-only", "read only", "readonly"]) => {
            Code::ReadOnlyApi
        }
        SUMMARIES_TAKEN
            if query == Query::AccountSummary
                && says(&["summary request"])
                && says(&["exceed", "maximum", "too many"])
                && !says(&["accounts"]) =>
        {
            Code::TooManySubscriptions
        }
        _ => Code::SyncRefused,
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Runs every planned request, each as a stage; false when one got no end or the connection
    /// was lost.
    pub async fn sync(&mut self) -> bool {
        let plan = self.plan;
        let mut healthy = true;
        for query in &plan.queries {
            let start = Instant::now();
            let name = StageName::Sync(*query);
            if plan.is_over(start) {
                self.record.cut_short = true;
                let end = End::skipped(None, "the deadline of the command has passed");
                self.end_stage(name, start, end);
                continue;
            }
            let since = Pending::new(*query).request("").since();
            if self.version < since {
                let end = End::skipped(None, format!("not known before version {since}"));
                self.end_stage(name, start, end);
                continue;
            }
            let answer = self.ask(*query, start).await;
            let lost = matches!(answer, QueryEnd::Closed { .. } | QueryEnd::Garbled { .. });
            healthy &= matches!(answer, QueryEnd::Done { .. } | QueryEnd::Refused { .. });
            let end = self.stage_end(*query, answer, start);
            self.end_stage(name, start, end);
            if lost {
                return false;
            }
        }
        healthy
    }

    async fn ask(&mut self, query: Query, start: Instant) -> QueryEnd {
        let limit = self.plan.timeouts.request;
        let until = self.plan.until(start, limit);
        let what = match query {
            Query::Time => "the Gateway's time".to_owned(),
            query => query.words(),
        };
        (self.events)(self.plan.awaiting(what, start, limit));
        let account = self.first_account();
        let mut pending = Pending::new(query);
        if let Err(closed) = self.send(&pending.request(&account)).await {
            return closed_end(closed);
        }
        let answer = self.await_end(&mut pending, start, until).await;
        // A refused request has nothing to cancel; one that timed out may still be running.
        let cancel = matches!(answer, QueryEnd::Done { .. } | QueryEnd::TimedOut { .. })
            .then(|| pending.cancel(&account))
            .flatten();
        match cancel {
            Some(request) => match self.send_beside(&request).await {
                Ok(()) => answer,
                Err(closed) => closed_end(closed),
            },
            None => answer,
        }
    }

    async fn await_end(
        &mut self,
        pending: &mut Pending,
        start: Instant,
        until: Instant,
    ) -> QueryEnd {
        let mut repeat_at = (pending.query == Query::Time).then(|| start + TIME_REPEAT);
        loop {
            let wait = repeat_at.map_or(until, |at| at.min(until));
            match self.hear(wait).await {
                Incoming::Reply(reply) => match pending.progress(&reply) {
                    Progress::End => return QueryEnd::Done { rows: pending.rows },
                    Progress::Refused(code, text) => return QueryEnd::Refused { code, text },
                    Progress::Row | Progress::Unrelated => {}
                },
                Incoming::Closed(closed) => return closed_end(closed),
                Incoming::Garbled(error) => return QueryEnd::Garbled { error },
                Incoming::Quiet if repeat_at.is_some() && Instant::now() < until => {
                    repeat_at = None;
                    if let Err(closed) = self.send_beside(&Request::CurrentTime).await {
                        return closed_end(closed);
                    }
                }
                Incoming::Quiet => return QueryEnd::TimedOut { rows: pending.rows },
            }
        }
    }

    pub(super) fn stage_end(&self, query: Query, answer: QueryEnd, start: Instant) -> End {
        match answer {
            QueryEnd::Done { rows } => End::ok(rows_in_words(query, rows)),
            QueryEnd::Refused { code, text } => {
                let detail = format!("{code} {text}");
                match code_of_refusal(query, code, &text) {
                    Code::SyncRefused => End::failed(Code::SyncRefused, detail),
                    known => End::skipped(Some(known), detail),
                }
            }
            QueryEnd::TimedOut { rows } => {
                let waited = shown(start.elapsed());
                End::timeout(
                    Code::SyncTimeout,
                    format!("{} and no end in {waited}", counted(rows, "row")),
                )
            }
            QueryEnd::Closed { how } => End::failed(self.code_of_loss(Code::Dropped), how),
            QueryEnd::Garbled { error } => End::failed(Code::NotTwsProtocol, error),
        }
    }

    pub(super) fn first_account(&self) -> String {
        let accounts = self.record.accounts.as_deref().unwrap_or_default();
        accounts.first().cloned().unwrap_or_default()
    }
}

fn closed_end(closed: Closed) -> QueryEnd {
    QueryEnd::Closed {
        how: closed.words(),
    }
}

fn rows_in_words(query: Query, rows: usize) -> Option<String> {
    let noun = match query {
        Query::Time => return None,
        Query::Positions => "position",
        Query::AccountSummary | Query::AccountValues | Query::AccountUpdates => "value",
        Query::OpenOrders | Query::Orders | Query::CompletedOrders => "order",
        Query::Executions => "execution",
    };
    Some(counted(rows, noun))
}
