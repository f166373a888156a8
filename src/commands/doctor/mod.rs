//! `ibdoc doctor`: every check in order, then one diagnosis with its remedies in order.

mod addresses;
mod args;
mod checks;
mod clients;
mod host;
mod inside;
mod login;
mod notes;
mod vitals;
mod wait;
mod way;
mod words;

use std::time::Duration;

use tokio::time::Instant;

use super::host::{Resolved, Tried};
use super::outcome::cut_short;
use super::{Error, Outcome, Setup};
use crate::diagnosis::repeat::Assessed;
use crate::diagnosis::{self, repeat};
use crate::event::{Check, CheckStatus, Event, Events};
use crate::finding::verdict::Verdict;
use crate::finding::{self, principal_first};
use crate::handshake::Attempt;
use crate::handshake::ahead::Ahead;
use crate::handshake::footprint::{BETWEEN_HANDSHAKES, Ledger};
use crate::handshake::resolve::resolve;
use crate::machine::path::Obstacle;
use crate::machine::role::Role;
use crate::report::{self, Body};
use crate::session::{Plan, not_asked};
use crate::target::{ClientIds, Target};
pub(super) use args::Doctor;
use checks::Examined;
use host::Chosen;
use login::Logs;
use notes::{Diagnosed, Notes};
use wait::pause;

/// Deadline of one examination without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);

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
        logs: Logs::begin(args.logs.as_ref())?,
    };
    let longest = |wait| setup.deadline.unwrap_or(wait).min(wait);
    let limit = args.wait.map(|wait| setup.began + longest(wait));
    let is_past = || limit.is_none_or(|limit| Instant::now() >= limit);
    let mut earlier = None;
    loop {
        let began = Instant::now();
        let deadline = setup.deadline.unwrap_or(DEADLINE);
        examination.until = limit.map_or(began + deadline, |limit| limit.min(began + deadline));
        let mut checks = Vec::new();
        let last_round = limit.is_none();
        let show = &mut |event: Event| {
            let Event::Check(check) = event else {
                return events(event);
            };
            // With --wait only the checks of the last examination are shown.
            if last_round {
                events(Event::Check(check.clone()));
            }
            checks.push(check);
        };
        let mut diagnosed = Diagnosed::default();
        let is_whole = match examination.round(&mut diagnosed, show).await? {
            Round::Blind(error) => return Ok(Outcome::blind(error)),
            round => matches!(round, Round::Whole),
        };
        // The last one may be cut short by the end of the wait: the one before proves more.
        if let Some(whole) = earlier.take()
            && is_whole
            && diagnosed.cut_short.is_some()
        {
            (checks, diagnosed) = whole;
        }
        let over = !is_whole || is_past() || diagnosed.works();
        let pauses = (limit, examination.ledger.pause());
        if over || !pause(began, pauses, &diagnosed, setup, events).await || is_past() {
            let unshown = checks.iter().filter(|_| !last_round);
            unshown.for_each(|check| events(Event::Check(check.clone())));
            let outcome = examination.outcome(checks, diagnosed);
            return Ok(outcome.unless_interrupted(&setup.interrupt));
        }
        earlier = diagnosed.cut_short.is_none().then_some((checks, diagnosed));
    }
}

/// How an examination came out.
enum Round {
    /// It ran to its end.
    Whole,
    /// A signal came first.
    Interrupted,
    /// What is to be examined cannot be seen, and why.
    Blind(String),
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
    logs: Logs,
}

impl Examination<'_> {
    /// One examination of what is found to be the target now.
    async fn round(&mut self, diagnosed: &mut Diagnosed, show: Events<'_>) -> Result<Round, Error> {
        let began = Instant::now();
        let mut interrupt = self.setup.interrupt.clone();
        let examined = async {
            match self.choose().await? {
                Chosen::Blind(error) => return Ok(Round::Blind(error)),
                Chosen::Target => Box::pin(self.examine(diagnosed, show)).await,
                Chosen::Host(tried) => {
                    Box::pin(self.examine_host(&tried, began, diagnosed, show)).await;
                }
            }
            Ok(Round::Whole)
        };
        let round = tokio::select! {
            // A handshake that was interrupted has an answer of its own.
            biased;
            examined = examined => examined,
            _ = interrupt.received() => Ok(Round::Interrupted),
        };
        principal_first(&mut diagnosed.findings);
        round
    }

    /// Makes the checks in order, as far as each can still tell something; tells each as it ends, and
    /// what is awaited meanwhile.
    async fn examine(&mut self, diagnosed: &mut Diagnosed, events: Events<'_>) {
        let world = &self.setup.world;
        let connect = self.setup.timeouts.connect;
        let until = self.until.min(Instant::now() + connect);
        let mut notes = Notes::new(diagnosed, events);
        let host = &self.target.host;
        (notes.events)(Event::awaiting(format!("the address of {host}"), connect));
        // A name without an address is the handshake's finding.
        let resolved = resolve(host, self.target.port, until).await;
        self.resolved = Some(resolved.clone());
        let addresses = resolved.unwrap_or_default();
        notes.awaits("the Gateway's process and the way to it");
        let gateway = checks::gateway(world, &self.target, &addresses);
        let way = way::look(world, &addresses, self.until).await;
        notes.add(way.of_gateway(gateway));
        notes.add(way.of_relay(checks::relay(world, &addresses)));
        let begun = super::vitals::begin(world, way.path.as_ref());
        let ports = way.ports(&self.target);
        notes.awaits("the accept queue and half-closed sockets");
        let sockets = checks::sockets(self.setup, ports, &addresses, self.until).await;
        let mut sockets = way.of_sockets(sockets);
        if let Some(inside) = inside::look(&way, self.until).await {
            sockets = inside.before(sockets);
        }
        let stuck = notes.add(sockets) == CheckStatus::Failed;
        let blocked = way.obstacle.as_ref().is_some_and(Obstacle::blocks);
        notes.diagnosed.path.clone_from(&way.path);
        let endless = way.obstacle.as_ref().is_some_and(Obstacle::is_endless);
        if endless || (stuck || blocked) && !self.setup.force {
            let reason = if stuck {
                "a connection would take a place in the stuck queue"
            } else {
                "the way to the Gateway is not open"
            };
            for name in ["handshake", "repeat"] {
                notes.add(Examined::skipped(name, reason));
            }
        } else {
            self.shake_hands(&mut notes).await;
        }
        self.look_at_login(&way, &addresses, &mut notes).await;
        let world = &self.setup.world;
        let until = (!self.args.quick).then_some(self.until);
        notes.awaits("the programs that are connected");
        let clients = clients::check(world, &self.target, &addresses, until).await;
        notes.add(clients);
        if let Some(begun) = begun {
            self.look_at_jvm(begun, &mut notes).await;
        }
    }

    async fn shake_hands(&mut self, notes: &mut Notes<'_>) {
        let since = Instant::now();
        let first = self.handshake(notes.events).await;
        let diagnosed = &mut *notes.diagnosed;
        diagnosed.connected = first.record.stages.len() > 2;
        diagnosed.trouble.clone_from(&first.setting.trouble);
        diagnosed.asked.extend(first.record.asked());
        let plan = self.plan();
        let findings = diagnosis::assess_attempt(&first, &plan);
        let took = since.elapsed();
        diagnosed.cut_short = cut_short(&first).filter(|_| !diagnosed.has_failed());
        diagnosed.connection = login::connection(&first);
        let mut before = Assessed::new(&first, findings);
        if let Some(reason) = self.pointless(&first, &before, notes.diagnosed) {
            notes.add(checks::handshake("handshake", &first, before.findings).lasting(took));
            notes.add(Examined::skipped("repeat", reason));
            self.look_at_addresses(&first, notes).await;
            return;
        }
        let pause = "the second handshake";
        (notes.events)(Event::awaiting(pause, BETWEEN_HANDSHAKES));
        tokio::time::sleep(BETWEEN_HANDSHAKES).await;
        let began = Instant::now();
        let second = self.handshake(notes.events).await;
        notes.diagnosed.asked.extend(second.record.asked());
        let findings = diagnosis::assess_attempt(&second, &plan);
        notes.diagnosed.connection = login::connection(&second);
        let mut after = Assessed::new(&second, findings);
        // Whether the first failure is one depends on the second, if that ran to its end.
        let is_whole = second.setting.trouble.is_none() && second.interrupted.is_none();
        if is_whole && !second.record.cut_short {
            repeat::compare(&mut before, &mut after, BETWEEN_HANDSHAKES);
        } else if cut_short(&second).is_some() {
            after.findings.clear();
        }
        let examined = checks::handshake("handshake", &first, before.findings);
        notes.add(examined.lasting(took));
        let second = checks::handshake("repeat", &second, after.findings);
        notes.add(second.lasting(began.elapsed()));
        self.look_at_addresses(&first, notes).await;
    }

    /// Why a second handshake would say nothing more.
    fn pointless(
        &self,
        first: &Attempt,
        assessed: &Assessed,
        diagnosed: &Diagnosed,
    ) -> Option<&'static str> {
        if first.interrupted.is_some() {
            return Some("interrupted");
        }
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

    async fn handshake(&mut self, events: Events<'_>) -> Attempt {
        let plan = self.plan();
        let mut attempter = self.setup.attempter(&plan, &mut self.ledger);
        let (target, ids) = (&self.target, &mut self.ids);
        if let Some(resolved) = &self.resolved {
            attempter.ahead = Ahead::of(&target.host, resolved.clone());
        }
        // The checks tell what came of it.
        let only_internal = &mut |event: Event| {
            if event.is_internal() {
                events(event);
            }
        };
        let attempt = attempter.run_with_free_id(target, ids, None, only_internal);
        attempt.await
    }

    fn outcome(&self, checks: Vec<Check>, mut diagnosed: Diagnosed) -> Outcome {
        finding::name_command(&mut diagnosed.findings, "doctor");
        let body = Body::Doctor(report::Doctor {
            address: self.address(),
            diagnosis: words::diagnosis(&diagnosed.findings)
                .filter(|_| diagnosed.cut_short.is_none()),
            path: diagnosed.path,
            vitals: diagnosed.vitals,
            checks,
            login: diagnosed.login,
            not_asked: not_asked(&diagnosed.asked),
        });
        let mut outcome = Outcome::of(body, diagnosed.findings, self.ledger.footprint());
        outcome.error = diagnosed.trouble.or(diagnosed.cut_short);
        outcome
    }
}
