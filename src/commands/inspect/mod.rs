//! `ibdoc inspect`: the clients of a Gateway on this machine, or one process, looked at from outside:
//! does each read what comes, and what does it do if not?

mod subject;
mod watch;

use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use super::{Error, Outcome, Setup};
use crate::cli::ReportFiles;
use crate::commands::examples::shown;
use crate::diagnosis::client::{Who, finding, told};
use crate::event::{Event, Events, Footprint};
use crate::machine::World;
use crate::machine::inspect::{Client, Inspected, Which};
use crate::machine::pid::Pid;
use crate::machine::process::Users;
use crate::report::{self, Body, InspectedClient};
use crate::text::typed::{parse_port, parse_positive_duration};
use crate::text::words::{counted, joined};
use crate::zombie::UNREAD_FOR;
use crate::zombie::look::{Reader, other_namespace};
use subject::subject;
use watch::watch;

/// For how long a client is watched that reads nothing: so long has to pass before that is said.
const MOST: Duration = UNREAD_FOR.saturating_add(Duration::from_millis(400));

/// A client's own process, seen from outside: does it read, and what does it do if not
///
/// For each program of this machine that is connected to the Gateway, or for one process: who
/// it is and who runs it, its connections with what came, what lies unread and the round trip,
/// its threads, time on processors, memory and descriptors, and a judgement from several looks
/// within a second: it reads, its loop sleeps, computes, waits for another socket, a lock or
/// something else, has paused reading, or the process is stopped. One that reads nothing is
/// watched for five seconds. Nothing is attached to the process and none of its memory is read;
/// processes of other users are seen by root.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc inspect 4711", "one process, by its pid"),
    ("ibdoc inspect --watch", "a line whenever a client does something else than before"),
]))]
pub struct Inspect {
    /// A client's pid, or the Gateway whose clients are looked at
    #[arg(value_name = "PID|TARGET", long_help = LONG_HELP)]
    pub whom: Option<String>,

    /// Gateway port to look at instead of the known ones; repeatable
    #[arg(long = "port", value_name = "P", env = "IBDOC_PORT", hide_env = true)]
    #[arg(value_delimiter = ',', value_parser = parse_port)]
    pub ports: Vec<u16>,

    /// Look at this process, where its number is that of a port too
    #[arg(long, value_name = "N", conflicts_with = "whom")]
    pub pid: Option<u32>,

    /// Keep looking until interrupted, and tell each client that does something else than before
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "1s")]
    #[arg(value_parser = parse_positive_duration)]
    pub watch: Option<Duration>,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}

const LONG_HELP: &str = "A client's pid, or the Gateway whose clients on this machine are looked at: host:port, a port, \
                         or paper, live, tws-paper, tws-live; without one the known ports. A number is a port if a \
                         Gateway usually has it or something listens there, and else a pid (--pid says so)";

/// Runs the command.
pub(super) async fn run(
    args: &Inspect,
    setup: &Setup,
    events: Events<'_>,
) -> Result<Outcome, Error> {
    let subject = match subject(args, setup).await? {
        Ok(subject) => subject,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    let other = subject.elsewhere.map(|pid| other_namespace(pid.0));
    let other = match other.transpose() {
        Ok(other) => other,
        Err(error) => return Ok(Outcome::blind(error)),
    };
    let world = other.as_ref().unwrap_or(&setup.world);
    if let Some(every) = args.watch {
        watch(world, &subject.which, every, setup, events).await;
    }
    let until = setup.deadline(None);
    events(Event::awaiting("what the clients do", MOST));
    let mut interrupt = setup.interrupt.clone();
    let inspected = tokio::select! {
        biased;
        inspected = world.inspect(&subject.which, MOST, until) => inspected,
        _ = interrupt.received() => world.inspect(&subject.which, Duration::ZERO, Some(Instant::now())).await,
    };
    Ok(match inspected {
        Ok(inspected) => {
            outcome(&inspected, &subject.which, world).unless_interrupted(&setup.interrupt)
        }
        Err(error) => Outcome::blind(error),
    })
}

/// The report of these looks.
fn outcome(inspected: &Inspected, which: &Which, world: &World) -> Outcome {
    let clients: Vec<InspectedClient> = told_each(inspected, world);
    let each = inspected.clients.iter().zip(&clients);
    let findings = each.filter_map(|(client, told)| finding(client, told, UNREAD_FOR));
    let findings = findings.collect();
    let error = nothing_seen(&clients, inspected, which);
    let body = Body::Inspect(report::Inspect {
        ports: which.ports.iter().collect(),
        clients,
        unseen: inspected.unseen,
        watched: inspected.watched,
    });
    let mut outcome = Outcome::of(body, findings, Footprint::NONE);
    outcome.error = error;
    outcome
}

/// Each client's part of the report.
fn told_each(inspected: &Inspected, world: &World) -> Vec<InspectedClient> {
    let users = Users::local();
    let reader = Reader::new(world);
    let own = world
        .processes
        .facts(Pid(std::process::id()))
        .ok()
        .flatten();
    let is_root = own.as_ref().is_some_and(|own| own.uid == Some(0));
    let who = |client: &Client| Who {
        user: client.facts.uid.map(|uid| users.name(uid)),
        in_charge: reader.in_charge(&client.facts),
        is_root,
    };
    let clients = inspected.clients.iter();
    clients.map(|client| told(client, who(client))).collect()
}

/// Why the question was not answered.
fn nothing_seen(
    clients: &[InspectedClient],
    inspected: &Inspected,
    which: &Which,
) -> Option<String> {
    let ports = joined(which.ports.iter());
    if let Some(pid) = which.pid {
        let has_none = clients.iter().all(|client| client.connections.is_empty());
        let first = clients.first().filter(|client| client.hidden.is_some());
        let name = clients.first().map_or("the process", |it| it.name.as_str());
        return has_none.then(|| match first.and_then(|it| it.hidden.as_ref()) {
            Some(hidden) => format!("{name} (pid {pid}): {hidden}"),
            None => format!("{name} (pid {pid}) has no connection to {ports}"),
        });
    }
    let hidden = counted(inspected.unseen, "connection");
    (clients.is_empty() && inspected.unseen > 0)
        .then(|| format!("{hidden} to {ports}, and whose cannot be seen: root sees it"))
}
