//! A run of the user's own program through a relay of ibdoc's own: what it really said and read.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events, Speaker, Tapped};
use crate::machine::World;
use crate::report::{ClosingKind, RequestEnd, Trace};
use crate::soak::program::{Outcome, Program};
use crate::tap::{CONNECT, Drill, Observer, Recorder, Relay, RelayPlan};
use crate::target::Target;

/// Requests that are named.
const NAMED: usize = 10;

/// Runs the program with the relay's address as its target; errs where one of them cannot be started.
pub(super) async fn run(
    program: Program<'_>,
    force: bool,
    world: &World,
    interrupt: &mut Interrupt,
    events: Events<'_>,
) -> io::Result<Outcome> {
    let mut relay = Relay::start(RelayPlan {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        target: program.target.clone(),
        drill: Drill::default(),
        force,
        timeout: CONNECT,
    })?;
    let target = Target::address(relay.address);
    let program = Program {
        target: &target,
        local: Some(relay.address),
        ..program
    };
    // The messages of the program are no news of the soak; only its accounts have to be known.
    let accounts = &mut |event: Event| {
        if matches!(event, Event::Accounts(_)) {
            events(event);
        }
    };
    let mut observer = Observer::new(Recorder::default(), accounts);
    let ran = along(program.run(world, interrupt), &mut relay, &mut observer).await;
    let shown = observer.finish();
    relay.join()?;
    let mut outcome = ran?;
    if let Outcome::Ran(seen) = &mut outcome {
        let tapped = tapped(&shown.trace);
        // What the relay carried was connected, however short it was for the looks at the socket table.
        if tapped.sessions > 0 {
            seen.run.connected = Some(true);
        }
        seen.run.tapped = Some(tapped);
        seen.told = shown.findings;
    }
    Ok(outcome)
}

/// The end of the program; what passes through the relay meanwhile, and until it is closed, is observed.
async fn along(
    running: impl Future<Output = io::Result<Outcome>>,
    relay: &mut Relay,
    observer: &mut Observer<'_>,
) -> io::Result<Outcome> {
    tokio::pin!(running);
    let mut ran = None;
    let mut batch = Vec::new();
    loop {
        batch.clear();
        tokio::select! {
            biased;
            done = &mut running, if ran.is_none() => {
                ran = Some(done);
                relay.stop();
            }
            heard = relay.hear(&mut batch) => if heard == 0 {
                break;
            },
        }
        observer.take(&batch);
    }
    match ran {
        Some(ran) => ran,
        // Without the relay it goes on, and what it does is seen in the socket table only.
        None => running.await,
    }
}

/// What the sessions of one run come to.
fn tapped(trace: &Trace) -> Tapped {
    let mut tapped = Tapped::default();
    for session in &trace.sessions {
        tapped.sessions += 1;
        tapped.ready += u32::from(session.accounts.is_some());
        tapped.sent += session.sent.messages;
        tapped.received += session.received.messages;
        tapped.not_reading += session.sent.not_reading;
        let is_closed = session
            .close
            .as_ref()
            .is_some_and(|close| close.first == Speaker::Gateway || close.how == ClosingKind::Fin);
        tapped.not_closed += u32::from(!is_closed);
        let unfinished = session.requests.iter();
        let unfinished = unfinished.filter(|it| it.end == RequestEnd::Unfinished);
        let words = unfinished.map(|it| format!("{} ({})", it.words, it.id));
        tapped.unfinished.extend(words);
    }
    tapped.unfinished.truncate(NAMED);
    tapped
}
