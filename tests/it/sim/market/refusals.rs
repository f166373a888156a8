//! What the simulated Gateway does not know is an error with the request's own id.

use ibdoc::wire::{Reply, Request};

use super::requests::stock;
use super::{Message, body, protobuf, refusal, replies, session, text};

/// Requests of version 178, and the id and the number of the error that answers each.
const REFUSED: [(u32, &str, i32, i32); 30] = [
    (9, "8|1|0|NOSUCH|STK||0|||SMART||USD|||0||||", 1, 200),
    (9, "8|2|0||||0|||||||||0||||", 2, 200),
    (1, "11|3|0|NOSUCH|STK||0|||SMART||USD|||0||0|0|", 3, 200),
    (1, "11|4|0|SPY|OPT||0|||SMART||USD|||0||0|0|", 4, 200),
    (1, "11|5|14204|SAP|STK||0|||SMART||EUR|||0||0|0|", 5, 354),
    (1, "11|6|265598||||||||||||0|nonsense|0|0|", 6, 321),
    (10, "5|7|265598||||||||||||0|0|", 7, 321),
    (10, "5|8|416904||||||||||||5|0|", 8, 10092),
    (
        20,
        "9|12087792||||||||||||0||1 day|1 D|1|TRADES|1|0|",
        9,
        162,
    ),
    (
        20,
        "10|265598||||||||||||0||1 day|1 D|1|NONSENSE|1|0|",
        10,
        321,
    ),
    (
        20,
        "11|265598||||||||||||0||1 dog|1 D|1|TRADES|1|0|",
        11,
        321,
    ),
    (
        20,
        "12|265598||||||||||||0||1 day|1 Q|1|TRADES|1|0|",
        12,
        321,
    ),
    (
        20,
        "13|265598||||||||||||0|tomorrow|1 day|1 D|1|TRADES|1|0|",
        13,
        10314,
    ),
    (
        20,
        "14|265598||||||||||||0||1 secs|10 Y|1|TRADES|1|0|",
        14,
        162,
    ),
    (
        87,
        "15|0|NOSUCH|STK||0|||SMART||USD|||0|1|TRADES|1",
        15,
        200,
    ),
    (
        96,
        "16|265598||||||||||||0|20261120 15:00:00||3|NONSENSE|1|0|",
        16,
        321,
    ),
    (97, "17|265598||||||||||||Nonsense|0|0", 17, 321),
    (97, "18|12087792||||||||||||Last|0|0", 18, 10189),
    (
        52,
        "2|19|265598|AAPL|STK|SMART||USD||ReportSnapshot|0|",
        19,
        430,
    ),
    (
        22,
        "20||STK|STK.US.MAJOR|NONSENSE|||||||||||||||||||||",
        20,
        162,
    ),
    (74, "1|21|DU1|", 21, 321),
    (92, "22|DU1|", 22, 321),
    (94, "23|DU9000021||8314", 23, 321),
    (78, "24|SPY||STK|1", 24, 321),
    (83, "25|nonsense", 25, 321),
    (84, "26|BRFG|none|", 26, 10172),
    (86, "27|1|BRFG|||5|", 27, 200),
    (100, "28", 28, 10276),
    (4, "1|29|", 29, 10147),
    (19, "1|1|<x/>|30", 30, 321),
];

#[tokio::test(start_paused = true)]
async fn what_it_does_not_know_is_an_error_with_the_requests_own_id() {
    for version in [178, 194, 200] {
        let mut client = session(version, "normal").await;
        for (id, request, req_id, code) in REFUSED {
            // The end of an order has no version of its own there, but two more fields.
            let request = if id == 4 && version >= 192 {
                "29|||2147483647"
            } else {
                request
            };
            let got = replies(&mut client, &text(version, id, request)).await;
            let (answered, number, words) = refusal(&got);
            assert_eq!(
                (answered, number),
                (req_id, code),
                "{id} {request}: {words}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_without_an_id_are_refused_without_one() {
    let mut client = session(178, "normal").await;
    for (id, request) in [(18, "1|1"), (59, "1|9"), (91, "4711"), (65, "1|name|1")] {
        let got = replies(&mut client, &text(178, id, request)).await;
        assert_eq!(refusal(&got).0, -1, "{id}");
        assert_eq!(refusal(&got).1, 321, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_in_protobuf_carries_the_id_too() {
    let unknown = Message::new().text(2, "NOSUCH").text(3, "STK");
    let request = Message::new().number(1, 77).message(2, &unknown);
    let mut client = session(226, "normal").await;
    for id in [1, 9, 10, 20, 50, 87, 88, 96, 97] {
        let got = replies(&mut client, &protobuf(id, &request)).await;
        assert_eq!(refusal(&got).0, 77, "{id}");
        assert_eq!(refusal(&got).1, 200, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn delayed_data_is_sent_where_live_data_is_not_subscribed() {
    let mut client = session(178, "normal").await;
    let request = text(178, 1, "11|5|14204|SAP|STK||0|||SMART||EUR|||0||1|0|");
    replies(&mut client, &text(178, 59, "1|3")).await;
    let got = replies(&mut client, &request).await;
    assert_eq!(body(&got[0]), "1|5|3|", "the kind of data is delayed");
    assert!(
        body(&got[2]).starts_with("6|5|66|182."),
        "{}",
        body(&got[2])
    );
    replies(&mut client, &text(178, 59, "1|1")).await;
    assert_eq!(refusal(&replies(&mut client, &request).await).1, 354);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_is_answered_and_unknown_groups_and_accounts_are_refused() {
    let summary = |group: &str, tags: &str| Request::AccountSummary {
        req_id: 5,
        group: group.to_owned(),
        tags: tags.to_owned(),
    };
    for version in [178, 226] {
        let mut client = session(version, "normal").await;
        for (tags, currencies) in [
            ("$LEDGER", &["BASE"][..]),
            ("$LEDGER:USD", &["USD"]),
            ("$LEDGER:ALL,$LEDGER", &["BASE", "USD"]),
        ] {
            client.ask(summary("All", tags)).await;
            let got = client
                .until(|reply| *reply == Reply::AccountSummaryEnd { req_id: 5 })
                .await;
            let cash: Vec<_> = got
                .iter()
                .filter_map(|reply| match reply {
                    Reply::AccountSummary(it) if it.tag == "CashBalance" => {
                        Some(it.currency.as_str())
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(cash, currencies, "{tags}");
            client
                .ask(Request::CancelAccountSummary { req_id: 5 })
                .await;
        }
        for (group, tags) in [
            ("Nobody", "NetLiquidation"),
            ("", "$LEDGER"),
            ("$LEDGER", "$LEDGER"),
            ("All", "$LEDGER:XYZ"),
        ] {
            let got = client.answer(summary(group, tags)).await;
            assert_eq!(refused(&got), (5, 321), "{group} {tags}");
        }
        let updates = |account: &str| Request::AccountUpdatesMulti {
            req_id: 6,
            account: account.to_owned(),
            model: String::new(),
            ledger_and_nlv: true,
        };
        assert_eq!(refused(&client.answer(updates("DU1")).await), (6, 321));
        let subscribe = Request::AccountUpdates {
            subscribe: true,
            account: "DU1".to_owned(),
        };
        assert_eq!(refused(&client.answer(subscribe).await), (-1, 321));
    }
}

fn refused(reply: &Reply) -> (i32, i32) {
    match reply {
        Reply::Notice(notice) => (notice.req_id, notice.code),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn read_only_refuses_orders_with_their_own_id() {
    let order = Message::new().text(5, "BUY").text(6, "1").text(8, "MKT");
    let request = Message::new()
        .number(1, 9)
        .message(2, &stock())
        .message(3, &order);
    let mut client = session(226, "read-only").await;
    let got = replies_without_ids(&mut client, &protobuf(3, &request)).await;
    assert_eq!(refused(&got), (9, 321));
    let got = replies_without_ids(&mut client, &protobuf(4, &Message::new().number(1, 9))).await;
    assert_eq!(refused(&got), (9, 321));
}

/// The first answer; under Read-Only API the next id is refused, too.
async fn replies_without_ids(
    client: &mut crate::sim::client::Client<tokio::io::DuplexStream>,
    frame: &[u8],
) -> Reply {
    use tokio::io::AsyncWriteExt;

    client
        .stream
        .write_all(frame)
        .await
        .expect("the Gateway reads");
    client.next().await.expect("an answer")
}
