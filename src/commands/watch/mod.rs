//! `ibdoc watch`: Gateways watched until it is told to end.

mod args;
mod textfile;

use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpListener;

pub(super) use self::args::Watch;
use self::textfile::Textfile;
use super::choice::{Choice, choose};
use super::{Error, Outcome, Setup};
use crate::event::{Events, Footprint};
use crate::handshake::footprint::Ledger;
use crate::render;
use crate::render::file::Background;
use crate::report::Body;
use crate::target::Target;
use crate::watch::run::{Outlets, SoFar, WatchPlan, Watched, run as watch};
use crate::watch::{Hook, Notify, Pace, RestartAt, is_zone};

/// Between two reports of a watch that goes on.
const SAVED_EVERY: Duration = Duration::from_secs(60);
/// Why a report that is written meanwhile is no verdict.
const UNFINISHED: &str = "the watch was still going on when this was written";
/// Between two writes of `--textfile`.
const WRITTEN_EVERY: Duration = Duration::from_secs(10);

/// Runs the command.
pub(super) async fn run(args: &Watch, setup: &Setup, events: Events<'_>) -> Result<Outcome, Error> {
    let (restart, more) = restart(&args.restart_at)?;
    let mut typed = args.targets.clone();
    typed.extend(more);
    let targets = match targets(typed, setup).await? {
        Ok(targets) => targets,
        Err(blind) => return Ok(Outcome::blind(blind)),
    };
    let deadline = setup.deadline(None);
    let plan = Rc::new(WatchPlan {
        targets,
        pace: Pace {
            look: args.look,
            look_absent: Pace::default().look_absent.min(args.look),
            ping: args.ping,
            fresh: Some(args.fresh).filter(|it| !it.is_zero()),
            ..Pace::default()
        },
        restart,
        session: setup.short_plan(None),
        force: setup.force,
        deadline,
    });
    let mut background = Background::default();
    let outlets = outlets(args, setup, &mut background).await?;
    let interrupt = setup.interrupt.clone();
    let watched = Box::pin(watch(&plan, &setup.world, interrupt, outlets, events)).await;
    background.finish();
    Ok(outcome(watched))
}

/// The targets that were typed, each once; without any the one that listens.
async fn targets(
    mut typed: Vec<Target>,
    setup: &Setup,
) -> Result<Result<Vec<Target>, String>, Error> {
    let mut seen = Vec::new();
    typed.retain(|target| {
        let is_new = !seen.contains(target);
        seen.push(target.clone());
        is_new
    });
    if !typed.is_empty() && setup.simulated.is_some() {
        let message = "a target and --sim exclude each other: --sim brings its own Gateway";
        return Err(Error::Usage(message.to_owned()));
    }
    if !typed.is_empty() {
        return Ok(Ok(typed));
    }
    let chosen = choose(setup, None, None, &mut Ledger::default()).await?;
    Ok(match chosen {
        Choice::Typed(target) | Choice::Found(target) => Ok(vec![target]),
        Choice::Blind(error) => Err(error),
        Choice::Tried(_) => Err("no port was named".to_owned()),
    })
}

/// The announced restart. What follows its time is a zone, or the first target.
fn restart(typed: &[String]) -> Result<(Option<RestartAt>, Option<Target>), Error> {
    let usage = |why: String| Error::Usage(format!("--restart-at: {why}"));
    let (time, rest) = match typed {
        [] => return Ok((None, None)),
        [time] => (time, None),
        [time, rest, ..] => (time, Some(rest.as_str())),
    };
    let zone = rest.filter(|rest| is_zone(rest));
    let target = rest.filter(|_| zone.is_none()).map(|rest| {
        let neither = |_| {
            usage(format!(
                "{rest:?} is neither a time zone of this system nor a target"
            ))
        };
        rest.parse::<Target>().map_err(neither)
    });
    let restart = RestartAt::typed(time, zone).map_err(usage)?;
    Ok((Some(restart), target.transpose()?))
}

/// Where else it tells what it sees; errs where one of them cannot be.
async fn outlets<'a>(
    args: &'a Watch,
    setup: &'a Setup,
    background: &'a mut Background,
) -> Result<Outlets<'a>, Error> {
    let listener = match args.metrics {
        Some(address) => {
            let bound = TcpListener::bind(address).await;
            let words = |error| format!("--metrics {address}: {error}");
            Some(bound.map_err(|error| Error::Usage(words(error)))?)
        }
        None => None,
    };
    let hook = args.hook.on_change.as_ref().map(|command| {
        let hook = Hook::start(command, args.hook.on_change_timeout).map_err(Error::Look)?;
        Ok((hook, Some(args.hook.remind).filter(|it| !it.is_zero())))
    });
    let mut outlets = Outlets {
        listener,
        metrics: Rc::new(render::watch_metrics),
        hook: hook.transpose()?,
        notify: Notify::from_environment(),
        saves: Vec::new(),
    };
    if let Some(path) = &args.textfile {
        let mut textfile = Textfile::at(path).map_err(Error::Usage)?;
        let write = move |so_far: &SoFar<'_>| {
            textfile.write(&render::watch_metrics(&so_far.watch, false));
        };
        outlets.saves.push((WRITTEN_EVERY, Box::new(write)));
    }
    if !args.files.reports.is_empty() {
        let save = move |so_far: &SoFar<'_>| {
            let outcome = Outcome {
                findings: so_far.findings.clone(),
                footprint: Footprint {
                    sockets_left: None,
                    ..Footprint::NONE
                },
                body: Some(Body::Watch(Box::new(so_far.watch.clone()))),
                error: Some(UNFINISHED.to_owned()),
                ..Outcome::default()
            };
            let mut report = outcome.into_report("watch", setup);
            so_far.accounts.mask_report(&mut report);
            background.write(&args.files.reports, report);
        };
        outlets.saves.push((SAVED_EVERY, Box::new(save)));
    }
    Ok(outlets)
}

/// The verdict is that of the states in the end.
fn outcome(watched: Watched) -> Outcome {
    Outcome {
        verdict: Some(watched.state.verdict()),
        ..Outcome::of(
            Body::Watch(Box::new(watched.watch)),
            watched.findings,
            watched.footprint,
        )
    }
}
