//! A session kept up for hours under paused time: drops, back-off, and every ping counted.

use std::cell::RefCell;
use std::time::Duration;

use ibdoc::diagnosis::assess_outages;
use ibdoc::event::interrupt::Interrupt;
use ibdoc::event::{Event, Events, Moment, MomentKind, OutageKind};
use ibdoc::finding::{Code, Finding};
use ibdoc::report::Stability;
use ibdoc::session::{HoldPlan, Record, Session};
use ibdoc::sim::Gateway;
use ibdoc::soak::hold::{KeepPlan, Kept, Tally, Tried, keep};
use tokio::time::Instant;

use crate::helpers::scripted::{connect, plan};
use crate::sim::client::gateway;

fn hours(hours: u64) -> KeepPlan {
    KeepPlan {
        duration: Duration::from_secs(3600 * hours),
        fetch_timeout: Duration::from_secs(10),
        silent_tries: Some(3),
    }
}

/// Keeps a session with the Gateway up, whatever becomes of a try by `fate` (its number, from 0).
async fn kept(
    plan: KeepPlan,
    gateway: &Gateway,
    fate: impl Fn(u32) -> Option<Code>,
) -> (Kept<()>, Option<Stability>, Vec<Code>) {
    let tally = RefCell::new(Tally::default());
    let mut found = Vec::new();
    let mut tries = 0;
    let session = async |hold, events: Events<'_>| {
        let failure = fate(tries);
        tries += 1;
        match failure {
            Some(code) => Ok(Tried {
                held: None,
                findings: vec![Finding::new(code, &"here", "as the test says")],
            }),
            None => Ok(hold_one(gateway, hold, events).await),
        }
    };
    let mut gather = |findings: Vec<Finding>| found.extend(findings.iter().map(|it| it.code));
    let mut note = |event: Event| tally.borrow_mut().observe(&event);
    let never = &mut Interrupt::never();
    let end = keep(plan, session, never, &tally, &mut gather, &mut note).await;
    (end, tally.into_inner().figures(), found)
}

async fn hold_one(gateway: &Gateway, plan_of_it: HoldPlan, events: Events<'_>) -> Tried {
    let plan = plan();
    let mut record = Record::new(Instant::now(), 7);
    let session = Session::greet(connect(gateway), &plan, &mut record, events).await;
    let mut session = session.expect("a greeting");
    assert!(session.start().await && session.accounts().await && session.sync().await);
    let stop = std::pin::pin!(std::future::pending::<()>());
    let held = session.hold(plan_of_it, stop).await;
    session.close(false).await;
    Tried {
        held: Some(held),
        findings: Vec::new(),
    }
}

fn of_kind(figures: &Stability, kind: MomentKind) -> Vec<&Moment> {
    figures
        .moments
        .iter()
        .filter(|moment| moment.kind == kind)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_day_with_a_drop_every_hour_counts_every_ping_and_every_second_down() {
    let gateway = gateway(226, "drops-after=3600");
    let (end, figures, _) = kept(hours(24), &gateway, |_| None).await;
    assert_eq!(end, Kept::Done);
    let figures = figures.expect("figures");
    // Each session lasts an hour, and a second passes before the next.
    assert_eq!((figures.drops, figures.reconnects), (23, 23));
    let down = Duration::from_secs(23);
    assert!(figures.down >= down && figures.down < down + Duration::from_secs(1));
    assert!(
        (figures.seconds - (86_400.0 - 23.0)).abs() < 2.0,
        "{}",
        figures.seconds
    );
    // 720 pings in each full hour, from 1.1 s on every 5 s.
    let pings = &figures.pings;
    assert_eq!(
        (pings.sent, pings.answered, pings.missed),
        (17_276, 17_276, 0)
    );
    let counted: u32 = pings.trend.iter().map(|stretch| stretch.count).sum();
    assert_eq!(counted, pings.sent);
    assert!(pings.trend.len() <= 512);
    assert_eq!(of_kind(&figures, MomentKind::Drop).len(), 23);
    assert_eq!(of_kind(&figures, MomentKind::Up).len(), 24);
    let gap = pings.longest_gap.expect("a gap");
    assert!(
        gap > Duration::from_secs(5) && gap < Duration::from_secs(8),
        "{gap:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_farm_that_flaps_for_an_hour_is_counted_beyond_what_is_kept_of_its_notices() {
    let gateway = gateway(226, "flapping=10");
    let (end, figures, _) = kept(hours(1), &gateway, |_| None).await;
    assert_eq!(end, Kept::Done);
    let outages = figures.expect("figures").outages;
    assert_eq!(outages.len(), 1);
    let farm = &outages[0];
    assert_eq!(
        (farm.what, farm.name.as_str()),
        (OutageKind::MarketData, "usfarm")
    );
    // Down every other ten seconds: far more notices than the hundred that a session keeps.
    assert!((179..=180).contains(&farm.lost), "{farm:?}");
    assert!((1_785..=1_805).contains(&farm.down.as_secs()), "{farm:?}");
    assert_eq!(farm.longest.as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_lost_upstream_counts_until_the_end_and_is_no_longer_waited_for() {
    let gateway = gateway(226, "normal;1200s:upstream-lost");
    let (_, figures, _) = kept(hours(1), &gateway, |_| None).await;
    let outages = figures.expect("figures").outages;
    let upstream = &outages[0];
    assert_eq!(
        (upstream.what, upstream.down_at_end),
        (OutageKind::Upstream, true)
    );
    assert_eq!(upstream.down.as_secs(), 2400);
    let findings = assess_outages(&outages, "here");
    assert_eq!(findings[0].code, Code::UpstreamLost);
    assert!(findings[0].summary.contains("40 min"), "{findings:?}");
    assert!(
        findings[0].remedies[0].contains("new login"),
        "{findings:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_session_says_anew_what_is_down() {
    // Lost in the first session, which ends; the second hears of nothing.
    let gateway = gateway(
        226,
        "drops-after=100;50s:upstream-lost,drops-after=100;99s:drops-after=100",
    );
    let (_, figures, _) = kept(hours(1), &gateway, |_| None).await;
    let outages = figures.expect("figures").outages;
    assert_eq!(outages.len(), 1);
    assert_eq!((outages[0].lost, outages[0].down_at_end), (1, false));
    assert_eq!(outages[0].down.as_secs(), 50);
}

#[tokio::test(start_paused = true)]
async fn the_waits_double_up_to_a_minute_and_each_failure_is_on_the_timeline() {
    let gateway = gateway(226, "drops-after=100");
    let away = |number| (1..=9).contains(&number).then_some(Code::NotListening);
    let (end, figures, found) = kept(hours(1), &gateway, away).await;
    assert_eq!(end, Kept::Done);
    assert_eq!(found.len(), 9);
    let figures = figures.expect("figures");
    let failed = of_kind(&figures, MomentKind::ReconnectFailed);
    assert!(
        failed
            .iter()
            .all(|moment| moment.code == Some(Code::NotListening))
    );
    let at: Vec<u64> = failed.iter().map(|moment| moment.at.as_secs()).collect();
    let waits: Vec<u64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(at[0], 101);
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
    // 1 + 2 + … + 32 + 4 × 60 s without a session; the later drops take a second each.
    let first_up = of_kind(&figures, MomentKind::Up)[1].at.as_secs();
    assert_eq!(first_up, 100 + 63 + 240);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_drops_at_once_is_not_hammered() {
    let gateway = gateway(226, "drops-after=0.5");
    let (_, figures, _) = kept(hours(1), &gateway, |_| None).await;
    let figures = figures.expect("figures");
    // Six waits until the longest, then one a minute.
    assert!((60..=66).contains(&figures.drops), "{}", figures.drops);
}

#[tokio::test(start_paused = true)]
async fn a_first_session_that_cannot_be_made_ends_the_soak_at_once() {
    let gateway = gateway(226, "normal");
    let began = Instant::now();
    let (end, figures, found) = kept(hours(1), &gateway, |_| Some(Code::NotListening)).await;
    assert_eq!((end, found), (Kept::NotMade, vec![Code::NotListening]));
    assert!(figures.is_none() && began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn three_silent_tries_in_a_row_end_the_soak() {
    let gateway = gateway(226, "drops-after=100");
    let silent = |number| (number > 0).then_some(Code::SilentAfterConnect);
    let (end, figures, _) = kept(hours(1), &gateway, silent).await;
    assert_eq!(end, Kept::GaveUp);
    assert_eq!(figures.map(|figures| figures.drops), Some(1));

    let mixed = |number: u32| match number {
        0 => None,
        number if number % 3 == 0 => Some(Code::NotListening),
        _ => Some(Code::SilentAfterConnect),
    };
    let (end, ..) = kept(hours(1), &gateway, mixed).await;
    assert_eq!(end, Kept::Done);
}

#[tokio::test(start_paused = true)]
async fn the_timeline_is_bounded_and_says_how_much_is_missing() {
    let gateway = gateway(226, "drops-after=0.5");
    let (_, figures, _) = kept(hours(24), &gateway, |_| None).await;
    let figures = figures.expect("figures");
    assert!(figures.drops > 1000, "{}", figures.drops);
    assert_eq!(figures.moments.len(), 1000);
    // Each session has three notices and a beginning, each but the last an end.
    let all = 4 * (figures.reconnects + 1) + figures.drops;
    assert_eq!(figures.moments_dropped, all - 1000);
}
