//! Each scenario misbehaves as its name says.

use std::time::Duration;

use ibdoc::wire::{Reply, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::sim::client::{Client, connect, gateway, started};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test(start_paused = true)]
async fn silent_never_says_a_byte_and_closes_when_the_client_does() {
    let gateway = gateway(226, "silent");
    assert!(
        timeout(LONG, Client::greet(connect(&gateway)))
            .await
            .is_err()
    );
    let mut stream = connect(&gateway);
    stream.write_all(&[0; 100]).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn live_account_is_named_like_a_live_one_and_clock_ahead_is_ahead() {
    let mut client = started(&gateway(226, "live-account,clock-ahead=7200"), 7).await;
    let accounts = client.answer(Request::ManagedAccounts).await;
    assert_eq!(
        accounts,
        Reply::ManagedAccounts(vec!["U9000021".to_owned()])
    );
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let Reply::CurrentTime(time) = client.answer(Request::CurrentTime).await else {
        panic!("no time");
    };
    let ahead = u64::try_from(time).unwrap() - now;
    assert!((7200..7260).contains(&ahead), "{ahead}");
}

#[tokio::test(start_paused = true)]
async fn close_on_accept_closes_every_connection_at_once() {
    let gateway = gateway(226, "close-on-accept");
    for _ in 0..3 {
        assert!(Client::greet(connect(&gateway)).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn flaky_closes_every_nth_connection() {
    let gateway = gateway(226, "flaky=3");
    let mut served = Vec::new();
    for _ in 0..6 {
        served.push(Client::greet(connect(&gateway)).await.is_some());
    }
    assert_eq!(served, [true, true, false, true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn client_id_in_use_refuses_every_client_id() {
    for version in [165, 178, 200, 201, 226] {
        let mut client = Client::greet(connect(&gateway(version, "client-id-in-use")))
            .await
            .unwrap();
        client.start(7).await;
        assert!(matches!(client.next().await, Some(Reply::Notice(it)) if it.code == 326));
        assert_eq!(client.next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn says_sends_an_error_without_an_id_after_the_start_and_closes() {
    for version in [165, 178, 193, 194, 200, 201, 212, 213, 226] {
        let mut client = Client::greet(connect(&gateway(version, "says=10141")))
            .await
            .unwrap();
        client.start(7).await;
        let Some(Reply::Notice(notice)) = client.next().await else {
            panic!("no words from version {version}")
        };
        assert_eq!((notice.req_id, notice.code), (-1, 10141));
        assert!(notice.text.contains("disclaimer"), "{}", notice.text);
        assert_eq!(client.next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_is_answered_with_an_invalid_account_code() {
    let mut client = started(&gateway(226, "refuses=positions"), 7).await;
    let Reply::Notice(notice) = client.answer(Request::Positions).await else {
        panic!("no refusal")
    };
    assert_eq!((notice.req_id, notice.code), (-1, 321));
    assert!(notice.text.contains("account code"), "{}", notice.text);
    let executions = client.answer(Request::Executions { req_id: 9 }).await;
    assert_eq!(executions, Reply::ExecutionsEnd { req_id: 9 });
}

#[tokio::test(start_paused = true)]
async fn late_accounts_come_when_due_also_if_they_are_asked_for() {
    let mut client = Client::greet(connect(&gateway(226, "accounts-late=5.5")))
        .await
        .unwrap();
    let began = Instant::now();
    client.start(7).await;
    client.ask(Request::ManagedAccounts).await;
    let is_accounts = |reply: &Reply| matches!(reply, Reply::ManagedAccounts(_));
    let replies = client.until(is_accounts).await;
    assert!(replies.contains(&Reply::NextValidId(1)));
    let elapsed = began.elapsed();
    assert!((5_500..5_600).contains(&elapsed.as_millis()), "{elapsed:?}");
    assert!(is_accounts(&client.answer(Request::ManagedAccounts).await));
}

#[tokio::test(start_paused = true)]
async fn missing_accounts_do_not_come_even_if_they_are_asked_for() {
    let mut client = started(&gateway(178, "accounts-missing"), 7).await;
    client.ask(Request::ManagedAccounts).await;
    assert!(timeout(LONG, client.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn never_closes_keeps_its_end_open_and_frees_the_client_id() {
    let gateway = gateway(226, "never-closes");
    let mut client = started(&gateway, 7).await;
    client.stream.shutdown().await.unwrap();
    assert!(timeout(LONG, client.next()).await.is_err());
    started(&gateway, 7).await;
}

#[tokio::test(start_paused = true)]
async fn id_stuck_keeps_the_client_id_of_a_client_that_has_gone() {
    let gateway = gateway(226, "id-stuck");
    let mut client = started(&gateway, 7).await;
    client.stream.shutdown().await.unwrap();
    assert!(timeout(LONG, client.next()).await.is_err());
    let mut again = Client::greet(connect(&gateway)).await.unwrap();
    again.start(7).await;
    assert!(matches!(again.next().await, Some(Reply::Notice(it)) if it.code == 326));
    started(&gateway, 8).await;
}

#[tokio::test(start_paused = true)]
async fn flapping_loses_a_farm_and_brings_it_back_in_turns() {
    let mut client = started(&gateway(226, "flapping=10"), 7).await;
    let began = Instant::now();
    for code in [2103, 2104, 2103, 2104] {
        let said = client.next().await;
        assert!(
            matches!(said, Some(Reply::Notice(it)) if it.code == code && it.text.ends_with(":usfarm"))
        );
    }
    assert_eq!(began.elapsed().as_secs(), 40);
}

#[tokio::test(start_paused = true)]
async fn the_normal_course_closes_when_the_client_does() {
    let mut client = started(&gateway(226, "normal"), 7).await;
    client.stream.shutdown().await.unwrap();
    assert_eq!(timeout(LONG, client.next()).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn scenarios_combine() {
    let gateway = gateway(226, "flaky=2,never-closes,accounts-missing");
    let mut client = started(&gateway, 7).await;
    assert!(Client::greet(connect(&gateway)).await.is_none());
    client.stream.shutdown().await.unwrap();
    assert!(timeout(LONG, client.next()).await.is_err());
}
