//! The simulated Gateway: a faithful stand-in for IB's, with the ways real ones fail.
//!
//! It answers in the form of the version it negotiates and keeps the limits that users report
//! of real Gateways: one time request a second, two account summaries, 32 clients, unique
//! client ids. A [`Scenario`] makes it misbehave; each fault is a value in `fault.rs` and one
//! decision point where the normal course asks it.

mod account;
mod answer;
mod clock;
mod connection;
mod fault;
mod faults;
mod gateway;
mod impostor;
mod peer;
mod requests;
mod scenario;
mod serve;

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use fault::Fault;
pub use gateway::Gateway;
pub use peer::Peer;
pub use scenario::{Scenario, ScenarioError};

use crate::wire::ServerVersion;

/// What the simulated Gateway is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The newest version it speaks.
    pub server_version: ServerVersion,
    /// How it misbehaves.
    pub scenario: Scenario,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server_version: ServerVersion::NEWEST,
            scenario: Scenario::default(),
        }
    }
}

/// Serves every connection of the listener until the shutdown comes, then drops them all.
pub async fn run(listener: TcpListener, config: Config, shutdown: impl Future<Output = ()>) {
    let gateway = Gateway::new(config);
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = gateway.accept(&listener) => match accepted {
                Ok((stream, address)) => {
                    tracing::debug!(%address, "accepted");
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%address, %error, "already gone");
                    }
                    let gateway = gateway.clone();
                    connections.spawn(async move { gateway.serve(stream).await });
                }
                Err(error) => {
                    // Out of file descriptors, usually: it passes when connections end.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    connections.shutdown().await;
}
