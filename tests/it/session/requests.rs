//! The requests after the start, over streams in memory and under paused time.

use std::time::Duration;

use ibdoc::event::{CloseHow, Query, StageName, StageStatus};
use ibdoc::finding::Code;
use ibdoc::session::queries;
use ibdoc::wire::{Asked, Request};

use crate::helpers::scripted::{
    Answer, healthy, ids_asked, notice, plan, replies, run, serve, sync_stage,
};

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
            replies([notice(*req_id, 322, "Error processing request")])
        }
        other => healthy(other),
    });
    let (record, _) = run(stream, &plan()).await;
    let positions = sync_stage(&record, Query::Positions);
    assert_eq!(positions.status, StageStatus::Skipped);
    assert_eq!(positions.code, Some(Code::ReadOnlyApi));
    assert_eq!(positions.elapsed, Duration::ZERO);
    let summary = sync_stage(&record, Query::AccountSummary);
    assert_eq!(summary.code, Some(Code::TooManySubscriptions));
    assert_eq!(
        sync_stage(&record, Query::AccountValues).status,
        StageStatus::Ok
    );
    // What was refused is not cancelled.
    let asked = ids_asked(&log);
    assert!(!asked.contains(&64) && !asked.contains(&63), "{asked:?}");
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
    run(stream, &plan()).await;
    assert_eq!(ids_asked(&log), [71, 49, 61, 64, 62, 63, 76, 77]);

    let mut plan = plan();
    plan.queries = queries(true, true);
    let (stream, log) = serve(226, healthy);
    let (record, _) = run(stream, &plan).await;
    assert_eq!(
        ids_asked(&log),
        [71, 49, 61, 64, 62, 63, 76, 77, 6, 6, 16, 7]
    );
    let all = record
        .stages
        .iter()
        .all(|stage| stage.status == StageStatus::Ok);
    assert!(all, "{:?}", record.stages);
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
