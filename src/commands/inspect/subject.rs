//! What was typed after `ibdoc inspect`, as what is meant by it.

use std::net::{IpAddr, SocketAddr};

use tokio::time::Instant;

use super::Inspect;
use crate::commands::{Error, Setup};
use crate::handshake::resolve::{ResolveError, resolve};
use crate::machine::World;
use crate::machine::inspect::Which;
use crate::machine::pid::Pid;
use crate::machine::sockets::Ports;
use crate::target::{PORT_HELP, Target};

/// What is looked at, and from where.
pub(super) struct Subject {
    pub(super) which: Which,
    /// A process in the network namespace that has the sockets, where that is another one.
    pub(super) elsewhere: Option<Pid>,
}

/// What was typed, as what is meant by it; errs in the inner result where it is not there.
pub(super) async fn subject(
    args: &Inspect,
    setup: &Setup,
) -> Result<Result<Subject, String>, Error> {
    let world = &setup.world;
    let of_ports = |ports: Ports, hosts: Vec<IpAddr>| Subject {
        which: Which {
            ports,
            hosts,
            pid: None,
        },
        elsewhere: setup.outside,
    };
    let is_typed = args.whom.is_some() || args.pid.is_some() || !args.ports.is_empty();
    let ports: Ports = match &setup.simulated {
        Some(_) if is_typed => {
            let message = "a target and --sim exclude each other: --sim brings its own Gateway";
            return Err(Error::Usage(message.to_owned()));
        }
        Some(target) => std::iter::once(target.port).collect(),
        None if args.ports.is_empty() => world.gateway_ports(),
        None => args.ports.iter().copied().collect(),
    };
    if let Some(pid) = args.pid {
        return Ok(of_process(Pid(pid), ports, world));
    }
    let Some(whom) = &args.whom else {
        return Ok(Ok(of_ports(ports, Vec::new())));
    };
    if let Ok(number) = whom.parse::<u32>()
        && !is_port(number, world)
    {
        return Ok(of_process(Pid(number), ports, world));
    }
    let target: Target = whom.parse().map_err(|error| {
        Error::Usage(format!("{whom}: {error}, or a pid; targets: {PORT_HELP}"))
    })?;
    let until = Instant::now() + setup.timeouts.connect;
    let hosts = match resolve(&target.host, target.port, until).await {
        // A client may have connected to any address of this machine.
        Ok(addresses) if addresses.iter().any(|it| it.ip().is_loopback()) => Vec::new(),
        Ok(addresses) => addresses.iter().map(SocketAddr::ip).collect(),
        Err(
            ResolveError::NoAddress(reason)
            | ResolveError::ResolverFailed(reason)
            | ResolveError::NoInterface(reason),
        ) => return Ok(Err(format!("{}: {reason}", target.host))),
    };
    Ok(Ok(of_ports(std::iter::once(target.port).collect(), hosts)))
}

/// Whether a number is a port: one that a Gateway usually has, or one on which something listens.
fn is_port(number: u32, world: &World) -> bool {
    let Ok(port) = u16::try_from(number) else {
        return false;
    };
    let of_gateways = world.gateway_ports();
    let listens = || {
        let rows = world.table.listeners();
        rows.is_ok_and(|rows| rows.sockets.iter().any(|row| row.local.port() == port))
    };
    of_gateways.contains(port) || listens() || !exists(Pid(number), world)
}

fn exists(pid: Pid, world: &World) -> bool {
    world
        .processes
        .identify(pid)
        .is_ok_and(|found| found.is_some())
}

/// One process and these ports, also those of a network namespace of its own.
fn of_process(pid: Pid, ports: Ports, world: &World) -> Result<Subject, String> {
    if !exists(pid, world) {
        return Err(format!("no process {pid} on this machine"));
    }
    let namespace = |pid| world.processes.facts(pid).ok().flatten()?.net_namespace;
    let namespaces = namespace(Pid(std::process::id())).zip(namespace(pid));
    let elsewhere = namespaces
        .filter(|(ours, theirs)| ours != theirs)
        .map(|_| pid);
    let which = Which {
        ports,
        hosts: Vec::new(),
        pid: Some(pid),
    };
    Ok(Subject { which, elsewhere })
}
