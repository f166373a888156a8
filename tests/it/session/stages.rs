//! The session up to its start, over streams in memory and under paused time.

use std::time::Duration;

use ibdoc::event::{CloseHow, Event, Query, StageName, StageStatus};
use ibdoc::finding::Code;
use ibdoc::wire::{Asked, Reply, Request, ServerVersion, VersionRange};
use tokio::io::AsyncWriteExt;

use crate::helpers::scripted::{
    Answer, accounts, connect, healthy, ids_asked, notice, plan, replies, run, serve, stage,
};
use crate::sim::client::gateway;

fn is_start(asked: &Asked) -> bool {
    matches!(asked, Asked::Known(Request::StartApi { .. }))
}

#[tokio::test(start_paused = true)]
async fn a_healthy_session_passes_every_stage_in_every_form_of_the_protocol() {
    for version in [100, 157, 166, 178, 193, 200, 201, 206, 207, 212, 213, 226] {
        let (record, events) = run(connect(&gateway(version, "normal")), &plan()).await;
        let names: Vec<&str> = record
            .stages
            .iter()
            .map(|stage| stage.name.name())
            .collect();
        let expected = [
            "version",
            "start",
            "accounts",
            "sync:time",
            "sync:positions",
            "sync:account-summary",
            "sync:account-values",
            "sync:executions",
            "close",
        ];
        assert_eq!(names, expected, "{version}");
        for stage in &record.stages {
            let unknown = version < 103 && stage.name == StageName::Sync(Query::AccountValues);
            let expected = if unknown {
                StageStatus::Skipped
            } else {
                StageStatus::Ok
            };
            assert_eq!(stage.status, expected, "{version}: {stage:?}");
        }
        assert_eq!(record.server_version, Some(ServerVersion(version)));
        assert_eq!(
            record.accounts.as_deref(),
            Some(&["DU9000021".to_owned()][..])
        );
        assert_eq!(record.account_ready, (version >= 103).then_some(true));
        let seen = events
            .iter()
            .filter(|event| matches!(event, Event::Stage(_)));
        assert_eq!(seen.count(), record.stages.len());
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_that_come_late_are_asked_again_and_timed() {
    let (record, _) = run(connect(&gateway(226, "accounts-late=5.5")), &plan()).await;
    let late = stage(&record, StageName::Accounts);
    assert_eq!(late.status, StageStatus::Ok);
    assert_eq!(late.elapsed, Duration::from_millis(5500));
    assert!(record.asked_again);
    assert_eq!(record.ready, Some(Duration::from_millis(5500)));
}

#[tokio::test(start_paused = true)]
async fn accounts_that_never_come_end_at_the_deadline() {
    let (record, _) = run(connect(&gateway(226, "accounts-missing")), &plan()).await;
    let missing = stage(&record, StageName::Accounts);
    assert_eq!(missing.code, Some(Code::AccountsMissing));
    assert_eq!(missing.elapsed, Duration::from_secs(15));
    assert_eq!(record.next_order_id, Some(1));
    assert_eq!(record.close.map(|close| close.how), Some(CloseHow::Reset));
}

#[tokio::test(start_paused = true)]
async fn a_silent_gateway_ends_at_the_version_deadline() {
    let (record, _) = run(connect(&gateway(226, "silent")), &plan()).await;
    let version = stage(&record, StageName::Version);
    assert_eq!(version.code, Some(Code::SilentAfterConnect));
    assert_eq!(version.elapsed, Duration::from_secs(10));
    assert_eq!(record.stages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_the_command_cuts_a_stage_short() {
    let mut plan = plan();
    plan.deadline = Some(tokio::time::Instant::now() + Duration::from_secs(3));
    let (record, _) = run(connect(&gateway(226, "silent")), &plan).await;
    assert_eq!(
        stage(&record, StageName::Version).elapsed,
        Duration::from_secs(3)
    );
}

#[tokio::test(start_paused = true)]
async fn accounts_and_id_may_come_in_any_order_amid_anything() {
    let (stream, _) = serve(178, |asked| {
        if is_start(asked) {
            replies([
                notice(-1, 2104, "Market data farm connection is OK:usfarm"),
                Reply::OpenOrder(bytes::Bytes::from_static(b"1\0")),
                Reply::NextValidId(42),
                notice(-1, 2106, "HMDS data farm connection is OK:ushmds"),
                Reply::Other {
                    id: 199,
                    body: bytes::Bytes::new(),
                },
                accounts(),
            ])
        } else {
            healthy(asked)
        }
    });
    let (record, _) = run(stream, &plan()).await;
    assert_eq!(stage(&record, StageName::Accounts).status, StageStatus::Ok);
    assert_eq!((record.next_order_id, record.notices.len()), (Some(42), 2));
    assert!(!record.asked_again);
}

#[tokio::test(start_paused = true)]
async fn a_next_id_missing_after_the_client_timeout_is_asked_for_and_accounts_are_not() {
    let (stream, log) = serve(178, |asked| match asked {
        Asked::Known(Request::StartApi { .. }) => replies([accounts()]),
        Asked::Known(Request::Ids) => replies([Reply::NextValidId(5)]),
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    assert_eq!(
        stage(&record, StageName::Accounts).elapsed,
        Duration::from_secs(4)
    );
    assert_eq!(record.next_order_id, Some(5));
    let asked = ids_asked(&log);
    assert!(asked.contains(&8) && !asked.contains(&17), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn each_way_of_missing_accounts_has_its_own_code() {
    let empty = || Reply::ManagedAccounts(Vec::new());
    let cases = [
        (vec![], Code::NoAccountsNoId),
        (vec![Reply::NextValidId(1)], Code::AccountsMissing),
        (vec![empty(), Reply::NextValidId(1)], Code::AccountsEmpty),
        (vec![accounts()], Code::NextIdMissing),
    ];
    for (said, code) in cases {
        let (stream, _) = serve(213, move |asked| {
            replies(if is_start(asked) {
                said.clone()
            } else {
                vec![]
            })
        });
        let (record, _) = run(stream, &plan()).await;
        assert_eq!(stage(&record, StageName::Accounts).code, Some(code));
        assert!(record.asked_again);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_after_the_start_is_never_called_a_taken_client_id() {
    let (stream, _) = serve(178, |asked| {
        if is_start(asked) {
            Answer::Close
        } else {
            healthy(asked)
        }
    });
    let (record, _) = run(stream, &plan()).await;
    assert_eq!(
        stage(&record, StageName::Accounts).code,
        Some(Code::ClosedAfterStart)
    );

    let (record, _) = run(connect(&gateway(226, "client-id-in-use")), &plan()).await;
    assert_eq!(
        stage(&record, StageName::Accounts).code,
        Some(Code::ClientIdInUse)
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_outside_the_announced_range_is_not_spoken() {
    let mut plan = plan();
    plan.announced = "100..150".parse::<VersionRange>().unwrap();
    let (stream, _) = serve(178, healthy);
    let (record, _) = run(stream, &plan).await;
    assert_eq!(
        stage(&record, StageName::Version).code,
        Some(Code::VersionUnsupported)
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_peer_is_named_by_what_it_speaks() {
    let cases: [(&[u8], &str); 4] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
        (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
        (b"\xff\xff\xff\xff....", "0xffffffff"),
    ];
    for (said, word) in cases {
        let (ours, mut theirs) = tokio::io::duplex(64);
        theirs.write_all(said).await.unwrap();
        let (record, _) = run(ours, &plan()).await;
        let version = stage(&record, StageName::Version);
        assert_eq!(version.code, Some(Code::NotTwsProtocol));
        let detail = version.detail.as_deref().unwrap();
        assert!(detail.contains(word), "{detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_notices_neither_hides_the_deadline_nor_fills_memory() {
    let (stream, _) = serve(178, |asked| {
        if is_start(asked) {
            replies(std::iter::repeat_n(notice(-1, 2119, "connecting"), 5_000))
        } else {
            replies([])
        }
    });
    let (record, events) = run(stream, &plan()).await;
    assert_eq!(
        stage(&record, StageName::Accounts).code,
        Some(Code::NoAccountsNoId)
    );
    assert_eq!((record.notices.len(), record.notices_dropped), (100, 4_900));
    let told = events.iter().filter(|event| !event.is_internal());
    assert!(told.count() < 110);
}

#[tokio::test(start_paused = true)]
async fn text_from_the_other_side_carries_no_control_characters() {
    let (stream, _) = serve(178, |asked| match asked {
        Asked::Known(Request::StartApi { .. }) => replies([
            Reply::ManagedAccounts(vec!["DU9\u{1b}[2J000021".to_owned()]),
            Reply::NextValidId(1),
            notice(-1, 2104, "\u{1b}]0;owned\u{7}\u{9b}31m farm\u{202e}:x"),
        ]),
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    let told = format!("{:?} {:?}", record.accounts, record.notices[0].message);
    assert!(!told.contains("\\u{"), "{told}");
    assert!(!record.notices[0].message.chars().any(char::is_control));
}
