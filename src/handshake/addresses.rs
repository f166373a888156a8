//! The addresses of a name in turn, until one of them sends a version.

use std::collections::VecDeque;
use std::net::SocketAddr;

use tokio::time::Instant;

use super::connect::ConnectFailure;
#[cfg(feature = "ibapi")]
use super::second_opinion;
use super::{Attempt, Attempter, Hold, Setting, Speaker};
use crate::event::{Events, StageName};
use crate::finding::Code;
use crate::session::Record;
use crate::target::Target;

impl Attempter<'_> {
    /// Runs one handshake under `client_id`, and holds its session if it is healthy. Where an address
    /// of the name connects and sends no version, the next one is tried.
    pub async fn run(
        &mut self,
        target: &Target,
        client_id: i32,
        hold: Option<Hold<'_>>,
        events: Events<'_>,
    ) -> Attempt {
        let start = Instant::now();
        let mut attempt = self.begin(target, start, client_id);
        let mut addresses = self.resolve(&mut attempt, events).await;
        let resolve = attempt.record.stages.clone();
        let mut first: Option<Attempt> = None;
        loop {
            self.try_addresses(&mut attempt, &mut addresses, hold.clone(), events)
                .await;
            if attempt.record.server_version.is_some() {
                return attempt;
            }
            let passed = attempt.passed_over();
            let is_last = passed.is_none() || addresses.is_empty();
            let mut tried = attempt.setting.tried.clone();
            tried.extend(passed);
            let mut kept = first.take().unwrap_or(attempt);
            if is_last || self.plan.is_over(Instant::now()) {
                let own = kept.setting.tried.len() + 1;
                kept.setting.others = tried.into_iter().skip(own).collect();
                return kept;
            }
            first = Some(kept);
            attempt = self.begin(target, Instant::now(), client_id);
            attempt.record.stages.clone_from(&resolve);
            attempt.setting.tried = tried;
        }
    }

    fn begin(&self, target: &Target, start: Instant, client_id: i32) -> Attempt {
        let mut setting = Setting::default();
        setting.at_hand.all_ports_tried = self.ahead.is_of_all_ports;
        Attempt {
            target: target.clone(),
            address: None,
            announced: self.plan.announced,
            record: Record::new(start, client_id),
            setting,
            held: None,
        }
    }

    /// Runs a session on the first of these addresses that connects, and takes them up to it away.
    async fn try_addresses(
        &mut self,
        attempt: &mut Attempt,
        addresses: &mut VecDeque<SocketAddr>,
        hold: Option<Hold<'_>>,
        events: Events<'_>,
    ) {
        if let Some(stream) = self.open(attempt, addresses, events).await {
            match self.speaker {
                Speaker::Ibdoc => self.drive(stream, attempt, hold, events).await,
                #[cfg(feature = "ibapi")]
                Speaker::Ibapi => {
                    let record = &mut attempt.record;
                    second_opinion::ask(stream, self.plan, record, events).await;
                }
            }
            self.ledger.check(self.world.table.as_ref());
        }
        self.look_at_hand(attempt);
        self.look_for_growth(attempt).await;
        attempt.note_deadline(self.plan);
        if let (Some(address), Some(_)) = (attempt.address, &attempt.setting.listener)
            && let Ok(Some(row)) = self.world.table.listener(address)
        {
            self.ledger.saw_queue(&row);
        }
    }
}

impl Attempt {
    /// The address that connected and sent no version, which another address of the name may do.
    fn passed_over(&self) -> Option<(SocketAddr, ConnectFailure)> {
        let words = match self.record.stage(StageName::Version)?.code? {
            Code::SilentAfterConnect => "accepts the connection and sends no version",
            Code::ClosedBeforeVersion => "accepts the connection and closes it before a version",
            Code::NotTwsProtocol => "accepts the connection and does not speak the TWS API",
            _ => return None,
        };
        Some((self.address?, ConnectFailure::Unanswered(words.to_owned())))
    }
}
