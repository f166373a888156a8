//! A held session under paused time: every ping counted, none too fast.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use ibdoc::event::Event;
use ibdoc::session::{Held, HeldEnd, HoldPlan, Record, Session};
use ibdoc::wire::{Asked, Reply, Request};
use tokio::io::DuplexStream;
use tokio::time::Instant;

use crate::helpers::scripted::{Answer, Log, connect, healthy, notice, plan, replies, serve};
use crate::sim::client::gateway;

async fn hold(
    stream: DuplexStream,
    seconds: u64,
    stop: impl Future<Output = ()>,
) -> (Held, Vec<Event>) {
    let plan = plan();
    let mut record = Record::new(Instant::now(), 7);
    let mut events = Vec::new();
    let sink = &mut |event| events.push(event);
    let session = Session::greet(stream, &plan, &mut record, sink).await;
    let mut session = session.expect("a greeting");
    assert!(session.start().await && session.accounts().await && session.sync().await);
    let duration = Duration::from_secs(seconds);
    let hold_plan = HoldPlan::lasting(duration, Duration::from_secs(10));
    let held = session.hold(hold_plan, pin!(stop)).await;
    session.close(false).await;
    (held, events)
}

/// A Gateway that answers every time request so much later, but the handshake's.
fn slow_clock(late: Duration) -> DuplexStream {
    let mut first = true;
    let (stream, _) = serve(178, move |asked| match asked {
        Asked::Known(Request::CurrentTime) if !std::mem::take(&mut first) => {
            Answer::Later(late, vec![Reply::CurrentTime(1)])
        }
        other => healthy(other),
    });
    stream
}

fn asked_time(log: &Log) -> Vec<Instant> {
    let log = log.lock().expect("an unpoisoned log");
    let times = log
        .iter()
        .filter(|(_, asked)| *asked == Asked::Known(Request::CurrentTime));
    times.map(|(at, _)| *at).collect()
}

#[tokio::test(start_paused = true)]
async fn a_day_is_held_with_every_ping_and_fetch_counted() {
    let day = 24 * 3600;
    let (held, events) = hold(connect(&gateway(226, "normal")), day, pending()).await;
    assert_eq!(held.end, HeldEnd::Done);
    assert_eq!(held.elapsed, Duration::from_secs(day));
    // From 1.1 s on every 5 s, from 15 s on every 15 s; none at the very end.
    assert_eq!(
        (held.pings_sent, held.pings_answered, held.pings_missed),
        (17_280, 17_280, 0)
    );
    assert_eq!((held.fetches_sent, held.fetches_answered), (5_759, 5_759));
    assert_eq!(held.round_trips.len(), 17_280);
    let pings = events
        .iter()
        .filter(|event| matches!(event, Event::Ping { .. }));
    assert_eq!(pings.count(), 17_280);
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_missed_only_after_its_repeat_and_never_asked_faster_than_allowed() {
    let mut times = 0;
    let (stream, log) = serve(178, move |asked| match asked {
        // The second ping and its repeat are dropped, and the third ping but not its repeat.
        Asked::Known(Request::CurrentTime) => {
            times += 1;
            let dropped = [3, 4, 5].contains(&times);
            if dropped { replies([]) } else { healthy(asked) }
        }
        other => healthy(other),
    });
    let (held, events) = hold(stream, 30, pending()).await;
    assert_eq!(
        (held.pings_sent, held.pings_answered, held.pings_missed),
        (4, 3, 1)
    );
    let repeated = Some(Duration::from_millis(1100));
    let zero = Some(Duration::ZERO);
    assert_eq!(round_trips(&events), [zero, None, repeated, zero]);
    let asked = asked_time(&log);
    assert_eq!(asked.len(), 7);
    for pair in asked.windows(2) {
        assert!(
            pair[1] - pair[0] >= Duration::from_millis(1100),
            "{asked:?}"
        );
    }
}

fn round_trips(events: &[Event]) -> Vec<Option<Duration>> {
    let pings = events.iter().filter_map(|event| match event {
        Event::Ping { rtt, .. } => Some(*rtt),
        _ => None,
    });
    pings.collect()
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_never_taken_for_that_of_the_next_ping() {
    for late in [4500, 6000, 7300] {
        let stream = slow_clock(Duration::from_millis(late));
        let (held, events) = hold(stream, 120, pending()).await;
        assert_eq!(held.pings_answered, 0, "{late}: {:?}", round_trips(&events));
        assert_eq!(held.pings_missed, held.pings_sent, "{late}");
    }
    // Within the patience of a ping the time is the true one.
    let stream = slow_clock(Duration::from_secs(2));
    let (held, events) = hold(stream, 120, pending()).await;
    assert_eq!(held.pings_missed, 0);
    let slow = Some(Duration::from_secs(2));
    assert!(
        round_trips(&events).iter().all(|rtt| *rtt == slow),
        "{events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn refused_and_unanswered_fetches_are_counted_with_the_gateways_words() {
    let (stream, _) = serve(178, |asked| match asked {
        Asked::Known(Request::AccountSummary { req_id, .. }) => {
            replies([notice(*req_id, 322, "Error processing request")])
        }
        other => healthy(other),
    });
    let (held, _) = hold(stream, 50, pending()).await;
    assert_eq!((held.fetches_sent, held.fetches_answered), (3, 2));
    assert_eq!(held.refusals, ["322 Error processing request"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_at_the_end_is_awaited() {
    let (stream, _) = serve(178, |asked| match asked {
        Asked::Known(Request::AccountSummary { .. }) => replies([]),
        other => healthy(other),
    });
    let plan = plan();
    let mut record = Record::new(Instant::now(), 7);
    let sink = &mut |_| {};
    let session = Session::greet(stream, &plan, &mut record, sink).await;
    let mut session = session.expect("a greeting");
    assert!(session.start().await && session.accounts().await);
    let hold_plan = HoldPlan::lasting(Duration::from_secs(31), Duration::from_secs(10));
    let held = session.hold(hold_plan, pin!(pending())).await;
    // The second fetch began at 30 s and was given up at 40 s.
    assert_eq!((held.fetches_sent, held.fetches_answered), (2, 1));
    assert_eq!(held.elapsed, Duration::from_secs(40));
    assert_eq!(held.pings_sent, held.pings_answered);
}

#[tokio::test(start_paused = true)]
async fn a_drop_ends_a_held_session_with_its_time() {
    let mut fetches = 0;
    let (stream, _) = serve(178, move |asked| match asked {
        Asked::Known(Request::Positions) => {
            fetches += 1;
            if fetches == 2 {
                Answer::Close
            } else {
                healthy(asked)
            }
        }
        other => healthy(other),
    });
    let (held, _) = hold(stream, 600, pending()).await;
    assert!(
        matches!(held.end, HeldEnd::Dropped { .. }),
        "{:?}",
        held.end
    );
    assert_eq!(held.elapsed, Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_held_session_with_its_counts() {
    let stop = tokio::time::sleep(Duration::from_secs(60));
    let (held, _) = hold(connect(&gateway(226, "normal")), 600, stop).await;
    assert_eq!((held.end, held.pings_sent), (HeldEnd::Interrupted, 12));
}
