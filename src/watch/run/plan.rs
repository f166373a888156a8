//! What is watched and how, where it is told, and what comes of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::event::{Footprint, State};
use crate::finding::Finding;
use crate::machine::local::is_local;
use crate::report::Watch;
use crate::report::privacy::Accounts;
use crate::session;
use crate::target::Target;
use crate::watch::{Hook, Notify, Pace, RestartAt};

/// What is watched, and how.
#[derive(Debug)]
pub struct WatchPlan {
    /// The Gateways.
    pub targets: Vec<Target>,
    /// How often they are looked at.
    pub pace: Pace,
    /// The announced restart.
    pub restart: Option<RestartAt>,
    /// What each session announces and waits for.
    pub session: session::Plan,
    /// Whether it connects where the accept queue is stuck.
    pub force: bool,
    /// When it ends by itself.
    pub deadline: Option<Instant>,
}

/// Writes the figures as metrics, in the format of `OpenMetrics` or the older one.
pub type Metrics = Rc<dyn Fn(&Watch, bool) -> String>;

/// What is done with what a watch has seen so far.
pub type Save<'a> = Box<dyn FnMut(&SoFar<'_>) + 'a>;

/// Where else a watch tells what it sees.
pub struct Outlets<'a> {
    /// Where metrics are served.
    pub listener: Option<TcpListener>,
    /// How they are written.
    pub metrics: Metrics,
    /// The command that is run at each change, and how often again.
    pub hook: Option<(Hook, Option<Duration>)>,
    /// The service manager.
    pub notify: Notify,
    /// What is done with the figures from time to time, each with its interval.
    pub saves: Vec<(Duration, Save<'a>)>,
}

/// What a watch has seen so far.
#[derive(Debug)]
pub struct SoFar<'a> {
    /// The figures.
    pub watch: Watch,
    /// What is wrong now.
    pub findings: Vec<Finding>,
    /// The accounts that the sessions have named.
    pub accounts: &'a Accounts,
}

/// What a watch has seen in all.
#[derive(Debug)]
pub struct Watched {
    /// The figures.
    pub watch: Watch,
    /// What is wrong in the end.
    pub findings: Vec<Finding>,
    /// What was done to the Gateways.
    pub footprint: Footprint,
    /// The worst of their states.
    pub state: State,
}

/// The address of a Gateway of this machine.
pub(super) fn local(target: &Target) -> Option<SocketAddr> {
    let ip = match target.host.as_str() {
        "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
        host => host.parse().ok()?,
    };
    is_local(ip).then(|| SocketAddr::new(ip, target.port))
}
