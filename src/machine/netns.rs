//! The network namespace that `--netns` names, and the way into it.

use std::fmt;
use std::str::FromStr;

use super::ask::ask;
#[cfg(target_os = "linux")]
use super::ask::{PATIENCE, was_left};
#[cfg(target_os = "linux")]
use super::path::container_exec;
use super::path::container_id;
use super::pid::Pid;
use super::process::ProcessSource;
#[cfg(target_os = "linux")]
use crate::text::alike::did_you_mean;

/// The longest name of a container or network namespace.
const LONGEST_NAME: usize = 128;

/// A network namespace as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Netns {
    /// That of the only Gateway that is in another one.
    Auto,
    /// That of this process.
    Of(Pid),
    /// The one of this container (its id, or its name where docker or podman know it), or the one
    /// that `ip netns` has under this name.
    Named(String),
}

impl FromStr for Netns {
    type Err = String;

    /// Errs for what can be no name.
    fn from_str(typed: &str) -> Result<Self, String> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if typed == "auto" {
            Ok(Self::Auto)
        } else if let Ok(pid) = typed.parse() {
            Ok(Self::Of(Pid(pid)))
        } else if typed.len() <= LONGEST_NAME
            && typed.bytes().all(is_plain)
            && typed.starts_with(|first: char| first.is_ascii_alphanumeric())
        {
            Ok(Self::Named(typed.to_owned()))
        } else {
            Err("expected a pid, the name or id of a container, or auto".to_owned())
        }
    }
}

impl fmt::Display for Netns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Of(pid) => pid.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Why a network namespace was not entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotEntered {
    /// There is none by that name, or more than one.
    Unknown(String),
    /// It is there, and may not be entered.
    Refused {
        /// A process in it; `None` of one that `ip netns` has under a name.
        pid: Option<Pid>,
        /// What it is, in words.
        what: String,
        /// The words before a command that let it run there.
        way_in: String,
        /// The words before a command that let its container run it, if it is in one.
        exec: Option<String>,
        /// The system's own words.
        reason: String,
    },
}

/// A process in the network namespace; `None` where it is the one of `ip netns` with no process of
/// its own, or the Gateway is in ibdoc's own.
///
/// Errs where there is none, or more than one.
fn process_in(netns: &Netns, processes: &dyn ProcessSource) -> Result<Option<Pid>, String> {
    match netns {
        Netns::Of(pid) => match processes.identify(*pid) {
            Ok(Some(_)) => Ok(Some(*pid)),
            _ => Err(format!("no process {pid} on this machine")),
        },
        Netns::Auto => of_gateway(processes),
        Netns::Named(name) => {
            let id: String = name.chars().take(SHOWN_ID).collect();
            let is_it = |pid: &Pid| {
                let facts = processes.facts(*pid).ok().flatten();
                let found = facts.and_then(|facts| container_id(facts.cgroup.as_ref()?));
                found.is_some_and(|found| id.len() >= LEAST_ID && found.starts_with(&id))
            };
            let namespaces = processes.network_namespaces().into_iter();
            let mut containers = namespaces.map(|(_, pid)| pid).filter(is_it);
            match (containers.next(), containers.next()) {
                (Some(pid), None) => Ok(Some(pid)),
                (Some(_), Some(_)) => Err(format!("several containers begin with {name}")),
                (None, _) => Ok(asked_for(name)),
            }
        }
    }
}

/// Digits of a container's id that are compared.
const SHOWN_ID: usize = 12;
/// A shorter beginning of an id is a name.
const LEAST_ID: usize = 4;

fn of_gateway(processes: &dyn ProcessSource) -> Result<Option<Pid>, String> {
    let namespace = |pid| {
        let facts = processes.facts(pid).ok().flatten();
        facts.and_then(|facts| facts.net_namespace)
    };
    let own = namespace(Pid(std::process::id()));
    let gateways = processes.gateways().unwrap_or_default();
    let mut found: Vec<(Option<u64>, Pid)> = Vec::new();
    for gateway in &gateways {
        let inode = gateway.facts.net_namespace;
        if inode != own && !found.iter().any(|(known, _)| *known == inode) {
            found.push((inode, gateway.facts.id.pid));
        }
    }
    match found.as_slice() {
        [] if gateways.is_empty() => Err("no Gateway or TWS process is seen here".to_owned()),
        [] => Ok(None),
        [(_, pid)] => Ok(Some(*pid)),
        several => {
            let pids: Vec<String> = several.iter().map(|(_, pid)| pid.to_string()).collect();
            let message = "Gateways run in several network namespaces, name one: --netns";
            Err(format!("{message} {}", pids.join(" or ")))
        }
    }
}

/// The words before a command that let it run in the network namespace of a process.
pub fn way_in(pid: Pid) -> String {
    format!("nsenter -t {pid} -n")
}

/// A command of ibdoc's, which is true inside a network namespace, as it is typed outside of it, with
/// the words that lead there; any other text as it is.
pub fn typed_outside(command: &str, way_in: &str) -> String {
    let (sudo, rest) = match command.strip_prefix("sudo ") {
        Some(rest) => ("sudo ", rest),
        None => ("", command),
    };
    // Where sudo does not find ibdoc, it is told where it is.
    let programs = ["ibdoc ", "\"$(command -v ibdoc)\" "];
    if programs.iter().any(|program| rest.starts_with(program)) {
        format!("{sudo}{way_in} {rest}")
    } else {
        command.to_owned()
    }
}

/// Lets this thread enter the network namespace; what is started by it later is in it too. Returns
/// the words before a command that let it run there; `None` where that is ibdoc's own.
///
/// Errs where there is no such namespace, or it may not be entered.
#[cfg(target_os = "linux")]
pub fn enter(netns: &Netns, processes: &dyn ProcessSource) -> Result<Option<String>, NotEntered> {
    use std::fs::File;
    use std::os::fd::AsFd as _;

    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

    let pid = process_in(netns, processes).map_err(NotEntered::Unknown)?;
    let (file, way_in) = match (netns, pid) {
        (_, Some(pid)) => (format!("/proc/{pid}/ns/net"), way_in(pid)),
        (Netns::Named(name), None) => (
            format!("/run/netns/{name}"),
            format!("ip netns exec {name}"),
        ),
        _ => return Ok(None),
    };
    let opened = File::open(&file);
    let entered = opened.and_then(|file| {
        let kind = Some(LinkNameSpaceType::Network);
        move_into_link_name_space(file.as_fd(), kind).map_err(Into::into)
    });
    match entered {
        Ok(()) => Ok(Some(way_in)),
        Err(error) if pid.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Err(NotEntered::Unknown(not_found(netns)))
        }
        Err(error) => Err(NotEntered::Refused {
            pid,
            what: match pid {
                Some(pid) => format!("the network namespace of pid {pid}"),
                None => format!("the network namespace {netns}"),
            },
            way_in,
            exec: pid.and_then(|pid| other_container(pid, processes)),
            reason: error.to_string(),
        }),
    }
}

/// Why nothing has this name, as far as the container programs have answered.
#[cfg(target_os = "linux")]
fn not_found(netns: &Netns) -> String {
    let silent: Vec<&str> = ENGINES.into_iter().filter(|it| was_left(it)).collect();
    if silent.is_empty() {
        let meant = did_you_mean(&netns.to_string(), ["auto"]);
        return format!("there is no container and no network namespace {netns} here{meant}");
    }
    format!(
        "there is no network namespace {netns} here, and whether it is a container is not known: {} \
         did not answer within {} ms; name a process in it instead: --netns PID",
        silent.join(" and "),
        PATIENCE.as_millis()
    )
}

/// The words before a command that let the container of a process run it, unless ibdoc runs in the
/// same one.
#[cfg(target_os = "linux")]
fn other_container(pid: Pid, processes: &dyn ProcessSource) -> Option<String> {
    let of = |pid| processes.facts(pid).ok().flatten()?.cgroup;
    let theirs = of(pid)?;
    let own = of(Pid(std::process::id())).and_then(|own| container_id(&own));
    (container_id(&theirs) != own).then(|| container_exec(&theirs))?
}

/// Other systems have no network namespaces.
#[cfg(not(target_os = "linux"))]
pub fn enter(netns: &Netns, processes: &dyn ProcessSource) -> Result<Option<String>, NotEntered> {
    process_in(netns, processes).map_err(NotEntered::Unknown)?;
    let message = "this system has no network namespaces".to_owned();
    Err(NotEntered::Unknown(message))
}

/// The programs that know containers by their names.
const ENGINES: [&str; 2] = ["docker", "podman"];

/// The process of a container, by the container programs of this machine.
fn asked_for(name: &str) -> Option<Pid> {
    ENGINES.into_iter().find_map(|program| {
        let inspect = ["inspect", "--format", "{{.State.Pid}}", "--", name];
        let said = ask(program, &inspect, 64)?;
        said.trim().parse().ok().filter(|pid| *pid > 0).map(Pid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_a_name_and_auto_are_told_apart() {
        assert_eq!("auto".parse(), Ok(Netns::Auto));
        assert_eq!("4711".parse(), Ok(Netns::Of(Pid(4711))));
        let name = Netns::Named("ib-gateway".to_owned());
        assert_eq!("ib-gateway".parse(), Ok(name));
        for wrong in ["", "../x", "a/b", "-x", "a b", "."] {
            assert!(wrong.parse::<Netns>().is_err(), "{wrong:?}");
        }
    }
}
