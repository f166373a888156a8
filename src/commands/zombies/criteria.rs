//! What was typed after `ibdoc zombies`, as what is meant by it.

use super::args::Zombies;
use crate::cli::ask::Ask;
use crate::commands::{Error, Setup};
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::process::Users;
use crate::machine::role::Role;
use crate::machine::sockets::Ports;
use crate::soak::program::TARGET_VARIABLE;
use crate::target::{Target, TypedTarget};
use crate::zombie::Criteria;
use crate::zombie::look::{Scope, is_elsewhere};

/// The ports that were named, as targets or by `--port`; without any, those that Gateways have by
/// default and those on which one listens.
pub(super) fn scope(
    args: &Zombies,
    targets: &[Target],
    setup: &Setup,
    world: &World,
) -> Result<Scope, Error> {
    let targets = targets.iter().map(|target| target.port);
    let ports: Ports = args.ports.iter().copied().chain(targets).collect();
    match &setup.simulated {
        Some(_) if !ports.is_empty() => {
            let message = "a target and --sim exclude each other: --sim brings its own Gateway";
            return Err(Error::Usage(message.to_owned()));
        }
        Some(target) => return Ok(Scope::named(std::iter::once(target.port).collect())),
        None => {}
    }
    if ports.is_empty() {
        return Ok(Scope::with_gateways(world));
    }
    Ok(Scope::named(ports))
}

/// The targets that were typed, or where neither they nor ports were, that of the environment.
pub(super) fn targets(args: &Zombies, setup: &Setup) -> Result<Vec<Target>, Error> {
    let is_typed = !args.targets.is_empty() || !args.ports.is_empty();
    let set = std::env::var(TARGET_VARIABLE).ok();
    match set.filter(|set| !set.is_empty() && !is_typed && setup.simulated.is_none()) {
        None => Ok(args.targets.clone()),
        Some(set) => {
            let wrong = |error: String| Error::Usage(format!("{TARGET_VARIABLE}: {error}"));
            let target: TypedTarget = set.parse().map_err(wrong)?;
            Ok(match target {
                TypedTarget::Port(target) => vec![target],
                TypedTarget::Host(host) => known_ports_of(&host),
            })
        }
    }
}

/// Refuses to act where a target may be another machine: what is ended or shut down is of this machine's
/// programs, whose connections to the same port here are none of that target's.
pub(super) fn refuse_elsewhere(args: &Zombies, targets: &[Target]) -> Result<(), Error> {
    match targets.iter().find(|target| is_elsewhere(target)) {
        Some(target) if args.kill || args.heal => Err(Error::Usage(format!(
            "{} may be another machine, and --kill and --heal act on this machine's programs: run it there, or \
             name the port alone, `--port {}`",
            target.host, target.port
        ))),
        _ => Ok(()),
    }
}

/// The known ports, on this host.
fn known_ports_of(host: &str) -> Vec<Target> {
    let of = |(port, _)| Target {
        host: host.to_owned(),
        port,
    };
    Role::ALL.map(of).to_vec()
}

/// By what is looked and judged.
pub(super) fn criteria(args: &Zombies, setup: &Setup, ports: &Ports) -> Result<Criteria, Error> {
    Ok(Criteria {
        ports: ports.clone(),
        min_age: args.min_age,
        named: (!args.pids.is_empty()).then(|| args.pids.iter().copied().map(Pid).collect()),
        user: user(args, setup)?,
        kill: args.kill,
        heal: args.heal,
        is_elsewhere: setup.is_elsewhere && setup.outside.is_none(),
    })
}

/// The user that was named; only root may name another than itself.
fn user(args: &Zombies, setup: &Setup) -> Result<Option<u32>, Error> {
    let Some(name) = &args.user else {
        return Ok(None);
    };
    let Some(uid) = Users::local().id(name) else {
        return Err(Error::Usage(format!("no user {name} on this machine")));
    };
    let own = setup.world.processes.facts(Pid(std::process::id()));
    let own = own.ok().flatten().and_then(|facts| facts.uid);
    if own == Some(0) || own == Some(uid) {
        Ok(Some(uid))
    } else {
        let message = "--user needs root: only root may end another user's processes";
        Err(Error::Usage(message.to_owned()))
    }
}

/// Refuses options that this terminal or this system has no means for.
pub(super) fn refuse_what_cannot_be(
    args: &Zombies,
    setup: &Setup,
    ask: &dyn Ask,
) -> Result<(), Error> {
    if args.interactive && !ask.is_possible() {
        let message = "--interactive needs a terminal to ask on; leave it out to kill at once";
        return Err(Error::Usage(message.to_owned()));
    }
    if args.heal && (cfg!(not(target_os = "linux")) || setup.world.is_portable) {
        return Err(Error::Usage("--heal needs Linux and its pidfds".to_owned()));
    }
    Ok(())
}

/// Whether processes are ended by their pids although this system has pidfds.
#[cfg(feature = "portable")]
pub(super) fn is_by_pid(args: &Zombies) -> bool {
    args.by_pid
}

#[cfg(not(feature = "portable"))]
pub(super) fn is_by_pid(_: &Zombies) -> bool {
    false
}
