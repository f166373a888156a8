//! The known ports of one host: a handshake with each, one after the other. A port that does not
//! answer to the connect is not waited for before the next one is tried.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::ahead::{Ahead, Made, at};
use super::connect::{ConnectFailure, Look, look};
use super::resolve::ResolveError;
use super::{Attempt, Attempter};
use crate::machine::path::trace;
use crate::machine::role::Role;
use crate::target::{ClientIds, Target};

/// A port that has not answered for so long is left waiting beside the next one: within a network
/// an answer or a refusal comes sooner.
const NEXT: Duration = Duration::from_millis(300);

/// Ports of containers that lead to a Gateway or TWS, beside those of [`Role`]: a relay in the image
/// extrange/ibkr (8888), relays to a live and a paper TWS in gnzsnz/tws-rdesktop (7498, 7499).
const OF_CONTAINERS: [u16; 3] = [7499, 7498, 8888];

/// The ports that are tried on a host that is named alone.
pub fn known_ports() -> Vec<u16> {
    let known = Role::ALL.iter().map(|(port, _)| *port);
    known.chain(OF_CONTAINERS).collect()
}

impl Attempter<'_> {
    /// One handshake with each of these ports of a host that was resolved to this, in their order; a
    /// single failed attempt where it has no address.
    pub async fn try_ports(
        &mut self,
        host: &str,
        resolved: Result<Vec<SocketAddr>, ResolveError>,
        ports: &[u16],
        ids: &mut ClientIds,
    ) -> Vec<Attempt> {
        self.ahead = Ahead::of(host, resolved.clone()).of_all_ports();
        let target = |port| Target {
            host: host.to_owned(),
            port,
        };
        let first = ports.first().copied().unwrap_or_default();
        let Ok(addresses) = resolved else {
            return vec![self.try_port(&target(first), ids).await];
        };
        let count = u32::try_from(ports.len()).unwrap_or(u32::MAX).max(1);
        let next = NEXT.min(self.plan.timeouts.connect / count);
        let mut attempts = Vec::with_capacity(ports.len());
        let mut connecting = JoinSet::new();
        for port in ports {
            let addresses = at(&addresses, *port);
            // What this machine shows is looked at before a connection is made.
            if self.is_seen(&addresses) {
                attempts.push(self.try_port(&target(*port), ids).await);
                continue;
            }
            let until = self.plan.until(Instant::now(), self.plan.timeouts.connect);
            connecting.spawn(in_turn(*port, addresses, until));
            let until = Instant::now() + next;
            while let Ok(Some(done)) = timeout_at(until, connecting.join_next()).await {
                let Ok((done, made)) = done else { continue };
                self.ahead.made.extend(made);
                attempts.push(self.try_port(&target(done), ids).await);
                if done == *port {
                    break;
                }
            }
        }
        while let Some(done) = connecting.join_next().await {
            let Ok((done, made)) = done else { continue };
            self.ahead.made.extend(made);
            attempts.push(self.try_port(&target(done), ids).await);
        }
        let place = |attempt: &Attempt| ports.iter().position(|port| *port == attempt.target.port);
        attempts.sort_by_key(place);
        attempts
    }

    async fn try_port(&mut self, target: &Target, ids: &mut ClientIds) -> Attempt {
        self.run_with_free_id(target, ids, None, &mut |_| {}).await
    }

    /// Whether this machine shows who listens on one of these addresses, or could not look.
    fn is_seen(&self, addresses: &[SocketAddr]) -> bool {
        let table = self.world.table.as_ref();
        addresses.iter().any(|address| {
            let seen = matches!(look(table, *address), Look::Listening(_) | Look::Blind(_));
            seen || trace(self.world, *address).is_some()
        })
    }
}

/// Connects to the first of these addresses that takes a connection; each has its share of the time.
async fn in_turn(port: u16, addresses: Vec<SocketAddr>, until: Instant) -> (u16, Vec<Made>) {
    let mut made = Vec::with_capacity(addresses.len());
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let now = Instant::now();
        let share = until.saturating_duration_since(now) / left.max(1);
        left = left.saturating_sub(1);
        let tried = Made::connect(address, now + share).await;
        let is_over = tried.result.is_ok();
        made.push(tried);
        if is_over {
            break;
        }
    }
    (port, made)
}

/// What a bare connection to each of these ports met, at its addresses in turn, all at once: no
/// handshake waits for another one there.
pub async fn connect_each(
    addresses: &[SocketAddr],
    ports: &[u16],
    until: Instant,
) -> Vec<(u16, Vec<Bare>)> {
    let mut connecting = JoinSet::new();
    for port in ports {
        connecting.spawn(in_turn(*port, at(addresses, *port), until));
    }
    let mut met: Vec<(u16, Vec<Bare>)> = Vec::with_capacity(ports.len());
    while let Some(done) = connecting.join_next().await {
        let Ok((port, made)) = done else { continue };
        met.push((port, made.into_iter().map(Bare::from).collect()));
    }
    met.sort_by_key(|(port, _)| ports.iter().position(|known| known == port));
    met
}

/// What a bare connection met, which has been reset again.
#[derive(Clone, Debug)]
pub struct Bare {
    /// The address.
    pub address: SocketAddr,
    /// How long the connect took.
    pub elapsed: Duration,
    /// Why there was none, if there was none.
    pub failure: Option<ConnectFailure>,
}

impl From<Made> for Bare {
    fn from(made: Made) -> Self {
        Self {
            address: made.address,
            elapsed: made.time.end - made.time.start,
            failure: made.result.err(),
        }
    }
}
