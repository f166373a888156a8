//! What the kernel shows of the session's own bytes decides whose a silence is, over streams in memory
//! and under paused time.

use std::time::Duration;

use ibdoc::event::{Query, StageName};
use ibdoc::finding::Code;
use ibdoc::machine::sockets::Transmission;
use ibdoc::session::{Kernel, Plan, Record, Session};
use ibdoc::wire::{Request, ServerVersion};
use tokio::time::Instant;

use crate::helpers::scripted::{plan, stage, sync_stage};
use crate::sim::client::{connect, gateway};

/// A session with a Gateway of this scenario, while the kernel shows these figures.
async fn run(scenario: &str, plan: &Plan, seen: Transmission, is_local: bool) -> Record {
    let mut record = Record::new(Instant::now(), 7);
    let kernel = Kernel {
        look: &|| Some(seen),
        is_local,
    };
    let stream = connect(&gateway(226, scenario));
    let events = &mut |_| {};
    if let Some(mut session) = Session::greet_over(stream, kernel, plan, &mut record, events).await
    {
        if session.start().await && session.accounts().await && session.sync().await {
            session.close(false).await;
        } else {
            session.reset();
        }
    }
    record
}

/// So many bytes that were sent again in vain.
fn in_vain(unacknowledged: usize) -> Transmission {
    Transmission {
        unacknowledged: u32::try_from(unacknowledged).expect("a few bytes"),
        retransmits: 3,
        backoff: 3,
        segments: 9,
        segments_again: 4,
        window: Some(65_536),
        ..Transmission::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_greeting_that_was_not_acknowledged_is_not_the_gateways() {
    let unanswered = |seen, is_local| async move {
        let record = run("silent", &plan(), seen, is_local).await;
        stage(&record, StageName::Version).code
    };
    let lost = in_vain(17);
    assert_eq!(unanswered(lost, false).await, Some(Code::Network));
    assert_eq!(unanswered(lost, true).await, Some(Code::LocalFirewall));
    let gateways = Some(Code::SilentAfterConnect);
    assert_eq!(
        unanswered(in_vain(0), false).await,
        gateways,
        "it has arrived"
    );
    let full = Transmission {
        window: Some(0),
        ..lost
    };
    assert_eq!(
        unanswered(full, false).await,
        gateways,
        "its program reads nothing"
    );
    let just_sent = Transmission {
        retransmits: 0,
        backoff: 0,
        segments_again: 0,
        ..lost
    };
    assert_eq!(
        unanswered(just_sent, false).await,
        gateways,
        "it is on its way"
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_bytes_of_a_question_count_and_not_what_was_sent_after_it() {
    let length = |request: Request| request.encode(ServerVersion(226)).len();
    let hangs = |query: Query, unacknowledged: usize| async move {
        let plan = Plan {
            queries: vec![query],
            ..plan()
        };
        let scenario = format!("sync-hangs={}", query.name());
        let record = run(&scenario, &plan, in_vain(unacknowledged), false).await;
        sync_stage(&record, query).code
    };
    let (once, gateways) = (length(Request::CurrentTime), Some(Code::SyncTimeout));
    assert_eq!(hangs(Query::Time, once).await, gateways, "its repeat");
    assert_eq!(hangs(Query::Time, once + 1).await, Some(Code::Network));
    let cancel = length(Request::CancelPositions);
    assert_eq!(
        hangs(Query::Positions, cancel).await,
        gateways,
        "its cancel"
    );
    let lost = hangs(Query::Positions, cancel + 1).await;
    assert_eq!(lost, Some(Code::Network));
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_the_close_follows_the_round_trip_and_is_longer_for_another_machine() {
    let closed_by = |seen, is_local| async move {
        let record = run("never-closes", &plan(), seen, is_local).await;
        let close = stage(&record, StageName::Close).clone();
        let unconfirmed = record.close.expect("a close").unconfirmed;
        (close.code, close.elapsed.as_secs(), unconfirmed)
    };
    let closed = |seen| closed_by(seen, false);
    let keeps = Some(Code::GatewayKeepsClosedSockets);
    let well = Transmission::default();
    let far = Transmission {
        round_trip: Duration::from_millis(1500),
        ..well
    };
    for (seen, here, there) in [(well, 1, 7), (far, 3, 21), (in_vain(0), 1, 7)] {
        assert_eq!(closed_by(seen, true).await, (keeps, here, false));
        assert_eq!(closed(seen).await, (keeps, there, false));
    }
    assert_eq!(closed(in_vain(1)).await, (Some(Code::Network), 7, true));
    let full = Transmission {
        window: Some(0),
        ..in_vain(1)
    };
    assert_eq!(
        closed(full).await.0,
        None,
        "neither end is to blame for the wait"
    );
    let just_sent = Transmission {
        unacknowledged: 1,
        ..well
    };
    assert_eq!(closed(just_sent).await.0, Some(Code::Network), "FIN_WAIT1");
}
