//! The requests after the start, over streams in memory and under paused time.

use std::time::Duration;

use ibdoc::event::{CloseHow, Query, StageName, StageStatus};
use ibdoc::finding::Code;
use ibdoc::session::{not_asked, queries, request_id};
use ibdoc::wire::{Asked, Reply, Request};

use crate::helpers::scripted::{
    Answer, healthy, ids_asked, notice, plan, replies, run, serve, sync_stage,
};

const READ_ONLY: &str = "Error validating request.-'cc' : cause - The API interface is currently in \
                         Read-Only mode.";
const TOO_MANY: &str = "Error processing request.-'bW' : cause - Maximum number of account summary \
                        requests exceeded; desubscribe to previous request first";

#[tokio::test(start_paused = true)]
async fn an_error_without_an_id_ends_the_request_it_belongs_to() {
    let (stream, log) = serve(178, |asked| match asked {
        Asked::Known(Request::Positions) => replies([
            notice(-1, 2104, "Market data farm connection is OK:usfarm"),
            notice(
                -1,
                321,
                "Error validating request: the API is in Read-Only mode.",
            ),
        ]),
        Asked::Known(Request::AccountSummary { req_id, .. }) => {
            replies([notice(*req_id, 322, TOO_MANY)])
        }
        Asked::Known(Request::AllOpenOrders) => replies([notice(-1, 321, READ_ONLY)]),
        other => healthy(other),
    });
    let mut plan = plan();
    plan.queries = queries(false, true);
    let (record, _) = run(stream, &plan).await;
    let positions = sync_stage(&record, Query::Positions);
    assert_eq!(positions.status, StageStatus::Failed);
    assert_eq!(
        positions.code,
        Some(Code::SyncRefused),
        "no request about orders"
    );
    assert_eq!(positions.elapsed, Duration::ZERO);
    let summary = sync_stage(&record, Query::AccountSummary);
    assert_eq!(summary.code, Some(Code::TooManySubscriptions));
    let orders = sync_stage(&record, Query::Orders);
    assert_eq!(orders.code, Some(Code::ReadOnlyApi));
    assert_eq!(
        sync_stage(&record, Query::AccountValues).status,
        StageStatus::Ok
    );
    // What was refused is not cancelled.
    let asked = ids_asked(&log);
    assert!(!asked.contains(&64) && !asked.contains(&63), "{asked:?}");
}

/// The code of a request that is answered with this error under the id −1.
async fn refused(query: Query, code: i32, words: &'static str) -> Option<Code> {
    let (stream, _) = serve(226, move |asked| match asked {
        Asked::Known(Request::StartApi { .. }) => healthy(asked),
        _ => replies([notice(-1, code, words)]),
    });
    let mut plan = plan();
    plan.queries = vec![query];
    let (record, _) = run(stream, &plan).await;
    sync_stage(&record, query).code
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_and_in_which_words_it_was_refused_decide() {
    let account = "Error validating request.-'cc' : cause - Invalid account code.";
    let many = "Error processing request.-'bW' : cause - Account summary requests: the maximum of \
                50 accounts is exceeded";
    let cases = [
        (Query::Orders, 321, READ_ONLY, Code::ReadOnlyApi),
        (Query::CompletedOrders, 321, READ_ONLY, Code::ReadOnlyApi),
        (Query::Executions, 321, READ_ONLY, Code::ReadOnlyApi),
        (Query::Orders, 321, account, Code::SyncRefused),
        (Query::AccountValues, 321, account, Code::SyncRefused),
        (Query::AccountUpdates, 321, account, Code::SyncRefused),
        (Query::AccountValues, 321, READ_ONLY, Code::SyncRefused),
        (
            Query::AccountSummary,
            322,
            TOO_MANY,
            Code::TooManySubscriptions,
        ),
        (Query::Positions, 322, TOO_MANY, Code::SyncRefused),
        (Query::AccountSummary, 322, many, Code::SyncRefused),
        (
            Query::AccountSummary,
            322,
            "Error processing request",
            Code::SyncRefused,
        ),
        (
            Query::AccountSummary,
            320,
            "Error reading request",
            Code::SyncRefused,
        ),
        // A time request can be refused by nothing: it waits in vain.
        (Query::Time, 321, READ_ONLY, Code::SyncTimeout),
    ];
    for (query, number, words, code) in cases {
        assert_eq!(
            refused(query, number, words).await,
            Some(code),
            "{query:?} {words}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_about_another_request_ends_none() {
    let (stream, _) = serve(226, |asked| match asked {
        Asked::Known(Request::AccountSummary { req_id, .. }) => replies([
            notice(5, 201, "Order rejected"),
            notice(req_id + 1, 321, "Error validating request"),
            Reply::AccountSummaryEnd { req_id: *req_id },
        ]),
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    assert_eq!(
        sync_stage(&record, Query::AccountSummary).status,
        StageStatus::Ok
    );
    let ids: Vec<i32> = record.notices.iter().map(|it| it.request_id).collect();
    assert_eq!(ids, [5, request_id(Query::AccountSummary) + 1]);
}

#[tokio::test(start_paused = true)]
async fn the_last_error_is_kept_behind_any_number_of_notices() {
    let (stream, _) = serve(226, |asked| match asked {
        Asked::Known(Request::Positions) => {
            let farm = notice(-1, 2104, "Market data farm connection is OK:usfarm");
            let last = notice(-1, 1100, "Connectivity has been lost.");
            replies(
                vec![farm; 150]
                    .into_iter()
                    .chain([last, Reply::PositionEnd]),
            )
        }
        other => healthy(other),
    });
    let (record, events) = run(stream, &plan()).await;
    assert_eq!((record.notices.len(), record.notices_dropped), (100, 51));
    assert_eq!(record.notices.last().map(|it| it.code), Some(1100));
    let told = events.iter().filter(|event| !event.is_internal());
    assert!(told.count() < 120);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_end_marker_times_out_and_the_next_one_goes_on() {
    let (stream, log) = serve(226, |asked| match asked {
        Asked::Known(Request::Positions) => replies([]),
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    let positions = sync_stage(&record, Query::Positions);
    assert_eq!(positions.code, Some(Code::SyncTimeout));
    assert_eq!(positions.elapsed, Duration::from_secs(10));
    assert_eq!(
        sync_stage(&record, Query::AccountSummary).status,
        StageStatus::Ok
    );
    // A Gateway that was too busy for one request is not asked to close in time either.
    assert_eq!(record.close.map(|close| close.how), Some(CloseHow::Reset));
    assert!(ids_asked(&log).starts_with(&[71, 49, 61, 64, 62, 63, 76]));
}

#[tokio::test(start_paused = true)]
async fn a_time_request_that_was_dropped_is_repeated_once_after_more_than_a_second() {
    let mut times = 0;
    let (stream, log) = serve(178, move |asked| match asked {
        Asked::Known(Request::CurrentTime) => {
            times += 1;
            if times == 1 {
                replies([])
            } else {
                healthy(asked)
            }
        }
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    let time = sync_stage(&record, Query::Time);
    assert_eq!(
        (time.status, time.elapsed),
        (StageStatus::Ok, Duration::from_millis(1100))
    );
    let asked = ids_asked(&log);
    assert_eq!(asked.iter().filter(|id| **id == 49).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn by_default_nothing_is_asked_about_orders_and_no_updates_are_subscribed() {
    let (stream, log) = serve(226, healthy);
    let (record, _) = run(stream, &plan()).await;
    assert_eq!(ids_asked(&log), [71, 49, 61, 64, 62, 63, 76, 77, 7]);
    let missing = [
        Query::OpenOrders,
        Query::CompletedOrders,
        Query::AccountUpdates,
    ];
    assert_eq!(not_asked(&record.asked()), missing);

    let mut plan = plan();
    plan.queries = queries(true, true);
    let (stream, log) = serve(226, healthy);
    let (record, _) = run(stream, &plan).await;
    assert_eq!(
        ids_asked(&log),
        [71, 49, 61, 64, 62, 63, 76, 77, 7, 6, 6, 16, 99]
    );
    let all = record
        .stages
        .iter()
        .all(|stage| stage.status == StageStatus::Ok);
    assert!(all, "{:?}", record.stages);
    assert_eq!(not_asked(&record.asked()), []);
}

#[tokio::test(start_paused = true)]
async fn a_connection_lost_in_the_middle_of_a_request_is_dropped() {
    let (stream, _) = serve(178, |asked| match asked {
        Asked::Known(Request::AccountSummary { .. }) => Answer::Close,
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    assert_eq!(
        sync_stage(&record, Query::AccountSummary).code,
        Some(Code::Dropped)
    );
    assert!(
        record
            .stage(StageName::Sync(Query::AccountValues))
            .is_none()
    );
}
