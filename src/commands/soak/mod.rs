//! `ibdoc soak`: N handshakes one after the other, then one session held for M minutes; or the
//! user's own program N times.

mod args;
mod limits;
mod verdict;
mod wait;

use std::time::Duration;

pub(super) use self::args::Soak;
use super::choice::{Choice, choose};
use super::handshake::plan;
use super::host::{Tried, is_live};
use super::{Error, Outcome, Setup};
use crate::event::Events;
use crate::handshake::footprint::Ledger;
use crate::machine::role::Role;
use crate::render::file::Background;
use crate::soak::run::{ProgramPlan, Saving, SoakPlan, run as soak};
use crate::target::Target;

/// Handshakes without `--attempts`, `--minutes` and `--hours`.
const ATTEMPTS: u32 = 10;
/// Between two reports of a soak that goes on.
const SAVED_EVERY: Duration = Duration::from_secs(60);

/// Runs the command.
pub(super) async fn run(args: &Soak, setup: &Setup, events: Events<'_>) -> Result<Outcome, Error> {
    let mut ledger = Ledger::default();
    let target = match choose(setup, args.target.as_ref(), None, &mut ledger).await? {
        Choice::Typed(target) => target,
        Choice::Found(target) => paper_only(target)?,
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
        Choice::Tried(tried) => match answering(&tried)? {
            Some(target) => target,
            None => return Ok(nowhere(&tried, &ledger)),
        },
    };
    let plan = meant(args, setup, &target)?;
    let interrupt = setup.interrupt.clone();
    // The handshakes that found the port, and those that waited for it, are connections too.
    if let Some(limit) = args.wait {
        wait::until_ready(limit, &target, setup, &mut ledger, events).await;
    }
    let outcome = |soaked| verdict::outcome(soaked, &args.limits, &target);
    let mut background = Background::default();
    let mut save = |soaked| {
        let so_far = outcome(soaked).into_report("soak", setup);
        background.write(&args.files.reports, so_far);
    };
    let has_files = !args.files.reports.is_empty();
    let saving = has_files.then(|| Saving::new(SAVED_EVERY, &mut save));
    // As large as all of its parts together, it goes to the heap.
    let soaked = Box::pin(soak(&plan, &setup.world, ledger, interrupt, saving, events)).await;
    background.finish();
    Ok(outcome(soaked))
}

/// What was typed as what is run; a plan to do nothing is an error.
fn meant<'a>(args: &'a Soak, setup: &Setup, target: &'a Target) -> Result<SoakPlan<'a>, Error> {
    let default = if args.hold().is_some() { 0 } else { ATTEMPTS };
    let plan = SoakPlan {
        target,
        attempts: args.attempts.unwrap_or(default),
        gap: args.gap,
        hold: args.hold().unwrap_or_default(),
        keep_going: args.keep_going,
        force: setup.force,
        session: plan(&args.session, setup, setup.deadline(None)),
        program: args.own.exec.then(|| ProgramPlan {
            ibdoc: std::env::current_exe().ok(),
            command: &args.own.command,
            timeout: args.own.exec_timeout,
            through_tap: args.own.through_tap,
            neutral: args.own.neutral,
            shows_output: args.own.show_output,
        }),
    };
    if plan.attempts > 0 || !plan.hold.is_zero() {
        return Ok(plan);
    }
    let message = match &plan.program {
        Some(_) => "nothing to do: give --attempts more than 0",
        None => "nothing to do: give --attempts, --minutes or --hours more than 0",
    };
    Err(Error::Usage(message.to_owned()))
}

/// The port of a host on which a Gateway answers; a live one is never soaked unless it is named.
fn answering(tried: &Tried) -> Result<Option<Target>, Error> {
    let Some((attempt, _)) = tried.only()? else {
        return Ok(None);
    };
    let target = attempt.target.clone();
    if is_live(attempt) {
        let message = format!("only a live port answers: to soak it, name it: ibdoc soak {target}");
        return Err(Error::Usage(message));
    }
    Ok(Some(target))
}

/// The outcome where no Gateway answers on any known port of a host: nothing was soaked.
fn nowhere(tried: &Tried, ledger: &Ledger) -> Outcome {
    let telling = tried.most_telling();
    Outcome {
        findings: tried.findings(),
        footprint: ledger.footprint(),
        error: telling.and_then(|attempt| attempt.setting.trouble.clone()),
        ..Outcome::default()
    }
}

/// Without a target a live port is never soaked.
fn paper_only(target: Target) -> Result<Target, Error> {
    if target.role().is_some_and(Role::is_live) {
        let message = format!("only a live port listens: to soak it, name it: ibdoc soak {target}");
        return Err(Error::Usage(message));
    }
    Ok(target)
}
