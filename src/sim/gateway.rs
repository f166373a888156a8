//! What the connections of a simulated Gateway share: the current faults, client ids, account
//! summaries, places.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep_until};

use super::faults::{Admission, Faults};
use super::{Config, Fault, Seen};
use crate::machine::role::MOST_CLIENTS;
use crate::text::printable::clean;

/// How many account summaries TWS and Gateway keep at once, over all clients (docs/PROTOCOL.md,
/// Limits and hazards).
const MOST_SUMMARIES: usize = 2;

/// Lines on stderr about refusals: a client that asks in a loop must not fill a disk.
const MOST_TOLD: u32 = 1_000;
/// The longest such line, in characters.
const LONGEST_TOLD: usize = 300;

/// One simulated Gateway; clones are the same one.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub(super) config: Arc<Config>,
    began: Instant,
    state: Arc<Mutex<State>>,
    observer: Option<UnboundedSender<Seen>>,
}

#[derive(Debug, Default)]
struct State {
    /// Connections so far, refused ones included.
    connections: u64,
    clients: usize,
    client_ids: HashSet<i32>,
    /// Ends that are kept in CLOSE_WAIT.
    half_closed: u64,
    /// When the last connection was accepted.
    accepted: Option<Instant>,
    /// How many refusals were told on stderr.
    told: u32,
    /// The account summaries that are open, by connection and request id.
    summaries: HashSet<(u64, i32)>,
}

/// One client's place at the Gateway, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    gateway: Gateway,
    number: u64,
    client_id: Option<i32>,
}

/// An end that stays in CLOSE_WAIT until this is dropped.
pub(super) struct HalfClosed<'a>(&'a Gateway);

impl Gateway {
    /// A Gateway without clients, whose scenario begins now.
    pub fn new(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            began: Instant::now(),
            state: Arc::default(),
            observer: None,
        }
    }

    /// The same Gateway, which tells what its clients do; it keeps none of it for a receiver that
    /// is gone.
    #[must_use]
    pub fn observed(mut self, observer: UnboundedSender<Seen>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Tells the observer, if there is one.
    pub(super) fn saw(&self, seen: Seen) {
        if let Some(observer) = &self.observer {
            // Whether someone still listens is not the Gateway's business.
            let _ = observer.send(seen);
        }
    }

    /// The faults of the current phase.
    pub(super) fn faults(&self) -> &Faults {
        self.config.scenario.at(self.began.elapsed())
    }

    /// When the next phase begins.
    pub(super) fn next_change(&self) -> Option<Instant> {
        let change = self.config.scenario.next_change(self.began.elapsed());
        change.map(|age| self.began + age)
    }

    /// Until when nothing listens, if the current phase is a restart.
    pub(super) fn down_until(&self) -> Option<Instant> {
        let until = self.config.scenario.down_until(self.began.elapsed());
        until.map(|age| self.began + age)
    }

    /// Until when no session gets its accounts, if the login is pending.
    pub(super) fn login_pending_until(&self) -> Option<Instant> {
        let scenario = &self.config.scenario;
        let until = scenario.login_pending_until(self.began.elapsed());
        until.map(|age| self.began + age)
    }

    /// Says on stderr what a client was refused; what it wrote itself is cleaned and cut.
    pub(super) fn tell(&self, client_id: i32, refused: &str) {
        let mut state = self.state();
        state.told += 1;
        match state.told {
            MOST_TOLD => tracing::warn!("further refusals are not told"),
            told if told > MOST_TOLD => {}
            _ => tracing::warn!(
                "client {client_id} was refused {}",
                clean(refused, LONGEST_TOLD)
            ),
        }
    }

    /// Accepts the next connection; waits while the current phase accepts none.
    pub(super) async fn accept(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, SocketAddr)> {
        loop {
            let accepts = !self.faults().has(Fault::NeverAccepts);
            let change = self.next_change();
            let pause = self.faults().accepts_every();
            let last = self.state().accepted;
            let next = pause.zip(last).map(|(pause, last)| last + pause);
            let is_pausing = next.is_some_and(|next| Instant::now() < next);
            tokio::select! {
                accepted = listener.accept(), if accepts && !is_pausing => {
                    self.state().accepted = Some(Instant::now());
                    return accepted;
                }
                () = until(next), if is_pausing => {}
                () = until(change) => {}
            }
        }
    }

    pub(super) fn admit(&self) -> (Option<Place>, Admission) {
        let mut state = self.state();
        state.connections += 1;
        let number = state.connections;
        let admission = self.faults().on_accept(number, state.half_closed);
        self.saw(Seen::Connected { connection: number });
        if state.clients == MOST_CLIENTS {
            self.saw(Seen::Ended { connection: number });
            return (None, admission);
        }
        state.clients += 1;
        (
            Some(Place {
                gateway: self.clone(),
                number,
                client_id: None,
            }),
            admission,
        )
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until that moment; without one it never returns.
pub(super) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl<'a> HalfClosed<'a> {
    pub(super) fn of(gateway: &'a Gateway) -> Self {
        gateway.state().half_closed += 1;
        Self(gateway)
    }
}

impl Drop for HalfClosed<'_> {
    fn drop(&mut self) {
        self.0.state().half_closed -= 1;
    }
}

impl Place {
    /// Takes a client id, unless another client has it.
    pub(super) fn take_client_id(&mut self, client_id: i32) -> bool {
        let free = self.gateway.state().client_ids.insert(client_id);
        if free {
            self.client_id = Some(client_id);
        }
        free
    }

    /// Begins an account summary, or renews one of the same id; false if there are too many.
    pub(super) fn begin_summary(&self, req_id: i32) -> bool {
        let mut state = self.gateway.state();
        let summary = (self.number, req_id);
        state.summaries.contains(&summary)
            || (state.summaries.len() < MOST_SUMMARIES && state.summaries.insert(summary))
    }

    /// Tells that the client of this place asked for something.
    pub(super) fn asked(&self, message: u32) {
        self.gateway.saw(Seen::Asked {
            connection: self.number,
            client_id: self.client_id,
            message,
        });
    }

    /// Ends an account summary.
    pub(super) fn end_summary(&self, req_id: i32) {
        self.gateway
            .state()
            .summaries
            .remove(&(self.number, req_id));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.gateway.state();
        state.clients -= 1;
        state.summaries.retain(|(number, _)| *number != self.number);
        if let Some(client_id) = self.client_id {
            state.client_ids.remove(&client_id);
        }
        self.gateway.saw(Seen::Ended {
            connection: self.number,
        });
    }
}
