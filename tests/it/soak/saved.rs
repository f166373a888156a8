//! What a soak has shown is saved while it goes on.

use std::time::Duration;

use ibdoc::event::interrupt::Interrupt;
use ibdoc::handshake::clients::USUAL_LIMIT;
use ibdoc::handshake::footprint::Ledger;
use ibdoc::machine::World;
use ibdoc::session::{Plan, Timeouts};
use ibdoc::soak::run::{Saving, SoakPlan, Soaked, Stop, run};
use ibdoc::target::Target;
use ibdoc::wire::VersionRange;

use crate::helpers::command::Simulator;

/// Everything that was saved of a soak, and what came of it in the end.
fn saved(attempts: u32, hold: Duration) -> (Vec<Soaked>, Soaked) {
    let gateway = Simulator::start("normal");
    let target = Target::loopback(gateway.port);
    let plan = SoakPlan {
        target: &target,
        attempts,
        gap: Duration::from_millis(1),
        hold,
        keep_going: false,
        force: false,
        session: Plan {
            announced: VersionRange::SPOKEN,
            timeouts: Timeouts::each(None),
            client_timeout: USUAL_LIMIT,
            queries: Vec::new(),
            start_up: None,
            deadline: None,
        },
        program: None,
    };
    let mut all = Vec::new();
    let mut save = |soaked| all.push(soaked);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let soak = async {
        let saving = Saving::new(Duration::from_millis(10), &mut save);
        let world = World::open();
        Box::pin(run(
            &plan,
            &world,
            Ledger::default(),
            Interrupt::never(),
            Some(saving),
            &mut |_| {},
        ))
        .await
    };
    let soaked = runtime
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(soak);
    (all, soaked)
}

#[test]
fn the_handshakes_so_far_are_saved_while_others_follow() {
    let (all, soaked) = saved(60, Duration::ZERO);
    let run = |it: &Soaked| it.attempts.as_ref().map_or(0, |it| it.run);
    assert_eq!(run(&soaked), 60);
    assert!(all.len() >= 2, "{}", all.len());
    let runs: Vec<u32> = all.iter().map(run).collect();
    assert!(runs.is_sorted() && (1..=60).contains(&runs[0]), "{runs:?}");
    assert!(all.iter().all(|it| it.stop == Some(Stop::Unfinished)));
    assert_eq!(soaked.stop, None);
}

#[test]
fn a_session_that_is_still_held_is_saved_with_its_figures() {
    let (all, soaked) = saved(2, Duration::from_secs(3));
    let last = all.last().expect("it was saved");
    assert_eq!(last.attempts.as_ref().map(|it| it.run), Some(2));
    let held = last.stability.as_ref().expect("a session");
    assert!(held.seconds > 0.0 && held.up_at_end, "{held:?}");
    assert_eq!((held.pings.sent, held.pings.answered), (1, 1));
    assert_eq!(held.pings.missed, 0);
    let rtt = held.pings.rtt_ms.expect("a round trip");
    assert!(rtt.min > 0.0);
    assert!(last.zombies.ours.is_none_or(|ours| ours == 0));
    let whole = soaked.stability.expect("a session");
    assert_eq!((whole.pings.sent, whole.pings.answered), (1, 1));
}
