//! What is encoded decodes to the same, at every version and in any pieces.

use bytes::Bytes;
use proptest::prelude::*;

use super::only_frame;
use crate::wire::{
    AccountUpdateMulti, AccountValue, Asked, ClientGreeting, Contract, Decoder, Form, Frame,
    Notice, PortfolioValue, Position, Reply, Request, ServerGreeting, ServerVersion, SummaryValue,
    VersionRange,
};

fn versions() -> impl Strategy<Value = ServerVersion> {
    (100u16..=226).prop_map(ServerVersion)
}

/// Any text without a NUL, which no text field can hold.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,12}"
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[A-Z]{1,3}[0-9]{1,8}", 0..4)
}

fn finite() -> impl Strategy<Value = f64> {
    -1e12..1e12
}

fn requests() -> impl Strategy<Value = Request> {
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

fn replies() -> impl Strategy<Value = Reply> {
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

/// What of the reply survives at the version: older errors have fewer fields.
fn surviving(reply: Reply, version: ServerVersion) -> Reply {
    let Reply::Notice(mut notice) = reply else {
        return reply;
    };
    if version < ServerVersion::ADVANCED_ORDER_REJECT {
        notice.advanced_order_reject.clear();
    }
    if version < ServerVersion::ERROR_TIME {
        notice.time_ms = None;
    }
    Reply::Notice(notice)
}

/// Frames cut from the bytes when they arrive in pieces of these sizes, over and over.
fn in_pieces(bytes: &[u8], sizes: &[usize], version: Option<ServerVersion>) -> Vec<Frame> {
    let mut decoder = Decoder::new(version).keeping(64);
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let size = sizes
            .next()
            .map_or(rest.len(), |&size| size.min(rest.len()));
        let (piece, left) = rest.split_at(size);
        decoder.feed(piece);
        while let Some(frame) = decoder.next_frame().unwrap() {
            frames.push(frame);
        }
        rest = left;
    }
    assert!(decoder.unread().is_empty());
    frames
}

proptest! {
    #[test]
    fn every_request_round_trips_at_every_version(request in requests(), version in versions()) {
        let frame = only_frame(&request.encode(version), version.0);
        prop_assert_eq!(frame.id, request.id());
        prop_assert!(frame.form == Form::Text || version.has_binary_ids());
        prop_assert_eq!(Asked::decode(&frame), Ok(Asked::Known(request)));
    }

    #[test]
    fn every_reply_round_trips_at_every_version(reply in replies(), version in versions()) {
        let frame = only_frame(&reply.encode(version), version.0);
        prop_assert_eq!(frame.id, reply.id());
        prop_assert_eq!(Reply::decode(&frame, version), Ok(surviving(reply, version)));
    }

    #[test]
    fn fields_after_the_known_ones_are_passed_over(reply in replies(), version in versions()) {
        let opaque = matches!(
            reply,
            Reply::OpenOrder(_) | Reply::CompletedOrder(_) | Reply::Execution(_) | Reply::Other { .. }
        );
        let mut frame = only_frame(&reply.encode(version), version.0);
        let extra: &[u8] = match frame.form {
            Form::Protobuf => b"\xfa\x3f\x04more",
            _ => b"more\x007\0",
        };
        frame.body = [&frame.body, extra].concat().into();
        if !opaque {
            prop_assert_eq!(Reply::decode(&frame, version), Ok(surviving(reply, version)));
        }
    }

    #[test]
    fn any_split_of_the_bytes_gives_the_same_frames(
        replies in prop::collection::vec(replies(), 1..6),
        sizes in prop::collection::vec(1usize..20, 1..8),
        version in versions(),
    ) {
        let bytes: Vec<u8> = replies.iter().flat_map(|reply| reply.encode(version)).collect();
        let whole = in_pieces(&bytes, &[], Some(version));
        prop_assert_eq!(whole.len(), replies.len());
        prop_assert_eq!(in_pieces(&bytes, &sizes, Some(version)), whole);
    }

    #[test]
    fn greetings_round_trip(min in 0u16.., max in 0u16.., time in text(), options in "[+A-Z]{0,9}") {
        let (min, max) = (ServerVersion(min.min(max)), ServerVersion(min.max(max)));
        let greeting = ClientGreeting { range: VersionRange { min, max }, options };
        let bytes = greeting.encode();
        let length = bytes.len();
        prop_assert_eq!(ClientGreeting::decode(&bytes), Ok(Some((greeting, length))));
        let reply = ServerGreeting { version: max, connection_time: time };
        let mut decoder = Decoder::new(None);
        decoder.feed(&reply.encode());
        let frame = decoder.next_frame().unwrap().unwrap();
        prop_assert_eq!(ServerGreeting::decode(&frame.body), Ok(reply));
    }
}
