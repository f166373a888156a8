//! `ibdoc sim`: the simulated Gateway on its own, until a signal ends it.

use tokio::net::TcpListener;

use super::Outcome;
use crate::cli::{Global, Sim};
use crate::event::Footprint;
use crate::event::interrupt::Interrupt;
use crate::event::{Event, Events};
use crate::report;
use crate::report::Body;
use crate::sim as simulator;

/// Runs the command; the event `listening` tells the port as soon as clients can connect.
pub(super) async fn run(args: &Sim, global: &Global, events: Events<'_>) -> Outcome {
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
    let mut interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => return Outcome::blind(format!("failed to listen for signals: {error}")),
    };
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
    let mut exit_status = None;
    let shutdown = async {
        match global.deadline {
            Some(deadline) => {
                tokio::select! {
                    signal = interrupt.received() => exit_status = Some(signal),
                    () = tokio::time::sleep(deadline) => {}
                }
            }
            None => exit_status = Some(interrupt.received().await),
        }
    };
    simulator::run(listener, config, shutdown).await;
    let body = Body::Sim(report::Sim {
        address,
        server_version: args.server_version.0,
        scenario,
    });
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    Outcome {
        exit_status,
        ..Outcome::of(body, Vec::new(), footprint)
    }
}
