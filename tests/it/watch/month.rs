//! A month, and a hundred thousand reconnects, under paused time: what is kept does not grow.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use ibdoc::event::interrupt::Interrupt;
use ibdoc::event::{Event, Events, Moment, MomentKind, State};
use ibdoc::finding::Code;
use ibdoc::finding::verdict::ExitStatus;
use ibdoc::session::{HeldEnd, HoldPlan, Record, Session};
use ibdoc::sim::Gateway;
use ibdoc::watch::keep::{Post, keep};
use ibdoc::watch::monitor::Monitor;
use ibdoc::watch::{Pace, Pulse, Tried};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use crate::helpers::scripted::{connect, plan};
use crate::sim::client::gateway;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn post(pace: Pace) -> (Post, UnboundedReceiver<Event>) {
    let (tell, told) = unbounded_channel();
    let post = Post {
        monitor: RefCell::new(Monitor::new("here:4002".to_owned(), pace, None, tell)),
        pace,
        // No beat comes here: none is late.
        pulse: Cell::new(Pulse::new(Instant::now() + 100 * DAY, Duration::ZERO)),
        lock: None,
    };
    (post, told)
}

async fn hold_one(
    gateway: &Gateway,
    holding: HoldPlan,
    mut stop: Interrupt,
    events: Events<'_>,
) -> Tried {
    let plan = plan();
    let mut record = Record::new(Instant::now(), 7);
    let session = Session::greet(connect(gateway), &plan, &mut record, events).await;
    let mut session = session.expect("a greeting");
    assert!(session.start().await && session.accounts().await);
    let stopped = std::pin::pin!(async {
        stop.received().await;
    });
    let held = session.hold(holding, stopped).await;
    session.close(false).await;
    Tried {
        held: Some(held.end),
        ..Tried::default()
    }
}

/// Watches for so long, and returns how many changes were told.
async fn watched(
    post: &Post,
    mut told: UnboundedReceiver<Event>,
    time: Duration,
    session: impl AsyncFnMut(HoldPlan, Interrupt, Events<'_>) -> Tried,
) -> usize {
    let (stop, mut interrupt) = Interrupt::by_hand();
    let mut changes = 0;
    let over = async {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => break,
                Some(event) = told.recv() => changes += usize::from(matches!(event, Event::State(_))),
            }
        }
        stop.raise(ExitStatus::Terminated);
    };
    tokio::join!(keep(post, session, &mut interrupt), over);
    changes
}

#[tokio::test(start_paused = true)]
async fn a_month_with_a_drop_each_day_is_told_in_sixty_lines() {
    let pace = Pace {
        // A tenth of the time requests: the month is run in seconds.
        ping: Duration::from_secs(60),
        ..Pace::default()
    };
    let (post, told) = post(pace);
    let gateway = gateway(226, "drops-after=86400");
    let session =
        async |hold, stop, events: Events<'_>| hold_one(&gateway, hold, stop, events).await;
    let changes = watched(&post, told, 30 * DAY, session).await;
    let report = post.monitor.borrow().report();
    let drops = report
        .sessions
        .drops
        .get(&Code::Dropped)
        .copied()
        .unwrap_or(0);
    assert!((29..=30).contains(&drops), "{drops} drops");
    assert_eq!(report.sessions.made, drops + 1);
    assert_eq!(changes, report.changes.len());
    assert_eq!(changes, 1 + 2 * usize::try_from(drops).expect("a count"));
    assert_eq!(report.pings.missed, 0);
    assert!(report.pings.answered > 40_000, "{}", report.pings.answered);
    let healthy = report.seconds[&State::Healthy];
    assert!(healthy > 29.9 * 86_400.0, "{healthy}");
    assert_eq!(report.breaker.opened, 0);
}

/// A session that is up for a moment and then ends.
async fn brief(_: HoldPlan, _: Interrupt, events: Events<'_>) -> Tried {
    let up = Moment::new(Duration::ZERO, MomentKind::Up, "the session is up");
    events(Event::Moment(up));
    tokio::time::sleep(Duration::from_secs(1)).await;
    Tried {
        held: Some(HeldEnd::Dropped {
            how: "it ended".to_owned(),
            code: Code::Dropped,
        }),
        ..Tried::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_reconnects_come_a_minute_apart_and_keep_a_thousand_changes() {
    const RECONNECTS: u32 = 100_000;
    let (post, told) = post(Pace::default());
    let time = Duration::from_secs(60) * RECONNECTS + Duration::from_secs(1);
    let changes = watched(&post, told, time, brief).await;
    let report = post.monitor.borrow().report();
    let made = report.sessions.made;
    assert!(
        (RECONNECTS..=RECONNECTS + 2).contains(&made),
        "{made} sessions"
    );
    assert_eq!(report.changes.len(), 1000);
    let told = report.changes.len() + usize::try_from(report.changes_dropped).expect("a count");
    // The last may be told while the watch ends.
    assert!(told.abs_diff(changes) <= 1, "{told} of {changes}");
    assert!(serde_json::to_string(&report).expect("JSON").len() < 400_000);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_stays_silent_is_given_up_and_made_anew() {
    let (post, told) = post(Pace::default());
    let gateway = gateway(226, "stops-answering-after=30");
    let session =
        async |hold, stop, events: Events<'_>| hold_one(&gateway, hold, stop, events).await;
    let time = Duration::from_secs(600);
    watched(&post, told, time, session).await;
    let report = post.monitor.borrow().report();
    let told: Vec<_> = report
        .changes
        .iter()
        .map(|it| (it.state, it.code))
        .collect();
    let heartbeat = Some(Code::HeartbeatLost);
    let course = [
        (State::Healthy, None),
        (State::Attention, heartbeat),
        (State::Down, heartbeat),
        (State::Healthy, None),
    ];
    assert_eq!(told[..4], course, "{told:?}");
    assert!(report.sessions.made >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_lets_nobody_in_is_asked_seldom() {
    let (post, told) = post(Pace::default());
    let tries = Cell::new(0_u32);
    let session = async |_: HoldPlan, _: Interrupt, _: Events<'_>| {
        tries.set(tries.get() + 1);
        tokio::time::sleep(Duration::from_secs(10)).await;
        let silent = ibdoc::finding::Finding::new(Code::SilentAfterConnect, "here", "no version");
        Tried {
            findings: vec![silent],
            ..Tried::default()
        }
    };
    let changes = watched(&post, told, DAY, session).await;
    // Three at first, then one in a quarter of an hour.
    assert!(
        (90..=125).contains(&tries.get()),
        "{} connections",
        tries.get()
    );
    assert_eq!(changes, 1);
    assert!(post.monitor.borrow().report().breaker.opened > 80);
}
