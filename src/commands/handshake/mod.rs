//! `ibdoc handshake`: one complete API handshake, every stage timed.

mod as_client;

use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use tokio::time::Instant;

use super::choice::{Choice, choose};
use super::host::Tried;
use super::{Error, Outcome, Setup};
use crate::cli::{ReportFiles, SessionArgs};
use crate::commands::examples::shown;
use crate::diagnosis;
use crate::event::Events;
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::handshake::clients::{CLIENTS, Client};
use crate::handshake::footprint::Ledger;
use crate::handshake::{Attempt, Speaker};
use crate::report::Judgement;
use crate::report::{self, Body};
use crate::session::{Plan, not_asked, queries};
use crate::target::{ClientId, ClientIds, TARGET_HELP, Target, TypedTarget};
use crate::text::typed::parse_duration;
use crate::text::words::counted;

/// Deadline of the whole command without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);

/// Run the API handshake with every stage timed
///
/// Resolve, connect, version, start, accounts, then time, positions, account summary and
/// account values, then a close that leaves nothing behind. Without a target: the known port
/// that listens here.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc handshake paper", "each stage with its time"),
    ("ibdoc handshake paper --as ib_async", "would ib_async have connected, and after how long"),
    ("ibdoc handshake paper --client-id 7", "is the client id 7 free"),
]))]
pub struct Handshake {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<TypedTarget>,

    /// Client id, or auto for a free one of 9000 to 9999
    #[arg(long, value_name = "N|auto", env = "IBDOC_CLIENT_ID")]
    #[arg(default_value = "auto", allow_hyphen_values = true)]
    pub client_id: ClientId,

    /// Announce, wait and ask as a client library does at its start, and tell whether it would
    /// have connected and after how long; all compares them
    #[arg(long = "as", value_name = "CLIENT", value_enum, env = "IBDOC_AS")]
    #[arg(conflicts_with_all = ["announce", "client_timeout", "account_updates", "orders"])]
    pub impersonate: Option<Impersonate>,

    /// With --as: ask everything that the client asks, also open and completed orders (a Read-Only
    /// Gateway refuses them or shows a dialog) and account updates (ends another program's
    /// subscription)
    #[arg(long, env = "IBDOC_AS_IS")]
    pub as_is: bool,

    /// Pause between the handshakes of --as
    #[arg(long, value_name = "D", env = "IBDOC_GAP")]
    #[arg(default_value = "5s", value_parser = parse_duration, allow_hyphen_values = true)]
    pub gap: Duration,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,

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
            let clients = CLIENTS.iter().map(Impersonate::Client);
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
    if args.as_is && args.impersonate.is_none() {
        return Err(Error::Usage("--as-is belongs to --as".to_owned()));
    }
    let mut ledger = Ledger::default();
    let deadline = setup.deadline(Some(DEADLINE));
    let chosen = choose(setup, args.target.as_ref(), deadline, &mut ledger).await?;
    let target = match chosen {
        Choice::Typed(target) | Choice::Found(target) => target,
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
        Choice::Tried(tried) => match tried.only()? {
            Some((attempt, _)) => attempt.target.clone(),
            None => return Ok(nowhere(&tried, &ledger)),
        },
    };
    let mut shaking = Shaking {
        args,
        setup,
        target,
        ledger,
        ids: ClientIds::from_random_start(),
        untried: 0,
    };
    let (attempt, findings, clients) = match args.impersonate {
        None => {
            let plan = plan(&args.session, setup, setup.deadline(Some(DEADLINE)));
            let (attempt, findings) = shaking.run(&plan, Speaker::Ibdoc, events).await;
            (attempt, findings, Vec::new())
        }
        Some(Impersonate::Client(client)) => shaking.run_as(client, events).await,
        Some(Impersonate::All) => shaking.run_as_all(events).await,
    };
    let body = Body::Handshake(body(&attempt, clients));
    let footprint = shaking.ledger.footprint();
    let mut outcome = Outcome::of_attempt(body, findings, footprint, &attempt);
    if shaking.untried > 0 && finding::verdict(&outcome.findings) == Verdict::Healthy {
        let untried = counted(shaking.untried as u64, "client");
        let why = format!("the deadline of the command passed before {untried} could be tried");
        outcome.error.get_or_insert(why);
    }
    Ok(outcome.unless_interrupted(&setup.interrupt))
}

/// The outcome where no Gateway answers on any known port of a host.
fn nowhere(tried: &Tried, ledger: &Ledger) -> Outcome {
    let Some(attempt) = tried.most_telling() else {
        return Outcome::blind("no port was tried");
    };
    let body = Body::Handshake(body(attempt, Vec::new()));
    Outcome::of_attempt(body, tried.findings(), ledger.footprint(), attempt)
}

/// An attempt, its findings, and which clients would have connected.
type Judged = (Attempt, Vec<Finding>, Vec<Judgement>);

struct Shaking<'a> {
    args: &'a Handshake,
    setup: &'a Setup,
    target: Target,
    ledger: Ledger,
    ids: ClientIds,
    /// Clients for which there was no time.
    untried: usize,
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
}

/// What a session announces and asks, from what was typed.
pub(super) fn plan(args: &SessionArgs, setup: &Setup, deadline: Option<Instant>) -> Plan {
    Plan {
        announced: args.announce,
        timeouts: setup.timeouts,
        client_timeout: args.client_timeout,
        queries: queries(args.account_updates, args.orders),
        start_up: None,
        deadline,
    }
}

fn body(attempt: &Attempt, clients: Vec<Judgement>) -> report::Handshake {
    let record = attempt.record.clone();
    let not_asked = not_asked(&record.asked());
    report::Handshake {
        address: attempt.subject(),
        path: attempt.setting.path.clone(),
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
        not_asked,
        close: record.close,
        network: record.transmission,
        clients,
    }
}
