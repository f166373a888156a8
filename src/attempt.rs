//! One whole handshake with its surroundings: resolve, look, connect, session, close.

use std::cell::Cell;
use std::net::SocketAddr;
use std::pin::pin;

use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::connect::{self, ConnectFailure, Look};
use crate::event::{Events, StageName, StageStatus};
use crate::finding::Code;
use crate::footprint::{AddressPair, Ledger};
use crate::interrupt::Interrupt;
use crate::process::ProgramKind;
use crate::queue;
use crate::report::Listener;
use crate::session::{End, Held, HoldPlan, Plan, Record, Session};
use crate::target::{ClientIds, Target};
use crate::world::{RunningGateway, World};

/// How many client ids are tried when the Gateway says that one is taken.
const IDS_TRIED: u32 = 3;

/// What became of one handshake, and what the socket table said around it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What was meant.
    pub target: Target,
    /// The address that was connected to, or tried last.
    pub address: Option<SocketAddr>,
    /// The stages and what came.
    pub record: Record,
    /// What the socket table said.
    pub setting: Setting,
    /// The held session, if one was to be held and was reached.
    pub held: Option<Held>,
}

impl Attempt {
    /// The address as `host:port`, or the target where there is none.
    pub fn subject(&self) -> String {
        self.address
            .map_or_else(|| self.target.to_string(), |address| address.to_string())
    }
}

/// What was seen around a handshake, apart from the session itself.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Whether the address belongs to this machine.
    pub local: bool,
    /// Who listens on it here.
    pub listener: Option<Listener>,
    /// Whether it connected although nothing listens here.
    pub forwarded: bool,
    /// Every address that did not connect, with the reason.
    pub tried: Vec<(SocketAddr, ConnectFailure)>,
    /// Why this machine could not look or connect: it says nothing of the Gateway.
    pub trouble: Option<String>,
    /// Gateway and TWS processes here; looked for only when nothing listens.
    pub gateways: Vec<RunningGateway>,
    /// Known ports on which something listens; looked for only when nothing listens here.
    pub other_listeners: Vec<Listener>,
}

impl Setting {
    /// Whether the other end of a connection may be a relay's, so that it says nothing of the
    /// Gateway: a known relay, a listener whose owner is not seen, a forwarded port.
    pub fn is_relayed(&self) -> bool {
        let listener = self.listener.as_ref();
        self.forwarded || listener.is_some_and(|listener| !is_seen(listener))
    }

    /// Whether the other end of a connection can be seen in this machine's table.
    fn is_in_sight(&self) -> bool {
        self.local && self.listener.as_ref().is_some_and(is_seen)
    }

    /// The stuck accept queue that forbade a connection, if none was made.
    pub fn stuck_queue(&self) -> Option<&queue::StuckQueue> {
        self.tried.iter().find_map(|(_, failure)| match failure {
            ConnectFailure::Stuck(queue) => Some(queue),
            _ => None,
        })
    }
}

/// Whether it is known who listens, and that it is no relay.
fn is_seen(listener: &Listener) -> bool {
    !matches!(listener.kind, ProgramKind::Relay | ProgramKind::Unknown)
}

/// A session to hold after its handshake.
pub struct Hold<'a> {
    /// For how long and how.
    pub plan: HoldPlan,
    /// What ends it early, with its figures.
    pub interrupt: Interrupt,
    /// Set when the handshake is over and the holding begins.
    pub begun: &'a Cell<bool>,
}

/// Who speaks to the Gateway once the connection is made.
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
    /// Who speaks.
    pub speaker: Speaker,
    /// Where connections are noted.
    pub ledger: &'a mut Ledger,
}

impl Attempter<'_> {
    /// Runs one handshake; with several ids it walks on while the Gateway says "in use".
    pub async fn run_with_free_id(
        &mut self,
        target: &Target,
        ids: &mut ClientIds,
        events: Events<'_>,
    ) -> Attempt {
        let mut tries = 1;
        loop {
            let attempt = self.run(target, ids.take(), None, events).await;
            let in_use = attempt
                .record
                .stage(StageName::Accounts)
                .is_some_and(|stage| stage.code == Some(Code::ClientIdInUse));
            if !in_use || tries == IDS_TRIED {
                return attempt;
            }
            tries += 1;
        }
    }

    /// Runs one handshake under `client_id`, and holds its session if it is healthy.
    pub async fn run(
        &mut self,
        target: &Target,
        client_id: i32,
        hold: Option<Hold<'_>>,
        events: Events<'_>,
    ) -> Attempt {
        let mut attempt = Attempt {
            target: target.clone(),
            address: None,
            record: Record::new(Instant::now(), client_id),
            setting: Setting::default(),
            held: None,
        };
        if let Some(stream) = self.open(&mut attempt, events).await {
            let relayed = attempt.setting.is_relayed();
            let record = &mut attempt.record;
            match self.speaker {
                Speaker::Ibdoc => {
                    let result = drive(stream, self.plan, record, relayed, hold, events).await;
                    attempt.held = result;
                }
                #[cfg(feature = "ibapi")]
                Speaker::Ibapi => {
                    crate::second_opinion::ask(stream, self.plan, record, events).await;
                }
            }
            self.ledger.check(self.world.table.as_ref());
        }
        attempt.note_deadline(self.plan);
        if let (Some(address), Some(_)) = (attempt.address, &attempt.setting.listener)
            && let Ok(Some(row)) = self.world.table.listener(address)
        {
            self.ledger.saw_queue(&row);
        }
        attempt
    }

    async fn open(&mut self, attempt: &mut Attempt, events: Events<'_>) -> Option<TcpStream> {
        let start = Instant::now();
        let until = self.plan.until(start, self.plan.timeouts.connect);
        let resolved = connect::resolve(&attempt.target, until).await;
        let addresses = match resolved {
            Ok(addresses) => addresses,
            Err(error) => {
                let end = End::failed(Code::NotResolved, error);
                attempt
                    .record
                    .end_stage(StageName::Resolve, start, end, events);
                return None;
            }
        };
        let detail = (addresses.len() > 1).then(|| format!("{} addresses", addresses.len()));
        attempt
            .record
            .end_stage(StageName::Resolve, start, End::ok(detail), events);

        let start = Instant::now();
        let until = self.plan.until(start, self.plan.timeouts.connect);
        let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        for address in addresses {
            let now = Instant::now();
            let share = now + until.saturating_duration_since(now) / left;
            left -= 1;
            match self.connect(attempt, address, share).await {
                Ok(stream) => {
                    let end = End::ok(attempt.connected_words());
                    attempt
                        .record
                        .end_stage(StageName::Connect, start, end, events);
                    return Some(stream);
                }
                Err(ConnectFailure::ResetAtOnce) => {
                    end_reset_at_once(attempt, start, events);
                    return None;
                }
                Err(failure) => attempt.setting.tried.push((address, failure)),
            }
        }
        self.explain_failure(attempt);
        let end = attempt.connect_failure();
        attempt
            .record
            .end_stage(StageName::Connect, start, end, events);
        None
    }

    async fn connect(
        &mut self,
        attempt: &mut Attempt,
        address: SocketAddr,
        until: Instant,
    ) -> Result<TcpStream, ConnectFailure> {
        attempt.address = Some(address);
        let setting = &mut attempt.setting;
        let look = connect::look(self.world.table.as_ref(), address);
        setting.local = !matches!(look, Look::Remote);
        setting.listener = None;
        match &look {
            Look::Listening(row) => {
                self.ledger.saw_queue(row);
                setting.listener = Some(self.world.who_listens(row));
                self.refuse_stuck_queue(address).await?;
            }
            // Without a look no connection is made: it might take the last place.
            Look::Blind(reason) if !self.force => return Err(ConnectFailure::Ours(reason.clone())),
            Look::Blind(_) | Look::Remote | Look::Unlistened => {}
        }
        match connect::connect(address, until).await {
            Ok(stream) => {
                setting.forwarded = matches!(look, Look::Unlistened)
                    && matches!(self.world.table.listener(address), Ok(None));
                self.note(&stream, address, setting);
                Ok(stream)
            }
            Err(ConnectFailure::ResetAtOnce) => {
                self.ledger.opened_and_reset_by_peer();
                Err(ConnectFailure::ResetAtOnce)
            }
            Err(ConnectFailure::TimedOut) => {
                // On this machine no answer means a full queue, if it is one.
                let queue = queue::look(self.world.table.as_ref(), address);
                let stuck = queue.ok().flatten().and_then(|queue| queue.stuck());
                Err(stuck.map_or(ConnectFailure::TimedOut, ConnectFailure::Stuck))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn refuse_stuck_queue(&self, address: SocketAddr) -> Result<(), ConnectFailure> {
        if self.force {
            return Ok(());
        }
        match queue::watch(self.world.table.as_ref(), address).await {
            Ok(None) => Ok(()),
            Ok(Some(stuck)) => Err(ConnectFailure::Stuck(stuck)),
            Err(error) => Err(ConnectFailure::Ours(error.to_string())),
        }
    }

    fn note(&mut self, stream: &TcpStream, address: SocketAddr, setting: &Setting) {
        let theirs = stream.peer_addr().unwrap_or(address);
        match stream.local_addr() {
            Ok(ours) if setting.is_in_sight() => self.ledger.opened(AddressPair { ours, theirs }),
            _ => self.ledger.opened_out_of_sight(),
        }
    }

    /// When nothing listens here: who runs, and what listens instead.
    fn explain_failure(&self, attempt: &mut Attempt) {
        let setting = &mut attempt.setting;
        if setting.local && setting.listener.is_none() {
            setting.gateways = self.world.running_gateways();
            setting.other_listeners = self.world.known_listeners();
        }
    }
}

impl Attempt {
    /// Whether the command's deadline, not a stage's own, ended a stage.
    fn note_deadline(&mut self, plan: &Plan) {
        let Some(deadline) = plan.deadline else {
            return;
        };
        let record = &mut self.record;
        let began = record.began();
        record.cut_short |= record.stages.iter().any(|stage| {
            stage.status == StageStatus::Timeout && began + stage.start + stage.elapsed >= deadline
        });
    }

    fn connected_words(&self) -> Option<String> {
        let failed = self.setting.tried.first();
        failed.map(|(address, failure)| {
            format!("{} after {address}: {}", self.subject(), failure.words())
        })
    }

    /// The gravest of what was tried: our own trouble proves nothing, a stuck queue most.
    fn connect_failure(&mut self) -> End {
        let tried = &self.setting.tried;
        let words = |(address, failure): &(SocketAddr, ConnectFailure)| {
            format!("{address}: {}", failure.words())
        };
        let detail = tried.iter().map(words).collect::<Vec<_>>().join("; ");
        let any =
            |wanted: fn(&ConnectFailure) -> bool| tried.iter().any(|(_, failure)| wanted(failure));
        if any(|failure| matches!(failure, ConnectFailure::Stuck(_))) {
            return End::failed(Code::AcceptQueueStuck, detail);
        }
        if any(|failure| matches!(failure, ConnectFailure::Ours(_))) {
            self.setting.trouble = Some(format!("failed to connect: {detail}"));
            return End {
                status: StageStatus::Failed,
                detail: Some(detail),
                code: None,
            };
        }
        if any(|failure| *failure == ConnectFailure::Refused) {
            let code = if self.setting.gateways.is_empty() {
                Code::NotListening
            } else {
                Code::GatewayStarting
            };
            return End::failed(code, detail);
        }
        if any(|failure| matches!(failure, ConnectFailure::Network(_))) {
            return End::failed(Code::Unreachable, detail);
        }
        End::timeout(Code::Unreachable, detail)
    }
}

fn end_reset_at_once(attempt: &mut Attempt, start: Instant, events: Events<'_>) {
    let record = &mut attempt.record;
    let end = End::ok("reset while connecting".to_owned());
    record.end_stage(StageName::Connect, start, end, events);
    let end = End::failed(Code::ClosedBeforeVersion, "reset while connecting");
    record.end_stage(StageName::Version, Instant::now(), end, events);
}

async fn drive(
    stream: TcpStream,
    plan: &Plan,
    record: &mut Record,
    relayed: bool,
    hold: Option<Hold<'_>>,
    events: Events<'_>,
) -> Option<Held> {
    let Some(mut session) = Session::greet(stream, plan, record, events).await else {
        // The session has dropped the stream, which resets it.
        record.end_with_reset(Instant::now(), events);
        return None;
    };
    if !session.start().await || !session.accounts().await || !session.sync().await {
        // Only a healthy session is half-closed: a busy Gateway would be called a leaking one.
        session.reset();
        return None;
    }
    let result = match hold {
        Some(mut hold) => {
            hold.begun.set(true);
            let stop = pin!(async {
                hold.interrupt.received().await;
            });
            Some(session.hold(hold.plan, stop).await)
        }
        None => None,
    };
    session.close(relayed).await;
    result
}
