//! The order of things: hold all fast, look again, SIGTERM, wait, look again, SIGKILL, wait.

use std::time::{Duration, Instant};

use super::{Grip, Killer, Recheck, Signal};
use crate::process::ProcessId;

/// What an end by SIGKILL may take: the kernel has to free its memory.
const DIES_WITHIN: Duration = Duration::from_secs(2);

/// What became of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It ended after this signal, so long after the first one.
    Ended(Signal, Duration),
    /// It had gone before any signal.
    Gone,
    /// It was left alone, for this reason.
    Spared(String),
    /// It was to be ended and is still running, or nobody knows.
    Failed(String),
}

/// One process and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Who.
    pub id: ProcessId,
    /// What.
    pub fate: Fate,
}

/// Ends these processes in their order, each only if nothing speaks against it to the last.
pub fn end(
    ids: &[ProcessId],
    killer: &dyn Killer,
    recheck: &mut dyn Recheck,
    grace: Duration,
) -> Vec<Ending> {
    let grips: Vec<_> = ids.iter().map(|id| (*id, killer.hold(*id))).collect();
    let changed = recheck.everything();
    let mut endings = Vec::new();
    let mut asked = Vec::new();
    for (id, grip) in grips {
        let fate = match (grip, &changed) {
            (Ok(None), _) => Fate::Gone,
            (Ok(Some(_)), Err(reason)) => Fate::Spared(reason.clone()),
            (Err(error), _) => Fate::Failed(format!("it could not be held: {error}")),
            (Ok(Some(grip)), Ok(())) => match ask(id, grip.as_ref(), recheck) {
                Ok(at) => {
                    asked.push((id, grip, at));
                    continue;
                }
                Err(fate) => fate,
            },
        };
        endings.push(Ending { id, fate });
    }
    for (id, grip, at) in asked {
        let fate = see_off(id, grip.as_ref(), at, recheck, grace);
        endings.push(Ending { id, fate });
    }
    endings
}

/// The last look, then SIGTERM; when it was sent.
fn ask(id: ProcessId, grip: &dyn Grip, recheck: &mut dyn Recheck) -> Result<Instant, Fate> {
    let verdict = recheck.process(id);
    // What was read until here was about this process only if it is still alive.
    match grip.is_alive() {
        Ok(true) => verdict.map_err(Fate::Spared)?,
        Ok(false) => return Err(Fate::Gone),
        Err(error) => return Err(Fate::Failed(format!("it could not be looked at: {error}"))),
    }
    let at = Instant::now();
    match grip.send(Signal::Term) {
        Ok(()) => Ok(at),
        Err(error) => Err(Fate::Failed(format!("SIGTERM could not be sent: {error}"))),
    }
}

fn see_off(
    id: ProcessId,
    grip: &dyn Grip,
    at: Instant,
    recheck: &mut dyn Recheck,
    grace: Duration,
) -> Fate {
    let failed = |what: &str, error: std::io::Error| Fate::Failed(format!("{what}: {error}"));
    match grip.wait(at + grace) {
        Ok(true) => return Fate::Ended(Signal::Term, at.elapsed()),
        Ok(false) => {}
        Err(error) => return failed("whether it has ended is not known", error),
    }
    if let Err(reason) = recheck.process(id) {
        return match grip.is_alive() {
            Ok(false) => Fate::Ended(Signal::Term, at.elapsed()),
            _ => Fate::Failed(format!("it got SIGTERM, and no SIGKILL because {reason}")),
        };
    }
    if let Err(error) = grip.send(Signal::Kill) {
        return match grip.is_alive() {
            Ok(false) => Fate::Ended(Signal::Term, at.elapsed()),
            _ => failed("SIGKILL could not be sent", error),
        };
    }
    match grip.wait(Instant::now() + DIES_WITHIN) {
        Ok(true) => Fate::Ended(Signal::Kill, at.elapsed()),
        Ok(false) => Fate::Failed("it has not ended after SIGKILL".to_owned()),
        Err(error) => failed("whether it has ended is not known", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Pid;
    use std::cell::{Cell, RefCell};
    use std::io;

    /// A process that obeys some signals.
    #[derive(Clone, Copy)]
    struct Being {
        obeys: &'static [Signal],
        held: bool,
    }

    struct World {
        being: Being,
        alive: Cell<bool>,
        sent: RefCell<Vec<Signal>>,
    }

    impl Killer for World {
        fn hold(&self, _: ProcessId) -> io::Result<Option<Box<dyn Grip + '_>>> {
            Ok(self
                .being
                .held
                .then(|| Box::new(Handle(self)) as Box<dyn Grip>))
        }
    }

    struct Handle<'a>(&'a World);

    impl Grip for Handle<'_> {
        fn is_alive(&self) -> io::Result<bool> {
            Ok(self.0.alive.get())
        }

        fn send(&self, signal: Signal) -> io::Result<()> {
            self.0.sent.borrow_mut().push(signal);
            if self.0.being.obeys.contains(&signal) {
                self.0.alive.set(false);
            }
            Ok(())
        }

        fn wait(&self, _: Instant) -> io::Result<bool> {
            Ok(!self.0.alive.get())
        }
    }

    /// Says yes to so many looks at the process, and then no.
    struct Looks<'a> {
        everything: Result<(), String>,
        yes: u32,
        dies_meanwhile: Option<&'a World>,
    }

    impl Recheck for Looks<'_> {
        fn everything(&mut self) -> Result<(), String> {
            self.everything.clone()
        }

        fn process(&mut self, _: ProcessId) -> Result<(), String> {
            if let Some(world) = self.dies_meanwhile {
                world.alive.set(false);
            }
            if self.yes == 0 {
                return Err("it is connected".to_owned());
            }
            self.yes -= 1;
            Ok(())
        }
    }

    fn world(obeys: &'static [Signal]) -> World {
        World {
            being: Being { obeys, held: true },
            alive: Cell::new(true),
            sent: RefCell::default(),
        }
    }

    fn looks(yes: u32) -> Looks<'static> {
        Looks {
            everything: Ok(()),
            yes,
            dies_meanwhile: None,
        }
    }

    fn fate(world: &World, looks: &mut Looks<'_>) -> Fate {
        let id = ProcessId {
            pid: Pid(500),
            started: 1,
        };
        let mut endings = end(&[id], world, looks, Duration::ZERO);
        endings.remove(0).fate
    }

    #[test]
    fn sigterm_comes_first_and_is_enough_for_one_who_obeys() {
        let world = world(&[Signal::Term]);
        assert!(matches!(
            fate(&world, &mut looks(9)),
            Fate::Ended(Signal::Term, _)
        ));
        assert_eq!(*world.sent.borrow(), [Signal::Term]);
    }

    #[test]
    fn sigkill_follows_after_the_grace_and_a_third_look() {
        let world = world(&[Signal::Kill]);
        assert!(matches!(
            fate(&world, &mut looks(2)),
            Fate::Ended(Signal::Kill, _)
        ));
        assert_eq!(*world.sent.borrow(), [Signal::Term, Signal::Kill]);
    }

    #[test]
    fn one_that_changes_before_the_signal_gets_none() {
        let world = world(&[Signal::Term]);
        assert_eq!(
            fate(&world, &mut looks(0)),
            Fate::Spared("it is connected".to_owned())
        );
        let mut changed = Looks {
            everything: Err("the table could not be read".to_owned()),
            ..looks(9)
        };
        assert!(matches!(fate(&world, &mut changed), Fate::Spared(_)));
        assert_eq!(*world.sent.borrow(), []);
    }

    #[test]
    fn one_that_connects_in_its_grace_gets_no_sigkill() {
        let world = world(&[Signal::Kill]);
        let Fate::Failed(why) = fate(&world, &mut looks(1)) else {
            panic!("it goes on");
        };
        assert_eq!(
            why,
            "it got SIGTERM, and no SIGKILL because it is connected"
        );
        assert_eq!(*world.sent.borrow(), [Signal::Term]);
    }

    #[test]
    fn one_that_has_gone_gets_no_signal() {
        let gone = World {
            being: Being {
                obeys: &[],
                held: false,
            },
            ..world(&[])
        };
        assert_eq!(fate(&gone, &mut looks(9)), Fate::Gone);
        let dying = world(&[]);
        let mut last = Looks {
            dies_meanwhile: Some(&dying),
            ..looks(9)
        };
        assert_eq!(fate(&dying, &mut last), Fate::Gone);
        assert_eq!(*dying.sent.borrow(), []);
    }

    #[test]
    fn one_that_survives_sigkill_is_a_failure() {
        let world = world(&[]);
        let survived = Fate::Failed("it has not ended after SIGKILL".to_owned());
        assert_eq!(fate(&world, &mut looks(9)), survived);
    }
}
