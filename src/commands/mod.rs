//! One file a command: what can be typed after it, and what it does: gather, decide, return a
//! report. Nothing here prints.

mod begun;
mod choice;
mod compare;
mod doctor;
mod error;
mod examples;
mod explain;
mod files;
mod handshake;
mod health;
mod host;
mod inside;
mod inspect;
mod nature;
mod outcome;
mod printed;
mod probe;
mod report;
mod saved;
mod setup;
mod sim;
mod soak;
mod tap;
mod trace;
mod typed;
mod unread;
mod vitals;
mod watch;
mod worker;
mod zombies;

use std::borrow::Cow;

use clap::Subcommand;

use self::begun::Begun;
use self::nature::Nature;
use self::outcome::Outcome;
use self::setup::{Setup, check_simulator};
use crate::cli::Global;
use crate::cli::ask::Terminal;
use crate::event::{Event, Events};
use crate::machine::netns::way_in;
use crate::report::{Answer, SCHEMA_DOCUMENT};

pub use self::error::Error;
pub use self::nature::Subject;
pub use self::printed::{Shell, completions, man_page};
pub use self::typed::Cli;

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the comment of each one's type is its help")]
pub enum Command {
    Doctor(doctor::Doctor),
    Probe(probe::Probe),
    Handshake(handshake::Handshake),
    Zombies(zombies::Zombies),
    Inspect(inspect::Inspect),
    Soak(soak::Soak),
    Watch(watch::Watch),
    Health(health::Health),
    Worker(worker::Worker),
    Tap(tap::Tap),
    Trace(trace::Trace),
    Compare(compare::Compare),
    Report(report::Again),
    Explain(explain::Explain),
    Schema(printed::Schema),
    Completions(printed::Completions),
    Man(printed::Man),
    Sim(sim::Sim),
}

impl Command {
    /// What is true of each command.
    pub fn nature(&self) -> Nature<'_> {
        match self {
            Self::Doctor(args) => Nature::of("doctor", &args.files.reports),
            Self::Probe(args) => Nature::of("probe", &args.files.reports),
            Self::Handshake(args) => Nature::of("handshake", &args.files.reports),
            Self::Zombies(args) => Nature {
                is_watch: args.watch.is_some(),
                ..Nature::of("zombies", &args.files.reports)
            },
            Self::Inspect(args) => Nature {
                is_watch: args.watch.is_some(),
                ..Nature::of("inspect", &args.files.reports)
            },
            Self::Soak(args) => Nature {
                has_child: args.own.exec,
                ..Nature::of("soak", &args.files.reports)
            },
            Self::Watch(args) => args.nature(),
            Self::Health(args) => Nature::of("health", &args.files.reports),
            Self::Worker(args) => Nature {
                has_parent: args.is_child(),
                ..Nature::of("worker", &[])
            },
            Self::Tap(args) => args.nature(),
            Self::Trace(args) => Nature {
                is_watch: true,
                ..Nature::of("trace", &args.files.reports).about(Subject::Files)
            },
            Self::Compare(args) => Nature::of("compare", &args.files.reports).about(Subject::Files),
            Self::Report(args) => Nature::of("report", &args.files.reports).about(Subject::Files),
            Self::Explain(_) => Nature::of("explain", &[]).about(Subject::Knowledge),
            Self::Schema(_) => Nature::of("schema", &[]).about(Subject::Knowledge),
            Self::Completions(_) => Nature::of("completions", &[]).about(Subject::Knowledge),
            Self::Man(_) => Nature::of("man", &[]).about(Subject::Knowledge),
            Self::Sim(_) => Nature::of("sim", &[]).about(Subject::Simulator),
        }
    }
}

/// Runs one command to its answer; events tell what happens meanwhile.
///
/// Errs when what was typed has no meaning, and when the simulated Gateway does not start.
pub async fn run(command: &Command, global: &Global, events: Events<'_>) -> Result<Answer, Error> {
    let nature = command.nature();
    check_simulator(nature.subject, global)?;
    if let Command::Report(args) = command {
        let report = report::run(args, nature, global, events).await?;
        return Ok(Answer::Report(Box::new(report)));
    }
    if let Command::Worker(args) = command
        && let Some(status) = worker::supervise(args, nature).await?
    {
        return Ok(Answer::Told(status));
    }
    files::check(nature.name, nature.reports)?;
    let entered = inside::enter_named(command, global)?;
    let mut setup = Setup::new(nature, global).await?;
    let (outside, way_in) = match entered {
        inside::Entered::Outside(pid) => (Some(pid), Some(format!("sudo {}", way_in(pid)))),
        inside::Entered::Not(error) if matches!(command, Command::Worker(_)) => {
            return Err(Error::Worker(std::io::Error::other(error)));
        }
        inside::Entered::Not(error) => {
            let report = Outcome::blind(error).into_report(nature.name, &setup);
            return Ok(Answer::Report(Box::new(report)));
        }
        inside::Entered::Inside(way_in) => (None, way_in),
    };
    setup.outside = outside;
    setup.way_in = way_in;
    if let Command::Worker(_) = command {
        return worker::run(&setup).await.map(Answer::Told);
    }
    let mut begun = Begun::new(nature.name, &setup, events);
    let events = &mut |event: Event| begun.tell(event);
    let Some(mut outcome) = look(command, global, &setup, events).await? else {
        return Ok(Answer::Document(document(command)));
    };
    outcome.exit_status = setup.interrupt.now().or(outcome.exit_status);
    let report = outcome.into_report(nature.name, &setup);
    begun.begin();
    Ok(Answer::Report(Box::new(report)))
}

/// What the command finds; `None` of one that looks at nothing.
async fn look(
    command: &Command,
    global: &Global,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Option<Outcome>, Error> {
    let show_accounts = global.show_accounts;
    let mut terminal = Terminal { show_accounts };
    Ok(Some(match command {
        Command::Probe(args) => probe::run(args, setup, events).await?,
        Command::Handshake(args) => handshake::run(args, setup, events).await?,
        Command::Doctor(args) => Box::pin(doctor::run(args, setup, events)).await?,
        Command::Health(args) => health::run(args, setup, events).await?,
        Command::Zombies(args) => zombies::run(args, setup, &mut terminal, events).await?,
        Command::Inspect(args) => inspect::run(args, setup, events).await?,
        Command::Soak(args) => soak::run(args, setup, events).await?,
        Command::Watch(args) => watch::run(args, setup, events).await?,
        Command::Trace(args) => trace::run(args, global, setup, events).await?,
        Command::Tap(args) => Box::pin(tap::run(args, global, setup, events)).await?,
        Command::Compare(args) => compare::run(args, setup).await?,
        Command::Explain(args) => explain::run(args)?,
        Command::Sim(args) => sim::run(args, global, setup, events).await,
        Command::Report(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Worker(_) => return Ok(None),
    }))
}

/// What a command that looks at nothing prints.
fn document(command: &Command) -> Cow<'static, str> {
    match command {
        Command::Completions(args) => printed::completions(args.shell).into(),
        Command::Man(args) => printed::man_page(args.page.as_deref()).into(),
        _ => SCHEMA_DOCUMENT.into(),
    }
}
