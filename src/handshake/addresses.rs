//! The addresses of a name in turn, until one of them sends a version.

use std::cell::Cell;
use std::collections::VecDeque;
use std::net::SocketAddr;

use tokio::time::Instant;

use super::connect::ConnectFailure;
#[cfg(feature = "ibapi")]
use super::second_opinion;
use super::usage::{Usage, Use};
use super::{Attempt, Attempter, Setting, Speaker};
use crate::event::{Events, StageName, StageStatus};
use crate::finding::Code;
use crate::finding::verdict::Severity;
use crate::session::{HoldPlan, Plan, Record};
use crate::target::Target;

impl Attempter<'_> {
    /// Runs one handshake under `client_id`, and holds its session if it is healthy. Where an address
    /// of the name connects and sends no version, the next one is tried. A signal ends it with what is
    /// known by then.
    pub async fn run(
        &mut self,
        target: &Target,
        client_id: i32,
        hold: Option<HoldPlan>,
        events: Events<'_>,
    ) -> Attempt {
        let usage = hold.map(Use::Hold);
        self.use_session(target, client_id, usage, events).await
    }

    /// The same, with whatever the session is used for.
    pub(super) async fn use_session(
        &mut self,
        target: &Target,
        client_id: i32,
        usage: Option<Use<'_>>,
        events: Events<'_>,
    ) -> Attempt {
        let mut attempt = self.begin(target, Instant::now(), client_id);
        let begun = Cell::new(false);
        let usage = usage.map(|usage| (usage, &begun));
        let mut interrupt = self.interrupt.clone();
        let interrupted = async {
            let status = interrupt.received().await;
            if begun.get() {
                // A session in use ends by itself, and with its figures.
                std::future::pending::<()>().await;
            }
            status
        };
        let ended = tokio::select! {
            biased;
            status = interrupted => Some(status),
            () = self.try_each(&mut attempt, usage, events) => None,
        };
        if let Some(status) = ended {
            let mut stage = self.stage_after(&attempt.record);
            // A question to the Gateway's own port is on no record before it is answered.
            if stage == StageName::Connect && attempt.setting.detour.take().is_some() {
                stage = StageName::Version;
            }
            attempt.interrupt(status, stage, events);
            self.ledger.check(self.world);
            attempt.note_deadline(self.plan);
        }
        attempt
    }

    /// Tries the addresses of the name until one of them sends a version; the first is told where none
    /// does.
    async fn try_each(&mut self, attempt: &mut Attempt, usage: Usage<'_>, events: Events<'_>) {
        let mut addresses = self.resolve(attempt, events).await;
        let resolve = attempt.record.stages.clone();
        let mut first: Option<Attempt> = None;
        loop {
            self.try_addresses(attempt, &mut addresses, usage, events)
                .await;
            if attempt.record.server_version.is_some() {
                return;
            }
            let passed = attempt.passed_over();
            let is_last = passed.is_none() || addresses.is_empty();
            let mut tried = attempt.setting.tried.clone();
            tried.extend(passed);
            let again = self.begin(&attempt.target, Instant::now(), attempt.record.client_id);
            let this = std::mem::replace(attempt, again);
            let mut kept = first.take().unwrap_or(this);
            if is_last || self.plan.is_over(Instant::now()) {
                let own = kept.setting.tried.len() + 1;
                kept.setting.others = tried.into_iter().skip(own).collect();
                *attempt = kept;
                return;
            }
            first = Some(kept);
            attempt.record.stages.clone_from(&resolve);
            attempt.setting.tried = tried;
        }
    }

    /// The stage that goes on; the real library tells of none before its accounts.
    fn stage_after(&self, record: &Record) -> StageName {
        match (record.next_stage(self.plan), self.speaker) {
            #[cfg(feature = "ibapi")]
            (StageName::Version, Speaker::Ibapi) => StageName::Accounts,
            (stage, _) => stage,
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
            interrupted: None,
        }
    }

    /// Runs a session on the first of these addresses that connects, and takes them up to it away.
    async fn try_addresses(
        &mut self,
        attempt: &mut Attempt,
        addresses: &mut VecDeque<SocketAddr>,
        usage: Usage<'_>,
        events: Events<'_>,
    ) {
        if let Some(opened) = self.open(attempt, addresses, events).await {
            match self.speaker {
                Speaker::Ibdoc => Box::pin(self.drive(opened, attempt, usage, events)).await,
                #[cfg(feature = "ibapi")]
                Speaker::Ibapi if opened.greeting.is_none() => {
                    let record = &mut attempt.record;
                    second_opinion::ask(opened.stream, self.plan, record, events).await;
                }
                #[cfg(feature = "ibapi")]
                Speaker::Ibapi => Box::pin(self.drive(opened, attempt, usage, events)).await,
            }
            if attempt.setting.is_relayed() {
                self.ledger.lost_sight();
            }
            self.ledger.check(self.world);
        }
        self.look_at_hand(attempt);
        self.look_for_growth(attempt).await;
        let setting = &attempt.setting;
        let version = attempt.record.stage(StageName::Version);
        let is_silent = version.is_some_and(|stage| stage.status == StageStatus::Timeout);
        self.ledger.heard(is_silent && !setting.is_in_sight());
        if let Some(address) = attempt.address {
            if attempt.record.is_ready() && attempt.setting.dropped_at.is_none() {
                self.ledger.ways.answered(address);
            } else {
                self.ledger.ways.forget(address);
            }
        }
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

impl Attempt {
    /// Whether an error was met, whatever would have come after it.
    pub fn has_failed(&self) -> bool {
        let is_error = |code: Code| code.severity() == Severity::Error;
        let mut failed = self.record.stages.iter();
        failed.any(|stage| stage.status == StageStatus::Failed && stage.code.is_some_and(is_error))
    }

    /// Whether the command's deadline ended it, and nothing had failed until then: it proves nothing.
    pub fn is_cut_short(&self) -> bool {
        self.record.cut_short && !self.has_failed()
    }

    /// Whether the command's deadline ended it before a usual client would have given up.
    pub fn is_too_short(&self, plan: &Plan) -> bool {
        let stages = self.record.stages.iter();
        let late = stages.filter(|stage| stage.status == StageStatus::Timeout);
        let waited = late.map(|stage| stage.elapsed).max();
        self.is_cut_short() && waited.is_none_or(|waited| waited < plan.client_timeout)
    }

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
}
