//! The course of a relay: its port is opened and closed, and each client that comes is served.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{MOST_SESSIONS, Shared, session, stopped};
use crate::tap::seen::{Refusal, Seen, Teller};

/// Between two looks whether the Gateway listens.
const LOOK: Duration = Duration::from_millis(200);
/// After a failure to accept, as without a free descriptor.
const PAUSE: Duration = Duration::from_millis(50);
/// Sessions get so long to end when the relay ends.
const END: Duration = Duration::from_secs(2);

/// The relay's own port: open while clients can be let through.
struct Door {
    address: SocketAddr,
    listener: Option<TcpListener>,
    /// What was told of it last.
    told: Option<(bool, String)>,
}

impl Door {
    fn new(listener: std::net::TcpListener) -> io::Result<Self> {
        Ok(Self {
            address: listener.local_addr()?,
            listener: Some(TcpListener::from_std(listener)?),
            told: None,
        })
    }

    /// Opens or closes it; what waits behind a port that is closed is reset by the kernel.
    async fn set(&mut self, wanted: Result<(), String>, teller: &Teller) {
        let now = match (wanted, &self.listener) {
            (Err(reason), _) => {
                self.listener = None;
                (false, reason)
            }
            (Ok(()), Some(_)) => (true, String::new()),
            (Ok(()), None) => match TcpListener::bind(self.address).await {
                Ok(listener) => {
                    self.listener = Some(listener);
                    (true, String::new())
                }
                Err(error) => (
                    false,
                    format!("failed to listen on {}: {error}", self.address),
                ),
            },
        };
        if self.told.as_ref() != Some(&now) {
            teller.tell(Seen::Open(now.0, now.1.clone()));
            self.told = Some(now);
        }
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match &self.listener {
            Some(listener) => listener.accept().await,
            None => std::future::pending().await,
        }
    }
}

/// A relay under way.
pub(super) struct Course {
    door: Door,
    shared: Rc<Shared>,
    sessions: JoinSet<()>,
    /// The number of the last client.
    number: u64,
}

impl Course {
    /// With a port that listens already.
    pub(super) fn new(listener: std::net::TcpListener, shared: &Rc<Shared>) -> io::Result<Self> {
        Ok(Self {
            door: Door::new(listener)?,
            shared: Rc::clone(shared),
            sessions: JoinSet::new(),
            number: 0,
        })
    }

    /// Carries clients until the relay is told to end.
    pub(super) async fn run(mut self) {
        let shared = Rc::clone(&self.shared);
        let (mut drill, mut control) = (shared.drill.clone(), shared.control.clone());
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let wanted = if drill.borrow_and_update().refuses {
                Err("the drill refuses clients".to_owned())
            } else {
                shared.look().await
            };
            self.door.set(wanted, &shared.teller).await;
            // Between two looks clients are only accepted.
            loop {
                tokio::select! {
                    biased;
                    () = stopped(&mut control) => return self.end().await,
                    _ = drill.changed() => break,
                    () = shared.recheck.notified() => break,
                    // First: a session that has ended takes no client's place.
                    Some(_) = self.sessions.join_next() => {}
                    accepted = self.door.accept() => self.accepted(accepted).await,
                    _ = looks.tick() => break,
                }
            }
        }
    }

    async fn accepted(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        let (client, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a client could not be accepted");
                return sleep(PAUSE).await;
            }
        };
        if self.sessions.len() >= MOST_SESSIONS {
            if let Err(error) = client.set_zero_linger() {
                tracing::debug!(%error, "a client is not refused by a reset");
            }
            return self.shared.refuse(Refusal::Full);
        }
        self.number += 1;
        let from = SocketAddr::new(IpAddr::to_canonical(&from.ip()), from.port());
        let shared = Rc::clone(&self.shared);
        self.sessions
            .spawn_local(session::serve(shared, self.number, client, from));
        let mut tally = self.shared.tally.borrow_mut();
        tally.most_at_once = tally.most_at_once.max(self.sessions.len());
    }

    /// The port is closed first; each session then ends in order.
    async fn end(mut self) {
        self.door.listener = None;
        let ended = async { while self.sessions.join_next().await.is_some() {} };
        // What has not ended by then is dropped with the set.
        let _ = timeout(END, ended).await;
    }
}
