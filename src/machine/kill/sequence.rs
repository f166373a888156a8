//! The order of things: hold all fast, look again, SIGTERM and SIGCONT, wait, look again, SIGKILL,
//! wait.
//!
//! Whatever is told to stop here sends no further signal, and says what has been done.

use std::pin::Pin;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use super::{Killer, LookedAt, ProcessHandle, Recheck, Signal};
use crate::machine::pid::ProcessId;
use crate::text::clock::with_nanos;

/// What an end by SIGKILL may take: the kernel has to free its memory.
const DIES_WITHIN: Duration = Duration::from_secs(2);
/// Between two looks who has ended: the first such wait, doubled up to the last.
const SLICES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(20)];
/// A signal to ibdoc goes through the runtime's driver and a task before it is heard.
const HEARD_AFTER: u32 = 4;

/// What became of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It ended after this signal, so long after the first one.
    Ended(Signal, Duration),
    /// It had gone before any signal.
    Gone,
    /// It was left alone, for this reason.
    Spared(String),
    /// It was to be ended and is still running, or that is not known.
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

/// Ready when no further signal may be sent, with the reason.
pub type Stop<'a> = Pin<&'a mut (dyn Future<Output = String> + 'a)>;

/// Ends these processes in their order, each only if nothing speaks against it to the last.
pub async fn end(
    ids: &[ProcessId],
    killer: &dyn Killer,
    recheck: &mut dyn Recheck,
    grace: Duration,
    stop: Stop<'_>,
) -> Vec<Ending> {
    let mut halt = Halt { stop, reason: None };
    let handles: Vec<_> = ids.iter().map(|id| (*id, killer.hold(*id))).collect();
    let changed = recheck.everything();
    let mut endings = Vec::new();
    let mut asked = Vec::new();
    for (id, handle) in handles {
        let fate = match (handle, &changed) {
            (Ok(None), _) => Fate::Gone,
            (Ok(Some(_)), Err(reason)) => Fate::Spared(reason.clone()),
            (Err(error), _) => Fate::Failed(format!("it could not be held: {error}")),
            (Ok(Some(handle)), Ok(())) => {
                match ask(id, handle.as_ref(), recheck, &mut halt).await {
                    Ok(at) => {
                        asked.push(Asked { id, handle, at });
                        continue;
                    }
                    Err(fate) => fate,
                }
            }
        };
        endings.push(Ending { id, fate });
    }
    let until = Instant::now() + grace;
    wait(&mut asked, Signal::Term, until, &mut halt, &mut endings).await;
    if !asked.is_empty() {
        see_off(asked, recheck, &mut halt, &mut endings).await;
    }
    endings.sort_by_key(|ending| ids.iter().position(|id| *id == ending.id));
    endings
}

/// Whether to go on, asked before each signal and through each wait.
struct Halt<'a> {
    stop: Stop<'a>,
    reason: Option<String>,
}

impl Halt<'_> {
    /// Waits so long or until it is to stop; afterwards, only so long.
    async fn pause(&mut self, time: Duration) {
        if self.reason.is_some() {
            return sleep(time).await;
        }
        tokio::select! {
            biased;
            reason = &mut self.stop => self.reason = Some(reason),
            () = sleep(time) => {}
        }
    }

    /// The reason to stop, if one has come by now.
    async fn told(&mut self) -> Result<(), String> {
        for _ in 0..HEARD_AFTER {
            yield_now().await;
        }
        if self.reason.is_none() {
            tokio::select! {
                biased;
                reason = &mut self.stop => self.reason = Some(reason),
                () = std::future::ready(()) => {}
            }
        }
        self.reason.clone().map_or(Ok(()), Err)
    }
}

/// A process that got SIGTERM.
struct Asked<'a> {
    id: ProcessId,
    handle: Box<dyn ProcessHandle + 'a>,
    at: Instant,
}

impl Asked<'_> {
    /// What became of it if it has ended, or if that cannot be known.
    fn fate(&self, signal: Signal) -> Option<Fate> {
        match self.handle.is_alive() {
            Ok(true) => None,
            Ok(false) => Some(Fate::Ended(signal, self.at.elapsed())),
            Err(error) => Some(Fate::Failed(format!(
                "whether it has ended is not known: {error}"
            ))),
        }
    }
}

/// Sends the signal, and logs how it came after the last look.
fn send(
    id: ProcessId,
    handle: &dyn ProcessHandle,
    signal: Signal,
    looked: LookedAt,
) -> Result<(), String> {
    let (ago, off_core) = looked.ago();
    let sent = handle.send(signal);
    let name = signal.name();
    sent.map_err(|error| format!("SIG{name} could not be sent: {error}"))?;
    tracing::info!(
        pid = id.pid.0,
        looked_at = %with_nanos(looked.at),
        walk_us = looked.walk.as_micros(),
        look_us = ago.as_micros(),
        off_core_us = off_core.map(|off| off.as_micros()),
        "SIG{name} was sent"
    );
    Ok(())
}

/// The last look, then SIGTERM; when it was sent.
async fn ask(
    id: ProcessId,
    handle: &dyn ProcessHandle,
    recheck: &mut dyn Recheck,
    halt: &mut Halt<'_>,
) -> Result<Instant, Fate> {
    // Asked for first: nothing stands between the last look and the signal.
    let told = halt.told().await;
    let verdict = told.and_then(|()| recheck.process(id));
    // What was read until here was about this process only if it is still alive.
    let looked = match handle.is_alive() {
        Ok(true) => verdict.map_err(Fate::Spared)?,
        Ok(false) => return Err(Fate::Gone),
        Err(error) => return Err(Fate::Failed(format!("it could not be looked at: {error}"))),
    };
    let at = Instant::now();
    send(id, handle, Signal::Term, looked).map_err(Fate::Failed)?;
    // One that was not stopped does not notice. One that has ended is told by the wait.
    let _ = handle.send(Signal::Cont);
    Ok(at)
}

/// Waits for all of them at once, and notes each as it ends; after a stop it
/// waits only for those that got SIGKILL, which cannot be taken back.
async fn wait(
    asked: &mut Vec<Asked<'_>>,
    signal: Signal,
    until: Instant,
    halt: &mut Halt<'_>,
    endings: &mut Vec<Ending>,
) {
    let [mut slice, longest] = SLICES;
    loop {
        asked.retain(|one| {
            let fate = one.fate(signal);
            let id = one.id;
            endings.extend(fate.clone().map(|fate| Ending { id, fate }));
            fate.is_none()
        });
        let left = until.saturating_duration_since(Instant::now());
        let stops = halt.reason.is_some() && signal == Signal::Term;
        if asked.is_empty() || left.is_zero() || stops {
            return;
        }
        halt.pause(slice.min(left)).await;
        slice = (slice * 2).min(longest);
    }
}

/// Looks at everything anew, then SIGKILL for each that may still be ended.
async fn see_off(
    asked: Vec<Asked<'_>>,
    recheck: &mut dyn Recheck,
    halt: &mut Halt<'_>,
    endings: &mut Vec<Ending>,
) {
    let changed = match &halt.reason {
        Some(reason) => Err(reason.clone()),
        // The Gateway may have gone in the grace, or another process may hold the socket now.
        None => recheck.everything(),
    };
    let mut forced = Vec::new();
    for one in asked {
        match force(&one, &changed, recheck, halt).await {
            Ok(()) => forced.push(one),
            Err(fate) => endings.push(Ending { id: one.id, fate }),
        }
    }
    let until = Instant::now() + DIES_WITHIN;
    wait(&mut forced, Signal::Kill, until, halt, endings).await;
    endings.extend(forced.iter().map(|one| Ending {
        id: one.id,
        fate: Fate::Failed("it has not ended after SIGKILL".to_owned()),
    }));
}

async fn force(
    one: &Asked<'_>,
    changed: &Result<(), String>,
    recheck: &mut dyn Recheck,
    halt: &mut Halt<'_>,
) -> Result<(), Fate> {
    let told = changed.clone().and(halt.told().await);
    let ended = || one.fate(Signal::Term);
    let looked = told
        .and_then(|()| recheck.process(one.id))
        .map_err(|reason| {
            let why = format!("it got SIGTERM, and no SIGKILL because {reason}");
            ended().unwrap_or(Fate::Failed(why))
        })?;
    send(one.id, one.handle.as_ref(), Signal::Kill, looked)
        .map_err(|why| ended().unwrap_or(Fate::Failed(why)))
}
