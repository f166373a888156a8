//! Keeps one session of one Gateway up, and makes a fresh handshake beside it now and then.
//!
//! Generic over how a session is made, so that a whole month can be run under paused time.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::lock::{Lock, Locked};
use super::monitor::Monitor;
use super::pace::Pace;
use super::pulse::Pulse;
use super::tried::Tried;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events, MomentKind};
use crate::finding::Finding;
use crate::finding::verdict::ExitStatus;
use crate::session::HoldPlan;

/// Longer than any watch.
const FOR_EVER: Duration = Duration::from_secs(100 * 366 * 24 * 3600);
/// Between two looks at whether a try may be made.
const GLANCE: Duration = Duration::from_secs(1);
/// After silence in fresh handshakes their pause is longer by this.
const SLOWER: u32 = 3;

/// One Gateway, shared between the tasks that watch it.
#[derive(Debug)]
pub struct Post {
    /// What is seen of it.
    pub monitor: RefCell<Monitor>,
    /// How often it is looked at.
    pub pace: Pace,
    /// Whether ibdoc itself runs.
    pub pulse: Cell<Pulse>,
    /// The lock by which two processes do not make a session at once; `None` where there can be
    /// none.
    pub lock: Option<Lock>,
}

impl Post {
    fn observe(&self, event: Event) {
        let is_late = self.pulse.get().is_late(Instant::now());
        self.monitor.borrow_mut().observe(event, is_late);
    }
}

/// Keeps a session up until it is interrupted: each by `session`, after a drop or a failure when the
/// breaker lets one through, something listens, and no other process makes one.
pub async fn keep(
    post: &Post,
    mut session: impl AsyncFnMut(HoldPlan, Interrupt, Events<'_>) -> Tried,
    interrupt: &mut Interrupt,
) {
    loop {
        let locked = tokio::select! {
            biased;
            _ = interrupt.received() => return,
            locked = turn(post) => locked,
        };
        post.monitor.borrow_mut().tries(Instant::now());
        let locked = RefCell::new(locked);
        let note = &mut |event: Event| {
            if matches!(&event, Event::Moment(moment) if moment.kind == MomentKind::Up) {
                // The recovery is over: another process may look.
                if let Some(locked) = locked.take() {
                    locked.nothing_lasts();
                }
            }
            post.observe(event);
        };
        let tried = held(post, &mut session, interrupt, note).await;
        let locked = locked.take().filter(|_| tried.unconnected);
        if let Some(locked) = locked {
            locked.nothing_lasts();
        }
        post.monitor.borrow_mut().ended(tried, Instant::now());
        if interrupt.now().is_some() {
            return;
        }
    }
}

/// One session to its end, or until it is interrupted or given up.
async fn held(
    post: &Post,
    session: &mut impl AsyncFnMut(HoldPlan, Interrupt, Events<'_>) -> Tried,
    interrupt: &mut Interrupt,
    note: Events<'_>,
) -> Tried {
    let (stop, stopped) = Interrupt::by_hand();
    let plan = HoldPlan {
        duration: FOR_EVER,
        since: None,
        ping_every: post.pace.ping,
        fetch_every: FOR_EVER,
        fetch_timeout: FOR_EVER,
    };
    let mut running = pin!(session(plan, stopped, note));
    let status = tokio::select! {
        biased;
        tried = running.as_mut() => return tried,
        status = interrupt.received() => status,
        () = silence(post) => ExitStatus::Interrupted,
    };
    stop.raise(status);
    running.await
}

/// Waits until the held session has been silent for so long that it is given up.
async fn silence(post: &Post) {
    loop {
        tokio::time::sleep(post.pace.ping).await;
        if post.monitor.borrow_mut().gives_up(Instant::now()) {
            return;
        }
    }
}

/// Waits until a try may be made. Waiting costs no connection.
async fn turn(post: &Post) -> Option<Locked> {
    loop {
        let now = Instant::now();
        let (next, may_connect) = {
            let monitor = post.monitor.borrow();
            (monitor.next_try(now), monitor.may_connect())
        };
        if next > now {
            tokio::time::sleep_until(next).await;
            continue;
        }
        if may_connect {
            match post.lock.as_ref().map(|lock| locked(post, lock, now)) {
                None => return None,
                Some(Some(locked)) => return Some(locked),
                Some(None) => tracing::debug!("another process has the turn"),
            }
        }
        tokio::time::sleep(GLANCE.min(post.pace.look_absent)).await;
    }
}

/// The lock, unless another process holds it or connected a moment ago: all of them together make no
/// more connections than one.
fn locked(post: &Post, lock: &Lock, now: Instant) -> Option<Locked> {
    let (locked, other) = lock.take(SystemTime::now())?;
    if let Some(ago) = other.filter(|ago| *ago < post.pace.between_connections) {
        let at = now.checked_sub(ago).unwrap_or(now);
        post.monitor.borrow_mut().other_tried(at);
        return None;
    }
    lock.note(&locked);
    Some(locked)
}

/// Makes a fresh handshake beside the held session now and then, by `handshake`, which returns what
/// it found and whether accounts came; nothing when this machine could not.
pub async fn freshen(
    post: &Post,
    mut handshake: impl AsyncFnMut(Events<'_>) -> Option<(Vec<Finding>, bool)>,
) {
    let Some(every) = post.pace.fresh else {
        return std::future::pending().await;
    };
    let mut hung = 0;
    loop {
        // The third silence in a row slows it down: each may leave a dialog.
        let pause = if hung < 3 { every } else { every * SLOWER };
        tokio::time::sleep(pause).await;
        while !post.monitor.borrow().answers() {
            tokio::time::sleep(every.min(post.pace.ping)).await;
        }
        let note = &mut |event: Event| {
            // The notices of a second session are those of the first.
            if matches!(event, Event::Stage(_) | Event::Accounts(_)) {
                post.observe(event);
            }
        };
        if let Some((findings, has_accounts)) = handshake(note).await {
            post.monitor.borrow_mut().fresh(&findings, has_accounts);
        }
        let has_hung = post.monitor.borrow().has_hung();
        hung = if has_hung { hung + 1 } else { 0 };
    }
}
