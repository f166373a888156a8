//! What stands in the way of a connection at a hop of its path, seen before it is made.

use super::container;
use super::hops::{End, Hop, Path, Place};
use crate::finding::{Code, Finding};
use crate::machine::accept_queue::{self, LongQueue};
use crate::machine::pid::Pid;
use crate::machine::process::{Gateway, ProgramKind, RunState};
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
    NotApi(RunningGateway),
    /// It is a relay, and nothing listens where it passes on.
    NothingBehind {
        /// Where it passes on, as `host:port`.
        target: String,
        /// The Gateways that run in the network namespace of that address.
        gateways: Vec<RunningGateway>,
    },
}

/// What lets a stopped process go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// SIGCONT.
    Continue(Pid),
    /// Its control group is frozen, with the id of its container if it has one.
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

    /// What lets it go on.
    pub fn remedy(&self) -> String {
        let how = match self {
            Self::Continue(pid) => format!("let it go on: `kill -CONT {pid}`"),
            Self::Debugger(pid) => format!("let the debugger of pid {pid} go on or detach"),
            Self::Unfreeze(Some(id)) => format!("let its container go on: `docker unpause {id}`"),
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
            Trouble::NotApi(gateway) if gateway.api_ports().is_empty() => Code::GatewayStarting,
            Trouble::NotApi(_) => Code::WrongPort,
            Trouble::NothingBehind { gateways, .. } => {
                let listens = gateways
                    .iter()
                    .any(|gateway| !gateway.api_ports().is_empty());
                if gateways.is_empty() || listens {
                    Code::RelayWithoutGateway
                } else {
                    Code::GatewayStarting
                }
            }
        }
    }

    /// What is seen, in a few words.
    pub fn words(&self) -> String {
        match &self.trouble {
            Trouble::Stopped(_) => format!("{} is stopped", self.hop.who()),
            Trouble::NotApi(_) => format!("{}: not its API", self.hop),
            Trouble::Stuck(queue) => format!("{}: {}", self.hop, queue.words()),
            Trouble::NothingBehind { target, .. } => {
                format!(
                    "{} passes on to {target}, where nothing listens",
                    self.hop.who()
                )
            }
        }
    }
}

/// The first obstacle on a path, but for a stuck queue of the first hop: a process that is stopped,
/// a relay with nothing behind it, a queue behind a relay that is stuck (which takes two seconds).
/// One that merely slows a connection down is told only where there is no other.
pub(super) async fn obstacle(world: &World, path: &Path) -> Option<Obstacle> {
    let found = |index: usize, trouble| Obstacle {
        hop: path.hops[index].clone(),
        is_first: index == 0,
        trouble,
        path: path.to_string(),
    };
    for (index, hop) in path.hops.iter().enumerate() {
        if let Some(wake) = hop.pid.and_then(|pid| stopped(world, pid)) {
            return Some(found(index, Trouble::Stopped(wake)));
        }
    }
    if path.end == End::NothingListens {
        let target = path.target.clone().unwrap_or_default();
        let gateways = gateways_in(world, path.target_place);
        let trouble = Trouble::NothingBehind { target, gateways };
        return Some(found(path.hops.len() - 1, trouble));
    }
    if let Some((index, gateway)) = command_port(world, path) {
        return Some(found(index, Trouble::NotApi(gateway)));
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
    slow
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

/// What would let a process go on, if it is stopped.
pub fn stopped(world: &World, pid: Pid) -> Option<Wake> {
    let facts = world.processes.facts(pid).ok().flatten()?;
    if facts.state == Some(RunState::Stopped) {
        return Some(match facts.traced {
            Some(true) => Wake::Debugger(pid),
            _ => Wake::Continue(pid),
        });
    }
    let cgroup = facts.cgroup.as_ref()?;
    let is_frozen = world.processes.is_frozen(cgroup);
    is_frozen.then(|| Wake::Unfreeze(container::id(cgroup)))
}

/// The Gateways of a network namespace, with the ports on which they listen there.
fn gateways_in(world: &World, place: Place) -> Vec<RunningGateway> {
    let namespace = |pid| {
        let facts = world.processes.facts(pid).ok().flatten();
        facts.and_then(|facts| facts.net_namespace)
    };
    let wanted = match place {
        Place::Own => return here(world.running_gateways()),
        Place::Of(pid) => namespace(pid),
    };
    let rows = place
        .with_table(world, |table| table.listeners().ok())
        .flatten();
    let rows: Option<Vec<Socket>> = rows.map(|rows| rows.sockets);
    let gateways = world.processes.gateways().unwrap_or_default().into_iter();
    let there =
        gateways.filter(|gateway| wanted.is_some() && gateway.facts.net_namespace == wanted);
    let describe = |gateway: Gateway| {
        let pid = gateway.facts.id.pid;
        let held = rows
            .as_deref()
            .and_then(|rows| world.processes.held(pid, rows).ok().flatten());
        RunningGateway {
            pid,
            kind: gateway.kind,
            up: gateway.facts.up,
            ports: held.map(|held| {
                let ports: Ports = held.iter().map(|row| row.local.port()).collect();
                ports.iter().collect()
            }),
            user_ports: Vec::new(),
            ports_there: None,
            is_stopped: gateway.facts.state == Some(RunState::Stopped),
            // Its ports were looked for where they are.
            is_elsewhere: false,
        }
    };
    there.map(describe).collect()
}

fn here(mut gateways: Vec<RunningGateway>) -> Vec<RunningGateway> {
    gateways.retain(|gateway| !gateway.is_elsewhere);
    gateways
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
