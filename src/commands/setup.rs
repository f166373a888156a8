//! What every command has at hand: this machine, the options of every command, and the simulated
//! Gateway of `--sim`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::error::Error;
use super::nature::{Nature, Subject};
use crate::cli::Global;
use crate::event::interrupt::{Interrupt, Listen};
use crate::handshake::ahead::Ahead;
use crate::handshake::clients::USUAL_LIMIT;
use crate::handshake::footprint::Ledger;
use crate::handshake::{Attempter, Speaker};
use crate::machine::World;
use crate::machine::host::Host;
use crate::machine::pid::Pid;
use crate::machine::process;
use crate::report::privacy::Accounts;
use crate::session::{Plan, Timeouts};
use crate::sim as simulator;
use crate::target::{Target, TypedTarget};
use crate::wire::{ServerVersion, VersionRange};

/// What every command has at hand.
pub(super) struct Setup {
    pub(super) world: Rc<World>,
    pub(super) timeouts: Timeouts,
    pub(super) deadline: Option<Duration>,
    pub(super) began: Instant,
    /// The same as a time of day.
    pub(super) started: SystemTime,
    /// The machine on which ibdoc runs.
    pub(super) host: Host,
    /// Whether accounts are shown in full.
    pub(super) show_accounts: bool,
    /// The accounts that the sessions of this run have named.
    pub(super) accounts: RefCell<Accounts>,
    pub(super) force: bool,
    /// The signal that asks the command to end, once it has come.
    pub(super) interrupt: Interrupt,
    /// Whether `--netns` names another network namespace.
    pub(super) is_elsewhere: bool,
    /// A process in it, where it may not be entered.
    pub(super) outside: Option<Pid>,
    /// The words before a command that lead there from where ibdoc was typed.
    pub(super) way_in: Option<String>,
    /// The embedded simulated Gateway, with `--sim`.
    pub(super) simulated: Option<Target>,
    /// The simulated Gateway ends when this is dropped.
    _simulator: Option<oneshot::Sender<()>>,
}

impl Setup {
    /// Opens this machine's tables, and starts the simulated Gateway if one is asked for; errs
    /// when it does not start.
    pub(super) async fn new(nature: Nature<'_>, global: &Global) -> Result<Self, Error> {
        let (began, started) = (Instant::now(), SystemTime::now());
        let interrupt = listen(nature)?;
        let simulator = if global.sim {
            Some(embed_simulator(global).await.map_err(Error::Look)?)
        } else {
            None
        };
        let (simulated, stop) = simulator.unzip();
        Ok(Self {
            world: Rc::new(world(global)),
            timeouts: Timeouts::each(global.timeout),
            deadline: global.deadline,
            began,
            started,
            host: Host::here(),
            show_accounts: global.show_accounts,
            accounts: RefCell::default(),
            force: global.force,
            interrupt,
            is_elsewhere: global.netns.is_some(),
            outside: None,
            way_in: None,
            simulated,
            _simulator: stop,
        })
    }

    /// The moment at which the command has to be over.
    pub(super) fn deadline(&self, default: Option<Duration>) -> Option<Instant> {
        let deadline = self.deadline.or(default);
        deadline.map(|deadline| self.began + deadline)
    }

    /// A maker of handshakes by `plan`, which notes them in `ledger`.
    pub(super) fn attempter<'a>(&'a self, plan: &'a Plan, ledger: &'a mut Ledger) -> Attempter<'a> {
        Attempter {
            world: &self.world,
            plan,
            force: self.force,
            speaker: Speaker::Ibdoc,
            interrupt: self.interrupt.clone(),
            ledger,
            ahead: Ahead::default(),
        }
    }

    /// A handshake up to the accounts, and no request after it.
    pub(super) fn short_plan(&self, deadline: Option<Instant>) -> Plan {
        Plan {
            announced: VersionRange::SPOKEN,
            timeouts: self.timeouts,
            client_timeout: USUAL_LIMIT,
            queries: Vec::new(),
            start_up: None,
            deadline,
        }
    }

    /// The target that was typed, or the simulated Gateway; typing both is an error.
    pub(super) fn typed(&self, typed: Option<&TypedTarget>) -> Result<Option<TypedTarget>, Error> {
        match (typed, &self.simulated) {
            (Some(_), Some(_)) => Err(Error::Usage(
                "a target and --sim exclude each other: --sim brings its own Gateway".to_owned(),
            )),
            (Some(typed), None) => Ok(Some(typed.clone())),
            (None, Some(target)) => Ok(Some(TypedTarget::Port(target.clone()))),
            (None, None) => Ok(None),
        }
    }
}

/// Listens for the signals that end a command; errs where the handlers cannot be installed.
pub(super) fn listen(nature: Nature<'_>) -> Result<Interrupt, Error> {
    // What ignores SIGHUP, as under `nohup`, goes on ignoring it.
    let is_service = nature.is_service;
    if is_service {
        ignore_hangup().map_err(Error::Signals)?;
    }
    let dies_of_hangup = process::ignores_hangup_itself() == Some(false) && !is_service;
    let wish = Listen {
        hangup: dies_of_hangup,
        quit: dies_of_hangup && nature.has_child,
        second_waits: nature.has_child || nature.has_parent,
    };
    Interrupt::listen(wish).map_err(Error::Signals)
}

/// A service manager's SIGHUP asks for files to be opened anew; there is none, and the watch goes on.
#[cfg(unix)]
fn ignore_hangup() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Once it is listened for, it never ends the process again.
    signal(SignalKind::hangup()).map(drop)
}

#[cfg(not(unix))]
fn ignore_hangup() -> std::io::Result<()> {
    Ok(())
}

/// Starts a simulated Gateway on a free loopback port; it ends when the sender is dropped.
async fn embed_simulator(global: &Global) -> std::io::Result<(Target, oneshot::Sender<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let (stop, stopped) = oneshot::channel::<()>();
    let config = simulator::Config {
        server_version: ServerVersion::NEWEST,
        scenario: global.scenario.clone().unwrap_or_default(),
    };
    tokio::spawn(simulator::run(listener, config, async {
        // A message and a dropped sender both mean the end.
        let _ = stopped.await;
    }));
    // Its first step: a scenario that begins with a restart refuses already the first client.
    tokio::task::yield_now().await;
    Ok((Target::loopback(port), stop))
}

/// This machine; with the feature `portable`, as `--portable` wants it read.
#[cfg(feature = "portable")]
fn world(global: &Global) -> World {
    if global.portable {
        World::portable()
    } else {
        World::open()
    }
}

#[cfg(not(feature = "portable"))]
fn world(_: &Global) -> World {
    World::open()
}

/// Refuses `--sim` and `--scenario` where they have no meaning.
pub(super) fn check_simulator(subject: Subject, global: &Global) -> Result<(), Error> {
    let is_simulator = subject == Subject::Simulator;
    if global.sim && subject == Subject::Files {
        let message = "--sim has no meaning here: this command reads files";
        return Err(Error::Usage(message.to_owned()));
    }
    if global.scenario.is_some() && !global.sim && !is_simulator {
        let message = "--scenario needs --sim: it describes the simulated Gateway";
        return Err(Error::Usage(message.to_owned()));
    }
    if global.sim && is_simulator {
        let message = "sim is the simulated Gateway itself; --sim goes with the other commands";
        return Err(Error::Usage(message.to_owned()));
    }
    Ok(())
}
