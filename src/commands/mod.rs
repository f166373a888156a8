//! One file a command: what can be typed after it, and what it does: gather, decide, return a
//! report. Nothing here prints.

mod choice;
mod compare;
mod doctor;
mod error;
mod explain;
mod files;
mod handshake;
mod health;
mod inside;
mod outcome;
mod probe;
mod report;
mod setup;
mod sim;
mod soak;
mod typed;
mod zombies;

use clap::Subcommand;

use self::outcome::Outcome;
use self::setup::Setup;
use crate::cli::Global;
use crate::cli::ask::Terminal;
use crate::event::{Event, Events, Start};
use crate::render::file::ReportFile;
use crate::report::{Answer, SCHEMA, SCHEMA_DOCUMENT, privacy};

pub use self::error::Error;
pub use self::typed::Cli;

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything in order, one diagnosis, remedies in order
    ///
    /// Gateway and TWS processes, relays, the accept queue and stuck sockets, a handshake with its
    /// requests, a second one after a pause if the first was late or failed, and the programs
    /// that are connected. At most a minute. As a gate before a bot starts: `ibdoc doctor
    /// --wait 240s && exec bot`.
    Doctor(doctor::Doctor),
    /// Who listens, and is it reachable
    ///
    /// On this machine the answer comes from the socket table and no connection is made; where
    /// nothing is seen listening, one is tried, because the port may be forwarded. Elsewhere one
    /// whole handshake is run. Without a target: the known ports, and those of every Gateway or
    /// TWS process found here.
    Probe(probe::Probe),
    /// Run the API handshake with every stage timed
    ///
    /// Resolve, connect, version, start, accounts, then time, positions, account summary and
    /// account values, then a close that leaves nothing behind. Without a target: the known port
    /// that listens here.
    Handshake(handshake::Handshake),
    /// List half-closed and unaccepted sockets, and end orphaned clients
    ///
    /// For each socket in CLOSE_WAIT and each connection not accepted: on whose side it is,
    /// whether the Gateway ever accepted it, how old it is, how many bytes lie unread and which
    /// processes hold it; then for each process what clears its sockets, with the whole command.
    ///
    /// --heal shuts the half-closed sockets of living clients down, which live on. --kill ends what
    /// is certainly left over, and with --pid what is named: never Java, the Gateway, a relay, a
    /// client with a living session, or a process that could not be read.
    Zombies(zombies::Zombies),
    /// Run N handshakes, then hold one session for M minutes
    ///
    /// Stops at the first stuck accept queue, and after three silent failures in a row: each
    /// leaves an open dialog or a taken place on a sick Gateway. Ctrl-C ends it with the report
    /// of what was done so far.
    ///
    /// With --exec it runs your own program instead, with handshakes of its own around the runs,
    /// and says who is at fault: `ibdoc soak paper --exec -- python3 bot.py`.
    Soak(soak::Soak),
    /// One line and status 0 or 1, for container and service health checks
    ///
    /// Looks at the socket table, then runs a handshake up to the accounts, all of it within
    /// --deadline (10s). A Gateway that needs attention counts as healthy unless --strict.
    Health(health::Health),
    /// Two soaks: what differs, and whether that can be chance
    ///
    /// Takes two JSON reports of `ibdoc soak`, such as of before and after a change, and judges the
    /// second one: success by Fisher's exact test, times by a bootstrap interval of the difference
    /// of their medians, sockets left by their count. What is not shown to differ is said to be
    /// that. Two different Gateways are compared with --force only, as is a simulated one with
    /// a real one.
    Compare(compare::Compare),
    /// Show a JSON report again, and write it in other formats
    ///
    /// `ibdoc report soak.json --report soak.html`. The status is that of the report's verdict.
    Report(report::Again),
    /// What a finding code, an error number of IB's or a line of a log means
    ///
    /// `ibdoc explain accounts-late`, `ibdoc explain Error 326`, `ibdoc explain "API connection
    /// failed: TimeoutError()"`; without anything: the list. Of a line it takes the error number,
    /// or the words that the usual clients, operating systems, socat and the Gateway use.
    Explain(explain::Explain),
    /// The JSON schema of what --json and --format ndjson print
    ///
    /// One schema for both: it takes a report, and it takes each line of ndjson. It does not
    /// depend on the format that is asked for.
    Schema,
    /// Run the simulated Gateway on its own, on a loopback port
    ///
    /// It ends when it is interrupted, or at --deadline.
    Sim(sim::Sim),
}

impl Command {
    /// Where the report is also written to.
    pub fn report_files(&self) -> &[ReportFile] {
        match self {
            Command::Doctor(args) => &args.files.reports,
            Command::Probe(args) => &args.files.reports,
            Command::Handshake(args) => &args.files.reports,
            Command::Zombies(args) => &args.files.reports,
            Command::Soak(args) => &args.files.reports,
            Command::Health(args) => &args.files.reports,
            Command::Compare(args) => &args.files.reports,
            Command::Report(args) => &args.files.reports,
            Command::Explain(_) | Command::Schema | Command::Sim(_) => &[],
        }
    }

    /// Whether it goes on until it is interrupted, and may have nothing to write for hours.
    pub fn is_watch(&self) -> bool {
        matches!(self, Command::Zombies(args) if args.watch.is_some())
    }

    /// The name of the command, as typed and as in the JSON report.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Doctor(_) => "doctor",
            Command::Probe(_) => "probe",
            Command::Handshake(_) => "handshake",
            Command::Zombies(_) => "zombies",
            Command::Soak(_) => "soak",
            Command::Health(_) => "health",
            Command::Compare(_) => "compare",
            Command::Report(_) => "report",
            Command::Explain(_) => "explain",
            Command::Schema => "schema",
            Command::Sim(_) => "sim",
        }
    }

    /// Drops the target of the environment: it means nothing beside the simulated Gateway.
    fn forget_target(&mut self) {
        match self {
            Command::Doctor(args) => args.target = None,
            Command::Handshake(args) => args.target = None,
            Command::Soak(args) => args.target = None,
            Command::Health(args) => args.target = None,
            Command::Probe(args) => args.targets.clear(),
            Command::Zombies(_)
            | Command::Compare(_)
            | Command::Report(_)
            | Command::Explain(_)
            | Command::Schema
            | Command::Sim(_) => {}
        }
    }
}

/// Runs one command to its answer; events tell what happens meanwhile.
///
/// Errs when what was typed has no meaning, and when the simulated Gateway does not start.
pub async fn run(command: &Command, global: &Global, events: Events<'_>) -> Result<Answer, Error> {
    check_simulator(command, global)?;
    if let Command::Report(args) = command {
        return report::run(args, global, events)
            .map(Box::new)
            .map(Answer::Report);
    }
    files::check(command.name(), command.report_files())?;
    let entered = inside::enter_named(command, global)?;
    let mut setup = Setup::new(global).await?;
    setup.outside = match entered {
        inside::Entered::Outside(pid) => Some(pid),
        inside::Entered::Not(error) => {
            let report = Outcome::blind(error).into_report(command.name(), &setup);
            return Ok(Answer::Report(Box::new(report)));
        }
        inside::Entered::Inside => None,
    };
    let mut begun = Begun::new(command.name(), &setup, events);
    let events = &mut |event: Event| begun.tell(event);
    let outcome = match command {
        Command::Probe(args) => probe::run(args, &setup, events).await?,
        Command::Handshake(args) => handshake::run(args, &setup, events).await?,
        Command::Doctor(args) => doctor::run(args, &setup, events).await?,
        Command::Health(args) => health::run(args, &setup, events).await?,
        Command::Zombies(args) => zombies::run(args, &setup, &mut Terminal, events).await?,
        Command::Soak(args) => soak::run(args, &setup, events).await?,
        Command::Compare(args) => compare::run(args, global.force)?,
        Command::Explain(args) => explain::run(args)?,
        Command::Report(_) | Command::Schema => return Ok(Answer::Document(SCHEMA_DOCUMENT)),
        Command::Sim(args) => sim::run(args, global, events).await,
    };
    let report = outcome.into_report(command.name(), &setup);
    begun.begin();
    Ok(Answer::Report(Box::new(report)))
}

/// Events on their way: the first one is preceded by that of the start, and accounts are shortened.
/// What was typed without a meaning has no start.
struct Begun<'a> {
    start: Option<Start>,
    show_accounts: bool,
    events: Events<'a>,
}

impl<'a> Begun<'a> {
    fn new(command: &'static str, setup: &Setup, events: Events<'a>) -> Self {
        let start = Start {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            command,
            simulated: setup.simulated.is_some(),
            pid: std::process::id(),
            host: setup.host.clone(),
        };
        Self {
            start: Some(start),
            show_accounts: setup.show_accounts,
            events,
        }
    }

    fn begin(&mut self) {
        if let Some(start) = self.start.take() {
            self.pass_on(Event::Start(start));
        }
    }

    fn tell(&mut self, event: Event) {
        self.begin();
        self.pass_on(event);
    }

    fn pass_on(&mut self, mut event: Event) {
        if !self.show_accounts {
            privacy::mask_event(&mut event);
        }
        (self.events)(event);
    }
}

/// Refuses `--sim` and `--scenario` where they have no meaning.
fn check_simulator(command: &Command, global: &Global) -> Result<(), Error> {
    let is_simulator = matches!(command, Command::Sim(_));
    if global.sim && matches!(command, Command::Compare(_) | Command::Report(_)) {
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
