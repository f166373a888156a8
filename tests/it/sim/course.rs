//! The simulated Gateway's normal course, at every version that changes something.

use ibdoc::wire::{Reply, Request, ServerVersion, VersionRange};

use crate::sim::client::{Client, connect, gateway, started};

/// Each side of every change, and what the usual clients negotiate.
const VERSIONS: [u16; 19] = [
    100, 150, 157, 165, 166, 176, 178, 193, 194, 197, 200, 201, 203, 204, 206, 207, 212, 213, 226,
];

#[tokio::test(start_paused = true)]
async fn the_start_brings_accounts_next_id_and_farms_at_every_version() {
    for version in VERSIONS {
        let mut client = Client::greet(connect(&gateway(version, "normal")))
            .await
            .unwrap();
        assert_eq!(client.version, ServerVersion(version));
        assert!(client.greeting.connection_time.ends_with(" UTC"));
        client.start(7).await;
        let replies = client
            .until(|reply| matches!(reply, Reply::Notice(it) if it.code == 2158))
            .await;
        assert_eq!(
            replies[0],
            Reply::ManagedAccounts(vec!["DU9000021".to_owned()]),
            "{version}"
        );
        assert_eq!(replies[1], Reply::NextValidId(1), "{version}");
        let codes: Vec<_> = replies
            .iter()
            .filter_map(|reply| match reply {
                Reply::Notice(notice) => Some((notice.req_id, notice.code)),
                _ => None,
            })
            .collect();
        assert_eq!(codes, [(-1, 2104), (-1, 2106), (-1, 2158)], "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_is_answered_to_its_end_at_every_version() {
    for version in VERSIONS {
        let mut client = started(&gateway(version, "normal"), 7).await;
        for (request, end) in requests_and_ends() {
            if client.version < request.since() {
                continue;
            }
            client.ask(request.clone()).await;
            let replies = client.until(|reply| *reply == end).await;
            let expected = match request {
                Request::Positions => 3,
                Request::AccountSummary { .. } => 2,
                Request::AccountUpdates { .. } => 26,
                Request::AccountUpdatesMulti { .. } => 24,
                _ => 1,
            };
            assert_eq!(replies.len(), expected, "{request:?} at {version}");
        }
    }
}

fn requests_and_ends() -> Vec<(Request, Reply)> {
    let account = "DU9000021".to_owned();
    vec![
        (
            Request::ManagedAccounts,
            Reply::ManagedAccounts(vec![account.clone()]),
        ),
        (Request::Ids, Reply::NextValidId(1)),
        (Request::Positions, Reply::PositionEnd),
        (
            Request::AccountSummary {
                req_id: 3,
                group: "All".to_owned(),
                tags: "NetLiquidation,Nonsense".to_owned(),
            },
            Reply::AccountSummaryEnd { req_id: 3 },
        ),
        (
            Request::AccountUpdates {
                subscribe: true,
                account: account.clone(),
            },
            Reply::AccountDownloadEnd {
                account: account.clone(),
            },
        ),
        (
            Request::AccountUpdatesMulti {
                req_id: 4,
                account,
                model: String::new(),
                ledger_and_nlv: false,
            },
            Reply::AccountUpdateMultiEnd { req_id: 4 },
        ),
        (Request::AllOpenOrders, Reply::OpenOrdersEnd),
        (
            Request::CompletedOrders { api_only: false },
            Reply::CompletedOrdersEnd,
        ),
        (
            Request::Executions { req_id: 5 },
            Reply::ExecutionsEnd { req_id: 5 },
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_time_is_answered_in_seconds_and_in_milliseconds() {
    for version in [197, 212, 213] {
        let gateway = gateway(version, "normal");
        let mut client = started(&gateway, 7).await;
        let Reply::CurrentTime(seconds) = client.answer(Request::CurrentTime).await else {
            panic!("no time at {version}");
        };
        let mut client = started(&gateway, 8).await;
        let Reply::CurrentTimeMillis(millis) = client.answer(Request::CurrentTimeMillis).await
        else {
            panic!("no milliseconds at {version}");
        };
        assert!((millis / 1000 - seconds).abs() <= 2, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn ranges_that_do_not_meet_are_closed_without_a_byte() {
    let range: VersionRange = "213..226".parse().unwrap();
    let client = Client::greet_with(connect(&gateway(178, "normal")), range).await;
    assert!(client.is_none());
}

#[tokio::test(start_paused = true)]
async fn unknown_and_unreadable_requests_are_answered_with_320() {
    use tokio::io::AsyncWriteExt;

    let mut client = started(&gateway(176, "normal"), 7).await;
    client
        .stream
        .write_all(b"\0\0\0\x06250\x001\0\0\0\0\x0562\0x\0")
        .await
        .unwrap();
    for _ in 0..2 {
        let reply = client.next().await;
        assert!(matches!(reply, Some(Reply::Notice(it)) if (it.req_id, it.code) == (-1, 320)));
    }
    assert_eq!(client.answer(Request::Ids).await, Reply::NextValidId(1));
}
