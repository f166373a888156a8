//! Bytes to replies.
//!
//! Strict only where a diagnosis depends on it: codes, ids and times. A price or a strike that
//! cannot be read is 0, and fields beyond the known ones are passed over.

use super::{
    AccountUpdateMulti, AccountValue, Contract, Notice, PortfolioValue, Position, Reply,
    SummaryValue,
};
use crate::wire::ids::incoming as ids;
use crate::wire::proto::{self, read, text};
use crate::wire::text::Fields;
use crate::wire::{DecodeError, Form, Frame, ServerVersion};

/// Stands for a request id that a protobuf message leaves out.
const NO_REQUEST: i32 = -1;

impl Reply {
    /// Reads a message; the frame says in which form it came, the version how its text is laid
    /// out.
    pub fn decode(frame: &Frame, version: ServerVersion) -> Result<Self, DecodeError> {
        if frame.is_greeting() {
            return Err(DecodeError::Greeting);
        }
        if let Some(unread) = unread(frame) {
            return Ok(unread);
        }
        if frame.oversized {
            return Err(DecodeError::Oversized {
                id: frame.id,
                length: frame.length,
            });
        }
        match frame.form {
            Form::Protobuf => from_protobuf(frame),
            Form::Text | Form::Greeting => from_text(frame, version),
        }
    }
}

/// The messages whose body is not looked at.
fn unread(frame: &Frame) -> Option<Reply> {
    Some(match frame.id {
        ids::OPEN_ORDER => Reply::OpenOrder(frame.body.clone()),
        ids::OPEN_ORDERS_END => Reply::OpenOrdersEnd,
        ids::COMPLETED_ORDER => Reply::CompletedOrder(frame.body.clone()),
        ids::COMPLETED_ORDERS_END => Reply::CompletedOrdersEnd,
        ids::EXECUTION => Reply::Execution(frame.body.clone()),
        ids::POSITION_END => Reply::PositionEnd,
        ids::ERROR
        | ids::ACCOUNT_VALUE..=ids::NEXT_VALID_ID
        | ids::MANAGED_ACCOUNTS
        | ids::CURRENT_TIME
        | ids::ACCOUNT_DOWNLOAD_END
        | ids::EXECUTIONS_END
        | ids::POSITION
        | ids::ACCOUNT_SUMMARY
        | ids::ACCOUNT_SUMMARY_END
        | ids::ACCOUNT_UPDATE_MULTI
        | ids::ACCOUNT_UPDATE_MULTI_END
        | ids::CURRENT_TIME_MILLIS => return None,
        id => Reply::Other {
            id,
            body: frame.body.clone(),
        },
    })
}

fn from_text(frame: &Frame, version: ServerVersion) -> Result<Reply, DecodeError> {
    let id = frame.id;
    let mut fields = Fields::new(&frame.body);
    match id {
        ids::ERROR => return notice_from_text(id, fields, version).map(Reply::Notice),
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
        ids::ACCOUNT_SUMMARY => Reply::AccountSummary(SummaryValue {
            req_id: fields.number(id, "request id")?,
            account: fields.string(),
            tag: fields.string(),
            value: fields.string(),
            currency: fields.string(),
        }),
        ids::ACCOUNT_SUMMARY_END => Reply::AccountSummaryEnd {
            req_id: fields.number(id, "request id")?,
        },
        ids::POSITION => Reply::Position(Position {
            account: fields.string(),
            contract: contract_from_text(fields),
            quantity: fields.string(),
            average_cost: fields.value(),
        }),
        ids::ACCOUNT_VALUE => Reply::AccountValue(AccountValue {
            key: fields.string(),
            value: fields.string(),
            currency: fields.string(),
            account: fields.string(),
        }),
        ids::PORTFOLIO_VALUE => Reply::PortfolioValue(PortfolioValue {
            contract: contract_from_text(fields),
            quantity: fields.string(),
            market_price: fields.value(),
            market_value: fields.value(),
            average_cost: fields.value(),
            unrealized_pnl: fields.value(),
            realized_pnl: fields.value(),
            account: fields.string(),
        }),
        ids::ACCOUNT_UPDATE_TIME => Reply::AccountUpdateTime(fields.string()),
        ids::ACCOUNT_DOWNLOAD_END => Reply::AccountDownloadEnd {
            account: fields.string(),
        },
        ids::ACCOUNT_UPDATE_MULTI => Reply::AccountUpdateMulti(AccountUpdateMulti {
            req_id: fields.number(id, "request id")?,
            account: fields.string(),
            model: fields.string(),
            key: fields.string(),
            value: fields.string(),
            currency: fields.string(),
        }),
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

fn notice_from_text(
    id: u32,
    mut fields: Fields<'_>,
    version: ServerVersion,
) -> Result<Notice, DecodeError> {
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

fn contract_from_text(fields: &mut Fields<'_>) -> Contract {
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

fn from_protobuf(frame: &Frame) -> Result<Reply, DecodeError> {
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
        ids::ERROR => notice_from_protobuf(read(id, body)?, id).map(Reply::Notice)?,
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

fn notice_from_protobuf(message: proto::ErrorMessage, id: u32) -> Result<Notice, DecodeError> {
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

fn contract(message: Option<proto::Contract>) -> Contract {
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

/// The list may end in a comma, and an empty list is one empty name.
fn accounts(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
