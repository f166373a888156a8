//! Text bodies to replies; Rust evaluates the fields of a struct in the order written, which is
//! the order on the wire.

use super::accounts;
use crate::wire::ids::incoming as ids;
use crate::wire::text::Fields;
use crate::wire::{
    AccountUpdateMulti, AccountValue, Contract, DecodeError, Frame, Notice, PortfolioValue,
    Position, Reply, ServerVersion, SummaryValue,
};

pub(super) fn decode(frame: &Frame, version: ServerVersion) -> Result<Reply, DecodeError> {
    let id = frame.id;
    let mut fields = Fields::new(&frame.body);
    match id {
        ids::ERROR => return notice(id, fields, version).map(Reply::Notice),
        ids::CURRENT_TIME_MILLIS => {
            return Ok(Reply::CurrentTimeMillis(fields.number(id, "time")?));
        }
        _ => {}
    }
    // All the others begin with a version of their own.
    let fields = fields.skip_fields(1);
    Ok(match id {
        ids::MANAGED_ACCOUNTS => Reply::ManagedAccounts(accounts(&fields.string())),
        ids::NEXT_VALID_ID => Reply::NextValidId(fields.number(id, "order id")?),
        ids::CURRENT_TIME => Reply::CurrentTime(fields.number(id, "time")?),
        ids::POSITION => Reply::Position(position(fields)),
        ids::ACCOUNT_VALUE => Reply::AccountValue(account_value(fields)),
        ids::PORTFOLIO_VALUE => Reply::PortfolioValue(portfolio(fields)),
        ids::ACCOUNT_UPDATE_TIME => Reply::AccountUpdateTime(fields.string()),
        ids::ACCOUNT_DOWNLOAD_END => Reply::AccountDownloadEnd {
            account: fields.string(),
        },
        ids::ACCOUNT_SUMMARY => {
            let req_id = fields.number(id, "request id")?;
            Reply::AccountSummary(summary(req_id, fields))
        }
        ids::ACCOUNT_SUMMARY_END => Reply::AccountSummaryEnd {
            req_id: fields.number(id, "request id")?,
        },
        ids::ACCOUNT_UPDATE_MULTI => {
            let req_id = fields.number(id, "request id")?;
            Reply::AccountUpdateMulti(update_multi(req_id, fields))
        }
        ids::ACCOUNT_UPDATE_MULTI_END => Reply::AccountUpdateMultiEnd {
            req_id: fields.number(id, "request id")?,
        },
        ids::EXECUTIONS_END => Reply::ExecutionsEnd {
            req_id: fields.number(id, "request id")?,
        },
        _ => Reply::Other {
            id,
            body: frame.body.clone(),
        },
    })
}

fn notice(id: u32, mut fields: Fields<'_>, version: ServerVersion) -> Result<Notice, DecodeError> {
    if version < ServerVersion::ERROR_TIME {
        fields.skip_fields(1);
    }
    Ok(Notice {
        req_id: fields.number(id, "request id")?,
        code: fields.number(id, "code")?,
        text: fields.string(),
        advanced_order_reject: if version >= ServerVersion::ADVANCED_ORDER_REJECT {
            fields.string()
        } else {
            String::new()
        },
        time_ms: (version >= ServerVersion::ERROR_TIME).then(|| fields.value()),
    })
}

pub(in crate::wire::reply) fn contract(fields: &mut Fields<'_>) -> Contract {
    Contract {
        con_id: fields.value(),
        symbol: fields.string(),
        sec_type: fields.string(),
        expiry: fields.string(),
        strike: fields.value(),
        right: fields.string(),
        multiplier: fields.value(),
        exchange: fields.string(),
        currency: fields.string(),
        local_symbol: fields.string(),
        trading_class: fields.string(),
    }
}

fn summary(req_id: i32, fields: &mut Fields<'_>) -> SummaryValue {
    SummaryValue {
        req_id,
        account: fields.string(),
        tag: fields.string(),
        value: fields.string(),
        currency: fields.string(),
    }
}

fn account_value(fields: &mut Fields<'_>) -> AccountValue {
    AccountValue {
        key: fields.string(),
        value: fields.string(),
        currency: fields.string(),
        account: fields.string(),
    }
}

fn update_multi(req_id: i32, fields: &mut Fields<'_>) -> AccountUpdateMulti {
    AccountUpdateMulti {
        req_id,
        account: fields.string(),
        model: fields.string(),
        key: fields.string(),
        value: fields.string(),
        currency: fields.string(),
    }
}

fn position(fields: &mut Fields<'_>) -> Position {
    Position {
        account: fields.string(),
        contract: contract(fields),
        quantity: fields.string(),
        average_cost: fields.value(),
    }
}

fn portfolio(fields: &mut Fields<'_>) -> PortfolioValue {
    PortfolioValue {
        contract: contract(fields),
        quantity: fields.string(),
        market_price: fields.value(),
        market_value: fields.value(),
        average_cost: fields.value(),
        unrealized_pnl: fields.value(),
        realized_pnl: fields.value(),
        account: fields.string(),
    }
}
