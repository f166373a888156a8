//! Chunks become messages, sessions and findings.

use std::time::Duration;

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::event::{Query, StageName, StageStatus};
use ibdoc::finding::Code;
use ibdoc::report::RequestEnd;
use ibdoc::trace::{Closing, What};
use ibdoc::wire::{Notice, Reply, Request};
use proptest::prelude::*;

use super::talk::{Analysed, Talk, analysed};

/// The versions at which the forms of messages change.
const VERSIONS: [u16; 12] = [100, 145, 157, 176, 178, 193, 194, 201, 204, 207, 213, 226];

/// A start-up like that of `ib_async`, in which executions are never finished.
fn without_executions(version: u16) -> Talk {
    let updates = Request::AccountUpdates {
        subscribe: true,
        account: "DU9000001".to_owned(),
    };
    let end = Reply::AccountDownloadEnd {
        account: "DU9000001".to_owned(),
    };
    Talk::ready(&format!("100..{version}"), version)
        .asks(10, &Request::Positions)
        .asks(10, &Request::OpenOrders)
        .asks(10, &Request::CompletedOrders { api_only: false })
        .asks(11, &updates)
        .says(14, &Reply::PositionEnd)
        .says(15, &Reply::OpenOrdersEnd)
        .says(15, &Reply::CompletedOrdersEnd)
        .says(20, &end)
        .asks(584, &Request::Executions { req_id: 4 })
}

fn left(millis: u64) -> [(u64, ibdoc::event::Speaker, What<'static>); 2] {
    [
        (millis, Client, What::Closed(Closing::Fin)),
        (millis + 2, Gateway, What::Closed(Closing::Fin)),
    ]
}

fn find(analysed: &Analysed, code: Code) -> &ibdoc::finding::Finding {
    let found = analysed.findings.iter().find(|it| it.code == code);
    found.unwrap_or_else(|| panic!("no {code}: {:#?}", analysed.findings))
}

#[test]
fn a_request_without_an_end_is_named_with_its_times_at_every_version() {
    for version in VERSIONS.into_iter().filter(|version| *version >= 150) {
        let talk = without_executions(version);
        let analysed = analysed(&talk, &left(4_584), usize::MAX);
        let finding = find(&analysed, Code::SyncTimeout);
        let words = "executions (7) were never finished: asked at 10:43:21.584, nothing for 4.00 s, \
                     then the client left";
        assert_eq!(finding.summary, words, "version {version}");
        let codes: Vec<Code> = analysed.findings.iter().map(|it| it.code).collect();
        assert_eq!(codes, [Code::SyncTimeout], "version {version}");
        let session = &analysed.trace.sessions[0];
        let ends: Vec<_> = session.requests.iter().map(|it| (it.id, it.end)).collect();
        let expected = [
            (71, RequestEnd::Ended),
            (61, RequestEnd::LeftOpen),
            (5, RequestEnd::Ended),
            (99, RequestEnd::Ended),
            (6, RequestEnd::LeftOpen),
            (7, RequestEnd::Unfinished),
        ];
        assert_eq!(ends, expected, "version {version}");
        let stage = |name| session.stages.iter().find(|stage| stage.name == name);
        let executions = stage(StageName::Sync(Query::Executions)).expect("the stage");
        assert_eq!(executions.status, StageStatus::Timeout);
        let accounts = stage(StageName::Accounts).expect("the stage");
        assert_eq!(accounts.elapsed, Duration::from_millis(5));
    }
}

#[test]
fn an_error_is_tied_to_its_request_and_ends_it() {
    let refusal = Reply::Notice(Notice {
        req_id: 9,
        code: 322,
        text: "Error processing request".to_owned(),
        advanced_order_reject: String::new(),
        time_ms: None,
    });
    let summary = Request::AccountSummary {
        req_id: 9,
        group: "All".to_owned(),
        tags: "NetLiquidation".to_owned(),
    };
    for version in VERSIONS {
        let talk = Talk::ready(&format!("100..{version}"), version)
            .asks(10, &summary)
            .says(12, &refusal);
        let analysed = analysed(&talk, &left(50), usize::MAX);
        find(&analysed, Code::TooManySubscriptions);
        let notice = &analysed.trace.sessions[0].notices[0];
        assert_eq!(
            notice.request.as_deref(),
            Some("account summary (62)"),
            "{version}"
        );
    }
}

#[test]
fn a_recording_that_begins_in_mid_session_is_read_from_its_first_whole_message() {
    for version in [178, 201, 226] {
        let whole = Talk::ready("100..226", version)
            .asks(10, &Request::CurrentTime)
            .says(12, &Reply::CurrentTime(1_795_776_201))
            .asks(20, &Request::Executions { req_id: 4 })
            .says(22, &Reply::ExecutionsEnd { req_id: 4 });
        let late = Talk {
            acts: whole.acts[5..].to_vec(),
            ..whole.clone()
        };
        let analysed = analysed(&late, &[], usize::MAX);
        let session = &analysed.trace.sessions[0];
        assert!(session.version_assumed, "{version}");
        assert_eq!(
            (session.sent.messages, session.received.messages),
            (2, 2),
            "{version}"
        );
        let executions = session
            .requests
            .iter()
            .find(|it| it.id == 7)
            .expect("executions");
        assert_eq!(executions.end, RequestEnd::Ended);
        assert_eq!(executions.request_id, Some(4));
    }
}

#[test]
fn after_a_gap_messages_are_read_again() {
    let end = Reply::ExecutionsEnd { req_id: 4 };
    let talk = Talk::ready("100..178", 178).asks(10, &Request::Executions { req_id: 4 });
    let half = end.encode(talk.version)[..5].to_vec();
    let again = end.encode(talk.version);
    let then = [
        (12, Gateway, What::Bytes(&half)),
        (13, Gateway, What::Gap(200)),
        (14, Gateway, What::Bytes(b"7\0rest of a message\0")),
        (14, Gateway, What::Bytes(&again)),
    ];
    let analysed = analysed(&talk, &then, usize::MAX);
    let session = &analysed.trace.sessions[0];
    assert_eq!(session.received.missing, 200);
    assert!(session.received.unreadable > 0);
    let executions = session
        .requests
        .iter()
        .find(|it| it.id == 7)
        .expect("executions");
    assert_eq!(executions.end, RequestEnd::Ended);
}

#[test]
fn messages_of_unknown_kinds_are_counted_and_stop_nothing() {
    let talk = Talk::ready("100..178", 178)
        .sends(10, Gateway, b"\0\0\0\x06777\x001\0".to_vec())
        .asks(11, &Request::Positions)
        .says(12, &Reply::PositionEnd);
    let analysed = analysed(&talk, &left(20), usize::MAX);
    let session = &analysed.trace.sessions[0];
    assert_eq!(session.unknown.len(), 1);
    assert_eq!((session.unknown[0].id, session.unknown[0].count), (777, 1));
    assert!(analysed.findings.is_empty(), "{:?}", analysed.findings);
}

#[test]
fn a_silent_gateway_and_one_that_closes_are_told_apart() {
    let mut talk = Talk::greeted("157..178", 178);
    talk.acts.truncate(1);
    let silent = analysed(&talk, &left(4_001), usize::MAX);
    assert!(
        find(&silent, Code::SilentAfterConnect)
            .summary
            .contains("no version came for 4.00 s")
    );
    let closes = [(30, Gateway, What::Closed(Closing::Reset))];
    let at_once = analysed(&talk, &closes, usize::MAX);
    assert!(find(&at_once, Code::ClosedBeforeVersion).evidence[0].contains("RST"));
}

#[test]
fn a_session_that_the_gateway_ends_is_dropped_and_says_what_was_under_way() {
    let talk = Talk::ready("157..178", 178).asks(10, &Request::Positions);
    let then = [
        (9_000, Gateway, What::Closed(Closing::Fin)),
        (9_400, Client, What::Closed(Closing::Fin)),
    ];
    let analysed = analysed(&talk, &then, usize::MAX);
    let finding = find(&analysed, Code::Dropped);
    let evidence = finding.evidence.join("\n");
    assert!(
        evidence.contains("the Gateway closed first at 10:43:30.000, by FIN"),
        "{evidence}"
    );
    assert!(
        evidence.contains("the client followed 400 ms later, by FIN"),
        "{evidence}"
    );
    assert!(evidence.contains("positions (61)"), "{evidence}");
}

#[test]
fn more_than_fifty_messages_a_second_are_found() {
    let mut talk = Talk::ready("157..178", 178);
    for place in 0..70 {
        talk = talk.asks(100 + place * 10, &Request::CurrentTime);
    }
    let analysed = analysed(&talk, &left(2_000), usize::MAX);
    assert!(
        find(&analysed, Code::Pacing)
            .summary
            .contains("72 messages within one second")
    );
}

#[test]
fn an_account_that_a_session_names_is_in_the_report_for_the_masks() {
    let analysed = analysed(&Talk::ready("157..178", 178), &left(20), usize::MAX);
    let accounts = analysed.trace.sessions[0].accounts.as_deref();
    assert_eq!(accounts, Some(&["DU9000001".to_owned()][..]));
}

proptest! {
    #[test]
    fn what_is_read_does_not_depend_on_how_bytes_are_cut(
        piece in 1_usize..40,
        version in prop::sample::select(VERSIONS.to_vec()),
    ) {
        let talk = without_executions(version);
        let whole = analysed(&talk, &left(4_584), usize::MAX);
        let cut = analysed(&talk, &left(4_584), piece);
        prop_assert_eq!(whole.met, cut.met);
        prop_assert_eq!(whole.findings, cut.findings);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        from_client in any::<bool>(),
        skip in 0_usize..6,
    ) {
        let side = if from_client { Client } else { Gateway };
        let mut talk = Talk::ready("100..226", 226);
        talk.acts.drain(..skip.min(talk.acts.len()));
        let talk = talk.sends(10, side, bytes);
        let whole = analysed(&talk, &left(5_000), usize::MAX);
        let sent = whole.trace.sessions.iter().map(|it| it.sent.bytes + it.received.bytes);
        let given: usize = talk.acts.iter().map(|(_, _, bytes)| bytes.len()).sum();
        prop_assert_eq!(sent.sum::<u64>(), given as u64);
    }
}
