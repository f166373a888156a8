//! One whole handshake with its surroundings: resolve, look, connect, session, close.

pub mod address_walk;
mod addresses;
pub mod ahead;
mod at_hand;
mod beyond;
pub mod clients;
pub mod connect;
mod first;
pub mod footprint;
mod free_id;
pub mod gateway_end;
mod interrupted;
mod open;
mod passed;
pub mod ports;
pub mod resolve;
#[cfg(feature = "ibapi")]
pub mod second_opinion;
mod usage;
mod way;
mod why_not;
pub mod would_connect;

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio::time::Instant;

pub use self::at_hand::AtHand;
pub use self::beyond::{Beyond, BeyondState};
pub use self::first::Detour;
pub use self::interrupted::Interrupted;
pub use self::way::HalfClosed;

use self::ahead::Ahead;
use self::connect::ConnectFailure;
use self::first::{Opened, kernel_of};
use self::footprint::Ledger;
use self::gateway_end::GatewayEnd;
use self::usage::{Usage, Use};
use crate::event::Events;
use crate::event::interrupt::Interrupt;
use crate::machine::accept_queue::LongQueue;
use crate::machine::listener::Listener;
use crate::machine::path::{Door, Hop, Obstacle, Path, Place, Vacant};
use crate::machine::process::ProgramKind;
use crate::machine::sockets::AddressPair;
use crate::machine::{HeldPort, RunningGateway, World};
use crate::session::{Held, HeldEnd, Plan, Record, Session};
use crate::target::Target;
use crate::wire::VersionRange;

/// What became of one handshake, and what the socket table said around it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The target of the handshake.
    pub target: Target,
    /// The address that was connected to, or tried last.
    pub address: Option<SocketAddr>,
    /// The range of versions that was announced.
    pub announced: VersionRange,
    /// The stages and what the Gateway sent.
    pub record: Record,
    /// What was seen around the session.
    pub setting: Setting,
    /// The held session, if one was to be held and was reached.
    pub held: Option<Held>,
    /// Where a signal ended it, before a session was held.
    pub interrupted: Option<Interrupted>,
}

impl Attempt {
    /// The address as `host:port`, or the target where there is none, or several that do not connect.
    pub fn subject(&self) -> String {
        let tried = &self.setting.tried;
        let has_failed = |address: &SocketAddr| tried.iter().any(|(known, _)| known == address);
        let address = self.address;
        let address = address.filter(|address| tried.len() < 2 || !has_failed(address));
        address.map_or_else(|| self.target.to_string(), |address| address.to_string())
    }
}

/// What was seen around a handshake, apart from the session itself.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Whether the address belongs to this machine.
    pub local: bool,
    /// The process that listens on it, on this machine.
    pub listener: Option<Listener>,
    /// Whether it connected although nothing listens here.
    pub forwarded: bool,
    /// Every address before this one that did not connect or sent no version, with the reason.
    pub tried: Vec<(SocketAddr, ConnectFailure)>,
    /// The addresses that were tried after this one, which sent no version; none of them did better.
    pub others: Vec<(SocketAddr, ConnectFailure)>,
    /// The address from which the connection was made.
    pub source: Option<IpAddr>,
    /// How long the connect to the address that answered took, without those before it.
    pub connected_in: Option<Duration>,
    /// Why this machine could not look or connect: it says nothing of the Gateway.
    pub trouble: Option<String>,
    /// Gateway and TWS processes here; looked for only when nothing listens.
    pub gateways: Vec<RunningGateway>,
    /// Whether the connection was made although the accept queue was stuck.
    pub queue_was_stuck: bool,
    /// The queue to which a connection is made although it moves slowly.
    pub slow: Option<LongQueue>,
    /// The same of a queue behind the relay that listens.
    pub slow_behind: Option<Obstacle>,
    /// What stood at the Gateway's end; looked at only when no version came or the client id is taken.
    pub gateway_end: Option<GatewayEnd>,
    /// Bytes that were neither read nor confirmed when a held session missed an answer.
    pub unread: Option<Unread>,
    /// When the other side ended the connection.
    pub dropped_at: Option<SystemTime>,
    /// What else this machine showed after a failure.
    pub at_hand: AtHand,
    /// The way from the listener to the Gateway, as far as it can be seen.
    pub path: Option<Path>,
    /// What became of what a relay passed on to another machine; looked at only after a silence.
    pub beyond: Option<Beyond>,
    /// What stood in the way, so that no connection was made.
    pub obstacle: Option<Obstacle>,
    /// Where a Gateway is reached instead; looked for only when nothing listens here.
    pub doors: Vec<Door>,
    /// The listener on the address past which the packet filter leads.
    pub led_past: Option<Box<Listener>>,
    /// Where nothing listens: the address to which this machine forwards the port.
    pub forwarded_to: Option<Box<Vacant>>,
    /// What is in the container, or another network namespace of this machine, on an address of which
    /// nothing listens; looked for only then.
    pub inside: Option<Box<Vacant>>,
    /// The Gateway's own listener, which was asked instead of the relay in front of it, and why.
    pub detour: Option<(Hop, Detour)>,
    /// The Gateway's own listener, which sent its version before one was asked for through the relay,
    /// and how long that took.
    pub answers_itself: Option<(Hop, Duration)>,
    /// Half-closed connections of the Gateway behind a relay; `None` where it is not in sight.
    pub half_closed: Option<HalfClosed>,
    /// What keeps the port on which nothing listens here.
    pub held_port: Vec<HeldPort>,
    /// Known ports on which something listens; looked for only when nothing listens here.
    pub other_listeners: Vec<Listener>,
}

impl Setting {
    /// Whether the other end of a connection may be a relay's, so that it says nothing of the
    /// Gateway: a known relay, a listener whose owner is not seen, a forwarded port.
    pub fn is_relayed(&self) -> bool {
        let listener = self.listener.as_ref();
        let is_forwarded = self.forwarded && self.detour.is_none();
        is_forwarded || listener.is_some_and(|listener| !is_seen(listener))
    }

    /// The listener of another network namespace to which this machine's packet filter forwards the
    /// port.
    pub fn direct_hop(&self) -> Option<&Hop> {
        let first = self.path.as_ref()?.hops.first()?;
        (!first.is_here() && self.detour.is_none()).then_some(first)
    }

    /// The Gateway's own listener, where it was asked instead of the relay in front of it.
    pub fn own_port(&self) -> Option<&Hop> {
        self.detour.as_ref().map(|(hop, _)| hop)
    }

    /// Whether our connection left another half-closed one in the Gateway behind a relay.
    pub fn has_left_half_closed(&self) -> bool {
        self.half_closed.is_some_and(|kept| kept.has_grown)
    }

    /// Whether the other end of a connection can be seen in this machine's table.
    fn is_in_sight(&self) -> bool {
        let is_near = self.local || self.own_port().is_some();
        is_near && self.listener.as_ref().is_some_and(is_seen)
    }

    /// The network namespace of the listener that is asked.
    fn place(&self) -> Place {
        self.own_port().map_or(Place::Own, |hop| hop.seat)
    }
}

/// Whether it is known who listens, and that it is no relay.
fn is_seen(listener: &Listener) -> bool {
    !matches!(listener.kind, ProgramKind::Relay | ProgramKind::Unknown)
}

/// Bytes under way on a held connection, as the socket table shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Sent bytes that the other machine has not acknowledged.
    pub unconfirmed: Option<u32>,
    /// Sent bytes that the Gateway has not read.
    pub by_gateway: Option<u32>,
}

/// Whose session is run on the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaker {
    /// Ibdoc's own session.
    #[default]
    Ibdoc,
    /// The real client library, which has no stages and holds no session.
    #[cfg(feature = "ibapi")]
    Ibapi,
}

/// Runs handshakes and keeps their receipt.
pub struct Attempter<'a> {
    /// The tables of this machine.
    pub world: &'a World,
    /// What each session announces and asks.
    pub plan: &'a Plan,
    /// Whether to connect even though the accept queue is stuck.
    pub force: bool,
    /// Whose session it is.
    pub speaker: Speaker,
    /// What ends it early, with what is known by then.
    pub interrupt: Interrupt,
    /// The ledger in which each connection is noted.
    pub ledger: &'a mut Ledger,
    /// What is known of the host.
    pub ahead: Ahead,
}

impl Attempter<'_> {
    /// Runs the session on a connection, and looks at its other end when that goes wrong.
    async fn drive(
        &self,
        opened: Opened,
        attempt: &mut Attempt,
        usage: Usage<'_>,
        events: Events<'_>,
    ) {
        let Opened {
            mut stream,
            greeting,
        } = opened;
        let other = attempt.setting.own_port().and_then(Hop::table);
        let table = other.as_deref().unwrap_or(self.world.table.as_ref());
        let pair = pair(&stream);
        let look = || {
            let pair = pair?;
            table.find(pair.local, pair.remote).ok()??.transmission
        };
        let kernel = kernel_of(&attempt.setting, &look);
        let (setting, record) = (&mut attempt.setting, &mut attempt.record);
        let plan = self.plan;
        let greeted = match greeting {
            Some(asked) => Session::go_on(&mut stream, kernel, plan, (record, *asked), events),
            None => Session::greet_over(&mut stream, kernel, plan, record, events).await,
        };
        self.look_again(setting);
        if let Some(session) = greeted {
            attempt.held = self.converse(session, setting, pair, usage).await;
        } else {
            // The end of a connection that is reset cannot be seen any more.
            let direct = setting.direct_hop().cloned();
            let there = direct.as_ref().filter(|_| setting.detour.is_none());
            let there = there.and_then(Hop::table);
            let table = there.as_deref().unwrap_or(table);
            let end = match &direct {
                Some(hop) => pair.map(|pair| AddressPair {
                    remote: hop.address,
                    ..pair
                }),
                None => pair.filter(|_| setting.listener.is_some()),
            };
            setting.gateway_end = end.and_then(|pair| GatewayEnd::look(table, pair));
            let needs_a_fin = kernel.needs_a_fin();
            record.end_with_reset(needs_a_fin, Instant::now(), events);
        }
        attempt.setting.beyond = self.look_beyond(&attempt.setting, &attempt.record);
        let close = attempt.record.close;
        if close.is_some_and(|close| close.unconfirmed) {
            connect::leave_to_kernel(&stream);
        }
    }

    /// Runs a session whose version came, to its end.
    async fn converse(
        &self,
        mut session: Session<'_, &mut TcpStream>,
        setting: &mut Setting,
        pair: Option<AddressPair>,
        usage: Usage<'_>,
    ) -> Option<Held> {
        let relayed = setting.is_relayed();
        let ready = session.start().await && session.accounts().await;
        let asked = match self.plan.start_up {
            _ if !ready => false,
            Some(start_up) => session.start_up(start_up).await,
            None => session.sync().await,
        };
        if !asked {
            // Only a healthy session is half-closed: a busy Gateway would be called a leaking one.
            session.reset();
            return None;
        }
        let mut outcome = None;
        if let Some((Use::Serve(desk), begun)) = usage {
            begun.set(true);
            session.serve(desk).await;
        }
        if let Some((Use::Hold(plan), begun)) = usage {
            begun.set(true);
            let mut interrupt = self.interrupt.clone();
            let stop = pin!(async {
                interrupt.received().await;
            });
            let result = session.hold(plan, stop).await;
            if result.pings_missed > 0 {
                setting.unread = pair.map(|pair| self.look_at_unread(pair));
            }
            if matches!(result.end, HeldEnd::Dropped { .. }) {
                setting.dropped_at = Some(SystemTime::now());
            }
            outcome = Some(result);
        }
        session.close(relayed).await;
        outcome
    }

    fn look_at_unread(&self, pair: AddressPair) -> Unread {
        let table = self.world.table.as_ref();
        let ours = table.find(pair.local, pair.remote).ok().flatten();
        let theirs = table.find(pair.remote, pair.local).ok().flatten();
        Unread {
            unconfirmed: ours.and_then(|row| row.send_queue),
            by_gateway: theirs.and_then(|row| row.recv_queue),
        }
    }
}

/// Both addresses of a connection.
fn pair(stream: &TcpStream) -> Option<AddressPair> {
    Some(AddressPair {
        local: stream.local_addr().ok()?,
        remote: stream.peer_addr().ok()?,
    })
}
