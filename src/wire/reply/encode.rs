//! Replies to bytes, for the simulated Gateway.

use super::{Contract, Notice, PortfolioValue, Position, Reply};
use crate::wire::frame::FrameBuilder;
use crate::wire::messages::incoming_form;
use crate::wire::proto::{self, some, some_unless_empty};
use crate::wire::{Form, ServerVersion};

impl Reply {
    /// The whole frame, in the form of the version agreed on.
    pub fn encode(&self, version: ServerVersion) -> Vec<u8> {
        let form = incoming_form(self.id(), version);
        let mut frame = FrameBuilder::new(self.id(), form, version);
        match form {
            Form::Protobuf => self.put_protobuf(&mut frame),
            Form::Text | Form::Greeting => self.put_text(&mut frame, version),
        }
        frame.finish()
    }

    fn put_text(&self, frame: &mut FrameBuilder, version: ServerVersion) {
        match self {
            Self::ManagedAccounts(accounts) => {
                frame.field("1").field(&accounts.join(","));
            }
            Self::NextValidId(id) => {
                frame.field("1").field(*id);
            }
            Self::Notice(notice) => put_notice(frame, notice, version),
            Self::CurrentTime(seconds) => {
                frame.field("1").field(*seconds);
            }
            Self::CurrentTimeMillis(millis) => {
                frame.field(*millis);
            }
            Self::AccountSummary(line) => {
                frame.field("1").field(line.req_id).field(&line.account);
                frame
                    .field(&line.tag)
                    .field(&line.value)
                    .field(&line.currency);
            }
            Self::AccountSummaryEnd { req_id }
            | Self::AccountUpdateMultiEnd { req_id }
            | Self::ExecutionsEnd { req_id } => {
                frame.field("1").field(*req_id);
            }
            Self::Position(position) => put_position(frame, position),
            Self::PositionEnd | Self::OpenOrdersEnd => {
                frame.field("1");
            }
            Self::CompletedOrdersEnd => {}
            Self::AccountValue(line) => {
                frame.field("2").field(&line.key).field(&line.value);
                frame.field(&line.currency).field(&line.account);
            }
            Self::PortfolioValue(line) => put_portfolio(frame, line),
            Self::AccountUpdateTime(text) | Self::AccountDownloadEnd { account: text } => {
                frame.field("1").field(text);
            }
            Self::AccountUpdateMulti(line) => {
                frame
                    .field("1")
                    .field(line.req_id)
                    .field(&line.account)
                    .field(&line.model);
                frame
                    .field(&line.key)
                    .field(&line.value)
                    .field(&line.currency);
            }
            Self::OpenOrder(body)
            | Self::CompletedOrder(body)
            | Self::Execution(body)
            | Self::Other { body, .. } => frame.raw(body),
        }
    }

    fn put_protobuf(&self, frame: &mut FrameBuilder) {
        match self {
            Self::ManagedAccounts(accounts) => {
                frame.message(&proto::Text {
                    value: some(&accounts.join(",")),
                });
            }
            Self::NextValidId(id) => frame.message(&proto::Number { value: Some(*id) }),
            Self::Notice(notice) => frame.message(&error_message(notice)),
            Self::CurrentTime(time) | Self::CurrentTimeMillis(time) => {
                frame.message(&proto::Time { value: Some(*time) });
            }
            Self::AccountSummary(line) => frame.message(&proto::AccountSummary {
                req_id: Some(line.req_id),
                account: some(&line.account),
                tag: some(&line.tag),
                value: some(&line.value),
                currency: some_unless_empty(&line.currency),
            }),
            Self::AccountSummaryEnd { req_id }
            | Self::AccountUpdateMultiEnd { req_id }
            | Self::ExecutionsEnd { req_id } => {
                frame.message(&proto::RequestId {
                    req_id: Some(*req_id),
                });
            }
            Self::Position(position) => frame.message(&position_message(position)),
            Self::PositionEnd | Self::OpenOrdersEnd | Self::CompletedOrdersEnd => {}
            Self::AccountValue(line) => frame.message(&proto::AccountValue {
                key: some(&line.key),
                value: some(&line.value),
                currency: some_unless_empty(&line.currency),
                account: some(&line.account),
            }),
            Self::PortfolioValue(line) => frame.message(&portfolio_message(line)),
            Self::AccountUpdateTime(text) | Self::AccountDownloadEnd { account: text } => {
                frame.message(&proto::Text { value: some(text) });
            }
            Self::AccountUpdateMulti(line) => frame.message(&proto::AccountUpdateMulti {
                req_id: Some(line.req_id),
                account: some(&line.account),
                model: some_unless_empty(&line.model),
                key: some(&line.key),
                value: some(&line.value),
                currency: some_unless_empty(&line.currency),
            }),
            Self::OpenOrder(body)
            | Self::CompletedOrder(body)
            | Self::Execution(body)
            | Self::Other { body, .. } => frame.raw(body),
        }
    }
}

fn put_notice(frame: &mut FrameBuilder, notice: &Notice, version: ServerVersion) {
    if version < ServerVersion::ERROR_TIME {
        frame.field("2");
    }
    frame
        .field(notice.req_id)
        .field(notice.code)
        .field(&notice.text);
    if version >= ServerVersion::ADVANCED_ORDER_REJECT {
        frame.field(&notice.advanced_order_reject);
    }
    if version >= ServerVersion::ERROR_TIME {
        frame.field(notice.time_ms.unwrap_or_default());
    }
}

fn put_contract(frame: &mut FrameBuilder, contract: &Contract) {
    frame
        .field(contract.con_id)
        .field(&contract.symbol)
        .field(&contract.sec_type);
    frame
        .field(&contract.expiry)
        .field(contract.strike)
        .field(&contract.right);
    if contract.multiplier == 0.0 {
        frame.field("");
    } else {
        frame.field(&contract.multiplier.to_string());
    }
    frame.field(&contract.exchange).field(&contract.currency);
    frame
        .field(&contract.local_symbol)
        .field(&contract.trading_class);
}

fn put_position(frame: &mut FrameBuilder, position: &Position) {
    frame.field("3").field(&position.account);
    put_contract(frame, &position.contract);
    frame.field(&position.quantity).field(position.average_cost);
}

fn put_portfolio(frame: &mut FrameBuilder, line: &PortfolioValue) {
    frame.field("8");
    put_contract(frame, &line.contract);
    frame
        .field(&line.quantity)
        .field(line.market_price)
        .field(line.market_value);
    frame
        .field(line.average_cost)
        .field(line.unrealized_pnl)
        .field(line.realized_pnl);
    frame.field(&line.account);
}

fn error_message(notice: &Notice) -> proto::ErrorMessage {
    proto::ErrorMessage {
        req_id: Some(notice.req_id),
        time_ms: notice.time_ms,
        code: Some(notice.code),
        text: some(&notice.text),
        advanced_order_reject: some_unless_empty(&notice.advanced_order_reject),
    }
}

fn contract_message(contract: &Contract) -> proto::Contract {
    proto::Contract {
        con_id: Some(contract.con_id),
        symbol: some(&contract.symbol),
        sec_type: some(&contract.sec_type),
        expiry: some_unless_empty(&contract.expiry),
        strike: Some(contract.strike),
        right: some_unless_empty(&contract.right),
        multiplier: (contract.multiplier != 0.0).then_some(contract.multiplier),
        exchange: some_unless_empty(&contract.exchange),
        primary_exchange: None,
        currency: some(&contract.currency),
        local_symbol: some_unless_empty(&contract.local_symbol),
        trading_class: some_unless_empty(&contract.trading_class),
    }
}

fn position_message(position: &Position) -> proto::Position {
    proto::Position {
        account: some(&position.account),
        contract: Some(contract_message(&position.contract)),
        quantity: some(&position.quantity),
        average_cost: Some(position.average_cost),
    }
}

fn portfolio_message(line: &PortfolioValue) -> proto::PortfolioValue {
    let mut contract = contract_message(&line.contract);
    contract.primary_exchange = contract.exchange.take();
    proto::PortfolioValue {
        contract: Some(contract),
        quantity: some(&line.quantity),
        market_price: Some(line.market_price),
        market_value: Some(line.market_value),
        average_cost: Some(line.average_cost),
        unrealized_pnl: Some(line.unrealized_pnl),
        realized_pnl: Some(line.realized_pnl),
        account: some(&line.account),
    }
}
