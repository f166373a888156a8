//! Any request and any reply, for the properties.

use bytes::Bytes;
use proptest::prelude::*;

use crate::wire::{
    AccountUpdateMulti, AccountValue, Contract, Notice, PortfolioValue, Position, Reply, Request,
    ServerVersion, SummaryValue,
};

pub(super) fn versions() -> impl Strategy<Value = ServerVersion> {
    (100u16..=226).prop_map(ServerVersion)
}

/// Any text without a NUL, which no text field can hold.
pub(super) fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,12}"
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[A-Z]{1,3}[0-9]{1,8}", 0..4)
}

fn finite() -> impl Strategy<Value = f64> {
    -1e12..1e12
}

pub(super) fn requests() -> impl Strategy<Value = Request> {
    let id = any::<i32>;
    prop_oneof![
        (id(), text()).prop_map(|(client_id, capabilities)| Request::StartApi {
            client_id,
            capabilities
        }),
        Just(Request::ManagedAccounts),
        Just(Request::Ids),
        Just(Request::CurrentTime),
        Just(Request::CurrentTimeMillis),
        (id(), text(), text()).prop_map(|(req_id, group, tags)| Request::AccountSummary {
            req_id,
            group,
            tags
        }),
        id().prop_map(|req_id| Request::CancelAccountSummary { req_id }),
        Just(Request::Positions),
        Just(Request::CancelPositions),
        (any::<bool>(), text())
            .prop_map(|(subscribe, account)| Request::AccountUpdates { subscribe, account }),
        Just(Request::AllOpenOrders),
        any::<bool>().prop_map(|api_only| Request::CompletedOrders { api_only }),
        id().prop_map(|req_id| Request::Executions { req_id }),
        (id(), text(), text(), any::<bool>()).prop_map(
            |(req_id, account, model, ledger_and_nlv)| Request::AccountUpdatesMulti {
                req_id,
                account,
                model,
                ledger_and_nlv,
            }
        ),
        id().prop_map(|req_id| Request::CancelAccountUpdatesMulti { req_id }),
    ]
}

fn contracts() -> impl Strategy<Value = Contract> {
    let texts = prop::array::uniform8(text());
    (any::<i32>(), finite(), finite(), texts).prop_map(|(con_id, strike, multiplier, texts)| {
        let [
            symbol,
            sec_type,
            expiry,
            right,
            exchange,
            currency,
            local_symbol,
            trading_class,
        ] = texts;
        Contract {
            con_id,
            symbol,
            sec_type,
            expiry,
            strike,
            right,
            multiplier,
            exchange,
            currency,
            local_symbol,
            trading_class,
        }
    })
}

fn holdings() -> impl Strategy<Value = Reply> {
    let position = (contracts(), text(), text(), finite()).prop_map(
        |(contract, account, quantity, average_cost)| {
            Reply::Position(Position {
                account,
                contract,
                quantity,
                average_cost,
            })
        },
    );
    let portfolio = (contracts(), text(), text(), prop::array::uniform5(finite())).prop_map(
        |(contract, account, quantity, figures)| {
            let [
                market_price,
                market_value,
                average_cost,
                unrealized_pnl,
                realized_pnl,
            ] = figures;
            Reply::PortfolioValue(PortfolioValue {
                contract,
                quantity,
                market_price,
                market_value,
                average_cost,
                unrealized_pnl,
                realized_pnl,
                account,
            })
        },
    );
    prop_oneof![position, portfolio]
}

fn values() -> impl Strategy<Value = Reply> {
    let texts = || prop::array::uniform5(text());
    prop_oneof![
        (any::<i32>(), texts()).prop_map(|(req_id, [account, tag, value, currency, _])| {
            Reply::AccountSummary(SummaryValue {
                req_id,
                account,
                tag,
                value,
                currency,
            })
        }),
        texts().prop_map(|[key, value, currency, account, _]| {
            Reply::AccountValue(AccountValue {
                key,
                value,
                currency,
                account,
            })
        }),
        (any::<i32>(), texts()).prop_map(|(req_id, [account, model, key, value, currency])| {
            Reply::AccountUpdateMulti(AccountUpdateMulti {
                req_id,
                account,
                model,
                key,
                value,
                currency,
            })
        }),
    ]
}

fn notices() -> impl Strategy<Value = Reply> {
    (any::<i32>(), any::<i32>(), text(), text(), any::<i64>()).prop_map(
        |(req_id, code, text, advanced_order_reject, time_ms)| {
            let time_ms = Some(time_ms);
            Reply::Notice(Notice {
                req_id,
                code,
                text,
                advanced_order_reject,
                time_ms,
            })
        },
    )
}

pub(super) fn replies() -> impl Strategy<Value = Reply> {
    let id = any::<i32>;
    let body = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    prop_oneof![
        holdings(),
        values(),
        notices(),
        names().prop_map(Reply::ManagedAccounts),
        id().prop_map(Reply::NextValidId),
        any::<i64>().prop_map(Reply::CurrentTime),
        any::<i64>().prop_map(Reply::CurrentTimeMillis),
        id().prop_map(|req_id| Reply::AccountSummaryEnd { req_id }),
        Just(Reply::PositionEnd),
        text().prop_map(Reply::AccountUpdateTime),
        text().prop_map(|account| Reply::AccountDownloadEnd { account }),
        id().prop_map(|req_id| Reply::AccountUpdateMultiEnd { req_id }),
        body().prop_map(Reply::OpenOrder),
        Just(Reply::OpenOrdersEnd),
        body().prop_map(Reply::CompletedOrder),
        Just(Reply::CompletedOrdersEnd),
        body().prop_map(Reply::Execution),
        id().prop_map(|req_id| Reply::ExecutionsEnd { req_id }),
        (110u32..200, body()).prop_map(|(id, body)| Reply::Other { id, body }),
    ]
}
