//! `ibdoc health`: one line and status 0 or 1 under one deadline, for container and service
//! health checks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::choice::{Choice, choose};
use super::examples::shown;
use super::vitals::{self, FirstReading};
use super::{Error, Outcome, Setup};
use crate::cli::ReportFiles;
use crate::diagnosis;
use crate::diagnosis::vitals::{assess_vitals, in_words};
use crate::event::{Events, StageName};
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::finding::{self, Finding};
use crate::handshake::Attempt;
use crate::handshake::footprint::Ledger;
use crate::machine::path;
use crate::machine::vitals::VitalSigns;
use crate::report::{self, Body};
use crate::session::{Plan, not_asked};
use crate::target::{ClientIds, TARGET_HELP, Target, TypedTarget};

/// Deadline of the whole command without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(10);

/// One line and status 0 or 1, for container and service health checks
///
/// Looks at the socket table, then runs a handshake up to the accounts, all of it within
/// --deadline (10s). A Gateway that needs attention counts as healthy unless --strict.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc health 127.0.0.1:4002 -q", "in a container's health check"),
    ("ibdoc health paper --strict", "count what needs attention as unhealthy"),
]))]
pub struct Health {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<TypedTarget>,

    /// Count what needs attention as not healthy
    #[arg(long, env = "IBDOC_STRICT")]
    pub strict: bool,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}

/// Runs the command: the passive look, then a handshake up to the accounts.
pub(super) async fn run(
    args: &Health,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let mut ledger = Ledger::default();
    let plan = setup.short_plan(setup.deadline(Some(DEADLINE)));
    let chosen = choose(setup, args.target.as_ref(), plan.deadline, &mut ledger).await?;
    let examined = match chosen {
        Choice::Typed(target) | Choice::Found(target) => {
            examine(&target, setup, &plan, &mut ledger, events).await
        }
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
        Choice::Tried(tried) => match (tried.only()?, tried.most_telling()) {
            (Some((attempt, findings)), _) => (attempt.clone(), findings.clone(), None),
            (None, Some(attempt)) => (attempt.clone(), tried.findings(), None),
            (None, None) => return Ok(Outcome::blind("no port was tried")),
        },
    };
    let (attempt, findings, vitals) = examined;
    let works = match finding::verdict(&findings) {
        Verdict::Healthy => true,
        Verdict::Attention => !args.strict,
        Verdict::Unknown | Verdict::Failed => false,
    };
    let healthy = works && attempt.setting.trouble.is_none() && attempt.interrupted.is_none();
    let record = &attempt.record;
    let body = Body::Health(report::Health {
        address: attempt.subject(),
        path: attempt.setting.path.clone(),
        vitals,
        healthy,
        server_version: record.server_version.map(|version| version.0),
        connect: record.stage(StageName::Connect).map(|stage| stage.elapsed),
        ready: record.ready,
        not_asked: not_asked(&record.asked()),
    });
    // That the deadline passed is an answer here, not unknown: it was not healthy in that time.
    let mut outcome = Outcome::of(body, findings, ledger.footprint());
    outcome.error.clone_from(&attempt.setting.trouble);
    if let Some(interrupted) = attempt.interrupted {
        outcome.error = Some(interrupted.words());
    }
    outcome.exit_status = Some(if healthy {
        ExitStatus::Healthy
    } else {
        ExitStatus::CouldNotLook
    });
    Ok(outcome)
}

/// One handshake with the target, what it shows, and the vital signs of the Gateway's JVM meanwhile.
async fn examine(
    target: &Target,
    setup: &Setup,
    plan: &Plan,
    ledger: &mut Ledger,
    events: Events<'_>,
) -> (Attempt, Vec<Finding>, Option<VitalSigns>) {
    let begun = first_reading(target, setup);
    let mut attempter = setup.attempter(plan, ledger);
    let mut ids = ClientIds::from_random_start();
    let attempt = attempter.run_with_free_id(target, &mut ids, None, events);
    let attempt = attempt.await;
    let mut findings = diagnosis::assess_attempt(&attempt, plan);
    let vitals = match begun {
        Some(begun) => begun.end(&setup.world, plan.deadline).await,
        None => None,
    };
    // It is evidence of what was found, and no finding of its own: a health check asks the API.
    if let Some(signs) = &vitals
        && finding::verdict(&findings) > Verdict::Healthy
        && let Some(first) = findings.first_mut()
    {
        let cause = assess_vitals(signs, &attempt.subject());
        let cause = cause.map(|it| it.summary);
        let words = format!("the Gateway's JVM: {}", in_words(signs));
        first.evidence.extend(cause.into_iter().chain([words]));
    }
    (attempt, findings, vitals)
}

/// The first look at the JVM of a Gateway on this machine, where its address needs no resolver.
fn first_reading(target: &Target, setup: &Setup) -> Option<FirstReading> {
    let ip = match target.host.as_str() {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.parse::<IpAddr>().ok()?,
    };
    let path = path::trace(&setup.world, SocketAddr::new(ip, target.port))?;
    vitals::begin(&setup.world, Some(&path))?.ok()
}
