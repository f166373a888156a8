//! `ibdoc handshake`: one complete API handshake, every stage timed.

use std::time::Duration;

use super::{Error, Outcome, Setup};
use crate::attempt::{Attempt, Attempter};
use crate::cli::{Handshake, SessionArgs};
use crate::event::Events;
use crate::finding;
use crate::footprint::Ledger;
use crate::process::ProgramKind;
use crate::report::{self, Body};
use crate::session::{Plan, queries};
use crate::target::{ClientId, ClientIds, Role, Target};
use crate::verdict::Verdict;

/// Deadline of the whole command without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs the command.
pub(super) async fn run(
    args: &Handshake,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let target = match setup.target(args.target.as_ref())? {
        Some(target) => target,
        None => match choose_target(setup)? {
            Choice::Target(target) => target,
            Choice::Blind(error) => return Ok(Outcome::blind(error)),
        },
    };
    let plan = plan(&args.session, setup, Some(DEADLINE));
    let mut ledger = Ledger::default();
    let mut attempter = Attempter {
        world: &setup.world,
        plan: &plan,
        force: setup.force,
        ledger: &mut ledger,
    };
    let attempt = match args.client_id {
        ClientId::Fixed(id) => attempter.run(&target, id, None, events).await,
        ClientId::Auto => {
            let mut ids = ClientIds::from_random_start();
            attempter.run_with_free_id(&target, &mut ids, events).await
        }
    };
    let findings = finding::assess_attempt(&attempt, &plan);
    let cut_short = attempt.record.cut_short;
    let body = Body::Handshake(body(attempt, &plan));
    let mut outcome = Outcome::of(body, findings, ledger.footprint());
    if cut_short && finding::verdict(&outcome.findings) < Verdict::Unknown {
        outcome.verdict = Some(Verdict::Unknown);
        outcome.error = Some("the deadline passed before every stage was tried".to_owned());
    }
    Ok(outcome)
}

/// What a session announces and asks, from what was typed.
pub(super) fn plan(args: &SessionArgs, setup: &Setup, deadline: Option<Duration>) -> Plan {
    Plan {
        announced: args.announce,
        timeouts: setup.timeouts,
        client_timeout: args.client_timeout,
        queries: queries(args.account_updates, args.orders),
        deadline: setup.deadline(deadline),
    }
}

/// What to connect to when no target was typed.
pub(super) enum Choice {
    /// This one.
    Target(Target),
    /// The socket table could not be read.
    Blind(String),
}

/// The port that listens, of the known ones and those of recognised Gateways; paper when none
/// does. Several that listen are a usage error which names them.
pub(super) fn choose_target(setup: &Setup) -> Result<Choice, Error> {
    let listeners = match setup.world.listeners_on(&setup.world.gateway_ports()) {
        Ok(listeners) => listeners,
        Err(error) => return Ok(Choice::Blind(error.to_string())),
    };
    match listeners.as_slice() {
        [] => Ok(Choice::Target(Target::loopback(Role::ALL[0].0))),
        [one] => Ok(Choice::Target(Target::loopback(one.port))),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(
                    |listener| match (Role::of_port(listener.port), listener.kind) {
                        (Some(role), _) => format!("{} ({})", listener.port, role.name()),
                        (None, kind @ (ProgramKind::Gateway | ProgramKind::Tws)) => {
                            format!("{} ({})", listener.port, kind.name())
                        }
                        (None, _) => listener.port.to_string(),
                    },
                )
                .collect();
            let message = format!("several ports listen, name one: {}", names.join(", "));
            Err(Error::Usage(message))
        }
    }
}

fn body(attempt: Attempt, plan: &Plan) -> report::Handshake {
    let address = attempt.subject();
    let record = attempt.record;
    report::Handshake {
        address,
        client_id: record.client_id,
        announced: plan.announced.to_string(),
        server_version: record.server_version.map(|version| version.0),
        connection_time: record.connection_time,
        stages: record.stages,
        accounts: record.accounts,
        next_order_id: record.next_order_id,
        notices: record.notices,
        close: record.close,
    }
}
