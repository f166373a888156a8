//! Protobuf bodies to replies.

use super::accounts;
use crate::wire::ids::incoming as ids;
use crate::wire::proto::{self, read, text};
use crate::wire::{
    AccountUpdateMulti, AccountValue, Contract, DecodeError, Frame, Notice, PortfolioValue,
    Position, Reply, SummaryValue,
};

/// Stands for a request id that a message leaves out.
const NO_REQUEST: i32 = -1;

pub(super) fn decode(frame: &Frame) -> Result<Reply, DecodeError> {
    let (id, body) = (frame.id, &frame.body);
    let missing = |field| DecodeError::Field { id, field };
    let number = || read::<proto::RequestId>(id, body).map(|it| it.req_id.unwrap_or(NO_REQUEST));
    let string = || read::<proto::Text>(id, body).map(|it| text(it.value));
    let time = || read::<proto::Time>(id, body)?.value.ok_or(missing("time"));
    Ok(match id {
        ids::MANAGED_ACCOUNTS => Reply::ManagedAccounts(accounts(&string()?)),
        ids::NEXT_VALID_ID => {
            let message: proto::Number = read(id, body)?;
            Reply::NextValidId(message.value.ok_or(missing("order id"))?)
        }
        ids::ERROR => notice(read(id, body)?, id).map(Reply::Notice)?,
        ids::CURRENT_TIME => Reply::CurrentTime(time()?),
        ids::CURRENT_TIME_MILLIS => Reply::CurrentTimeMillis(time()?),
        ids::ACCOUNT_SUMMARY => Reply::AccountSummary(summary(read(id, body)?)),
        ids::ACCOUNT_SUMMARY_END => Reply::AccountSummaryEnd { req_id: number()? },
        ids::POSITION => Reply::Position(position(read(id, body)?)),
        ids::ACCOUNT_VALUE => Reply::AccountValue(account_value(read(id, body)?)),
        ids::PORTFOLIO_VALUE => Reply::PortfolioValue(portfolio(read(id, body)?)),
        ids::ACCOUNT_UPDATE_TIME => Reply::AccountUpdateTime(string()?),
        ids::ACCOUNT_DOWNLOAD_END => Reply::AccountDownloadEnd { account: string()? },
        ids::ACCOUNT_UPDATE_MULTI => Reply::AccountUpdateMulti(update_multi(read(id, body)?)),
        ids::ACCOUNT_UPDATE_MULTI_END => Reply::AccountUpdateMultiEnd { req_id: number()? },
        ids::EXECUTIONS_END => Reply::ExecutionsEnd { req_id: number()? },
        _ => Reply::Other {
            id,
            body: body.clone(),
        },
    })
}

fn notice(message: proto::ErrorMessage, id: u32) -> Result<Notice, DecodeError> {
    Ok(Notice {
        req_id: message.req_id.unwrap_or(NO_REQUEST),
        code: message
            .code
            .ok_or(DecodeError::Field { id, field: "code" })?,
        text: text(message.text),
        advanced_order_reject: text(message.advanced_order_reject),
        time_ms: message.time_ms,
    })
}

fn summary(message: proto::AccountSummary) -> SummaryValue {
    SummaryValue {
        req_id: message.req_id.unwrap_or(NO_REQUEST),
        account: text(message.account),
        tag: text(message.tag),
        value: text(message.value),
        currency: text(message.currency),
    }
}

fn account_value(message: proto::AccountValue) -> AccountValue {
    AccountValue {
        key: text(message.key),
        value: text(message.value),
        currency: text(message.currency),
        account: text(message.account),
    }
}

fn update_multi(message: proto::AccountUpdateMulti) -> AccountUpdateMulti {
    AccountUpdateMulti {
        req_id: message.req_id.unwrap_or(NO_REQUEST),
        account: text(message.account),
        model: text(message.model),
        key: text(message.key),
        value: text(message.value),
        currency: text(message.currency),
    }
}

pub(in crate::wire::reply) fn contract(message: Option<proto::Contract>) -> Contract {
    let message = message.unwrap_or_default();
    Contract {
        con_id: message.con_id.unwrap_or_default(),
        symbol: text(message.symbol),
        sec_type: text(message.sec_type),
        expiry: text(message.expiry),
        strike: message.strike.unwrap_or_default(),
        right: text(message.right),
        multiplier: message.multiplier.unwrap_or_default(),
        exchange: text(message.exchange.or(message.primary_exchange)),
        currency: text(message.currency),
        local_symbol: text(message.local_symbol),
        trading_class: text(message.trading_class),
    }
}

fn position(message: proto::Position) -> Position {
    Position {
        account: text(message.account),
        contract: contract(message.contract),
        quantity: text(message.quantity),
        average_cost: message.average_cost.unwrap_or_default(),
    }
}

fn portfolio(message: proto::PortfolioValue) -> PortfolioValue {
    PortfolioValue {
        contract: contract(message.contract),
        quantity: text(message.quantity),
        market_price: message.market_price.unwrap_or_default(),
        market_value: message.market_value.unwrap_or_default(),
        average_cost: message.average_cost.unwrap_or_default(),
        unrealized_pnl: message.unrealized_pnl.unwrap_or_default(),
        realized_pnl: message.realized_pnl.unwrap_or_default(),
        account: text(message.account),
    }
}
