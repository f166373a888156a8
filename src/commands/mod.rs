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
use self::outcome::Outcome;
use self::setup::{Setup, check_simulator};
use crate::cli::Global;
use crate::cli::ask::Terminal;
use crate::event::{Event, Events};
use crate::machine::netns::way_in;
use crate::report::{Answer, SCHEMA_DOCUMENT};

pub use self::error::Error;
pub use self::printed::{Shell, completions, man_page};
pub use self::typed::Cli;

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything in order, one diagnosis, remedies in order
    ///
    /// Gateway and TWS processes, relays, the accept queue and stuck sockets, a handshake with its
    /// requests, a second one after a pause if the first was late or failed, and the programs
    /// that are connected. At most a minute. As a gate before a bot starts, which passes once the
    /// API works, also while a data farm is down: `ibdoc doctor --wait 240s --fail-on failed &&
    /// exec bot`.
    #[command(after_help = examples::shown(&[
        ("ibdoc doctor paper", "all checks of port 4002, one diagnosis"),
        ("ibdoc doctor ib-gateway:4004 --json", "of another container, for a script"),
        ("ibdoc doctor paper --wait 240s --fail-on failed && exec bot", "a gate before a bot starts"),
        ("ibdoc doctor 4004 --logs ~/ibc/logs", "with the log of its login, which is found by itself on this machine"),
        ("ibdoc doctor --sim --scenario silent", "what a Gateway with an open dialog looks like"),
    ]))]
    Doctor(doctor::Doctor),
    /// Who listens, and is it reachable
    ///
    /// On this machine the answer comes from the socket table and no connection is made; where
    /// nothing is seen listening, one is tried, because the port may be forwarded. Elsewhere one
    /// whole handshake is run. Without a target: the known ports, and those of every Gateway or
    /// TWS process found here.
    #[command(after_help = examples::shown(&[
        ("ibdoc probe", "the known ports of this machine, without a connection"),
        ("ibdoc probe paper --wait 180s", "wait until the port listens"),
        ("ibdoc probe gateway.lan:4001", "another machine, by one whole handshake"),
    ]))]
    Probe(probe::Probe),
    /// Run the API handshake with every stage timed
    ///
    /// Resolve, connect, version, start, accounts, then time, positions, account summary and
    /// account values, then a close that leaves nothing behind. Without a target: the known port
    /// that listens here.
    #[command(after_help = examples::shown(&[
        ("ibdoc handshake paper", "each stage with its time"),
        ("ibdoc handshake paper --as ib_async", "would ib_async have connected, and after how long"),
        ("ibdoc handshake paper --client-id 7", "is the client id 7 free"),
    ]))]
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
    #[command(after_help = examples::shown(&[
        ("ibdoc zombies", "the stuck sockets of the known ports, and what clears each"),
        ("ibdoc zombies paper --heal", "close those of programs that live on"),
        ("ibdoc zombies paper --kill", "end what is certainly left over, and nothing else"),
        ("ibdoc zombies --watch", "tell each socket that appears, changes or goes"),
    ]))]
    Zombies(zombies::Zombies),
    /// A client's own process, seen from outside: does it read, and what does it do if not
    ///
    /// For each program of this machine that is connected to the Gateway, or for one process: who
    /// it is and who runs it, its connections with what came, what lies unread and the round trip,
    /// its threads, time on processors, memory and descriptors, and a judgement from several looks
    /// within a second: it reads, its loop sleeps, computes, waits for another socket, a lock or
    /// something else, has paused reading, or the process is stopped. One that reads nothing is
    /// watched for five seconds. Nothing is attached to the process and none of its memory is read;
    /// processes of other users are seen by root.
    #[command(after_help = examples::shown(&[
        ("ibdoc inspect 4711", "one process, by its pid"),
        ("ibdoc inspect --watch", "a line whenever a client does something else than before"),
    ]))]
    Inspect(inspect::Inspect),
    /// Run N handshakes, then hold one session for M minutes
    ///
    /// Stops at the first stuck accept queue, and after three silent failures in a row: each
    /// leaves an open dialog or a taken place on a sick Gateway. Ctrl-C ends it with the report
    /// of what was done so far.
    ///
    /// With --exec it runs your own program instead, with handshakes of its own around the runs,
    /// and says who is at fault: `ibdoc soak paper --exec -- python3 bot.py`.
    #[command(after_help = examples::shown(&[
        ("ibdoc soak paper --attempts 60", "60 handshakes, 5 s apart"),
        ("ibdoc soak paper --attempts 0 --hours 8 --report night.html", "hold one session for a night"),
        ("ibdoc soak paper --attempts 20 --min-success 99% --report soak.junit.xml", "a CI job with a limit"),
        ("ibdoc soak paper --exec -- python3 bot.py", "run your own program, and say who is at fault"),
    ]))]
    Soak(soak::Soak),
    /// Watch Gateways until it is told to end: state, reconnects, metrics, a command at each change
    ///
    /// Each change of a state (healthy, attention, down, unknown) is a line. For each Gateway: one look
    /// at the socket table every 10 s, one held session with a time request every 5 s, and a fresh
    /// handshake every 5 minutes. A session that is lost is made anew without harm: nothing is
    /// connected to a port on which nothing listens or whose accept queue is stuck, and while a
    /// Gateway is down at most one connection is made in a minute, after three that end in silence
    /// one in a quarter of an hour.
    #[command(after_help = watch::help(&[
        ("ibdoc watch paper", "a line for each change, until Ctrl-C"),
        ("ibdoc watch paper live --metrics 9462", "two Gateways, metrics for Prometheus"),
        ("ibdoc watch paper --restart-at 23:45 America/New_York", "a nightly restart is no alarm"),
        ("ibdoc watch paper --on-change ./alert.sh --remind 30m", "run a script at each change, and every half hour while it lasts"),
        ("ibdoc watch --sim --scenario \"normal;10s:restart=20s;normal\"", "see a restart, and within a minute the reconnect"),
    ]))]
    Watch(watch::Watch),
    /// One line and status 0 or 1, for container and service health checks
    ///
    /// Looks at the socket table, then runs a handshake up to the accounts, all of it within
    /// --deadline (10s). A Gateway that needs attention counts as healthy unless --strict.
    #[command(after_help = examples::shown(&[
        ("ibdoc health 127.0.0.1:4002 -q", "in a container's health check"),
        ("ibdoc health paper --strict", "count what needs attention as unhealthy"),
    ]))]
    Health(health::Health),
    /// One API session for a program of any language, by lines of JSON
    ///
    /// Reads commands from stdin and answers them on stdout, one line of JSON each:
    /// `{"id":1,"command":"connect","params":{"port":4002}}`. Commands: `connect`, `disconnect`,
    /// `accounts`, `positions`, `account_summary`, `account_values`, `executions`, `time`, `ping`,
    /// `health`, `version`. They run side by side, each with a deadline (`timeout_ms`), and a success
    /// means that the end marker of the answer came. Lines with "event" tell what nobody asked: dropped, reconnected, notice. A session
    /// that is dropped is made anew, unless connect says `"reconnect":false`. It places no order and asks
    /// no market data. Account numbers are written in full.
    #[command(after_help = examples::shown(&[
        ("ibdoc worker --supervise", "in a child that is started again after a crash"),
        ("ibdoc worker --sim", "try it without a Gateway: connect takes no port"),
        ("python3 examples/worker/python/hold.py 4002", "a client in Python that holds a session"),
    ]))]
    Worker(worker::Worker),
    /// A transparent relay that shows and records what your client says and hears, and drills
    ///
    /// Listens on --listen and carries every byte between your client and the Gateway unchanged and at
    /// once. Shows what both say as it comes, with --write records it for `ibdoc trace`, and ends with the
    /// same diagnosis. It listens only while the Gateway does: without one, clients are refused. An end in
    /// order arrives as one, a reset as a reset. With --fault it rehearses the nightly restart and other
    /// trouble, and judges how your client takes it.
    #[command(after_help = examples::shown(&[
        ("ibdoc tap paper --listen 5002", "let your client connect to port 5002, and see what it says"),
        ("ibdoc tap paper --listen 5002 --write session.tap", "record it, for ibdoc trace session.tap"),
        ("ibdoc tap paper --listen 0 -- python3 bot.py", "run your program through it, and end with it"),
        ("ibdoc tap paper --listen 5002 --fault \"after=60s:cut; 2s:refuse; 90s:pass\"", "rehearse the nightly restart"),
        ("ibdoc tap --sim --listen 5002", "try it without a Gateway"),
    ]))]
    Tap(tap::Tap),
    /// What a recording of your client's sessions shows
    ///
    /// Reads DEBUG logs of ib_async and ib_insync in any logging format, pcap and pcapng, and what
    /// `ibdoc tap` recorded, each recognised by its content: which client it is, its waterfall, what was
    /// never finished, errors tied to their requests, who closed first. Stdin is shown as it comes.
    #[command(after_help = examples::shown(&[
        ("ibdoc trace bot.log", "a DEBUG log: which request hangs, who closed first"),
        ("ibdoc trace session.pcap --report session.html", "a capture, with the timeline drawn"),
        ("tcpdump -U -i any -w - port 4002 | ibdoc trace -", "a live view of a bot that runs already"),
    ]))]
    Trace(trace::Trace),
    /// Two soaks: what differs, and whether that can be chance
    ///
    /// Takes two JSON reports of `ibdoc soak`, such as of before and after a change, and judges the
    /// second one: success by Fisher's exact test, times by a bootstrap interval of the difference
    /// of their medians, sockets left by their count. What is not shown to differ is said to be
    /// that. Two different Gateways are compared with --force only, as is a simulated one with
    /// a real one.
    #[command(after_help = examples::shown(&[
        ("ibdoc compare before.json after.json", "did the change help"),
        ("ibdoc compare main.json branch.json --fail-if worse", "a CI job"),
    ]))]
    Compare(compare::Compare),
    /// Show a JSON report again, and write it in other formats
    ///
    /// `ibdoc report soak.json --report soak.html`. The status is that of the report's verdict.
    #[command(after_help = examples::shown(&[
        ("ibdoc report soak.json", "show a report of last week"),
        ("ibdoc report soak.json --report soak.html", "make a page of it"),
    ]))]
    Report(report::Again),
    /// What a finding code, an error number of IB's or a line of a log means
    ///
    /// `ibdoc explain accounts-late`, `ibdoc explain Error 326`, `ibdoc explain "API connection
    /// failed: TimeoutError()"`; without anything: the list. Of a line it takes the error number,
    /// or the words that the usual clients, operating systems, socat and the Gateway use.
    #[command(after_help = examples::shown(&[
        ("ibdoc explain accounts-late", "a finding code"),
        ("ibdoc explain Error 326", "a number of IB's"),
        ("ibdoc explain \"API connection failed: TimeoutError()\"", "a line of a log"),
    ]))]
    Explain(explain::Explain),
    /// The JSON schema of what --json and --format ndjson print
    ///
    /// One schema for both: it takes a report, and it takes each line of ndjson. It does not
    /// depend on the format that is asked for.
    #[command(after_help = examples::shown(&[
        ("ibdoc schema > ibdoc-1.json", "for a validator, or to generate types from"),
    ]))]
    Schema,
    /// The script that completes commands, options and values in a shell
    ///
    /// It is what stands in `completions/`.
    #[command(after_help = examples::shown(&[
        ("ibdoc completions bash > ~/.local/share/bash-completion/completions/ibdoc", "for bash, from the next shell on"),
    ]))]
    Completions(printed::Completions),
    /// A manual page in roff, for `man -l -`
    ///
    /// It is what stands in `man/`.
    #[command(after_help = examples::shown(&[
        ("ibdoc man soak | man -l -", "read the page of soak without installing it"),
    ]))]
    Man(printed::Man),
    /// Run the simulated Gateway on its own, on a loopback port
    ///
    /// It ends when it is interrupted, or at --deadline.
    #[command(after_help = examples::shown(&[
        ("ibdoc sim --port 14002", "a Gateway that works, to try a client against"),
        ("ibdoc sim --port 14002 --scenario \"accounts-late=5; 60s:normal\"", "one that is slow for its first minute"),
    ]))]
    Sim(sim::Sim),
}

/// Runs one command to its answer; events tell what happens meanwhile.
///
/// Errs when what was typed has no meaning, and when the simulated Gateway does not start.
pub async fn run(command: &Command, global: &Global, events: Events<'_>) -> Result<Answer, Error> {
    check_simulator(command, global)?;
    if let Command::Report(args) = command {
        let report = report::run(args, command, global, events).await?;
        return Ok(Answer::Report(Box::new(report)));
    }
    if let Command::Worker(args) = command
        && let Some(status) = worker::supervise(args, command).await?
    {
        return Ok(Answer::Told(status));
    }
    files::check(command.name(), command.report_files())?;
    let entered = inside::enter_named(command, global)?;
    let mut setup = Setup::new(command, global).await?;
    let (outside, way_in) = match entered {
        inside::Entered::Outside(pid) => (Some(pid), Some(format!("sudo {}", way_in(pid)))),
        inside::Entered::Not(error) if matches!(command, Command::Worker(_)) => {
            return Err(Error::Worker(std::io::Error::other(error)));
        }
        inside::Entered::Not(error) => {
            let report = Outcome::blind(error).into_report(command.name(), &setup);
            return Ok(Answer::Report(Box::new(report)));
        }
        inside::Entered::Inside(way_in) => (None, way_in),
    };
    setup.outside = outside;
    setup.way_in = way_in;
    if let Command::Worker(_) = command {
        return worker::run(&setup).await.map(Answer::Told);
    }
    let mut begun = Begun::new(command.name(), &setup, events);
    let events = &mut |event: Event| begun.tell(event);
    let Some(mut outcome) = look(command, global, &setup, events).await? else {
        return Ok(Answer::Document(document(command)));
    };
    outcome.exit_status = setup.interrupt.now().or(outcome.exit_status);
    let report = outcome.into_report(command.name(), &setup);
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
        | Command::Schema
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
