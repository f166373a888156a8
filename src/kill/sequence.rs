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
