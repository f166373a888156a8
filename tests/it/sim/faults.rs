//! Each fault of the start, the requests and the course of time, under paused time.

use std::time::Duration;

use ibdoc::sim::Scenario;
use ibdoc::wire::{Decoder, FrameError, Reply, Request, VersionRange};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::helpers::command::run;
use crate::sim::client::{Client, connect, gateway, started};

const LONG: Duration = Duration::from_secs(600);

/// The codes of the notices that come by themselves within ten minutes.
async fn notices(client: &mut Client<tokio::io::DuplexStream>) -> Vec<i32> {
    let mut codes = Vec::new();
    while let Ok(Some(reply)) = timeout(LONG, client.next()).await {
        if let Reply::Notice(notice) = reply {
            codes.push(notice.code);
        }
    }
    codes
}

/// A session that was started, nothing read since.
async fn fresh(scenario: &str) -> Client<tokio::io::DuplexStream> {
    let mut client = Client::greet(connect(&gateway(226, scenario)))
        .await
        .expect("a greeting");
    client.start(7).await;
    client
}

#[tokio::test(start_paused = true)]
async fn other_services_answer_as_they_do_and_close() {
    for (scenario, said) in [
        ("http", &b"HTTP/1.1 400"[..]),
        ("ssh", b"SSH-2.0-"),
        ("tls", b"\x15\x03\x01"),
    ] {
        let mut stream = connect(&gateway(226, scenario));
        let greeting = ibdoc::wire::ClientGreeting::new(VersionRange::SPOKEN).encode();
        // What it has said may already wait in the small buffer.
        let (mut reading, mut writing) = tokio::io::split(&mut stream);
        let mut all = Vec::new();
        let (read, _) = tokio::join!(reading.read_to_end(&mut all), writing.write_all(&greeting));
        read.unwrap();
        assert!(all.starts_with(said), "{scenario}: {all:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_frame_is_longer_than_the_protocol_allows() {
    let mut stream = connect(&gateway(226, "huge-frame"));
    let greeting = ibdoc::wire::ClientGreeting::new(VersionRange::SPOKEN).encode();
    stream.write_all(&greeting).await.unwrap();
    let mut decoder = Decoder::new(None);
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes).await.unwrap();
    decoder.feed(&bytes);
    assert!(matches!(decoder.next_frame(), Err(FrameError::TooLong(_))));
}

#[tokio::test(start_paused = true)]
async fn dripping_is_slow_and_otherwise_the_normal_course() {
    let began = Instant::now();
    let mut client = started(&gateway(226, "drip"), 7).await;
    assert!(began.elapsed() > Duration::from_secs(4));
    assert_eq!(client.answer(Request::Ids).await, Reply::NextValidId(1));
}

#[tokio::test(start_paused = true)]
async fn closes_come_after_the_version_and_after_the_start() {
    let mut client = Client::greet(connect(&gateway(226, "close-after-version")))
        .await
        .unwrap();
    assert_eq!(client.next().await, None);
    assert_eq!(fresh("close-after-start").await.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn accounts_or_id_missing_at_the_start_do_not_come_by_asking() {
    let mut client = started(&gateway(226, "next-id-missing"), 7).await;
    client.ask(Request::Ids).await;
    assert!(timeout(LONG, client.next()).await.is_err());
    let mut client = started(&gateway(178, "accounts-empty"), 7).await;
    let accounts = client.answer(Request::ManagedAccounts).await;
    assert_eq!(accounts, Reply::ManagedAccounts(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_sends_its_rows_and_no_end() {
    // Three requests at once need more room than the small buffer has.
    let stream =
        crate::helpers::scripted::connect(&gateway(226, "sync-hangs=positions,sync-hangs=time"));
    let mut client = Client::greet(stream).await.unwrap();
    client.start(7).await;
    client
        .until(|reply| matches!(reply, Reply::Notice(notice) if notice.code == 2158))
        .await;
    client.ask(Request::CurrentTime).await;
    client.ask(Request::Positions).await;
    client.ask(Request::Ids).await;
    let replies = client.until(|reply| *reply == Reply::NextValidId(1)).await;
    let rows = replies
        .iter()
        .filter(|reply| matches!(reply, Reply::Position(_)));
    assert_eq!((rows.count(), replies.len()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_read_only_gateway_refuses_what_is_about_orders_without_its_id() {
    let mut client = started(&gateway(226, "read-only"), 7).await;
    let refused = [
        Request::OpenOrders,
        Request::AllOpenOrders,
        Request::CompletedOrders { api_only: false },
        Request::Ids,
    ];
    for request in refused {
        let Reply::Notice(notice) = client.answer(request).await else {
            panic!("no notice")
        };
        assert_eq!((notice.req_id, notice.code), (-1, 321));
    }
    let executions = client.answer(Request::Executions { req_id: 9 }).await;
    assert_eq!(executions, Reply::ExecutionsEnd { req_id: 9 });
    assert!(matches!(
        client.answer(Request::Positions).await,
        Reply::Position(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn states_are_told_after_the_start() {
    for (scenario, codes) in [
        ("normal", &[2104, 2106, 2158][..]),
        ("farm-down", &[2103, 2105, 2157]),
        ("pacing,competing-session", &[2104, 2106, 2158, 100, 10197]),
        (
            "upstream-restored,upstream-lost",
            &[2104, 2106, 2158, 1100, 1102],
        ),
        ("port-changed", &[1300]),
        ("says=10141", &[10141]),
        ("says=2110,says=2151,drip", &[2110, 2151]),
        ("says=100,close-after-start", &[100]),
        ("says=2151,sync-hangs=positions", &[2151, 2104, 2106, 2158]),
        (
            "says=1100,upstream-restored",
            &[1100, 2104, 2106, 2158, 1102],
        ),
        ("says=10141,stops-answering-after=0", &[10141]),
        ("says=2110,port-changed", &[2110, 1300]),
    ] {
        assert_eq!(
            notices(&mut fresh(scenario).await).await,
            codes,
            "{scenario}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_dropped_or_mute_when_its_time_has_come() {
    let began = Instant::now();
    let mut client = started(&gateway(226, "drops-after=30"), 7).await;
    assert_eq!(client.next().await, None);
    assert_eq!(began.elapsed(), Duration::from_secs(30));

    let mut client = started(&gateway(226, "stops-answering-after=30"), 7).await;
    assert_eq!(client.answer(Request::Ids).await, Reply::NextValidId(1));
    tokio::time::advance(Duration::from_secs(30)).await;
    client.ask(Request::Ids).await;
    assert!(timeout(LONG, client.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_later_phase_meets_new_connections_and_running_sessions() {
    let last_words = gateway(226, "normal;10s:says=1100");
    let mut client = started(&last_words, 7).await;
    assert_eq!(notices(&mut client).await, [1100]);
    assert_eq!(client.next().await, None);

    let gateway = gateway(
        226,
        "normal;10s:close-on-accept,upstream-lost;20s:port-changed",
    );
    let began = Instant::now();
    let mut client = started(&gateway, 7).await;
    assert_eq!(notices(&mut client).await, [2104, 2106, 2158, 1100, 1300]);
    assert_eq!(began.elapsed(), Duration::from_secs(20));

    let gateway = crate::sim::client::gateway(226, "close-on-accept;10s:normal");
    assert!(Client::greet(connect(&gateway)).await.is_none());
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(Client::greet(connect(&gateway)).await.is_some());
}

#[test]
fn the_help_of_the_simulator_names_every_scenario() {
    let help = run(&["sim", "--help"]).stdout;
    for form in Scenario::forms() {
        assert!(help.contains(&form), "{form} is not in the help");
    }
}
