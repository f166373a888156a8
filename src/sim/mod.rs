//! A simulated Gateway: it behaves as IB's does, as far as the published clients and the reports of
//! users tell, and it fails in the ways in which real ones fail.
//!
//! It answers in the form of the version it negotiates and keeps the limits that users report
//! of real Gateways: one time request a second, two account summaries, 32 clients, unique
//! client ids. A [`Scenario`] makes it misbehave.
//!
//! [`run`] serves a listener; [`Gateway::serve`] serves one client over any stream, also one in
//! memory under paused time.

mod account;
mod answer;
mod clock;
mod connection;
mod end;
mod execution;
mod fault;
mod faults;
mod gateway;
mod impostor;
mod market;
mod peer;
mod requests;
mod restart;
mod scenario;
mod seen;
mod serve;
mod value;

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) use answer::said as notice;
pub use fault::{Fault, Moment};
pub use gateway::Gateway;
use gateway::until;
pub use peer::Peer;
pub use scenario::{Scenario, ScenarioError};
pub use seen::Seen;

use crate::wire::ServerVersion;

/// The version and the behaviour of a simulated Gateway.
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
    serve(listener, Gateway::new(config), shutdown).await;
}

/// The same with a Gateway of the caller's, such as one that is [observed](Gateway::observed).
pub async fn serve(
    mut listener: TcpListener,
    gateway: Gateway,
    shutdown: impl Future<Output = ()>,
) {
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        if gateway.down_until().is_some() {
            let address = listener.local_addr();
            // First the listener: a client that is cut may try to come back at once.
            drop(listener);
            connections.shutdown().await;
            let again = tokio::select! {
                () = &mut shutdown => return,
                again = restart::listen_again(&gateway, address) => again,
            };
            listener = match again {
                Ok(again) => again,
                Err(error) => {
                    tracing::warn!(%error, "cannot listen again");
                    return shutdown.await;
                }
            };
        }
        let change = gateway.next_change();
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            () = until(change) => {}
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
                    // Usually there are no file descriptors left; connections that end free them.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    connections.shutdown().await;
}
