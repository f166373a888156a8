//! `ibdoc handshake`: one complete API handshake, every stage timed.

use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use tokio::time::Instant;

use super::choice::{Choice, choose};
use super::{Error, Outcome, Setup};
use crate::cli::SessionArgs;
use crate::diagnosis;
use crate::event::Events;
use crate::finding::{self, Finding};
use crate::handshake::clients::{CLIENTS, Client, Played};
use crate::handshake::footprint::Ledger;
#[cfg(feature = "ibapi")]
use crate::handshake::second_opinion;
use crate::handshake::{Attempt, Speaker, would_connect};
use crate::report::Judgement;
use crate::report::{self, Body};
use crate::session::{Plan, queries};
use crate::target::{ClientId, ClientIds, TARGET_HELP, Target};
use crate::text::typed::parse_duration;

/// Deadline of the whole command without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);

/// What `ibdoc handshake` takes.
#[derive(Args, Debug)]
pub struct Handshake {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<Target>,

    /// Client id, or auto for a free one of 9000 to 9999
    #[arg(long, value_name = "N|auto", env = "IBDOC_CLIENT_ID")]
    #[arg(default_value = "auto", allow_hyphen_values = true)]
    pub client_id: ClientId,

    /// Announce and wait like a client library, and tell whether it would have connected; ibapi
    /// connects with the real Rust library, all compares the usual ones
    #[arg(long = "as", value_name = "CLIENT", value_enum, env = "IBDOC_AS")]
    #[arg(conflicts_with_all = ["announce", "client_timeout"])]
    pub impersonate: Option<Impersonate>,

    /// Pause between the handshakes of --as all
    #[arg(long, value_name = "D", env = "IBDOC_GAP")]
    #[arg(default_value = "5s", value_parser = parse_duration, allow_hyphen_values = true)]
    pub gap: Duration,

    /// How the session announces itself and what it asks.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// The client that a handshake stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impersonate {
    /// One client library.
    Client(&'static Client),
    /// The usual clients, one handshake each.
    All,
}

impl ValueEnum for Impersonate {
    fn value_variants<'a>() -> &'a [Self] {
        static VARIANTS: LazyLock<Vec<Impersonate>> = LazyLock::new(|| {
            let played = CLIENTS.iter().filter(|it| it.played != Played::Never);
            let clients = played.map(Impersonate::Client);
            clients.chain([Impersonate::All]).collect()
        });
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Impersonate::Client(client) => client.name,
            Impersonate::All => "all",
        }))
    }
}

/// Runs the command.
pub(super) async fn run(
    args: &Handshake,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let target = match choose(setup, args.target.as_ref())? {
        Choice::Typed(target) | Choice::Found(target) => target,
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
    };
    let mut shaking = Shaking {
        args,
        setup,
        target,
        ledger: Ledger::default(),
        ids: ClientIds::from_random_start(),
    };
    let (attempt, findings, clients) = match args.impersonate {
        None => {
            let plan = plan(&args.session, setup, setup.deadline(Some(DEADLINE)));
            let (attempt, findings) = shaking.run(&plan, Speaker::Ibdoc, events).await;
            (attempt, findings, Vec::new())
        }
        Some(Impersonate::Client(client)) if client.played == Played::ByLibrary => {
            shaking.run_library(client, events).await?
        }
        Some(Impersonate::Client(client)) => shaking.run_as(client, events).await,
        Some(Impersonate::All) => shaking.run_as_all(events).await,
    };
    let body = Body::Handshake(body(&attempt, clients));
    let footprint = shaking.ledger.footprint();
    Ok(Outcome::of_attempt(body, findings, footprint, &attempt))
}

/// An attempt, its findings, and which clients would have connected.
type Judged = (Attempt, Vec<Finding>, Vec<Judgement>);

struct Shaking<'a> {
    args: &'a Handshake,
    setup: &'a Setup,
    target: Target,
    ledger: Ledger,
    ids: ClientIds,
}

impl Shaking<'_> {
    async fn run(
        &mut self,
        plan: &Plan,
        speaker: Speaker,
        events: Events<'_>,
    ) -> (Attempt, Vec<Finding>) {
        let mut attempter = self.setup.attempter(plan, &mut self.ledger);
        attempter.speaker = speaker;
        let attempt = match self.args.client_id {
            ClientId::Fixed(id) => attempter.run(&self.target, id, None, events).await,
            ClientId::Auto => {
                attempter
                    .run_with_free_id(&self.target, &mut self.ids, None, events)
                    .await
            }
        };
        let findings = diagnosis::assess_attempt(&attempt, plan);
        (attempt, findings)
    }

    async fn run_as(&mut self, client: &Client, events: Events<'_>) -> Judged {
        // With --as all each handshake has a minute of its own, unless --deadline bounds them all.
        let deadline = self.setup.deadline(None);
        let deadline = deadline.unwrap_or(Instant::now() + DEADLINE);
        let mut plan = plan(&self.args.session, self.setup, Some(deadline));
        plan.announced = client.announces;
        let (attempt, findings) = self.run(&plan, Speaker::Ibdoc, events).await;
        let judgement = would_connect::judge(client, &attempt.record);
        (attempt, findings, vec![judgement])
    }

    #[cfg(feature = "ibapi")]
    async fn run_library(&mut self, client: &Client, events: Events<'_>) -> Result<Judged, Error> {
        let plan = plan(
            &self.args.session,
            self.setup,
            self.setup.deadline(Some(DEADLINE)),
        );
        let (mut attempt, findings) = self.run(&plan, Speaker::Ibapi, events).await;
        attempt.announced = client.announces;
        let judgement = second_opinion::judge(client, &attempt.record);
        Ok((attempt, findings, vec![judgement]))
    }

    #[cfg(not(feature = "ibapi"))]
    #[expect(clippy::unused_async, reason = "the other build awaits the library")]
    async fn run_library(
        &mut self,
        _client: &Client,
        _events: Events<'_>,
    ) -> Result<Judged, Error> {
        let message = "this build leaves the ibapi library out; \
            `cargo install --path . --profile dist --features ibapi` has it";
        Err(Error::Usage(message.to_owned()))
    }

    /// One handshake for each usual client, with a pause between them; the report shows the one
    /// with the worst verdict.
    async fn run_as_all(&mut self, events: Events<'_>) -> Judged {
        let mut worst: Option<(Attempt, Vec<Finding>)> = None;
        let mut clients = Vec::new();
        let played = |it: &&Client| it.played == Played::BySession;
        for client in CLIENTS.iter().filter(played) {
            if !clients.is_empty() {
                tokio::time::sleep(self.args.gap).await;
            }
            let (attempt, findings, mut judgement) = self.run_as(client, events).await;
            clients.append(&mut judgement);
            let is_worse = worst
                .as_ref()
                .is_none_or(|(_, known)| finding::verdict(&findings) > finding::verdict(known));
            let is_silent = attempt.record.server_version.is_none();
            if is_worse {
                worst = Some((attempt, findings));
            }
            // Where no version comes, the Gateway does not answer another client either.
            if is_silent && clients.len() >= SILENT_CLIENTS {
                break;
            }
        }
        match worst {
            Some((attempt, findings)) => (attempt, findings, clients),
            None => self.run_as(&CLIENTS[0], events).await,
        }
    }
}

/// After so many clients without an answer `--as all` stops: each may leave an open dialog.
const SILENT_CLIENTS: usize = 2;

/// What a session announces and asks, from what was typed.
pub(super) fn plan(args: &SessionArgs, setup: &Setup, deadline: Option<Instant>) -> Plan {
    Plan {
        announced: args.announce,
        timeouts: setup.timeouts,
        client_timeout: args.client_timeout,
        queries: queries(args.account_updates, args.orders),
        deadline,
    }
}

fn body(attempt: &Attempt, clients: Vec<Judgement>) -> report::Handshake {
    let record = attempt.record.clone();
    report::Handshake {
        address: attempt.subject(),
        client_id: record.client_id,
        announced: attempt.announced.to_string(),
        server_version: record.server_version.map(|version| version.0),
        connection_time: record.connection_time,
        ready: record.ready,
        stages: record.stages,
        accounts: record.accounts,
        next_order_id: record.next_order_id,
        notices: record.notices,
        notices_dropped: record.notices_dropped,
        close: record.close,
        clients,
    }
}
