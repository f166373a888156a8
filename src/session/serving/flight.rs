//! One request on the wire: its rows, who waits for it, and what a reply means to it.

use std::rc::Rc;

use tokio::time::Instant;

use super::ask::{Ask, Question, Rows, Told, Unanswered};
use crate::event::Query;
use crate::session::pending::is_warning;
use crate::session::sync::code_of_refusal;
use crate::text::printable::clean;
use crate::wire::{Execution, Notice, Reply, ServerVersion};

/// What a row takes beside its texts, in bytes.
const ROW: usize = 256;

/// A request on the wire.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) question: Question,
    pub(super) req_id: i32,
    pub(super) sent: Instant,
    /// How often it was sent: a time request is repeated once.
    pub(super) times_sent: u32,
    pub(super) rows: Rows,
    /// About what its rows take, in bytes.
    pub(super) bytes: usize,
    pub(super) waiting: Vec<(u64, Instant)>,
}

/// What a reply means to a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Unrelated,
    Row,
    End,
    Refused(Unanswered),
}

impl Flight {
    pub(super) fn new(ask: Ask, req_id: i32, now: Instant) -> Self {
        Self {
            rows: ask.question.no_rows(),
            question: ask.question,
            req_id,
            sent: now,
            times_sent: 1,
            bytes: 0,
            waiting: vec![(ask.key, ask.until)],
        }
    }

    /// Takes what `reply` brings.
    pub(super) fn hear(&mut self, reply: &Reply, version: ServerVersion) -> Meaning {
        let mine = |id: i32| id == self.req_id;
        let bytes = match (&mut self.rows, reply) {
            (_, Reply::Notice(notice)) => return self.refusal(notice, notice.req_id),
            (Rows::Accounts(rows), Reply::ManagedAccounts(names)) => {
                *rows = names.iter().map(|name| clean(name, 32)).collect();
                return Meaning::End;
            }
            (Rows::Time(time), Reply::CurrentTime(seconds)) => {
                *time = *seconds;
                return Meaning::End;
            }
            (Rows::Positions(_), Reply::PositionEnd) => return Meaning::End,
            (Rows::Summary(_), Reply::AccountSummaryEnd { req_id })
            | (Rows::Values(_), Reply::AccountUpdateMultiEnd { req_id })
            | (Rows::Executions(_), Reply::ExecutionsEnd { req_id })
                if mine(*req_id) =>
            {
                return Meaning::End;
            }
            (Rows::Positions(rows), Reply::Position(row)) => {
                rows.push(row.clone());
                let contract = &row.contract;
                row.account.len() + contract.symbol.len() + contract.local_symbol.len()
            }
            (Rows::Summary(rows), Reply::AccountSummary(row)) if mine(row.req_id) => {
                rows.push(row.clone());
                row.account.len() + row.tag.len() + row.value.len()
            }
            (Rows::Values(rows), Reply::AccountUpdateMulti(row)) if mine(row.req_id) => {
                rows.push(row.clone());
                row.account.len() + row.key.len() + row.value.len()
            }
            (Rows::Executions(rows), Reply::Execution(body)) => {
                match Execution::decode(body, version) {
                    Ok(row) if mine(row.req_id) => rows.push(row),
                    _ => return Meaning::Unrelated,
                }
                2 * body.len()
            }
            _ => return Meaning::Unrelated,
        };
        self.bytes += ROW + bytes;
        Meaning::Row
    }

    /// What a notice about the request with this id means.
    pub(super) fn refusal(&self, notice: &Notice, about: i32) -> Meaning {
        if about != self.req_id || is_warning(notice.code) {
            return Meaning::Unrelated;
        }
        let text = clean(&notice.text, crate::session::TEXT_KEPT);
        Meaning::Refused(Unanswered::Refused {
            code: code_of_refusal(self.query(), notice.code, &text),
            number: notice.code,
            text,
        })
    }

    fn query(&self) -> Query {
        match self.question {
            Question::Accounts | Question::Time => Query::Time,
            Question::Positions => Query::Positions,
            Question::Summary { .. } => Query::AccountSummary,
            Question::Values { .. } => Query::AccountValues,
            Question::Executions => Query::Executions,
        }
    }

    pub(super) fn row_count(&self) -> usize {
        match &self.rows {
            Rows::Accounts(_) | Rows::Time(_) => 0,
            Rows::Positions(rows) => rows.len(),
            Rows::Summary(rows) => rows.len(),
            Rows::Values(rows) => rows.len(),
            Rows::Executions(rows) => rows.len(),
        }
    }

    /// Gives its rows to all who wait.
    pub(super) fn answered(self, now: Instant) -> impl Iterator<Item = Told> {
        let (rows, elapsed) = (Rc::new(self.rows), now - self.sent);
        self.waiting
            .into_iter()
            .map(move |(key, _)| Told::Answered {
                key,
                answer: Ok(Rc::clone(&rows)),
                elapsed,
            })
    }

    /// Tells all who wait why there is no answer.
    pub(super) fn failed(self, why: &Unanswered, now: Instant) -> impl Iterator<Item = Told> {
        let elapsed = now - self.sent;
        self.waiting
            .into_iter()
            .map(move |(key, _)| Told::Answered {
                key,
                answer: Err(why.clone()),
                elapsed,
            })
    }
}
