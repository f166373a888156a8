//! Why a connection was not made: a full queue, this machine's firewall or its loopback interface, or
//! what the other end has said.

use std::net::SocketAddr;
use std::time::Duration;

use super::connect::{self, ConnectFailure, Look};
use super::{Attempter, Setting};
use crate::machine::accept_queue;
use crate::machine::local::is_loopback_down;
use crate::machine::path::Hop;

/// Within this time a listener of this machine has answered.
const AT_ONCE: Duration = Duration::from_millis(100);

impl Attempter<'_> {
    /// Why no connection was made to the address that was asked, after so long: that of the target, or
    /// the Gateway's own.
    pub(super) async fn why_not(
        &self,
        failure: ConnectFailure,
        (address, waited): (SocketAddr, Duration),
        look: Look,
        setting: &Setting,
    ) -> ConnectFailure {
        let own = setting.own_port();
        let there = own.and_then(Hop::table);
        let table = there.as_deref().unwrap_or(self.world.table.as_ref());
        let failure = match failure {
            ConnectFailure::TimedOut => {
                // On this machine no answer means a full queue, if it is one.
                let watch = accept_queue::watch(table, address);
                match accept_queue::before(self.plan.deadline, watch).await {
                    Some(Ok(Some(queue))) if !queue.admits() => ConnectFailure::Stuck(queue),
                    Some(_) => ConnectFailure::TimedOut,
                    None => ConnectFailure::Ours(accept_queue::CUT_SHORT.to_owned()),
                }
            }
            failure => failure,
        };
        let Some(hop) = own else {
            return self.by_this_machine(failure, address, &look, waited);
        };
        let look = if hop.is_here() {
            connect::look(table, address)
        } else {
            Look::Remote
        };
        match self.by_this_machine(failure, address, &look, waited) {
            ConnectFailure::Filtered { is_silent, words } => ConnectFailure::Filtered {
                is_silent,
                words: format!("the Gateway's own port {}: {words}", address.port()),
            },
            failure => failure,
        }
    }

    /// What a failure shows of this machine itself: the loopback interface is down, or a firewall
    /// stands before a listener, where nothing else refuses a connection or leaves it unanswered.
    fn by_this_machine(
        &self,
        failure: ConnectFailure,
        address: SocketAddr,
        look: &Look,
        waited: Duration,
    ) -> ConnectFailure {
        let is_silent = match failure {
            ConnectFailure::TimedOut if waited < AT_ONCE => return failure,
            ConnectFailure::TimedOut => true,
            ConnectFailure::Refused
            | ConnectFailure::Network(_)
            | ConnectFailure::Prohibited(_) => false,
            _ => return failure,
        };
        // Every address of this machine is reached through it.
        if !matches!(look, Look::Remote) && is_loopback_down() {
            return ConnectFailure::LoopbackDown;
        }
        let Look::Listening(before) = look else {
            return failure;
        };
        // A full queue is silent too on systems that do not show it, or refuses.
        let now = self.world.table.listener(address).ok().flatten();
        let stands = now.is_some_and(|now| now.inode == before.inode);
        if !stands || before.accept_queue().is_none() {
            return failure;
        }
        let words = failure.words();
        ConnectFailure::Filtered { is_silent, words }
    }
}
