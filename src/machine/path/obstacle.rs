//! What stands in the way of a connection at a hop of its path, seen before it is made.

use std::net::SocketAddr;

use super::container;
use super::hops::{End, Hop, Path};
use super::own_port::beside;
use super::trace::trace;
use super::vacant::{Vacant, gateways_in};
use crate::finding::{Code, Finding};
use crate::machine::accept_queue::{self, LongQueue};
use crate::machine::listener::Listener;
use crate::machine::pid::Pid;
use crate::machine::process::{ProgramKind, RunState};
use crate::machine::role::Role;
use crate::machine::sockets::{Ports, Socket, TcpState};
use crate::machine::{RunningGateway, World};

/// What a connection along a path would meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The hop at which it would end; where nothing listens behind it, the last relay.
    pub hop: Hop,
    /// Whether that is the first hop, which the connection itself would reach.
    pub is_first: bool,
    /// What is wrong there.
    pub trouble: Trouble,
    /// The path in words.
    pub path: String,
}

/// What is wrong at a hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its process is stopped.
    Stopped(Wake),
    /// It does not accept, or only slowly.
    Stuck(LongQueue),
    /// It is a port of a Gateway's process, and not its API.
    NotApi {
        /// The Gateway.
        gateway: Box<RunningGateway>,
        /// Where ibdoc reaches its API: its own port, or that of a relay of this machine; `None`
        /// where none is known.
        api: Option<SocketAddr>,
    },
    /// It is a relay that passes on to a hop before it, or to itself: each connection makes the next.
    Loop {
        /// The relay to which it passes on.
        back_to: Box<Hop>,
        /// The Gateways that run where it listens.
        gateways: Vec<RunningGateway>,
    },
    /// It is a relay, and nothing listens where it passes on.
    NothingBehind(Box<Vacant>),
}

/// What lets a stopped process go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// SIGCONT.
    Continue(Pid),
    /// Its control group is frozen, with the command that lets its container go on if it has one.
    Unfreeze(Option<String>),
    /// A debugger or tracer holds it.
    Debugger(Pid),
}

impl Wake {
    /// What shows that it is stopped.
    pub fn evidence(&self) -> String {
        match self {
            Self::Continue(pid) => format!("pid {pid} is in state T: stopped by a signal"),
            Self::Debugger(pid) => {
                format!("pid {pid} is stopped, and a debugger is attached to it")
            }
            Self::Unfreeze(_) => "its control group is frozen, as `docker pause` does".to_owned(),
        }
    }

    /// The command that lets it go on, where one does.
    pub fn command(&self) -> Option<String> {
        match self {
            Self::Continue(pid) => Some(format!("kill -CONT {pid}")),
            Self::Unfreeze(command) => command.clone(),
            Self::Debugger(_) => None,
        }
    }

    /// What lets it go on.
    pub fn remedy(&self) -> String {
        let how = match self {
            Self::Continue(pid) => format!("let it go on: `kill -CONT {pid}`"),
            Self::Debugger(pid) => format!("let the debugger of pid {pid} go on or detach"),
            Self::Unfreeze(Some(command)) => format!("let its container go on: `{command}`"),
            Self::Unfreeze(None) => "thaw its control group, or unpause its container".to_owned(),
        };
        format!("{how}; no restart, no login")
    }

    /// The finding that the process of a listener is stopped.
    pub fn finding(&self, subject: &str, who: &str) -> Finding {
        let summary = format!("{who} is stopped, and answers nothing until it goes on");
        let mut finding = Finding::new(Code::GatewayStopped, subject, summary);
        finding.remedies = vec![self.remedy()];
        finding.with_evidence(self.evidence())
    }
}

impl Obstacle {
    /// Whether a connection would not get through; through a queue that moves and is not full it does.
    pub fn blocks(&self) -> bool {
        !matches!(&self.trouble, Trouble::Stuck(queue) if queue.admits())
    }

    /// The code of the finding: the one that the Gateway's own port gives.
    pub fn code(&self) -> Code {
        match &self.trouble {
            Trouble::Stopped(_) => Code::GatewayStopped,
            Trouble::Stuck(queue) => queue.code(),
            Trouble::NotApi { gateway, .. } if gateway.api_ports().is_empty() => {
                Code::GatewayStarting
            }
            Trouble::NotApi { .. } => Code::WrongPort,
            Trouble::Loop { .. } => Code::RelayWithoutGateway,
            Trouble::NothingBehind(vacant) => vacant.code(),
        }
    }

    /// Whether even a forced connection is not made: it would fill this machine with processes.
    pub fn is_endless(&self) -> bool {
        matches!(self.trouble, Trouble::Loop { .. })
    }

    /// That relays pass on to each other, or one to itself; empty for any other trouble.
    pub fn loop_words(&self) -> String {
        let Trouble::Loop { back_to, .. } = &self.trouble else {
            return String::new();
        };
        let who = self.hop.who();
        if back_to.address == self.hop.address && back_to.pid == self.hop.pid {
            format!("{who} passes on to itself, and no Gateway is behind it")
        } else {
            let other = back_to.who();
            format!("{who} passes on to {other}, which leads back to it: no Gateway is behind them")
        }
    }

    /// What is seen, in a few words.
    pub fn words(&self) -> String {
        match &self.trouble {
            Trouble::Stopped(_) => format!("{} is stopped", self.hop.who()),
            Trouble::NotApi { .. } => format!("{}: not its API", self.hop),
            Trouble::Stuck(queue) => format!("{}: {}", self.hop, queue.words()),
            Trouble::Loop { .. } => self.loop_words(),
            Trouble::NothingBehind(vacant) => {
                let target = &vacant.target;
                format!(
                    "{} passes on to {target}, where nothing listens",
                    self.hop.who()
                )
            }
        }
    }
}

/// The first obstacle on a path, but for a stuck queue of the first hop: relays in a loop, a process
/// that is stopped, a relay with nothing behind it, a queue behind a relay that is stuck (which takes
/// two to five seconds). One that merely slows a connection down is told only where there is no other.
/// `is_api` says that its last hop is known for the API of a Gateway.
pub(super) async fn obstacle(world: &World, path: &Path, is_api: bool) -> Option<Obstacle> {
    let found = |index: usize, trouble| Obstacle {
        hop: path.hops[index].clone(),
        is_first: index == 0,
        trouble,
        path: path.to_string(),
    };
    if let Some(back_to) = path.loops_to().cloned() {
        let last = path.hops.len() - 1;
        let gateways = gateways_in(world, path.hops[last].seat);
        let back_to = Box::new(back_to);
        return Some(found(last, Trouble::Loop { back_to, gateways }));
    }
    for (index, hop) in path.hops.iter().enumerate() {
        if let Some(wake) = hop.pid.and_then(|pid| stopped(world, pid)) {
            return Some(found(index, Trouble::Stopped(wake)));
        }
        if let Some((hop, wake)) = stopped_unseen(world, hop) {
            let stopped = found(index, Trouble::Stopped(wake));
            return Some(Obstacle { hop, ..stopped });
        }
    }
    if path.end == End::NothingListens {
        let target = path.target.clone().unwrap_or_default();
        let last = &path.hops[path.hops.len() - 1];
        let vacant = Vacant::at(world, last.seat, path.target_place, target);
        let trouble = Trouble::NothingBehind(Box::new(vacant));
        return Some(found(path.hops.len() - 1, trouble));
    }
    let not_api = (!is_api).then(|| command_port(world, path)).flatten();
    if let Some((index, gateway)) = not_api {
        let api = api_of(world, &path.hops[index], &gateway);
        let gateway = Box::new(gateway);
        return Some(found(index, Trouble::NotApi { gateway, api }));
    }
    let mut slow = None;
    for (index, hop) in path.hops.iter().enumerate() {
        // Who connects looks at the queue of its own table.
        if index == 0 && hop.is_here() && !path.forwarded {
            continue;
        }
        let table = hop.table();
        let table = table.as_deref().unwrap_or(world.table.as_ref());
        if let Ok(Some(queue)) = accept_queue::watch(table, hop.address).await {
            let obstacle = found(index, Trouble::Stuck(queue));
            if obstacle.blocks() {
                return Some(obstacle);
            }
            slow.get_or_insert(obstacle);
        }
    }
    match slow {
        None => stuck_beside(world, path).await,
        slow => slow,
    }
}

/// The Gateway that is stopped where who listens on a Gateway's port is not seen: the only one of the
/// listener's user in this network namespace. The state of a process is shown to every user.
fn stopped_unseen(world: &World, hop: &Hop) -> Option<(Hop, Wake)> {
    let is_own = Role::of_port(hop.address.port()).is_some_and(|role| !role.is_relay());
    if hop.pid.is_some() || !is_own || !hop.is_here() {
        return None;
    }
    let user = world.table.listener(hop.address).ok()??.uid?;
    let own = world.processes.facts(Pid(std::process::id()));
    let here = own.ok()??.net_namespace;
    let gateways = world.processes.gateways().ok()?.into_iter();
    let mut theirs = gateways.filter(|gateway| {
        let facts = &gateway.facts;
        here.is_some() && facts.net_namespace == here && facts.uid == Some(user)
    });
    let gateway = theirs.next().filter(|_| theirs.next().is_none())?;
    let pid = gateway.facts.id.pid;
    let hop = Hop {
        pid: Some(pid),
        kind: gateway.kind,
        ..hop.clone()
    };
    Some((hop, stopped(world, pid)?))
}

/// The stuck queue of the Gateway to which a relay usually passes on, where it is not seen that it does:
/// what is carried there takes one more place.
async fn stuck_beside(world: &World, path: &Path) -> Option<Obstacle> {
    let hop = beside(world, path)?;
    let table = hop.table();
    let table = table.as_deref().unwrap_or(world.table.as_ref());
    let queue = accept_queue::watch(table, hop.address).await.ok()??;
    let obstacle = Obstacle {
        path: format!("{path}, usually to {hop}"),
        hop,
        is_first: false,
        trouble: Trouble::Stuck(queue),
    };
    obstacle.blocks().then_some(obstacle)
}

/// The Gateway to whose process a path leads, but not to its API.
fn command_port(world: &World, path: &Path) -> Option<(usize, RunningGateway)> {
    let last = path.hops.last()?;
    let port = last.address.port();
    // Its API may be on each of the known ports.
    let is_gateway = matches!(last.kind, ProgramKind::Gateway | ProgramKind::Tws);
    if !is_gateway || Role::of_port(port).is_some() {
        return None;
    }
    let mut gateways = gateways_in(world, last.seat).into_iter();
    let gateway = gateways.find(|gateway| Some(gateway.pid) == last.pid)?;
    gateway
        .is_command_port(port)
        .then(|| (path.hops.len() - 1, gateway))
}

/// Where ibdoc reaches the API of the Gateway at a hop: in its own network namespace on its port,
/// else through a relay that leads to it.
fn api_of(world: &World, hop: &Hop, gateway: &RunningGateway) -> Option<SocketAddr> {
    let port = *gateway.api_ports().first()?;
    if hop.is_here() {
        return Some(SocketAddr::new(hop.address.ip(), port));
    }
    let mut listeners = world.known_listeners().into_iter();
    let leads = |listener: &Listener| {
        let path = trace(world, listener.address);
        let api = path.as_ref().and_then(Path::behind);
        api.is_some_and(|api| api.pid == Some(gateway.pid) && api.address.port() == port)
    };
    let relay = listeners.find(|listener| listener.kind == ProgramKind::Relay && leads(listener));
    relay.map(|relay| relay.address)
}

/// What would let a process go on, if it is stopped.
pub fn stopped(world: &World, pid: Pid) -> Option<Wake> {
    let facts = world.processes.standing(pid)?;
    if facts.state == Some(RunState::Stopped) {
        return Some(match facts.traced {
            Some(true) => Wake::Debugger(pid),
            _ => Wake::Continue(pid),
        });
    }
    let cgroup = facts.cgroup.as_ref()?;
    let is_frozen = world.processes.is_frozen(cgroup);
    is_frozen.then(|| Wake::Unfreeze(container::command(cgroup, "unpause")))
}

/// How many accepted connections at a listener its clients have closed and it has not; `None` where
/// that cannot be seen.
pub fn half_closed(world: &World, hop: &Hop) -> Option<usize> {
    let port = hop.address.port();
    let ports = Ports::from([port]);
    let rows = hop
        .seat
        .with_table(world, |table| table.snapshot(&ports).ok())
        .flatten()?;
    let is_half_closed = |row: &&Socket| {
        row.local.port() == port && row.state == TcpState::CloseWait && row.accepted() == Some(true)
    };
    Some(rows.sockets.iter().filter(is_half_closed).count())
}
