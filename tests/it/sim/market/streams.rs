//! Streams: the same in every run, plausible, bounded, and over when they are cancelled.

use std::time::Duration;

use ibdoc::wire::Reply;
use tokio::time::timeout;

use super::{Message, body, protobuf, refusal, replies, session, text};

const LONG: Duration = Duration::from_secs(600);

/// Each stream by its request and its end, and the id of what it sends; of version 178.
const STREAMS: [(u32, &str, u32, &str, u32); 9] = [
    (1, "11|1|265598||||||||||||0||0|0|", 2, "2|1", 1),
    (10, "5|2|265598||||||||||||5|0|", 11, "1|2|0", 12),
    (10, "5|3|265598||||||||||||5|1|", 11, "1|3|1", 13),
    (50, "3|4|265598||||||||||||5|TRADES|1|", 51, "1|4", 50),
    (
        20,
        "5|265598||||||||||||0||1 hour|1 D|1|TRADES|1|1|",
        25,
        "1|5",
        90,
    ),
    (97, "6|265598||||||||||||BidAsk|0|0", 98, "6", 99),
    (97, "7|265598||||||||||||AllLast|0|0", 98, "7", 99),
    (92, "8|DU9000021|", 93, "8", 94),
    (94, "9|DU9000021||265598", 95, "9", 95),
];

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_until_it_is_cancelled_and_no_longer() {
    for (id, request, cancel, end, sends) in STREAMS {
        let mut client = session(178, "normal").await;
        let first = replies(&mut client, &text(178, id, request)).await;
        assert!(
            first.iter().any(|reply| reply.id() == sends || sends == 90),
            "{id}: {first:?}"
        );
        for _ in 0..5 {
            client.until(|reply| reply.id() == sends).await;
        }
        replies(&mut client, &text(178, cancel, end)).await;
        assert!(timeout(LONG, client.next()).await.is_err(), "{id} goes on");
        // It can begin again under the same id.
        let again = replies(&mut client, &text(178, id, request)).await;
        assert!(!matches!(again[..], [Reply::Notice(_)]), "{id}: {again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn streams_of_protobuf_end_at_their_cancel_too() {
    let stock = Message::new().number(1, 265_598);
    let mut client = session(226, "normal").await;
    let request = Message::new().number(1, 3).message(2, &stock);
    replies(&mut client, &protobuf(1, &request)).await;
    for _ in 0..5 {
        client.until(|reply| reply.id() == 1).await;
    }
    replies(&mut client, &protobuf(2, &Message::new().number(1, 3))).await;
    assert!(timeout(LONG, client.next()).await.is_err());
}

/// The prices of 20 seconds of quotes.
async fn prices() -> Vec<String> {
    let mut client = session(178, "normal").await;
    replies(&mut client, &text(178, 1, "11|1|265598||||||||||||0||0|0|")).await;
    let mut prices = Vec::new();
    while prices.len() < 60 {
        let reply = client.next().await.expect("a tick");
        if reply.id() == 1 {
            prices.push(body(&reply));
        }
    }
    prices
}

#[tokio::test(start_paused = true)]
async fn quotes_are_the_same_in_every_run_and_the_bid_is_below_the_ask() {
    let first = prices().await;
    assert_eq!(first, prices().await);
    let price = |line: &String| line.split('|').nth(3).unwrap().parse::<f64>().unwrap();
    let bids: Vec<_> = first.iter().step_by(3).map(price).collect();
    let asks: Vec<_> = first.iter().skip(1).step_by(3).map(price).collect();
    assert!(
        bids.iter()
            .zip(&asks)
            .all(|(bid, ask)| 0.0 < *bid && bid < ask),
        "{first:?}"
    );
    assert!(
        bids.iter().any(|bid| *bid > bids[0]),
        "the price never moves: {bids:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn old_bars_are_the_same_in_every_run() {
    let request = text(
        178,
        20,
        "1|265598||||||||||||0|20261120 21:00:00|1 hour|2 D|1|TRADES|1|0|",
    );
    let first = replies(&mut session(178, "normal").await, &request).await;
    let second = replies(&mut session(178, "normal").await, &request).await;
    assert_eq!(first, second);
    let bars = body(&first[0]);
    let fields: Vec<_> = bars.split('|').collect();
    assert_eq!(fields[3], "48");
    for bar in fields[4..].chunks_exact(8) {
        let [open, high, low, close] = [1, 2, 3, 4].map(|at| bar[at].parse::<f64>().unwrap());
        assert!(
            low <= open.min(close) && open.max(close) <= high && low > 0.0,
            "{bar:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_number_of_streams_is_bounded_and_an_id_is_used_once() {
    let mut client = session(178, "normal").await;
    let quotes = |id: i32| text(178, 1, &format!("11|{id}|265598||||||||||||0||0|0|"));
    for id in 1..=100 {
        let got = replies(&mut client, &quotes(id)).await;
        assert!(got.len() > 1, "{id}: {got:?}");
    }
    let got = replies(&mut client, &quotes(1)).await;
    assert!(
        got.iter()
            .any(|reply| matches!(reply, Reply::Notice(it) if (it.req_id, it.code) == (1, 322)))
    );
    let got = replies(&mut client, &quotes(101)).await;
    assert!(
        got.iter()
            .any(|reply| matches!(reply, Reply::Notice(it) if (it.req_id, it.code) == (101, 101)))
    );
}

#[tokio::test(start_paused = true)]
async fn the_end_of_what_does_not_run_is_an_error_with_its_id() {
    let mut client = session(178, "normal").await;
    for (id, request, code) in [
        (2, "2|5", 300),
        (11, "1|5|0", 310),
        (23, "1|5", 365),
        (25, "1|5", 366),
        (51, "1|5", 300),
        (98, "5", 300),
    ] {
        let (answered, number, words) =
            refusal(&replies(&mut client, &text(178, id, request)).await);
        assert_eq!((answered, number), (5, code), "{id}: {words}");
        assert!(words.ends_with(":5"), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mute_gateway_keeps_its_streams_silent() {
    let mut client = session(178, "stops-answering-after=10").await;
    replies(&mut client, &text(178, 1, "11|1|265598||||||||||||0||0|0|")).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    while let Ok(Some(reply)) = timeout(Duration::from_secs(5), client.next()).await {
        assert!(matches!(reply.id(), 1 | 2), "{reply:?}");
    }
    assert!(timeout(LONG, client.next()).await.is_err());
}
