//! One connection of a worker: from the looks before it to its close, as one future beside the
//! commands.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use super::request::Wanted;
use crate::diagnosis::assess_attempt;
use crate::event::interrupt::{Interrupt, Raise};
use crate::event::{Event, Footprint};
use crate::finding::Finding;
use crate::finding::verdict::ExitStatus;
use crate::handshake::ahead::Ahead;
use crate::handshake::clients::USUAL_LIMIT;
use crate::handshake::connect::{Look, look};
use crate::handshake::footprint::Ledger;
use crate::handshake::{Attempt, Attempter, Speaker};
use crate::machine::World;
use crate::session::serving::Desk;
use crate::session::{Plan, Timeouts};
use crate::target::{ClientIds, Target};
use crate::wire::VersionRange;
use crate::zombie::census_on_path;

/// What every connection of a worker needs.
pub struct Surroundings<'a> {
    /// The tables of this machine.
    pub world: &'a World,
    /// Deadlines of the stages.
    pub timeouts: Timeouts,
    /// Whether to connect even though the accept queue is stuck.
    pub force: bool,
    /// The embedded simulated Gateway, with `--sim`.
    pub simulated: Option<Target>,
}

/// What lasts from one connection to the next.
#[derive(Clone, Debug)]
pub(super) struct Lasting {
    pub(super) ledger: Ledger,
    pub(super) ids: ClientIds,
}

impl Lasting {
    pub(super) fn new() -> Self {
        Self {
            ledger: Ledger::default(),
            ids: ClientIds::from_random_start(),
        }
    }

    /// The footprint, with every connection looked up again.
    pub(super) fn footprint(&mut self, world: &World) -> Footprint {
        if self.ledger.footprint().connections == 0 {
            return Footprint::NONE;
        }
        self.ledger.check(world);
        self.ledger.footprint()
    }
}

/// A connection that has ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) attempt: Attempt,
    /// The principal finding first.
    pub(super) findings: Vec<Finding>,
    pub(super) lasting: Lasting,
    /// Whether it took a place at the Gateway.
    pub(super) was_made: bool,
}

/// A connection under way.
pub(super) struct Connection<'a> {
    pub(super) desk: Rc<Desk>,
    /// Half-closed and unaccepted sockets before it.
    pub(super) zombies: Option<u32>,
    raise: Raise,
    future: Pin<Box<dyn Future<Output = Finished> + 'a>>,
}

impl<'a> Connection<'a> {
    /// Begins it: it goes on while [`Connection::finished`] is awaited.
    pub(super) fn begin(
        around: &'a Surroundings<'a>,
        wanted: &Wanted,
        lasting: Lasting,
        limit: Duration,
        room: usize,
    ) -> Self {
        let desk = Rc::new(Desk::new(room));
        let (raise, interrupt) = Interrupt::by_hand();
        let zombies = zombies(around.world, &wanted.target);
        let future = run(
            around,
            wanted.clone(),
            lasting,
            limit,
            Rc::clone(&desk),
            interrupt,
        );
        Self {
            desk,
            zombies,
            raise,
            future: Box::pin(future),
        }
    }

    /// Ends it in order: the handshake at once, a session by its close.
    pub(super) fn stop(&self) {
        self.raise.raise(ExitStatus::Terminated);
        self.desk.stop();
    }

    /// Waits until it has ended.
    pub(super) async fn finished(&mut self) -> Finished {
        self.future.as_mut().await
    }
}

/// Whether nothing listens on the target, so that it costs no connection to wait: only an address of
/// this machine can be looked up, and a port that is forwarded has no listener either.
pub(super) fn is_vacant(world: &World, target: &Target) -> bool {
    let ip = target.host.parse::<std::net::IpAddr>();
    ip.is_ok_and(|ip| {
        let look = look(world.table.as_ref(), (ip, target.port).into());
        matches!(look, Look::Unlistened)
    })
}

/// Half-closed and unaccepted sockets on the port, where they can be seen.
fn zombies(world: &World, target: &Target) -> Option<u32> {
    let ip = target.host.parse::<std::net::IpAddr>().ok()?;
    let address = (ip, target.port).into();
    if !matches!(look(world.table.as_ref(), address), Look::Listening(_)) {
        return None;
    }
    let (_, zombies) = census_on_path(world, Some(address))?;
    u32::try_from(zombies).ok()
}

/// Deadlines of the stages none of which is longer than that of the connect.
fn within(timeouts: Timeouts, limit: Duration) -> Timeouts {
    Timeouts {
        connect: timeouts.connect.min(limit),
        version: timeouts.version.min(limit),
        accounts: timeouts.accounts.min(limit),
        ..timeouts
    }
}

async fn run(
    around: &Surroundings<'_>,
    wanted: Wanted,
    mut lasting: Lasting,
    limit: Duration,
    desk: Rc<Desk>,
    interrupt: Interrupt,
) -> Finished {
    let plan = Plan {
        announced: VersionRange::SPOKEN,
        timeouts: within(around.timeouts, limit),
        client_timeout: USUAL_LIMIT,
        queries: Vec::new(),
        start_up: None,
        // It would end the session too.
        deadline: None,
    };
    let before = lasting.ledger.footprint().connections;
    let mut attempter = Attempter {
        world: around.world,
        plan: &plan,
        force: around.force,
        speaker: Speaker::Ibdoc,
        interrupt,
        ledger: &mut lasting.ledger,
        ahead: Ahead::default(),
    };
    let events = &mut |event| {
        if let Event::Notice(notice) = event
            && !desk.is_up()
        {
            desk.pass_on(notice);
        }
    };
    let id = (wanted.client_id, &mut lasting.ids);
    let attempt = attempter.serve(&wanted.target, id, &desk, events).await;
    let findings = assess_attempt(&attempt, &plan);
    let was_made = lasting.ledger.footprint().connections > before;
    Finished {
        attempt,
        findings,
        lasting,
        was_made,
    }
}
