//! The way to the Gateway, looked along before a connection is made: through a relay a connection
//! is added to the Gateway behind it, and even one that is reset stays half closed there.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::connect::ConnectFailure;
use super::{Attempt, Attempter, Setting};
use crate::finding::Code;
use crate::machine::accept_queue;
use crate::machine::listener::Listener;
use crate::machine::path;
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;
use crate::machine::sockets::Socket;
use crate::session::End;

/// A relay closes its side this soon after its client has, on this machine.
const CLOSES_WITHIN: Duration = Duration::from_millis(500);
/// Between two looks at the Gateway's end.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

impl Attempter<'_> {
    /// Looks along the way that a connection would take; errs if there is an obstacle, unless forced.
    pub(super) async fn look_along(
        &mut self,
        setting: &mut Setting,
        address: SocketAddr,
        row: Option<&Socket>,
    ) -> Result<(), ConnectFailure> {
        setting.path = self.ledger.ways.trace(self.world, address, row);
        let has_grown = false;
        let before = self.half_closed(setting);
        setting.half_closed = before.map(|before| HalfClosed { before, has_grown });
        let Some(way) = &setting.path else {
            return Ok(());
        };
        let looked = self.ledger.ways.obstacle(self.world, address, way);
        let Some(obstacle) = accept_queue::before(self.plan.deadline, looked).await else {
            return Err(ConnectFailure::Ours(accept_queue::CUT_SHORT.to_owned()));
        };
        let Some(obstacle) = obstacle else {
            return Ok(());
        };
        if !obstacle.blocks() {
            setting.slow_behind = Some(obstacle);
            return Ok(());
        }
        if self.force && !obstacle.is_endless() {
            setting.queue_was_stuck = obstacle.code() == Code::AcceptQueueStuck;
            return Ok(());
        }
        let words = obstacle.words();
        setting.obstacle = Some(obstacle);
        Err(ConnectFailure::Blocked(words))
    }

    /// While our connection stands: whether a program that is no known relay passes it on, and the way
    /// from there. Before a connection nothing shows it.
    pub(super) fn look_again(&self, setting: &mut Setting) {
        let is_direct = setting.local && setting.detour.is_none();
        let listener = setting.listener.as_mut();
        let Some(listener) = listener.filter(|it| is_direct && it.may_be_relay()) else {
            return;
        };
        let address = listener.address;
        if !path::is_passed_on(self.world, address) {
            return;
        }
        listener.kind = ProgramKind::Relay;
        let way = path::trace(self.world, address);
        if let Some(way) = way.filter(|way| way.behind().is_some()) {
            setting.path = Some(way);
            let before = self.half_closed(setting);
            let has_grown = false;
            setting.half_closed = before.map(|before| HalfClosed { before, has_grown });
        }
    }

    /// Whether the Gateway keeps half-closed connections behind a relay: one more through the relay
    /// would stay too, while a reset leaves nothing.
    pub(super) async fn keeps_half_closed(&self, setting: &Setting) -> bool {
        if setting.half_closed.is_none_or(|kept| kept.before == 0) {
            return false;
        }
        // One that the Gateway is about to close is gone by then.
        sleep_until(self.closed_until()).await;
        self.half_closed(setting).is_some_and(|now| now > 0)
    }

    /// When a relay has closed its side of what is over now, or the command has to end.
    fn closed_until(&self) -> Instant {
        let closed = Instant::now() + CLOSES_WITHIN;
        self.plan.deadline.map_or(closed, |it| it.min(closed))
    }

    fn half_closed(&self, setting: &Setting) -> Option<usize> {
        path::half_closed(self.world, setting.path.as_ref()?.behind()?)
    }

    /// After a handshake that failed: whether the Gateway behind a relay has one more half-closed
    /// connection than before it.
    pub(super) async fn look_for_growth(&self, attempt: &mut Attempt) {
        let setting = &mut attempt.setting;
        let through_relay = setting.connected_in.is_some() && setting.detour.is_none();
        let Some(kept) = setting.half_closed.filter(|_| through_relay) else {
            return;
        };
        if attempt.record.is_ready() {
            return;
        }
        let until = self.closed_until();
        while Instant::now() < until {
            let now = self.half_closed(setting);
            if now.is_none_or(|now| now > kept.before) {
                let has_grown = now.is_some();
                setting.half_closed = Some(HalfClosed { has_grown, ..kept });
                return;
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// What the Gateway behind a relay keeps half closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfClosed {
    /// Connections before ours.
    pub before: usize,
    /// Whether ours, which failed, left another one.
    pub has_grown: bool,
}

impl Setting {
    /// The code where nothing listens on a port of this machine, by the Gateways that were found.
    pub(crate) fn code_of_refusal(&self, port: u16) -> Code {
        // A Gateway in a container does not listen in this network namespace.
        let is_here = self.gateways.iter().any(|gateway| !gateway.is_elsewhere);
        if let Some(vacant) = &self.forwarded_to {
            return vacant.code();
        }
        if self.on_another_address(port).is_some() {
            return Code::WrongPort;
        }
        let belongs_to_relay = Role::of_port(port).is_some_and(Role::is_relay);
        if self.doors.is_empty() {
            return match &self.inside {
                Some(inside) if inside.gateways.is_empty() => Code::NotListening,
                Some(inside) => inside.code(),
                None if is_here => Code::GatewayStarting,
                None => Code::NotListening,
            };
        }
        if belongs_to_relay && self.doors.iter().any(|door| !door.is_relay) {
            Code::RelayWithoutGateway
        } else {
            Code::WrongPort
        }
    }

    /// A Gateway, or a relay, that listens on the port that was asked for, on another address of this
    /// machine.
    pub fn on_another_address(&self, port: u16) -> Option<&Listener> {
        let kinds = [ProgramKind::Gateway, ProgramKind::Tws, ProgramKind::Relay];
        let mut others = self.other_listeners.iter();
        others.find(|other| other.port == port && kinds.contains(&other.kind))
    }

    /// What became of each address of the target, in words.
    pub fn tried_in_words(&self) -> impl Iterator<Item = String> + '_ {
        let tried = self.tried.iter();
        tried.map(|(address, failure)| format!("{address}: {}", failure.words()))
    }

    /// How the connect ended where an obstacle was seen before it.
    pub(super) fn blocked(&self, detail: &str) -> Option<End> {
        let code = self.obstacle.as_ref()?.code();
        Some(End::failed(code, detail))
    }
}
