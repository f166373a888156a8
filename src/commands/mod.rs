//! One file a command: gather, decide, return a report. Nothing here prints.

mod choice;
mod doctor;
mod explain;
mod handshake;
mod health;
mod probe;
mod sim;
mod soak;
mod zombies;

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::cli::ask::Terminal;
use crate::cli::{Command, Global};
use crate::event::Footprint;
use crate::event::{Event, Events, Stage, StageStatus};
use crate::finding::verdict::{ExitStatus, Severity, Verdict};
use crate::finding::{self, Finding};
use crate::handshake::Attempt;
use crate::machine::World;
use crate::report::Answer;
use crate::report::privacy;
use crate::report::{Body, Report, SCHEMA, schema};
use crate::session::Timeouts;
use crate::sim as simulator;
use crate::target::Target;
use crate::wire::ServerVersion;

/// Why a command has no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// The embedded simulator could not be started.
    #[error("failed to start the simulator: {0}")]
    Look(std::io::Error),
}

/// What a command has found out, before it becomes a report.
#[derive(Debug)]
pub struct Outcome {
    /// The command's own part.
    pub body: Option<Body>,
    /// The principal finding first.
    pub findings: Vec<Finding>,
    /// What was done to the Gateway.
    pub footprint: Footprint,
    /// A verdict that neither the findings nor the error give.
    pub verdict: Option<Verdict>,
    /// Why ibdoc could not look: the verdict is then unknown unless one is given.
    pub error: Option<String>,
    /// An exit status that the verdict alone does not give.
    pub exit_status: Option<ExitStatus>,
}

impl Outcome {
    /// What the findings say, no more.
    fn of(body: Body, findings: Vec<Finding>, footprint: Footprint) -> Self {
        Self {
            body: Some(body),
            findings,
            footprint,
            verdict: None,
            error: None,
            exit_status: None,
        }
    }

    /// What an attempt's findings say, unless they prove nothing: ibdoc's own trouble is unknown,
    /// and so is a stage that the command's deadline ended before its own did.
    fn of_attempt(
        body: Body,
        findings: Vec<Finding>,
        footprint: Footprint,
        attempt: &Attempt,
    ) -> Self {
        let mut outcome = Self::of(body, findings, footprint);
        let refused = |stage: &Stage| {
            let grave = stage
                .code
                .is_some_and(|code| code.severity() == Severity::Error);
            stage.status == StageStatus::Failed && grave
        };
        let proven = attempt.record.stages.iter().any(refused);
        if let Some(trouble) = &attempt.setting.trouble {
            outcome.error = Some(trouble.clone());
        } else if attempt.record.cut_short && !proven {
            let last = attempt
                .record
                .stages
                .iter()
                .rev()
                .find(|stage| stage.code.is_some());
            let name = last.map_or("a stage", |stage| stage.name.name());
            outcome.error = Some(format!("the deadline of the command passed in {name}"));
        }
        outcome
    }

    /// The answer in one word.
    fn verdict(&self) -> Verdict {
        let of_findings = || match self.error {
            Some(_) => Verdict::Unknown,
            None => finding::verdict(&self.findings),
        };
        self.verdict.unwrap_or_else(of_findings)
    }

    /// Ibdoc could not look.
    fn blind(error: impl Display) -> Self {
        Self {
            body: None,
            findings: Vec::new(),
            footprint: Footprint {
                sockets_left: Some(0),
                ..Footprint::default()
            },
            verdict: None,
            error: Some(error.to_string()),
            exit_status: None,
        }
    }
}

/// What every command has at hand.
struct Setup {
    world: World,
    timeouts: Timeouts,
    deadline: Option<Duration>,
    began: Instant,
    force: bool,
    /// The embedded simulated Gateway.
    simulated: Option<Target>,
}

impl Setup {
    /// The moment at which the command has to be over.
    fn deadline(&self, default: Option<Duration>) -> Option<Instant> {
        let deadline = self.deadline.or(default);
        deadline.map(|deadline| self.began + deadline)
    }

    /// The target that was typed, or the simulated Gateway; typing both is an error.
    fn target(&self, typed: Option<&Target>) -> Result<Option<Target>, Error> {
        match (typed, &self.simulated) {
            (Some(_), Some(_)) => Err(Error::Usage(
                "a target and --sim exclude each other: --sim brings its own Gateway".to_owned(),
            )),
            (Some(target), None) | (None, Some(target)) => Ok(Some(target.clone())),
            (None, None) => Ok(None),
        }
    }
}

/// Runs one command to its answer; events tell what happens meanwhile.
///
/// Errs when what was typed cannot be meant.
pub async fn run(command: &Command, global: &Global, events: Events<'_>) -> Result<Answer, Error> {
    let started = SystemTime::now();
    let began = Instant::now();
    if global.scenario.is_some() && !global.sim && !matches!(command, Command::Sim(_)) {
        let message = "--scenario needs --sim: it describes the simulated Gateway";
        return Err(Error::Usage(message.to_owned()));
    }
    if global.sim && matches!(command, Command::Sim(_)) {
        let message = "sim is the simulated Gateway itself; --sim goes with the other commands";
        return Err(Error::Usage(message.to_owned()));
    }
    let (simulated, stop_simulator) = if global.sim {
        let (target, stop) = embed_simulator(global).await.map_err(Error::Look)?;
        (Some(target), Some(stop))
    } else {
        (None, None)
    };
    let setup = Setup {
        world: world(global),
        timeouts: Timeouts::each(global.timeout),
        deadline: global.deadline,
        began,
        force: global.force,
        simulated,
    };
    let show_accounts = global.show_accounts;
    let mut private = |mut event: Event| {
        if !show_accounts {
            privacy::mask_event(&mut event);
        }
        events(event);
    };
    let outcome = match command {
        Command::Probe(args) => probe::run(args, &setup, &mut private).await?,
        Command::Handshake(args) => handshake::run(args, &setup, &mut private).await?,
        Command::Doctor(args) => doctor::run(args, &setup, &mut private).await?,
        Command::Health(args) => health::run(args, &setup, &mut private).await?,
        Command::Zombies(args) => zombies::run(args, &setup, &mut Terminal, &mut private).await?,
        Command::Soak(args) => soak::run(args, &setup, &mut private).await?,
        Command::Explain(args) => explain::run(args)?,
        Command::Schema => return Ok(Answer::Document(schema::DOCUMENT)),
        Command::Sim(args) => sim::run(args, global, &mut private).await,
    };
    drop(stop_simulator);
    let mut report = Report {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        command: command.name(),
        simulated: global.sim,
        started_at: humantime::format_rfc3339_millis(started).to_string(),
        elapsed: began.elapsed(),
        verdict: outcome.verdict(),
        findings: outcome.findings,
        footprint: outcome.footprint,
        error: outcome.error,
        body: outcome.body,
        exit_status: outcome.exit_status,
    };
    if !show_accounts {
        privacy::mask_report(&mut report);
    }
    Ok(Answer::Report(Box::new(report)))
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

/// Starts a simulated Gateway on a free loopback port; it ends when the sender is dropped.
async fn embed_simulator(
    global: &Global,
) -> std::io::Result<(Target, tokio::sync::oneshot::Sender<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let config = simulator::Config {
        server_version: ServerVersion::NEWEST,
        scenario: global.scenario.clone().unwrap_or_default(),
    };
    tokio::spawn(simulator::run(listener, config, async {
        // Both a message and a dropped sender mean the end.
        let _ = stopped.await;
    }));
    Ok((Target::loopback(port), stop))
}
