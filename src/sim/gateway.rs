//! What the simulated Gateway's connections share: client ids, account summaries, places.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::Connection;
use super::scenario::Admission;
use super::{Config, Peer};

/// As many clients as TWS and Gateway admit at once.
const MOST_CLIENTS: usize = 32;
/// As many account summaries as they keep at once, over all clients.
const MOST_SUMMARIES: usize = 2;

/// One simulated Gateway; clones are the same one.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub(super) config: Arc<Config>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Connections so far, refused ones included.
    connections: u64,
    clients: usize,
    client_ids: HashSet<i32>,
    /// By connection and request id.
    summaries: HashSet<(u64, i32)>,
}

/// One client's place at the Gateway, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    gateway: Gateway,
    number: u64,
    client_id: Option<i32>,
}

impl Gateway {
    /// A Gateway without clients.
    pub fn new(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            state: Arc::default(),
        }
    }

    /// Serves one client over any stream until either end closes it.
    pub async fn serve(&self, mut stream: impl Peer) {
        let (place, admission) = self.admit();
        let (Some(place), Admission::Serve | Admission::Ignore) = (place, admission) else {
            tracing::debug!("closed on accept");
            return;
        };
        let mut connection = Connection::new(self, place, &mut stream);
        let result = match admission {
            Admission::Ignore => connection.ignore().await,
            Admission::Serve | Admission::Close => connection.converse().await,
        };
        drop(connection);
        match result {
            Ok(()) if self.config.scenario.never_closes() => stream.gone().await,
            Ok(()) => {}
            Err(end) => tracing::debug!(%end, "connection ended"),
        }
    }

    fn admit(&self) -> (Option<Place>, Admission) {
        let mut state = self.state();
        state.connections += 1;
        let number = state.connections;
        let admission = self.config.scenario.on_accept(number);
        if state.clients == MOST_CLIENTS {
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
    }
}
