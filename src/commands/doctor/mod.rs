//! `ibdoc doctor`: every check in order, then one diagnosis with its remedies in order.

mod addresses;
mod checks;
mod clients;
mod host;
mod inside;
mod way;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use super::host::{Resolved, Tried};
use super::{Error, Outcome, Setup};
use crate::cli::{ReportFiles, SessionArgs};
use crate::diagnosis::repeat::Assessed;
use crate::diagnosis::{self, repeat};
use crate::event::{Check, CheckStatus, Event, Events, Query};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding, principal_first};
use crate::handshake::Attempt;
use crate::handshake::ahead::Ahead;
use crate::handshake::footprint::Ledger;
use crate::handshake::resolve::resolve;
use crate::machine::path::Path;
use crate::machine::role::Role;
use crate::report::{self, Body};
use crate::session::{Plan, not_asked};
use crate::target::{ClientIds, TARGET_HELP, Target, TypedTarget};
use crate::text::typed::parse_positive_duration;
use checks::Examined;
use host::Chosen;

/// Deadline of one examination without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two handshakes: each is a load on the Gateway.
const BETWEEN_HANDSHAKES: Duration = Duration::from_secs(5);
/// Between two looks at the table while nothing listens.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// What `ibdoc doctor` takes.
#[derive(Args, Debug)]
pub struct Doctor {
    /// What is looked at.
    #[arg(help = TARGET_HELP, value_name = "TARGET", env = "IBDOC_TARGET")]
    pub target: Option<TypedTarget>,

    /// No second handshake
    #[arg(long, env = "IBDOC_QUICK")]
    pub quick: bool,

    /// Wait until a handshake brings the accounts, at most this long
    #[arg(long, value_name = "D", env = "IBDOC_WAIT")]
    #[arg(value_parser = parse_positive_duration)]
    pub wait: Option<Duration>,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,

    /// How the session announces itself and what it asks.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// Runs the command.
pub(super) async fn run(
    args: &Doctor,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let mut examination = Examination {
        args,
        setup,
        target: Target::loopback(Role::ALL[0].0),
        host: None,
        ledger: Ledger::default(),
        ids: ClientIds::from_random_start(),
        until: setup.began,
        resolved: None,
    };
    let limit = args.wait.map(|wait| setup.began + wait);
    loop {
        let began = Instant::now();
        let deadline = setup.deadline.unwrap_or(DEADLINE);
        examination.until = limit.map_or(began + deadline, |limit| limit.min(began + deadline));
        let mut checks = Vec::new();
        let last_round = limit.is_none();
        let show = &mut |check: Check| {
            // With --wait only the checks of the last examination are shown.
            if last_round {
                events(Event::Check(check.clone()));
            }
            checks.push(check);
        };
        let diagnosed = match examination.choose().await? {
            Chosen::Blind(error) => return Ok(Outcome::blind(error)),
            Chosen::Target => examination.examine(Diagnosed::default(), show).await,
            Chosen::Host(tried) => examination.examine_host(&tried, began, show).await,
        };
        let over = limit.is_none_or(|limit| Instant::now() >= limit);
        if over || diagnosed.works() {
            if !last_round {
                for check in &checks {
                    events(Event::Check(check.clone()));
                }
            }
            return Ok(examination.outcome(checks, diagnosed));
        }
        events(Event::Waiting {
            elapsed: setup.began.elapsed(),
            reason: diagnosed.reason(),
        });
        let pause = if diagnosed.connected {
            BETWEEN_HANDSHAKES
        } else {
            BETWEEN_LOOKS
        };
        let next = (began + pause).max(Instant::now() + BETWEEN_LOOKS);
        tokio::time::sleep_until(limit.map_or(next, |limit| limit.min(next))).await;
    }
}

/// One Gateway and what examining it needs.
struct Examination<'a> {
    args: &'a Doctor,
    setup: &'a Setup,
    target: Target,
    /// The host that was named alone.
    host: Option<String>,
    ledger: Ledger,
    ids: ClientIds,
    until: Instant,
    /// What the target's host was resolved to in this examination.
    resolved: Option<Resolved>,
}

/// What an examination has found.
#[derive(Default)]
struct Diagnosed {
    findings: Vec<Finding>,
    trouble: Option<String>,
    path: Option<Path>,
    /// Whether a connection was made.
    connected: bool,
    /// The requests that were made, in any handshake.
    asked: BTreeSet<Query>,
}

impl Diagnosed {
    fn works(&self) -> bool {
        self.trouble.is_none() && finding::verdict(&self.findings) < Verdict::Failed
    }

    fn reason(&self) -> String {
        let principal = finding::principal(&self.findings);
        let summary = principal.map(|finding| finding.summary.clone());
        summary.or(self.trouble.clone()).unwrap_or_default()
    }

    /// Adds the findings that are new: a second handshake that is better does not undo the first.
    fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let known =
                |other: &Finding| other.code == finding.code && other.subject == finding.subject;
            if !self.findings.iter().any(known) {
                self.findings.push(finding);
            }
        }
    }
}

impl Examination<'_> {
    /// Makes the checks in order, as far as each can still tell something; shows each as it ends.
    async fn examine(
        &mut self,
        mut diagnosed: Diagnosed,
        show: &mut dyn FnMut(Check),
    ) -> Diagnosed {
        let world = &self.setup.world;
        let until = self.until.min(Instant::now() + self.setup.timeouts.connect);
        // A name without an address is the handshake's finding.
        let resolved = resolve(&self.target.host, self.target.port, until).await;
        self.resolved = Some(resolved.clone());
        let addresses = resolved.unwrap_or_default();
        let mut start = Instant::now();
        let mut note = |diagnosed: &mut Diagnosed, examined: Examined| {
            diagnosed.add(examined.findings);
            let status = examined.check.status;
            let elapsed = examined.elapsed.unwrap_or(start.elapsed());
            show(Check {
                elapsed,
                ..examined.check
            });
            start = Instant::now();
            status
        };
        let gateway = checks::gateway(world, &self.target, &addresses);
        let way = way::look(world, &addresses).await;
        note(&mut diagnosed, way.of_gateway(gateway));
        note(
            &mut diagnosed,
            way.of_relay(checks::relay(world, &addresses)),
        );
        let ports = way.ports(&self.target);
        let sockets = checks::sockets(self.setup, ports, &addresses).await;
        let mut sockets = way.of_sockets(sockets);
        if let Some(inside) = inside::look(&way).await {
            sockets = inside.before(sockets);
        }
        let stuck = note(&mut diagnosed, sockets) == CheckStatus::Failed;
        let blocked = way.obstacle.is_some();
        diagnosed.path = way.path;
        if (stuck || blocked) && !self.setup.force {
            let reason = if stuck {
                "a connection would take a place in the stuck queue"
            } else {
                "the way to the Gateway is not open"
            };
            for name in ["handshake", "repeat"] {
                note(&mut diagnosed, Examined::skipped(name, reason));
            }
        } else {
            self.shake_hands(&mut diagnosed, &mut note).await;
        }
        let until = (!self.args.quick).then_some(self.until);
        let clients = clients::check(world, &self.target, &addresses, until).await;
        note(&mut diagnosed, clients);
        principal_first(&mut diagnosed.findings);
        diagnosed
    }

    async fn shake_hands(
        &mut self,
        diagnosed: &mut Diagnosed,
        note: &mut dyn FnMut(&mut Diagnosed, Examined) -> CheckStatus,
    ) {
        let since = Instant::now();
        let first = self.handshake().await;
        diagnosed.connected = first.record.stages.len() > 2;
        diagnosed.trouble.clone_from(&first.setting.trouble);
        diagnosed.asked.extend(first.record.asked());
        let plan = self.plan();
        let findings = diagnosis::assess_attempt(&first, &plan);
        let took = since.elapsed();
        let mut before = Assessed::new(&first, findings);
        if let Some(reason) = self.pointless(&first, &before, diagnosed) {
            note(
                diagnosed,
                checks::handshake("handshake", &first, before.findings).lasting(took),
            );
            note(diagnosed, Examined::skipped("repeat", reason));
            self.look_at_addresses(&first, diagnosed, note).await;
            return;
        }
        tokio::time::sleep(BETWEEN_HANDSHAKES).await;
        let began = Instant::now();
        let second = self.handshake().await;
        diagnosed.asked.extend(second.record.asked());
        let findings = diagnosis::assess_attempt(&second, &plan);
        let mut after = Assessed::new(&second, findings);
        // Whether the first failure is one depends on the second, if that ran to its end.
        if second.setting.trouble.is_none() && !second.record.cut_short {
            repeat::compare(&mut before, &mut after, BETWEEN_HANDSHAKES);
        }
        let examined = checks::handshake("handshake", &first, before.findings);
        note(diagnosed, examined.lasting(took));
        let second = checks::handshake("repeat", &second, after.findings);
        note(diagnosed, second.lasting(began.elapsed()));
        self.look_at_addresses(&first, diagnosed, note).await;
    }

    /// Why a second handshake would say nothing more.
    fn pointless(
        &self,
        first: &Attempt,
        assessed: &Assessed,
        diagnosed: &Diagnosed,
    ) -> Option<&'static str> {
        let refused = first.setting.listener.is_none() && !diagnosed.connected;
        let grew = first.setting.has_left_half_closed();
        if finding::verdict(&assessed.findings) <= Verdict::Healthy {
            Some("the first was healthy")
        } else if self.args.quick {
            Some("--quick")
        } else if grew {
            Some("the Gateway behind the relay keeps each connection half closed")
        } else if refused || diagnosed.trouble.is_some() {
            Some("the first could not connect")
        } else if Instant::now() + BETWEEN_HANDSHAKES >= self.until {
            Some("no time is left")
        } else {
            None
        }
    }

    fn plan(&self) -> Plan {
        super::handshake::plan(&self.args.session, self.setup, Some(self.until))
    }

    async fn handshake(&mut self) -> Attempt {
        let plan = self.plan();
        let mut attempter = self.setup.attempter(&plan, &mut self.ledger);
        let (target, ids) = (&self.target, &mut self.ids);
        if let Some(resolved) = &self.resolved {
            attempter.ahead = Ahead::of(&target.host, resolved.clone());
        }
        attempter
            .run_with_free_id(target, ids, None, &mut |_| {})
            .await
    }

    fn outcome(&self, checks: Vec<Check>, mut diagnosed: Diagnosed) -> Outcome {
        finding::name_command(&mut diagnosed.findings, "doctor");
        let body = Body::Doctor(report::Doctor {
            address: self.address(),
            diagnosis: words::diagnosis(&diagnosed.findings),
            path: diagnosed.path,
            checks,
            not_asked: not_asked(&diagnosed.asked),
        });
        let mut outcome = Outcome::of(body, diagnosed.findings, self.ledger.footprint());
        outcome.error = diagnosed.trouble;
        outcome
    }
}
