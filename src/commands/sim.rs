//! `ibdoc sim`: the simulated Gateway on its own, until a signal ends it.

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::examples::shown;
use super::outcome::Outcome;
use super::setup::Setup;
use crate::cli::Global;
use crate::cli::versions::parse_server_version;
use crate::event::Footprint;
use crate::event::{Event, Events};
use crate::report;
use crate::report::Body;
use crate::sim as simulator;
use crate::sim::{Gateway, Moment, Scenario, Seen};
use crate::text::typed::parse_own_port;
use crate::wire::{self, ServerVersion};

/// Run the simulated Gateway on its own, on a loopback port
///
/// It ends when it is interrupted, or at --deadline.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc sim --port 14002", "a Gateway that works, to try a client against"),
    ("ibdoc sim --port 14002 --scenario \"accounts-late=5; 60s:normal\"", "one that is slow for its first minute"),
]))]
#[command(after_long_help = scenario_help())]
pub struct Sim {
    /// Port on 127.0.0.1; 0 takes a free one and prints it
    #[arg(long, value_name = "P", env = "IBDOC_SIM_PORT", default_value_t = 0)]
    #[arg(value_parser = parse_own_port)]
    pub port: u16,

    /// API version that the simulated Gateway speaks
    #[arg(long, value_name = "V", env = "IBDOC_SERVER_VERSION")]
    #[arg(default_value_t = ServerVersion::NEWEST, value_parser = parse_server_version)]
    pub server_version: ServerVersion,
}

/// The scenarios by the moment at which they show, from the simulator's own table.
fn scenario_help() -> String {
    const TITLES: [(&str, Moment); 6] = [
        ("at the connect", Moment::Connect),
        ("at the version", Moment::Version),
        ("at the start", Moment::Start),
        ("at requests", Moment::Requests),
        ("as notices", Moment::Notices),
        ("later", Moment::Later),
    ];
    let mut help = String::from(
        "Scenarios (--scenario), several separated by commas:\n  normal          no fault\n",
    );
    for (title, moment) in TITLES {
        let list = Scenario::help(moment).collect::<Vec<_>>().join(", ");
        let first = format!("  {title:<16}");
        let options = textwrap::Options::new(HELP_WIDTH)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .initial_indent(&first)
            .subsequent_indent("                  ");
        help.push_str(&textwrap::fill(&list, options));
        help.push('\n');
    }
    help + "\nA semicolon begins another phase, which replaces the one before it, at a time counted from\n\
            the simulator's start: --scenario 'normal;10s:silent;20s:normal'"
}

/// Narrower than the widest help, so that clap does not wrap the lines once more.
const HELP_WIDTH: usize = 92;

fn event(seen: Seen) -> Event {
    match seen {
        Seen::Connected { connection } => Event::ClientConnected { connection },
        Seen::Asked {
            connection,
            client_id,
            message,
        } => Event::ClientAsked {
            connection,
            client_id,
            message,
            name: wire::messages::asked(message).map(|asked| asked.name),
        },
        Seen::Ended { connection } => Event::ClientEnded { connection },
    }
}

/// Runs the command; the event `listening` tells the port as soon as clients can connect.
pub(super) async fn run(args: &Sim, global: &Global, setup: &Setup, events: Events<'_>) -> Outcome {
    let listener = match TcpListener::bind(("127.0.0.1", args.port)).await {
        Ok(listener) => listener,
        Err(error) => {
            return Outcome::blind(format!("failed to listen on port {}: {error}", args.port));
        }
    };
    let address = match listener.local_addr() {
        Ok(address) => address,
        Err(error) => return Outcome::blind(format!("failed to read the port: {error}")),
    };
    let mut interrupt = setup.interrupt.clone();
    let config = simulator::Config {
        server_version: args.server_version,
        scenario: global.scenario.clone().unwrap_or_default(),
    };
    let scenario = config.scenario.to_string();
    events(Event::Listening {
        address: address.to_string(),
        server_version: args.server_version.0,
        scenario: scenario.clone(),
    });
    let shutdown = async {
        match global.deadline {
            Some(deadline) => {
                let over = tokio::time::timeout(deadline, interrupt.received());
                over.await.ok();
            }
            None => {
                interrupt.received().await;
            }
        }
    };
    let (observer, mut seen) = mpsc::unbounded_channel();
    let gateway = Gateway::new(config).observed(observer);
    let served = simulator::serve(listener, gateway, shutdown);
    tokio::pin!(served);
    loop {
        tokio::select! {
            () = &mut served => break,
            Some(seen) = seen.recv() => events(event(seen)),
        }
    }
    let body = Body::Sim(report::Sim {
        address,
        server_version: args.server_version.0,
        scenario,
    });
    Outcome::of(body, Vec::new(), Footprint::NONE)
}
