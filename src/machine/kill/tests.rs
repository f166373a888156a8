//! The order of things, with processes that obey as a test wants.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::pin;
use std::time::Duration;

use super::{Fate, Killer, LookedAt, ProcessHandle, Recheck, Signal, end};
use crate::machine::pid::{Pid, ProcessId};

/// A process that obeys some signals.
#[derive(Clone, Copy)]
struct Behaviour {
    obeys: &'static [Signal],
    held: bool,
}

struct World {
    behaviour: Behaviour,
    alive: Cell<bool>,
    sent: RefCell<Vec<Signal>>,
}

impl Killer for World {
    fn hold(&self, _: ProcessId) -> io::Result<Option<Box<dyn ProcessHandle + '_>>> {
        Ok(self
            .behaviour
            .held
            .then(|| Box::new(Handle(self)) as Box<dyn ProcessHandle>))
    }
}

struct Handle<'a>(&'a World);

impl ProcessHandle for Handle<'_> {
    fn is_alive(&self) -> io::Result<bool> {
        Ok(self.0.alive.get())
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        self.0.sent.borrow_mut().push(signal);
        if self.0.behaviour.obeys.contains(&signal) {
            self.0.alive.set(false);
        }
        Ok(())
    }
}

/// Says yes to so many looks at the process, and then no.
struct Looks<'a> {
    /// How many looks at everything find nothing new.
    everything: u32,
    yes: u32,
    dies_meanwhile: Option<&'a World>,
}

impl Recheck for Looks<'_> {
    fn everything(&mut self) -> Result<(), String> {
        if self.everything == 0 {
            return Err("nothing listens any more".to_owned());
        }
        self.everything -= 1;
        Ok(())
    }

    fn process(&mut self, _: ProcessId) -> Result<LookedAt, String> {
        if let Some(world) = self.dies_meanwhile {
            world.alive.set(false);
        }
        if self.yes == 0 {
            return Err("it is connected".to_owned());
        }
        self.yes -= 1;
        Ok(LookedAt::now(Duration::ZERO))
    }
}

fn world(obeys: &'static [Signal]) -> World {
    World {
        behaviour: Behaviour { obeys, held: true },
        alive: Cell::new(true),
        sent: RefCell::default(),
    }
}

fn looks(yes: u32) -> Looks<'static> {
    Looks {
        everything: 9,
        yes,
        dies_meanwhile: None,
    }
}

const GRACE: Duration = Duration::from_secs(5);

fn id(pid: u32) -> ProcessId {
    ProcessId {
        pid: Pid(pid),
        started: 1,
    }
}

async fn fate(world: &World, looks: &mut Looks<'_>) -> Fate {
    stopped_after(world, looks, Duration::MAX).await
}

/// What becomes of it when ibdoc is told to stop after so long.
async fn stopped_after(world: &World, looks: &mut Looks<'_>, after: Duration) -> Fate {
    let stop = pin!(async move {
        tokio::time::sleep(after).await;
        "ibdoc was told to stop".to_owned()
    });
    let mut endings = end(&[id(500)], world, looks, GRACE, stop).await;
    endings.remove(0).fate
}

#[tokio::test(start_paused = true)]
async fn sigterm_comes_first_and_is_enough_for_one_who_obeys() {
    let world = world(&[Signal::Term]);
    assert!(matches!(
        fate(&world, &mut looks(9)).await,
        Fate::Ended(Signal::Term, _)
    ));
    assert_eq!(*world.sent.borrow(), [Signal::Term, Signal::Cont]);
}

#[tokio::test(start_paused = true)]
async fn sigkill_follows_after_the_grace_and_a_third_look() {
    let world = world(&[Signal::Kill]);
    assert!(matches!(
        fate(&world, &mut looks(2)).await,
        Fate::Ended(Signal::Kill, _)
    ));
    assert_eq!(
        *world.sent.borrow(),
        [Signal::Term, Signal::Cont, Signal::Kill]
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_changes_before_the_signal_gets_none() {
    let world = world(&[Signal::Term]);
    assert_eq!(
        fate(&world, &mut looks(0)).await,
        Fate::Spared("it is connected".to_owned())
    );
    let mut changed = Looks {
        everything: 0,
        ..looks(9)
    };
    assert!(matches!(fate(&world, &mut changed).await, Fate::Spared(_)));
    assert_eq!(*world.sent.borrow(), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_connects_in_its_grace_gets_no_sigkill() {
    let world = world(&[Signal::Kill]);
    let Fate::Failed(why) = fate(&world, &mut looks(1)).await else {
        panic!("it goes on");
    };
    assert_eq!(
        why,
        "it got SIGTERM, and no SIGKILL because it is connected"
    );
    assert_eq!(*world.sent.borrow(), [Signal::Term, Signal::Cont]);
}

#[tokio::test(start_paused = true)]
async fn one_that_has_gone_gets_no_signal() {
    let gone = World {
        behaviour: Behaviour {
            obeys: &[],
            held: false,
        },
        ..world(&[])
    };
    assert_eq!(fate(&gone, &mut looks(9)).await, Fate::Gone);
    let dying = world(&[]);
    let mut last = Looks {
        dies_meanwhile: Some(&dying),
        ..looks(9)
    };
    assert_eq!(fate(&dying, &mut last).await, Fate::Gone);
    assert_eq!(*dying.sent.borrow(), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_survives_sigkill_is_a_failure() {
    let world = world(&[]);
    let survived = Fate::Failed("it has not ended after SIGKILL".to_owned());
    assert_eq!(fate(&world, &mut looks(9)).await, survived);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_loses_its_listener_in_the_grace_spares_from_sigkill() {
    let world = world(&[Signal::Kill]);
    let mut lost = Looks {
        everything: 1,
        ..looks(9)
    };
    let Fate::Failed(why) = fate(&world, &mut lost).await else {
        panic!("it goes on");
    };
    let expected = "it got SIGTERM, and no SIGKILL because nothing listens any more";
    assert_eq!(why, expected);
    assert_eq!(*world.sent.borrow(), [Signal::Term, Signal::Cont]);
}

#[tokio::test(start_paused = true)]
async fn one_who_is_told_to_stop_in_the_grace_sends_nothing_more() {
    let world = world(&[Signal::Kill]);
    let began = tokio::time::Instant::now();
    let second = Duration::from_secs(1);
    let Fate::Failed(why) = stopped_after(&world, &mut looks(9), second).await else {
        panic!("it goes on");
    };
    let expected = "it got SIGTERM, and no SIGKILL because ibdoc was told to stop";
    assert_eq!(why, expected);
    assert_eq!(began.elapsed(), second);
    assert_eq!(*world.sent.borrow(), [Signal::Term, Signal::Cont]);
}

#[tokio::test(start_paused = true)]
async fn one_who_is_told_to_stop_before_sends_nothing() {
    let world = world(&[Signal::Term]);
    let spared = Fate::Spared("ibdoc was told to stop".to_owned());
    let told = stopped_after(&world, &mut looks(9), Duration::ZERO).await;
    assert_eq!(told, spared);
    assert_eq!(*world.sent.borrow(), []);
}

/// Processes of which the first obeys no SIGTERM and the second at once.
struct Two([World; 2]);

impl Killer for Two {
    fn hold(&self, id: ProcessId) -> io::Result<Option<Box<dyn ProcessHandle + '_>>> {
        self.0[usize::from(id.pid != Pid(500))].hold(id)
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_an_end_does_not_count_the_wait_for_another() {
    let two = Two([world(&[Signal::Kill]), world(&[Signal::Term])]);
    let never = pin!(std::future::pending());
    let endings = end(&[id(500), id(501)], &two, &mut looks(9), GRACE, never).await;
    let [
        Fate::Ended(Signal::Kill, first),
        Fate::Ended(Signal::Term, second),
    ] = [&endings[0].fate, &endings[1].fate]
    else {
        panic!("{endings:?}");
    };
    assert!(*first >= GRACE && *second < Duration::from_millis(100));
}
