//! What a session was answered → what the command is answered.

use std::time::Duration;

use crate::finding::Code;
use crate::report::worker::{
    WorkerCommand, WorkerContract, WorkerData, WorkerError, WorkerExecution, WorkerPosition,
    WorkerValue, WorkerWord,
};
use crate::session::serving::{Rows, Unanswered};
use crate::text::duration::shown;
use crate::text::words::counted;
use crate::wire::{AccountUpdateMulti, Contract, Execution, Position, SummaryValue};

/// The data of a command that was answered; `elapsed` is the time to its end marker.
pub(super) fn data(command: WorkerCommand, rows: &Rows, elapsed: Duration) -> WorkerData {
    match rows {
        Rows::Accounts(accounts) => WorkerData::Accounts {
            accounts: accounts.clone(),
        },
        Rows::Time(_) if command == WorkerCommand::Ping => WorkerData::Ping { rtt: elapsed },
        Rows::Time(time) => WorkerData::Time { time: *time },
        Rows::Positions(rows) => WorkerData::Positions {
            positions: rows.iter().map(position).collect(),
        },
        Rows::Summary(rows) => WorkerData::Values {
            values: rows.iter().map(summary_value).collect(),
        },
        Rows::Values(rows) => WorkerData::Values {
            values: rows.iter().map(account_value).collect(),
        },
        Rows::Executions(rows) => WorkerData::Executions {
            executions: rows.iter().map(execution).collect(),
        },
    }
}

/// The error of a command that was not answered in time, or refused; nothing where the session ended.
pub(super) fn error(
    command: WorkerCommand,
    why: &Unanswered,
    elapsed: Duration,
) -> Option<WorkerError> {
    Some(match why {
        Unanswered::Ended => return None,
        Unanswered::Refused { code, number, text } => WorkerError {
            number: Some(*number),
            ..WorkerError::new(*code, format!("the Gateway refused it: {text}"))
        },
        Unanswered::TimedOut {
            held_back: Some(why),
            ..
        } => WorkerError::new(Code::SyncTimeout, format!("it was not sent in time: {why}")),
        Unanswered::TimedOut {
            rows,
            held_back: None,
        } => {
            let code = match command {
                WorkerCommand::Ping | WorkerCommand::Health => Code::HeartbeatLost,
                _ => Code::SyncTimeout,
            };
            let (rows, waited) = (counted(*rows as u64, "row"), shown(elapsed));
            let message = format!("no end marker in {waited}, after {rows}");
            WorkerError::new(code, message)
        }
        Unanswered::Unknown(since) => {
            let message = format!("the Gateway's version does not know it; version {since} does");
            WorkerError::new(WorkerWord::UnknownToGateway, message)
        }
        Unanswered::TooLarge => {
            let message = "the answers that are not read yet leave no room for it";
            WorkerError::new(WorkerWord::AnswerTooLarge, message)
        }
    })
}

/// A number as JSON knows it.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

fn contract(it: &Contract) -> WorkerContract {
    WorkerContract {
        con_id: it.con_id,
        symbol: it.symbol.clone(),
        sec_type: it.sec_type.clone(),
        expiry: it.expiry.clone(),
        strike: finite(it.strike),
        right: it.right.clone(),
        multiplier: finite(it.multiplier),
        exchange: it.exchange.clone(),
        currency: it.currency.clone(),
        local_symbol: it.local_symbol.clone(),
        trading_class: it.trading_class.clone(),
    }
}

fn position(it: &Position) -> WorkerPosition {
    WorkerPosition {
        account: it.account.clone(),
        contract: contract(&it.contract),
        quantity: it.quantity.clone(),
        average_cost: finite(it.average_cost),
    }
}

fn summary_value(it: &SummaryValue) -> WorkerValue {
    WorkerValue {
        account: it.account.clone(),
        tag: it.tag.clone(),
        value: it.value.clone(),
        currency: it.currency.clone(),
    }
}

fn account_value(it: &AccountUpdateMulti) -> WorkerValue {
    WorkerValue {
        account: it.account.clone(),
        tag: it.key.clone(),
        value: it.value.clone(),
        currency: it.currency.clone(),
    }
}

fn execution(it: &Execution) -> WorkerExecution {
    WorkerExecution {
        execution_id: it.execution_id.clone(),
        account: it.account.clone(),
        contract: contract(&it.contract),
        time: it.time.clone(),
        exchange: it.exchange.clone(),
        side: it.side.clone(),
        quantity: it.quantity.clone(),
        price: finite(it.price),
        order_id: it.order_id,
        perm_id: it.perm_id,
        client_id: it.client_id,
        cumulative_quantity: it.cumulative_quantity.clone(),
        average_price: finite(it.average_price),
        order_ref: it.order_ref.clone(),
    }
}
