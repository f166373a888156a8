//! The relay: it listens while the Gateway is there, and carries what its clients and the Gateway say.
//!
//! It has a thread of its own, so that nothing that is done with the copies costs what is carried any
//! time.

mod course;
mod gate;
mod pump;
mod session;
mod shaped;
mod units;

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

use self::course::Course;
use self::gate::Gate;
use super::drill::{Drill, State};
use super::seen::{Act, Hearer, Seen, Teller, channel};
use crate::event::Speaker;
use crate::handshake::resolve::resolve;
use crate::machine::sockets::AddressPair;
use crate::target::Target;
use crate::trace::Timestamp;

/// As many sessions are carried at once; a Gateway admits 32 clients.
pub const MOST_SESSIONS: usize = 64;
/// Connections that are looked up when the relay has ended.
const PAIRS: usize = 10_000;
/// A name is looked up again within this time; the port is neither opened nor closed meanwhile.
const RESOLVED: Duration = Duration::from_secs(1);

/// What is relayed, and how.
#[derive(Debug)]
pub struct RelayPlan {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The Gateway.
    pub target: Target,
    /// What is done to the clients; nothing without steps.
    pub drill: Drill,
    /// Whether it connects to a Gateway that does not accept, or is not seen to listen.
    pub force: bool,
    /// How long a connect to the Gateway may take.
    pub timeout: Duration,
}

/// What the relay did.
#[derive(Clone, Debug, Default)]
pub struct RelayTally {
    /// Connections that were made to the Gateway.
    pub connections: u32,
    /// Clients for which the Gateway could not be reached.
    pub not_reached: u32,
    /// Clients that were refused by the relay itself.
    pub refused: u32,
    /// The most sessions at once.
    pub most_at_once: usize,
    /// Bytes that were carried and not copied, since the observer lagged.
    pub uncopied: u64,
    /// The connections to the Gateway; the oldest are left out beyond many.
    pub pairs: Vec<AddressPair>,
    /// Whether some of them are not among those.
    pub has_others: bool,
}

impl RelayTally {
    fn note(&mut self, pair: Option<AddressPair>) {
        match pair {
            Some(pair) if self.pairs.len() < PAIRS => self.pairs.push(pair),
            _ => self.has_others = true,
        }
    }
}

/// A relay that runs.
#[derive(Debug)]
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    control: watch::Sender<Control>,
    thread: JoinHandle<io::Result<RelayTally>>,
    hearer: Hearer,
}

/// What the relay is told from outside.
#[derive(Clone, Copy, Debug, Default)]
struct Control {
    stops: bool,
    /// Whether the drill is given up.
    spares: bool,
}

/// Waits until the relay is told to end. What is waited for is not held: a reader that holds it keeps
/// who tells the relay something waiting.
async fn stopped(control: &mut watch::Receiver<Control>) {
    drop(control.wait_for(|control| control.stops).await);
}

/// Waits until the drill is given up; for ever where nobody can do so any more.
async fn spared(control: &mut watch::Receiver<Control>) {
    let told = control.wait_for(|control| control.spares).await.map(drop);
    if told.is_err() {
        std::future::pending::<()>().await;
    }
}

/// How long a connect to the Gateway takes at most, where nothing else is said.
pub const CONNECT: Duration = Duration::from_secs(5);

impl Relay {
    /// Starts to listen; errs where the port cannot be had.
    pub fn start(plan: RelayPlan) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(plan.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (teller, hearer) = channel();
        let (control, controlled) = watch::channel(Control::default());
        let thread = thread::Builder::new().name("relay".to_owned());
        let thread = thread.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build()?;
            let local = LocalSet::new();
            let ended = local.block_on(&runtime, run(plan, listener, teller, controlled));
            // A resolver that hangs must not keep the thread.
            drop(local);
            runtime.shutdown_background();
            ended
        })?;
        Ok(Self {
            address,
            control,
            thread,
            hearer,
        })
    }

    /// The next things that it has seen; none once it has ended.
    pub async fn hear(&mut self, into: &mut Vec<Seen>) -> usize {
        const MOST: usize = 256;
        self.hearer.hear(into, MOST).await
    }

    /// Lets it end; what it still sees can be heard until it has.
    pub fn stop(&self) {
        self.control.send_modify(|control| control.stops = true);
    }

    /// Gives the drill up: from now on it is a transparent relay.
    pub fn spare(&self) {
        self.control.send_modify(|control| control.spares = true);
    }

    /// What it did; it has to be stopped and heard to its end before. Errs where it did not get as far
    /// as to listen.
    pub fn join(self) -> io::Result<RelayTally> {
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(io::Error::other("the relay has failed")))
    }
}

/// What the parts of a relay share.
struct Shared {
    target: Target,
    timeout: Duration,
    gate: Gate,
    shapes: bool,
    teller: Teller,
    drill: watch::Receiver<State>,
    control: watch::Receiver<Control>,
    tally: RefCell<RelayTally>,
    recheck: Notify,
}

impl Shared {
    /// The Gateway's addresses: a name is looked up for each connection.
    async fn addresses(&self, until: Instant) -> Result<Vec<SocketAddr>, String> {
        let addresses = addresses(&self.target, until).await?;
        self.gate.leads_to(&addresses);
        Ok(addresses)
    }

    /// Whether clients can be passed on; where nothing listens, a name is looked up again: what it named
    /// may have come back under another address, as a container does.
    async fn look(&self) -> Result<(), String> {
        let looked = self.gate.look().await;
        if looked.is_ok() {
            return looked;
        }
        self.addresses(Instant::now() + RESOLVED).await?;
        self.gate.look().await
    }
}

/// The addresses of a target; errs with why there is none.
async fn addresses(target: &Target, until: Instant) -> Result<Vec<SocketAddr>, String> {
    let Target { host, port } = target;
    let resolved = resolve(host, *port, until).await;
    resolved.map_err(|error| format!("{host}: {}", error.words()))
}

async fn run(
    plan: RelayPlan,
    listener: std::net::TcpListener,
    teller: Teller,
    control: watch::Receiver<Control>,
) -> io::Result<RelayTally> {
    let until = Instant::now() + plan.timeout;
    let addresses = addresses(&plan.target, until)
        .await
        .map_err(io::Error::other)?;
    let (state, drill) = watch::channel(State::default());
    let shared = Rc::new(Shared {
        gate: Gate::new(addresses, plan.force),
        target: plan.target,
        timeout: plan.timeout,
        shapes: plan.drill.shapes(),
        teller: teller.clone(),
        drill,
        control,
        tally: RefCell::default(),
        recheck: Notify::new(),
    });
    let course = Course::new(listener, &shared)?;
    tokio::select! {
        biased;
        // First: what the drill does at once is done before a client is accepted.
        () = drill_on(&plan.drill, state, &shared) => {}
        () = course.run() => {}
    }
    // How long nothing more was done is known by this.
    shared.tell_all(Act::Over);
    let mut tally = shared.tally.borrow().clone();
    tally.uncopied = teller.uncopied();
    Ok(tally)
}

/// Does each step of the drill at its time, until the drill is given up.
async fn drill_on(drill: &Drill, state: watch::Sender<State>, shared: &Shared) {
    let began = Instant::now();
    let mut control = shared.control.clone();
    for (at, action) in drill.steps() {
        if !at.is_zero() {
            tokio::select! {
                biased;
                () = spared(&mut control) => break,
                () = sleep_until(began + *at) => {}
            }
        }
        // Told before it is done: what the clients do follows.
        shared.tell_drilled(action.to_string(), action.span());
        state.send_modify(|state| state.act(*action));
    }
    spared(&mut control).await;
    let over = super::Action::Pass;
    shared.tell_drilled(over.to_string(), over.span());
    state.send_modify(State::pass);
    // Sessions hold on to the drill as long as the relay runs.
    std::future::pending::<()>().await;
}

impl Shared {
    fn tell_drilled(&self, words: String, span: crate::trace::DrillSpan) {
        self.tell_all(Act::Drilled(words, span));
    }

    /// Tells what concerns every connection.
    fn tell_all(&self, act: Act) {
        self.teller.tell(Seen::Act {
            at: Timestamp::now(),
            connection: 0,
            side: Speaker::Gateway,
            act,
        });
    }
}
