//! What is in charge of a control group, read off its path.

use crate::machine::container::is_group_of_container;
use crate::machine::process::Cgroup;

/// What restarts the processes of a control group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// The system's service manager, by the unit's name.
    Service(String),
    /// A user's service manager, by the unit's name.
    UserService(String),
    /// A container runtime.
    Container,
}

/// The unit or container that a process belongs to.
///
/// A container may show in any hierarchy: where there is no version 2, its runtime may have left
/// the process in the runtime's own service in one of them, and in a group of its own in the rest.
pub(super) fn unit(cgroup: &Cgroup) -> Option<Unit> {
    let named = unit_of(&cgroup.path);
    let others = cgroup.others.iter().map(|path| unit_of(path));
    let container = Some(Unit::Container);
    if others.into_iter().any(|other| other == container) {
        container
    } else {
        named
    }
}

/// The unit or container that a path names, the innermost if there are several.
fn unit_of(path: &str) -> Option<Unit> {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    while let Some(part) = parts.pop() {
        if is_group_of_container(part) {
            return Some(Unit::Container);
        }
        // Under `user@1000.service` are the login sessions and their programs.
        if part.starts_with("user@") {
            return None;
        }
        if part.ends_with(".service") {
            let of_user = parts.iter().any(|above| above.starts_with("user@"));
            let name = part.to_owned();
            return Some(if of_user {
                Unit::UserService(name)
            } else {
                Unit::Service(name)
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Unit> {
        unit(&Cgroup::at(path))
    }

    #[test]
    fn services_are_known_by_the_innermost_unit() {
        let bot = Some(Unit::Service("bot.service".to_owned()));
        assert_eq!(of("/system.slice/bot.service"), bot);
        assert_eq!(of("/system.slice/bot.service/worker"), bot);
        assert_eq!(
            of("/user.slice/user-1000.slice/user@1000.service/app.slice/bot.service"),
            Some(Unit::UserService("bot.service".to_owned()))
        );
    }

    #[test]
    fn a_container_shows_in_whichever_hierarchy_it_has_a_group() {
        let docker = format!("/docker/{}", "0123456789abcdef".repeat(4));
        for path in ["/", "/system.slice/containerd.service"] {
            let cgroup = Cgroup {
                path: path.to_owned(),
                others: vec!["/user.slice".to_owned(), docker.clone()],
            };
            assert_eq!(unit(&cgroup), Some(Unit::Container), "{path}");
        }
        // A service that shows in another hierarchy only may be a login shell's `ssh.service`.
        let session = Cgroup {
            path: "/user.slice/user-1000.slice/session-3.scope".to_owned(),
            others: vec!["/system.slice/ssh.service".to_owned()],
        };
        assert_eq!(unit(&session), None);
    }

    #[test]
    fn a_login_session_is_no_service() {
        for path in [
            "/",
            "",
            "/user.slice/user-1000.slice/session-3.scope",
            "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope",
            "/user.slice/user-1000.slice/user@1000.service/init.scope",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn containers_are_known_by_their_usual_paths() {
        let id = "0123456789abcdef".repeat(4);
        for path in [
            format!("/docker/{id}"),
            format!("/system.slice/docker-{id}.scope"),
            format!("/machine.slice/libpod-{id}.scope/container"),
            format!("/kubepods.slice/kubepods-burstable.slice/cri-containerd-{id}.scope"),
            format!("/kubepods/besteffort/pod1/{id}"),
            "/lxc.payload.web/init.scope".to_owned(),
            "/machine.slice/machine-web.scope/payload".to_owned(),
            "/lxc/web".to_owned(),
        ] {
            assert_eq!(of(&path), Some(Unit::Container), "{path}");
        }
    }
}
