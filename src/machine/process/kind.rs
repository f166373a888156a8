//! What a program is, decided from its facts alone.

use serde::{Deserialize, Serialize};

use super::command::file_name;
use super::names::{
    is_guard, is_init_name, is_launcher_name, is_reaper_name, is_relay, may_be_client,
};
use super::{Facts, Jvm, Mark, Script};
use crate::machine::role::Role;

/// What listens on a port, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum ProgramKind {
    /// IB Gateway.
    Gateway,
    /// Trader Workstation.
    Tws,
    /// A program that passes connections on, and accepts before the Gateway does.
    Relay,
    /// Something else.
    Other,
    /// It could not be read well enough to tell.
    Unknown,
}

impl ProgramKind {
    /// The word of the JSON contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Tws => "tws",
            Self::Relay => "relay",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// What the program is that listens on `port`, or at large without one.
pub fn kind(facts: &Facts, port: Option<u16>) -> ProgramKind {
    match facts.jvm {
        Some(Jvm::Name | Jvm::VmThread | Jvm::Library) => jvm_kind(facts, port),
        _ if facts.names().any(is_relay) => ProgramKind::Relay,
        Some(Jvm::No) => ProgramKind::Other,
        // What it has mapped could not be read, as of another user's process.
        None if is_launcher(facts) => jvm_kind(facts, port),
        None => ProgramKind::Unknown,
    }
}

/// Whether its program file is called as a launcher of the Gateway or TWS is.
fn is_launcher(facts: &Facts) -> bool {
    facts.names().skip(1).any(is_launcher_name)
}

/// Whether its program, path or command line has a name of IB's software, which proves nothing by
/// itself; `None` if none was found, and not all of it could be read.
pub fn is_named_after_ib(facts: &Facts) -> Option<bool> {
    if is_launcher(facts) {
        return Some(true);
    }
    facts.marks.as_ref().map(|marks| !marks.is_empty())
}

fn jvm_kind(facts: &Facts, port: Option<u16>) -> ProgramKind {
    let marks = facts.marks.as_deref().unwrap_or_default();
    let named = |prefix: &str| facts.names().any(|name| name.starts_with(prefix));
    // Both share libraries and folder, so the Gateway's own marks are asked for first.
    if marks.contains(&Mark::Tws) {
        ProgramKind::Tws
    } else if marks.contains(&Mark::Gateway) || named("ibgateway") {
        ProgramKind::Gateway
    } else if marks.contains(&Mark::Either) {
        ProgramKind::Tws
    } else {
        match port.and_then(Role::of_port) {
            Some(Role::Live | Role::Paper) => ProgramKind::Gateway,
            Some(Role::TwsLive | Role::TwsPaper) => ProgramKind::Tws,
            _ if facts.marks.is_none() => ProgramKind::Unknown,
            _ => ProgramKind::Other,
        }
    }
}

/// Whether it is called as a relay is that may be a client itself: its sockets tell.
pub fn is_relay_or_client(facts: &Facts) -> bool {
    let mut relays = facts.names().filter(|name| is_relay(name));
    kind(facts, None) == ProgramKind::Relay && relays.all(may_be_client)
}

/// Whether the process adopts orphans: pid 1, a user's service manager, a container's init.
pub fn is_reaper(facts: &Facts) -> Option<bool> {
    if facts.id.pid.0 == 1 || facts.names().map(file_name).any(is_reaper_name) {
        return Some(true);
    }
    if facts.names().any(|name| name == "systemd") {
        return facts.user_manager;
    }
    Some(false)
}

/// Whether it runs one program, as the first process of a container does, and ends with it.
pub fn is_init_of_one(facts: &Facts) -> bool {
    facts.names().map(file_name).any(is_init_name)
}

/// Whether others depend on it: a relay, service manager, container runtime, terminal, display.
///
/// `None` if it shows by none of the names that could be read, and some could not be.
pub fn is_guard_or_relay(facts: &Facts) -> Option<bool> {
    let script = match &facts.script {
        Some(Script::File(name) | Script::Module(name)) => Some(name.as_str()),
        Some(Script::Absent | Script::Inline) | None => None,
    };
    let mut names = facts.names().chain(script);
    if names.any(|name| is_relay(name) || is_guard(name)) {
        return Some(true);
    }
    let all = facts.executable.is_some() && facts.argv0.is_some() && facts.script.is_some();
    all.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::pid::{Pid, ProcessId};
    use crate::machine::process::names::is_named_jvm;

    fn named(name: &str) -> Facts {
        Facts::unknown(
            ProcessId {
                pid: Pid(100),
                started: 1,
            },
            name.to_owned(),
        )
    }

    fn jvm(marks: &[Mark]) -> Facts {
        Facts {
            jvm: Some(Jvm::Name),
            marks: Some(marks.to_vec()),
            ..named("java")
        }
    }

    #[test]
    fn marks_tell_a_gateway_from_tws() {
        let gateway = jvm(&[Mark::Gateway, Mark::Either]);
        assert_eq!(kind(&gateway, None), ProgramKind::Gateway);
        assert_eq!(kind(&jvm(&[Mark::Either]), Some(4002)), ProgramKind::Tws);
        assert_eq!(kind(&jvm(&[Mark::Tws, Mark::Tool]), None), ProgramKind::Tws);
    }

    #[test]
    fn without_marks_a_known_port_decides() {
        assert_eq!(kind(&jvm(&[]), Some(4001)), ProgramKind::Gateway);
        assert_eq!(kind(&jvm(&[]), Some(7497)), ProgramKind::Tws);
        assert_eq!(kind(&jvm(&[Mark::Tool]), Some(8080)), ProgramKind::Other);
        let unread = Facts {
            marks: None,
            ..jvm(&[])
        };
        assert_eq!(kind(&unread, Some(8080)), ProgramKind::Unknown);
    }

    #[test]
    fn relays_are_known_by_any_of_their_names() {
        assert_eq!(kind(&named("socat"), Some(4002)), ProgramKind::Relay);
        let titled = Facts {
            argv0: Some("nginx:".to_owned()),
            ..named("worker")
        };
        assert_eq!(kind(&titled, None), ProgramKind::Relay);
        let cut = Facts {
            executable: Some("/usr/lib/systemd/systemd-socket-proxyd".to_owned()),
            ..named("x")
        };
        assert_eq!(kind(&cut, None), ProgramKind::Relay);
        for windows in ["ssh.exe", "wslrelay.exe", "com.docker.backend.exe"] {
            assert_eq!(kind(&named(windows), None), ProgramKind::Relay, "{windows}");
        }
    }

    #[test]
    fn a_guard_is_known_by_any_name_and_is_ruled_out_only_by_all() {
        for name in [
            "tmux: server",
            "SCREEN",
            "supervisord",
            "containerd-shim",
            "sshd: me",
            "tini",
        ] {
            assert_eq!(is_guard_or_relay(&named(name)), Some(true), "{name}");
        }
        let scripted = Facts {
            script: Some(Script::File("supervisord".to_owned())),
            ..named("python3")
        };
        assert_eq!(is_guard_or_relay(&scripted), Some(true));
        assert_eq!(is_guard_or_relay(&named("python3")), None);
        let read = Facts {
            executable: Some("/usr/bin/python3".to_owned()),
            argv0: Some("python3".to_owned()),
            script: Some(Script::File("bot.py".to_owned())),
            ..named("python3")
        };
        assert_eq!(is_guard_or_relay(&read), Some(false));
    }

    #[test]
    fn what_could_not_be_read_is_unknown_and_the_rest_is_other() {
        assert_eq!(kind(&named("python3"), Some(4002)), ProgramKind::Unknown);
        let read = Facts {
            jvm: Some(Jvm::No),
            ..named("python3")
        };
        assert_eq!(kind(&read, Some(4002)), ProgramKind::Other);
    }

    #[test]
    fn a_program_named_after_tws_is_no_jvm_and_a_launcher_of_which_nothing_else_is_known_is() {
        for name in ["tws_bot.py", "tws_trader"] {
            assert!(!is_named_jvm(&named(name)));
        }
        let launcher = |jvm| Facts {
            argv0: Some("/home/me/Jts/ibgateway/1030/ibgateway1030".to_owned()),
            jvm,
            marks: Some(vec![Mark::Gateway]),
            ..named("x")
        };
        assert!(!is_named_jvm(&launcher(None)));
        assert_eq!(kind(&launcher(None), None), ProgramKind::Gateway);
        assert_eq!(kind(&launcher(Some(Jvm::No)), None), ProgramKind::Other);
        assert_eq!(is_named_after_ib(&launcher(None)), Some(true));
        assert_eq!(is_named_after_ib(&named("python3")), None);
        assert!(is_named_jvm(&named("java")) && is_named_jvm(&named("JavaApplication")));
    }

    #[test]
    fn a_user_manager_adopts_and_an_unread_systemd_is_unknown() {
        let systemd = named("systemd");
        assert_eq!(is_reaper(&systemd), None);
        assert_eq!(
            is_reaper(&Facts {
                user_manager: Some(true),
                ..systemd
            }),
            Some(true)
        );
        assert_eq!(is_reaper(&named("containerd-shim")), Some(true));
        assert_eq!(is_reaper(&named("bash")), Some(false));
    }
}
