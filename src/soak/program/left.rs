//! What of a run's connections stays in the Gateway when it has ended.

use std::time::Duration;

use tokio::time::Instant;

use super::looks::{Looks, pair};
use crate::machine::sockets::{AddressPair, Ports, Socket};
use crate::zombie;

/// A Gateway that closes its end at all does so within this: as long as ibdoc's own close waits.
const CLOSING: Duration = Duration::from_secs(1);

/// What is left of a run.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Its connections that stay, half closed or not accepted; `None` if that cannot be seen.
    pub(super) own: Option<Vec<AddressPair>>,
    /// New ones of which it is not known who left them.
    pub(super) unclear: u32,
}

impl Looks<'_> {
    /// What stays of its connections, once the Gateway has had the time to close.
    pub(super) async fn left(&mut self) -> Left {
        if !self.gateway_in_sight {
            return Left::default();
        }
        let until = Instant::now() + CLOSING;
        let mut pause = Duration::from_millis(5);
        loop {
            let Ok(snapshot) = self.world.table.snapshot(&self.ports) else {
                return Left::default();
            };
            let left = self.left_in(&snapshot.sockets);
            let nothing = left.unclear == 0 && left.own.as_ref().is_none_or(Vec::is_empty);
            if nothing || Instant::now() >= until {
                return left;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }

    fn left_in(&self, sockets: &[Socket]) -> Left {
        let mut own = Vec::new();
        let mut unclear = 0;
        for row in sockets.iter().filter(|row| is_left(row, &self.ports)) {
            let pair = pair(row, &self.ports);
            if self.own.contains_key(&pair) {
                own.push(pair);
            } else if self.is_of_unknown_origin(row) {
                if self.counts_brief() {
                    own.push(pair);
                } else {
                    unclear += 1;
                }
            }
        }
        // A number of which it is known that it may be too small is none.
        let known = !own.is_empty() || (unclear == 0 && !self.blind);
        Left {
            own: known.then_some(own),
            unclear,
        }
    }
}

/// Whether the Gateway's end of a connection is half closed or not accepted.
fn is_left(row: &Socket, ports: &Ports) -> bool {
    ports.contains(row.local.port()) && zombie::is_zombie(row, ports)
}
