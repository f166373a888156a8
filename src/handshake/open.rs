//! From a target to a stream: every address in turn, each looked at before it is connected to.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::connect;
use super::connect::{ConnectFailure, Look};
use super::{Attempt, Attempter, Setting};
use crate::event::{Events, StageName, StageStatus};
use crate::finding::Code;
use crate::machine::accept_queue;
use crate::machine::sockets::AddressPair;
use crate::session::End;

impl Attempter<'_> {
    pub(super) async fn open(
        &mut self,
        attempt: &mut Attempt,
        events: Events<'_>,
    ) -> Option<TcpStream> {
        let start = Instant::now();
        let limit = self.plan.timeouts.connect;
        let until = self.plan.until(start, limit);
        let what = format!("the address of {}", attempt.target.host);
        events(self.plan.awaiting(what, start, limit));
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
        let until = self.plan.until(start, limit);
        let what = format!("the connection to {}", attempt.target);
        events(self.plan.awaiting(what, start, limit));
        let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let mut connecting = None;
        for address in addresses {
            let share = until.saturating_duration_since(Instant::now()) / left;
            left -= 1;
            let connected = self.connect(attempt, address, share, &mut connecting).await;
            // The time of the look at the table is not counted as the Gateway's.
            let start = connecting.unwrap_or(start);
            match connected {
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
        let start = connecting.unwrap_or(start);
        let ended = Instant::now();
        self.explain_failure(attempt);
        let end = attempt.connect_failure();
        attempt
            .record
            .end_stage_at(StageName::Connect, start..ended, end, events);
        None
    }

    async fn connect(
        &mut self,
        attempt: &mut Attempt,
        address: SocketAddr,
        timeout: Duration,
        connecting: &mut Option<Instant>,
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
                self.look_along(setting, address).await?;
                setting.queue_was_stuck |= self.is_queue_stuck(address).await?;
            }
            // Without a look no connection is made: it might take the last place.
            Look::Blind(reason) if !self.force => return Err(ConnectFailure::Ours(reason.clone())),
            Look::Blind(_) | Look::Remote | Look::Unlistened => {}
        }
        // The time of that look too is not counted as the Gateway's.
        let round = self.way_round(setting).await;
        let now = Instant::now();
        connecting.get_or_insert(now);
        let connected = match self.go_round(setting, round, now + timeout).await {
            Some(connected) => connected,
            None => connect::connect(address, now + timeout).await,
        };
        match connected {
            Ok(stream) => {
                setting.connected_in = Some(now.elapsed());
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
                let stuck = accept_queue::look(self.world.table.as_ref(), address);
                Err(stuck
                    .ok()
                    .flatten()
                    .map_or(ConnectFailure::TimedOut, ConnectFailure::Stuck))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether the queue is stuck; errs in that case, and when it cannot be seen, unless forced.
    async fn is_queue_stuck(&self, address: SocketAddr) -> Result<bool, ConnectFailure> {
        match accept_queue::watch(self.world.table.as_ref(), address).await {
            Ok(Some(stuck)) if !self.force => Err(ConnectFailure::Stuck(stuck)),
            Err(error) if !self.force => Err(ConnectFailure::Ours(error.to_string())),
            Ok(stuck) => Ok(stuck.is_some()),
            Err(_) => Ok(false),
        }
    }

    fn note(&mut self, stream: &TcpStream, address: SocketAddr, setting: &Setting) {
        let remote = stream.peer_addr().unwrap_or(address);
        match stream.local_addr() {
            Ok(local) if setting.is_in_sight() => {
                self.ledger.opened(AddressPair { local, remote });
            }
            _ => self.ledger.opened_out_of_sight(),
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
            let code = self.setting.code_of_refusal(self.target.port);
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
