//! Frames captured from real servers or written by real clients, byte for byte.

use super::only_frame;
use crate::wire::{Asked, Contract, Notice, Position, Reply, Request, ServerVersion};

fn start() -> Request {
    Request::StartApi {
        client_id: 7,
        capabilities: String::new(),
    }
}

fn accounts() -> Reply {
    Reply::ManagedAccounts(vec!["DU9000001".to_owned()])
}

#[track_caller]
fn assert_request(request: Request, version: u16, bytes: &[u8]) {
    assert_eq!(
        request.encode(ServerVersion(version)),
        bytes,
        "{request:?} at {version}"
    );
    let asked = Asked::decode(&only_frame(bytes, version));
    assert_eq!(asked, Ok(Asked::Known(request)), "at {version}");
}

#[track_caller]
fn assert_reply(reply: &Reply, version: u16, bytes: &[u8]) {
    let version_ = ServerVersion(version);
    assert_eq!(reply.encode(version_), bytes, "{reply:?} at {version}");
    let decoded = Reply::decode(&only_frame(bytes, version), version_);
    assert_eq!(decoded.as_ref(), Ok(reply), "at {version}");
}

#[test]
fn the_start_is_text_then_text_with_a_binary_id_then_protobuf() {
    for version in [100, 157, 178, 200] {
        assert_request(start(), version, b"\0\0\0\x0871\x002\x007\0\0");
    }
    for version in [201, 207, 212] {
        assert_request(start(), version, b"\0\0\0\x09\0\0\0\x472\x007\0\0");
    }
    for version in [213, 225, 226] {
        assert_request(start(), version, b"\0\0\0\x06\0\0\x01\x0f\x08\x07");
    }
}

#[test]
fn the_current_time_is_asked_as_captured() {
    assert_request(Request::CurrentTime, 178, b"\0\0\0\x0549\x001\0");
    assert_request(Request::CurrentTime, 225, b"\0\0\0\x04\0\0\0\xf9");
}

#[test]
fn captured_replies_read_and_write_the_same() {
    assert_reply(&accounts(), 225, b"\0\0\0\x0f\0\0\0\xd7\x0a\x09DU9000001");
    assert_reply(&Reply::NextValidId(1), 225, b"\0\0\0\x06\0\0\0\xd1\x08\x01");
    let time = Reply::CurrentTime(1_787_603_266);
    assert_reply(&time, 225, b"\0\0\0\x0a\0\0\0\xf9\x08\xc2\xd2\xb2\xd4\x06");
    assert_reply(&Reply::NextValidId(1), 207, b"\0\0\0\x08\0\0\0\x091\x001\0");
    assert_reply(&accounts(), 206, b"\0\0\0\x10\0\0\0\x0f1\0DU9000001\0");
}

#[test]
fn text_replies_are_laid_out_as_the_usual_clients_read_them() {
    assert_reply(&accounts(), 176, b"\0\0\0\x0f15\x001\0DU9000001\0");
    assert_reply(&Reply::NextValidId(1), 176, b"\0\0\0\x069\x001\x001\0");
    assert_reply(&Reply::PositionEnd, 176, b"\0\0\0\x0562\x001\0");
    assert_reply(&Reply::CompletedOrdersEnd, 176, b"\0\0\0\x04102\0");
}

fn farm(time_ms: Option<i64>) -> Reply {
    Reply::Notice(Notice {
        req_id: -1,
        code: 2104,
        text: "OK".to_owned(),
        advanced_order_reject: String::new(),
        time_ms,
    })
}

#[test]
fn an_error_has_three_text_layouts_and_a_protobuf_one() {
    for version in [100, 165] {
        assert_reply(&farm(None), version, b"\0\0\0\x0f4\x002\0-1\x002104\0OK\0");
    }
    for version in [166, 193] {
        assert_reply(
            &farm(None),
            version,
            b"\0\0\0\x104\x002\0-1\x002104\0OK\0\0",
        );
    }
    for version in [194, 200] {
        assert_reply(
            &farm(Some(5)),
            version,
            b"\0\0\0\x104\0-1\x002104\0OK\0\x005\0",
        );
    }
    let minus_one = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let bytes = [
        b"\0\0\0\x18\0\0\0\xcc",
        &minus_one[..],
        b"\x10\x05\x18\xb8\x10\x22\x02OK",
    ];
    for version in [201, 226] {
        assert_reply(&farm(Some(5)), version, &bytes.concat());
    }
}

#[test]
fn the_executions_filter_is_empty_and_grows_at_200() {
    let request = || Request::Executions { req_id: 5 };
    assert_request(request(), 199, b"\0\0\0\x0e7\x003\x005\x000\0\0\0\0\0\0\0");
    let grown = b"\0\0\0\x1b7\x003\x005\x000\0\0\0\0\0\0\x002147483647\x000\0";
    assert_request(request(), 200, grown);
    assert_request(request(), 201, b"\0\0\0\x08\0\0\0\xcf\x08\x05\x12\0");
}

#[test]
fn a_position_is_laid_out_as_the_usual_clients_read_it() {
    let position = Reply::Position(Position {
        account: "DU1".to_owned(),
        contract: Contract {
            con_id: 8,
            symbol: "SPY".to_owned(),
            sec_type: "OPT".to_owned(),
            expiry: "20271217".to_owned(),
            strike: 600.0,
            right: "C".to_owned(),
            multiplier: 100.0,
            exchange: "SMART".to_owned(),
            currency: "USD".to_owned(),
            local_symbol: "L".to_owned(),
            trading_class: "T".to_owned(),
        },
        quantity: "-2".to_owned(),
        average_cost: 6512.7,
    });
    let text = b"61\x003\0DU1\08\0SPY\0OPT\x0020271217\x00600.0\0C\x00100\0SMART\0USD\0L\0T\0-2\x006512.7\0";
    let bytes = [&[0, 0, 0, u8::try_from(text.len()).unwrap()], &text[..]].concat();
    assert_reply(&position, 178, &bytes);
}

#[test]
fn an_account_list_may_end_in_a_comma_and_may_be_empty() {
    let list = |body: &[u8]| {
        let bytes = [&[0, 0, 0, u8::try_from(body.len()).unwrap()], body].concat();
        Reply::decode(&only_frame(&bytes, 176), ServerVersion(176)).unwrap()
    };
    let names = |names: &[&str]| {
        Reply::ManagedAccounts(names.iter().map(|&name| name.to_owned()).collect())
    };
    assert_eq!(list(b"15\x001\0DU1,DU2,\0"), names(&["DU1", "DU2"]));
    assert_eq!(list(b"15\x001\0\0"), names(&[]));
    assert_eq!(list(b"15\x001\0"), names(&[]));
}

#[test]
fn the_two_requests_that_bind_orders_are_read_but_cannot_be_written() {
    let asked = |bytes, version| Asked::decode(&only_frame(bytes, version)).unwrap();
    assert_eq!(
        asked(b"\0\0\0\x045\x001\0", 178),
        Asked::Known(Request::OpenOrders)
    );
    assert_eq!(
        asked(b"\0\0\0\x0715\x001\x001\0", 178),
        Asked::AutoOpenOrders { bind: true }
    );
    assert_eq!(
        asked(b"\0\0\0\x04\0\0\0\xcd", 226),
        Asked::Known(Request::OpenOrders)
    );
    let bind = b"\0\0\0\x06\0\0\0\xd7\x08\x01";
    assert_eq!(asked(bind, 226), Asked::AutoOpenOrders { bind: true });
    assert_eq!(asked(b"\0\0\0\x063\x0045\0\0", 178), Asked::Other(3));
}
