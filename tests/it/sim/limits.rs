//! The limits that the simulated Gateway keeps as real ones do.

use std::time::Duration;

use ibdoc::wire::{Reply, Request};
use tokio::io::AsyncWriteExt;
use tokio::time::{advance, timeout};

use crate::sim::client::{Client, connect, gateway, started};

#[tokio::test(start_paused = true)]
async fn time_requests_faster_than_one_a_second_are_dropped_without_a_word() {
    let gateway = gateway(226, "normal");
    let mut client = started(&gateway, 7).await;
    assert!(matches!(
        client.answer(Request::CurrentTime).await,
        Reply::CurrentTime(_)
    ));
    advance(Duration::from_millis(900)).await;
    client.ask(Request::CurrentTime).await;
    assert_eq!(client.answer(Request::Ids).await, Reply::NextValidId(1));
    // A dropped request does not begin a new second.
    advance(Duration::from_millis(150)).await;
    assert!(matches!(
        client.answer(Request::CurrentTime).await,
        Reply::CurrentTime(_)
    ));
    // Another client has its own pace.
    let mut other = started(&gateway, 8).await;
    assert!(matches!(
        other.answer(Request::CurrentTime).await,
        Reply::CurrentTime(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_taken_client_id_is_refused_with_326_and_closed_until_it_is_free() {
    let gateway = gateway(178, "normal");
    let first = started(&gateway, 7).await;
    let mut second = Client::greet(connect(&gateway)).await.unwrap();
    second.start(7).await;
    let Some(Reply::Notice(notice)) = second.next().await else {
        panic!("no notice")
    };
    assert_eq!((notice.req_id, notice.code), (-1, 326));
    assert!(notice.text.contains("already in use"));
    assert_eq!(second.next().await, None);
    drop(first);
    tokio::task::yield_now().await;
    started(&gateway, 7).await;
}

fn summary(req_id: i32) -> Request {
    Request::AccountSummary {
        req_id,
        group: "All".to_owned(),
        tags: "AccountType".to_owned(),
    }
}

async fn summary_code(client: &mut Client<tokio::io::DuplexStream>, req_id: i32) -> Option<i32> {
    client.ask(summary(req_id)).await;
    let last = |reply: &Reply| matches!(reply, Reply::AccountSummaryEnd { .. } | Reply::Notice(_));
    match client.until(last).await.pop() {
        Some(Reply::Notice(notice)) => {
            assert_eq!(notice.req_id, req_id);
            Some(notice.code)
        }
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_account_summary_is_refused_also_to_another_client() {
    let gateway = gateway(226, "normal");
    let mut first = started(&gateway, 1).await;
    let mut second = started(&gateway, 2).await;
    assert_eq!(summary_code(&mut first, 10).await, None);
    assert_eq!(
        summary_code(&mut first, 10).await,
        None,
        "the same one again"
    );
    assert_eq!(summary_code(&mut second, 10).await, None);
    assert_eq!(summary_code(&mut second, 11).await, Some(322));
    first
        .ask(Request::CancelAccountSummary { req_id: 10 })
        .await;
    assert_eq!(first.answer(Request::Ids).await, Reply::NextValidId(1));
    assert_eq!(
        summary_code(&mut second, 12).await,
        None,
        "one was cancelled"
    );
    drop(second);
    tokio::task::yield_now().await;
    assert_eq!(summary_code(&mut first, 13).await, None, "a client left");
    assert_eq!(summary_code(&mut first, 14).await, None);
}

#[tokio::test(start_paused = true)]
async fn the_thirty_third_client_is_closed_before_a_byte() {
    let gateway = gateway(226, "normal");
    let mut clients = Vec::new();
    for client_id in 1..=32 {
        clients.push(started(&gateway, client_id).await);
    }
    assert!(Client::greet(connect(&gateway)).await.is_none());
    clients.pop();
    tokio::task::yield_now().await;
    assert!(Client::greet(connect(&gateway)).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_answered_before_the_start() {
    let mut client = Client::greet(connect(&gateway(178, "normal")))
        .await
        .unwrap();
    client.ask(Request::ManagedAccounts).await;
    assert!(
        timeout(Duration::from_secs(60), client.next())
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn hostile_bytes_end_the_connection_and_only_it() {
    let gateway = gateway(226, "normal");
    let mut witness = started(&gateway, 1).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"API\0\xff\xff\xff\xff",
        b"API\0\0\0\0\x02hi",
    ] {
        let mut stream = connect(&gateway);
        // The Gateway may close before it has taken everything.
        let _ = stream.write_all(bytes).await;
        assert!(Client::greet(stream).await.is_none(), "{bytes:?}");
    }
    let mut client = started(&gateway, 2).await;
    client.stream.write_all(b"\x01\0\0\0").await.unwrap();
    assert_eq!(client.next().await, None);
    assert_eq!(witness.answer(Request::Ids).await, Reply::NextValidId(1));
}
