//! `ibdoc tap`: a transparent relay in front of a Gateway, what it saw, and drills.

mod args;
mod outcome;
mod program;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::time::{Instant, sleep_until};

pub(super) use self::args::Tap;
use self::program::Ended;
use super::choice::{Choice, choose};
use super::{Error, Outcome, Setup, files};
use crate::cli::{Format, Global};
use crate::event::{Event, Events, TapStart};
use crate::handshake::footprint::Ledger;
use crate::handshake::resolve::resolve;
use crate::machine::local::is_local;
use crate::machine::process::become_relay;
use crate::machine::role::Role;
use crate::tap::{CONNECT, Drill, Observer, Recorder, Relay, RelayPlan, earlier};
use crate::target::Target;

/// Runs the command until it is interrupted, its deadline passes, or its command ends.
pub(super) async fn run(
    args: &Tap,
    global: &Global,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let (drill, mut ledger) = (args.drill(), Ledger::default());
    let target = match choose(setup, args.target.as_ref(), None, &mut ledger).await? {
        Choice::Typed(target) | Choice::Found(target) => target,
        Choice::Blind(error) => return Ok(Outcome::blind(error)),
        Choice::Tried(tried) => match tried.only()? {
            Some((attempt, _)) => attempt.target.clone(),
            None => return Ok(outcome::nowhere(&tried, &ledger)),
        },
    };
    check_live(args, &drill, &target)?;
    let timeout = global.timeout.unwrap_or(CONNECT);
    if let Some(reason) = check_addresses(args, &target, Instant::now() + timeout).await? {
        return Ok(Outcome::blind(reason));
    }
    let recorder = recorder(args)?;
    become_relay();
    let plan = RelayPlan {
        listen: args.address(),
        target: target.clone(),
        drill: drill.clone(),
        force: setup.force,
        timeout,
    };
    let mut relay = match Relay::start(plan) {
        Ok(relay) => relay,
        Err(error) => {
            let reason = format!("failed to listen on {}: {error}", args.address());
            return Ok(Outcome::blind(reason));
        }
    };
    let address = relay.address;
    let fault = (!drill.steps().is_empty()).then(|| drill.to_string());
    // A command learns the port by its variables.
    if args.command.is_empty() || !global.quiet || global.format == Format::Ndjson {
        events(Event::TapStart(TapStart {
            address: address.to_string(),
            target: target.to_string(),
            fault: fault.clone(),
        }));
    }
    let mut observer = Observer::new(recorder, events);
    observer.tells = tells(args, global);
    observer.full = args.lines.full;
    let watched = watch(args, setup, &mut relay, &mut observer).await;
    let facts = outcome::Facts {
        address: address.to_string(),
        target,
        fault,
        watched,
        relayed: relay.join(),
        observed: observer.finish(),
    };
    Ok(outcome::outcome(facts, setup, ledger).await)
}

/// A drill is nothing for real money, unless that is said.
fn check_live(args: &Tap, drill: &Drill, target: &Target) -> Result<(), Error> {
    if drill.steps().is_empty() || args.live || !target.role().is_some_and(Role::is_live) {
        return Ok(());
    }
    let message = format!("{target} is a live port: a drill in front of it needs --live as well");
    Err(Error::Usage(message))
}

/// Why the target has no address, before a command is run that would have nothing to connect to. Errs
/// where the relay would be its own Gateway, while that one is not there.
async fn check_addresses(
    args: &Tap,
    target: &Target,
    until: Instant,
) -> Result<Option<String>, Error> {
    let addresses = match resolve(&target.host, target.port, until).await {
        Ok(addresses) => addresses,
        Err(error) => return Ok(Some(format!("{}: {}", target.host, error.words()))),
    };
    let own = args.address();
    let is_own = |it: &SocketAddr| {
        let is_same = it.ip() == own.ip() || (own.ip().is_unspecified() && is_local(it.ip()));
        it.port() == own.port() && is_same
    };
    if addresses.iter().any(is_own) {
        let message = format!("--listen {}: that is the Gateway's own port", own.port());
        return Err(Error::Usage(message));
    }
    Ok(None)
}

/// The recordings that are wanted; errs where one cannot be written.
fn recorder(args: &Tap) -> Result<Recorder, Error> {
    let (lines, capture) = (args.write.as_deref(), args.pcap.as_deref());
    let paths: Vec<&Path> = lines.into_iter().chain(capture).collect();
    if paths.iter().any(|path| path.as_os_str() == "-") {
        let message = "stdout has the timeline and the report: name a file, which `tail -c +1 -f FILE | \
                       ibdoc trace -` reads as it grows";
        return Err(Error::Usage(message.to_owned()));
    }
    files::check_apart(&paths, &args.files.reports)?;
    if let (Some(lines), Some(capture)) = (lines, capture)
        && do_meet(lines, capture)
    {
        return Err(Error::Usage(
            "--write and --pcap name the same file, or one that the other is renamed to".to_owned(),
        ));
    }
    Recorder::create(lines, capture, args.rotate)
        .map_err(|error| Error::Usage(format!("failed to record to {error}")))
}

/// Whether two recordings come to have the same file, also as an earlier one (`FILE.1`).
fn do_meet(one: &Path, other: &Path) -> bool {
    let before = |path: &Path| earlier(path).collect::<Vec<_>>();
    let is_met = |path: &Path, names: &[PathBuf]| names.iter().any(|it| files::is_same(path, it));
    files::is_same(one, other) || is_met(one, &before(other)) || is_met(other, &before(one))
}

/// Whether each message is told.
fn tells(args: &Tap, global: &Global) -> bool {
    let is_text = global.format == Format::Text && !global.json;
    let is_seen = is_text && std::io::stdout().is_terminal();
    !global.quiet && (args.lines.are_shown() || is_seen || global.format == Format::Ndjson)
}

/// Hears the relay until the end, and lets it end then; what became of the command, and whether the
/// drill was given up.
async fn watch(
    args: &Tap,
    setup: &Setup,
    relay: &mut Relay,
    observer: &mut Observer<'_>,
) -> (Option<Ended>, bool) {
    let until = setup.deadline(None);
    let command = program::run(&args.command, relay.address, until, setup);
    let over = async {
        if !args.command.is_empty() {
            return Some(command.await);
        }
        let mut interrupt = setup.interrupt.clone();
        tokio::select! {
            _ = interrupt.received() => {}
            () = passed(until) => {}
        }
        None
    };
    tokio::pin!(over);
    let mut batch = Vec::new();
    let mut ended = None;
    let mut is_over = false;
    let mut given_up = false;
    loop {
        batch.clear();
        tokio::select! {
            biased;
            done = &mut over, if !is_over => {
                ended = done;
                is_over = true;
                relay.stop();
            }
            heard = relay.hear(&mut batch) => if heard == 0 {
                break;
            },
        }
        observer.take(&batch);
        if !args.live && !args.fault.is_empty() && !given_up && observer.has_live_account() {
            given_up = true;
            relay.spare();
        }
    }
    if !is_over {
        // Without a relay the command is of no use: it is ended with what waits for it.
        tracing::debug!("the relay has ended by itself");
    }
    (ended, given_up)
}

async fn passed(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
