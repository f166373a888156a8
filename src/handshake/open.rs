//! From a target to a stream: every address in turn, each looked at before it is connected to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::ahead::Made;
use super::connect;
use super::connect::{ConnectFailure, Look};
use super::first::Opened;
use super::resolve::resolve;
use super::{Attempt, Attempter, Setting};
use crate::event::{Events, StageName, StageStatus};
use crate::finding::Code;
use crate::machine::accept_queue;
use crate::machine::path;
use crate::machine::sockets::AddressPair;
use crate::session::{End, RESET_WHILE_CONNECTING, Record};

impl Attempter<'_> {
    /// The addresses of the target, with the stage noted; none where it does not resolve.
    pub(super) async fn resolve(
        &self,
        attempt: &mut Attempt,
        events: Events<'_>,
    ) -> VecDeque<SocketAddr> {
        let start = Instant::now();
        let limit = self.plan.timeouts.connect;
        let until = self.plan.until(start, limit);
        let target = &attempt.target;
        let what = format!("the address of {}", target.host);
        events(self.plan.awaiting(what, start, limit));
        let resolved = match self.ahead.addresses(target) {
            Some(resolved) => resolved,
            None => resolve(&target.host, target.port, until).await,
        };
        let (addresses, end) = match resolved {
            Ok(addresses) => {
                let detail =
                    (addresses.len() > 1).then(|| format!("{} addresses", addresses.len()));
                (addresses.into(), End::ok(detail))
            }
            Err(error) => (VecDeque::new(), End::failed(error.code(), error.words())),
        };
        let record = &mut attempt.record;
        record.end_stage(StageName::Resolve, start, end, events);
        addresses
    }

    /// Connects to the first of these addresses that takes a connection; takes them up to it away.
    pub(super) async fn open(
        &mut self,
        attempt: &mut Attempt,
        addresses: &mut VecDeque<SocketAddr>,
        events: Events<'_>,
    ) -> Option<Opened> {
        if addresses.is_empty() {
            return None;
        }
        let start = Instant::now();
        let limit = self.plan.timeouts.connect;
        let until = self.plan.until(start, limit);
        let what = format!("the connection to {}", attempt.target);
        events(self.plan.awaiting(what, start, limit));
        let mut connecting = None;
        while !addresses.is_empty() {
            let left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
            let Some(address) = addresses.pop_front() else {
                break;
            };
            let share = until.saturating_duration_since(Instant::now()) / left;
            let connecting_to = (address, share, &mut connecting);
            let connected = Box::pin(self.connect(attempt, connecting_to, events)).await;
            // The time of the look at the table is not counted as the Gateway's.
            let time = connecting.clone().unwrap_or(start..Instant::now());
            match connected {
                Ok(opened) => {
                    let end = End::ok(attempt.connected_words());
                    attempt
                        .record
                        .end_stage_at(StageName::Connect, time, end, events);
                    return Some(opened);
                }
                Err(ConnectFailure::ResetAtOnce) => {
                    end_reset_at_once(attempt, time.start, events);
                    return None;
                }
                Err(failure) => attempt.setting.tried.push((address, failure)),
            }
        }
        let time = connecting.unwrap_or(start..Instant::now());
        self.explain_failure(attempt);
        let end = attempt.connect_failure();
        attempt
            .record
            .end_stage_at(StageName::Connect, time, end, events);
        None
    }

    async fn connect(
        &mut self,
        attempt: &mut Attempt,
        (address, timeout, connecting): (SocketAddr, Duration, &mut Option<Range<Instant>>),
        events: Events<'_>,
    ) -> Result<Opened, ConnectFailure> {
        attempt.address = Some(address);
        let look = self.look_before(&mut attempt.setting, address).await?;
        let (made, greeting) = self.make(attempt, address, timeout, events).await;
        let setting = &mut attempt.setting;
        connecting.get_or_insert(made.time.clone()).end = made.time.end;
        let waited = made.time.end - made.time.start;
        match made.result {
            Ok(stream) => {
                setting.connected_in = Some(waited);
                setting.source = stream.local_addr().ok().map(|source| source.ip());
                setting.forwarded = matches!(look, Look::Unlistened)
                    && (setting.led_past.is_some()
                        || matches!(self.world.table.listener(address), Ok(None)));
                if setting.detour.is_none() {
                    self.note(&stream, address, setting);
                }
                Ok(Opened { stream, greeting })
            }
            Err(ConnectFailure::ResetAtOnce) => {
                self.ledger.opened_and_reset_by_peer();
                Err(ConnectFailure::ResetAtOnce)
            }
            Err(failure) => {
                let asked = (made.address, waited);
                Err(self.why_not(failure, asked, look, setting).await)
            }
        }
    }

    /// Looks at the listener, along the way and at the queue; errs where no connection is to be made.
    async fn look_before(
        &mut self,
        setting: &mut Setting,
        address: SocketAddr,
    ) -> Result<Look, ConnectFailure> {
        let mut look = connect::look(self.world.table.as_ref(), address);
        setting.led_past = match &look {
            Look::Listening(row) if path::leads_past(address) => {
                Some(Box::new(self.world.who_listens(row)))
            }
            _ => None,
        };
        if setting.led_past.is_some() {
            // That listener will not see the connection.
            look = Look::Unlistened;
        }
        setting.local = !matches!(look, Look::Remote);
        setting.listener = None;
        match &look {
            Look::Listening(row) => {
                self.ledger.saw_queue(row);
                setting.listener = Some(self.world.who_listens(row));
                self.look_along(setting, address, Some(row)).await?;
                // It was just read: of an empty queue nothing more is to be seen.
                if row.recv_queue != Some(0) {
                    self.look_at_queue(setting, address).await?;
                }
            }
            // Without a look no connection is made: it might take the last place.
            Look::Blind(reason) if !self.force => return Err(ConnectFailure::Ours(reason.clone())),
            // The address of a container of this machine is seen into as well.
            Look::Unlistened | Look::Remote => self.look_along(setting, address, None).await?,
            Look::Blind(_) => {}
        }
        Ok(look)
    }

    /// The connection itself: to the Gateway's own port with the greeting that it did not answer, made
    /// ahead, or made now.
    async fn make(
        &mut self,
        attempt: &mut Attempt,
        address: SocketAddr,
        timeout: Duration,
        events: Events<'_>,
    ) -> (Made, Option<Box<Record>>) {
        if let Some(first) = Box::pin(self.ask_first(attempt, timeout, events)).await {
            return first;
        }
        // The time of that question is not counted as the relay's.
        let made = match self.ahead.take(address) {
            Some(made) => made,
            None => Made::connect(address, Instant::now() + timeout).await,
        };
        (made, None)
    }

    /// Notes whether the queue is stuck or slow; errs where a connection would not be let in, when it
    /// cannot be seen, unless forced, and when the deadline of the command comes before that is known.
    async fn look_at_queue(
        &self,
        setting: &mut Setting,
        address: SocketAddr,
    ) -> Result<(), ConnectFailure> {
        let watched = accept_queue::watch(self.world.table.as_ref(), address);
        let Some(watched) = accept_queue::before(self.plan.deadline, watched).await else {
            return Err(ConnectFailure::Ours(accept_queue::CUT_SHORT.to_owned()));
        };
        let queue = match watched {
            Ok(Some(queue)) => queue,
            Err(error) if !self.force => return Err(ConnectFailure::Ours(error.to_string())),
            Ok(None) | Err(_) => return Ok(()),
        };
        if !queue.admits() && !self.force {
            return Err(ConnectFailure::Stuck(queue));
        }
        setting.queue_was_stuck |= queue.is_stuck();
        setting.slow = (!queue.is_stuck()).then_some(queue);
        Ok(())
    }

    pub(super) fn note(&mut self, stream: &TcpStream, address: SocketAddr, setting: &Setting) {
        let remote = stream.peer_addr().unwrap_or(address);
        let pair = stream.local_addr().ok();
        let pair = pair.map(|local| AddressPair { local, remote });
        match pair {
            Some(pair) if setting.is_in_sight() => self.ledger.opened(pair, setting.place()),
            _ => self.ledger.opened_out_of_sight(pair),
        }
    }
}

impl Attempt {
    fn connected_words(&self) -> Option<String> {
        let failed = self.setting.tried.first();
        failed.map(|(address, failure)| {
            format!("{} after {address}: {}", self.subject(), failure.words())
        })
    }

    /// The most telling of what was tried: a stuck queue; this machine's own trouble proves nothing.
    fn connect_failure(&mut self) -> End {
        let tried = &self.setting.tried;
        let words = |(address, failure): &(SocketAddr, ConnectFailure)| {
            format!("{address}: {}", failure.words())
        };
        let detail = tried.iter().map(words).collect::<Vec<_>>().join("; ");
        if let Some(end) = self.setting.blocked(&detail) {
            return end;
        }
        let any =
            |wanted: fn(&ConnectFailure) -> bool| tried.iter().any(|(_, failure)| wanted(failure));
        let queues = tried.iter().filter_map(|(_, failure)| match failure {
            ConnectFailure::Stuck(queue) => Some(queue.code()),
            _ => None,
        });
        if let Some(code) = queues.min_by_key(|code| *code != Code::AcceptQueueStuck) {
            return End::failed(code, detail);
        }
        if any(|failure| matches!(failure, ConnectFailure::Filtered { .. })) {
            return End::failed(Code::LocalFirewall, detail);
        }
        if any(|failure| *failure == ConnectFailure::LoopbackDown) {
            return End::failed(Code::Unreachable, detail);
        }
        let is_ours = |failure: &ConnectFailure| {
            matches!(
                failure,
                ConnectFailure::Ours(_) | ConnectFailure::Prohibited(_)
            )
        };
        if tried.iter().any(|(_, failure)| is_ours(failure)) {
            self.setting.trouble = Some(format!("failed to connect: {detail}"));
            return End {
                status: StageStatus::Failed,
                detail: Some(detail),
                code: None,
            };
        }
        if any(|failure| *failure == ConnectFailure::Refused) {
            let code = self.setting.code_of_refusal(self.target.port);
            return End::failed(code, detail);
        }
        let has_no_way = |failure: &ConnectFailure| {
            matches!(
                failure,
                ConnectFailure::Network(_) | ConnectFailure::NoInterface
            )
        };
        if any(has_no_way) {
            return End::failed(Code::Unreachable, detail);
        }
        End::timeout(Code::Unreachable, detail)
    }
}

fn end_reset_at_once(attempt: &mut Attempt, start: Instant, events: Events<'_>) {
    let record = &mut attempt.record;
    let end = End::ok(RESET_WHILE_CONNECTING.to_owned());
    record.end_stage(StageName::Connect, start, end, events);
    let end = End::failed(Code::ClosedBeforeVersion, RESET_WHILE_CONNECTING);
    record.end_stage(StageName::Version, Instant::now(), end, events);
}
