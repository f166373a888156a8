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
    /// A container runtime; with the container's id, its first twelve digits, where the path has one.
    Container(Option<String>),
    /// A service that only hosts what others have started, by its name: restarting that is no advice.
    Host(String),
}

/// Services that host the programs of others, by their names up to the first of `.` and `@`.
const HOSTS: [&str; 41] = [
    "cron",
    "crond",
    "cronie",
    "anacron",
    "atd",
    "ssh",
    "sshd",
    "getty",
    "supervisor",
    "supervisord",
    "docker",
    "containerd",
    "jupyterhub",
    "code-server",
    "user",
    "user-runtime-dir",
    "tmux",
    "screen",
    "zellij",
    "vncserver",
    "tigervncserver",
    "vncserver-x11-serviced",
    "x11vnc",
    "nxserver",
    "xrdp",
    "xrdp-sesman",
    "gdm",
    "gdm3",
    "lightdm",
    "sddm",
    "dbus",
    "dbus-broker",
    "display-manager",
    "ttyd",
    "mosh",
    "cockpit",
    "webmin",
    "rstudio-server",
    "slurmd",
    "gitlab-runner",
    // GitHub's: `actions.runner.NAME`.
    "actions",
];

/// What the services of desktops begin with, which start what their user does.
const DESKTOPS: [&str; 4] = ["org.gnome.", "gnome-", "plasma-", "xfce4-"];

/// `pm2-USER` restarts all of PM2, and `app-NAME@ID` is what a desktop makes for each program.
fn hosts_others(name: &str) -> bool {
    let base = name.split(['.', '@']).next().unwrap_or(name);
    HOSTS.contains(&base)
        || name.starts_with("pm2-")
        || DESKTOPS.iter().any(|desktop| name.starts_with(desktop))
        || name.starts_with("app-") && name.contains('@')
}

/// The unit or container that a process belongs to and ibdoc, in the groups `own`, does not.
///
/// A container may show in any hierarchy: where there is no version 2, its runtime may have left
/// the process in the runtime's own service in one of them, and in a group of its own in the rest.
pub(super) fn unit(cgroup: &Cgroup, own: &Cgroup) -> Option<Unit> {
    if cgroup == own {
        return None;
    }
    let is_ours = |path: &String| own.path == *path || own.others.contains(path);
    let apart = cgroup.others.iter().filter(|path| !is_ours(path));
    let is_container = |unit: &Unit| matches!(unit, Unit::Container(_));
    let container = apart.filter_map(|path| unit_of(path)).find(is_container);
    let unit = match unit_of(&cgroup.path) {
        Some(Unit::Container(Some(id))) => Some(Unit::Container(Some(id))),
        named => container.or(named),
    }?;
    if !matches!(unit, Unit::Container(Some(_))) {
        return Some(unit);
    }
    // In the same container, its own groups are no reason.
    let ours = std::iter::once(&own.path).chain(&own.others);
    let is_shared = ours
        .filter_map(|path| unit_of(path))
        .any(|ours| ours == unit);
    (!is_shared).then_some(unit)
}

/// The service whose control group this is, and whether it is of a user's manager; `None` inside of
/// another unit, which may call its own groups what it likes.
pub(super) fn service(cgroup: &Cgroup, own: &Cgroup) -> Option<(String, bool)> {
    let (service, is_users) = match unit(cgroup, own)? {
        Unit::Service(name) => (name, false),
        Unit::UserService(name) => (name, true),
        Unit::Container(_) | Unit::Host(_) => return None,
    };
    let is_unit = |part: &str| [".service", ".scope"].iter().any(|end| part.ends_with(end));
    let mut above = cgroup.path.split('/').take_while(|part| *part != service);
    let is_within = above.any(|part| is_unit(part) && !part.starts_with("user@"));
    (!is_within).then_some((service, is_users))
}

/// The unit or container that a path names, the innermost if there are several.
fn unit_of(path: &str) -> Option<Unit> {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    while let Some(part) = parts.pop() {
        if is_group_of_container(part) {
            let mut ids = std::iter::once(part).chain(parts.iter().rev().copied());
            return Some(Unit::Container(ids.find_map(id)));
        }
        // Under `user@1000.service` are the login sessions and their programs.
        if part.starts_with("user@") {
            return None;
        }
        if part.ends_with(".service") {
            let of_user = parts.iter().any(|above| above.starts_with("user@"));
            let name = part.to_owned();
            return Some(if hosts_others(&name) {
                Unit::Host(name)
            } else if of_user {
                Unit::UserService(name)
            } else {
                Unit::Service(name)
            });
        }
    }
    None
}

/// The start of the container's id in a part such as `docker-0123….scope`.
fn id(part: &str) -> Option<String> {
    let part = part.trim_end_matches(".scope");
    let id = part.rsplit('-').next().unwrap_or(part);
    let is_id = id.len() >= 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id[..12].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Unit> {
        unit(&Cgroup::at(path), &Cgroup::at("/own.scope"))
    }

    #[test]
    fn what_ibdoc_belongs_to_itself_is_no_reason() {
        let docker = format!("/docker/{}", "0123456789abcdef".repeat(4));
        let within = |path: &str| Cgroup {
            path: path.to_owned(),
            others: vec![docker.clone()],
        };
        let bot = within("/system.slice/bot.service");
        let service = Some(Unit::Service("bot.service".to_owned()));
        assert_eq!(unit(&bot, &bot), None);
        assert_eq!(
            unit(&bot, &within("/")),
            service,
            "both run in one container"
        );
        let container = Some(Unit::Container(Some("0123456789ab".to_owned())));
        assert_eq!(unit(&bot, &Cgroup::at("/")), container);
        let nested = Cgroup::at(format!("{docker}/init.scope"));
        assert_eq!(unit(&nested, &Cgroup::at(docker.clone())), None);
        // Two containers without an id may be two.
        let lxc = [Cgroup::at("/lxc/web/init.scope"), Cgroup::at("/lxc/db")];
        assert_eq!(unit(&lxc[0], &lxc[1]), Some(Unit::Container(None)));
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
            let container = Some(Unit::Container(Some("0123456789ab".to_owned())));
            assert_eq!(
                unit(&cgroup, &Cgroup::at("/own.scope")),
                container,
                "{path}"
            );
        }
        // A service that shows in another hierarchy only may be a login shell's `ssh.service`.
        let session = Cgroup {
            path: "/user.slice/user-1000.slice/session-3.scope".to_owned(),
            others: vec!["/system.slice/ssh.service".to_owned()],
        };
        assert_eq!(unit(&session, &Cgroup::at("/own.scope")), None);
    }

    #[test]
    fn the_container_in_which_ibdoc_is_too_is_in_charge_of_none() {
        let docker = format!("/docker/{}", "0123456789abcdef".repeat(4));
        let bot = Some(Unit::Service("bot.service".to_owned()));
        let (own, service) = (
            format!("{docker}/user.slice"),
            format!("{docker}/bot.service"),
        );
        assert_eq!(unit(&Cgroup::at(service), &Cgroup::at(own.clone())), bot);
        let beside = Cgroup::at(format!("{docker}/system.slice"));
        assert_eq!(unit(&beside, &Cgroup::at(own)), None);
    }

    #[test]
    fn a_unit_that_only_hosts_others_is_in_charge_of_none() {
        for name in [
            "cron.service",
            "ssh.service",
            "sshd@7.service",
            "supervisor.service",
            "pm2-trader.service",
            "docker.service",
            "code-server@me.service",
            "app-gnome-x@autostart.service",
        ] {
            let host = Some(Unit::Host(name.to_owned()));
            assert_eq!(of(&format!("/system.slice/{name}")), host, "{name}");
        }
        let own = Some(Unit::Service("sshbot.service".to_owned()));
        assert_eq!(of("/system.slice/sshbot.service"), own);
    }

    #[test]
    fn systemd_is_asked_about_a_group_of_its_own_making_only() {
        let asked = |path: &str| service(&Cgroup::at(path), &Cgroup::at("/own.scope"));
        let bot = |is_users| Some(("bot.service".to_owned(), is_users));
        assert_eq!(asked("/system.slice/bot.service"), bot(false));
        assert_eq!(asked("/system.slice/bot.service/worker"), bot(false));
        let user = "/user.slice/user-1000.slice/user@1000.service";
        assert_eq!(asked(&format!("{user}/app.slice/bot.service")), bot(true));
        for path in [
            "/system.slice/runner.service/bot.service".to_owned(),
            format!("{user}/app.slice/runner.service/bot.service"),
            "/user.slice/user-1000.slice/session-3.scope/bot.service".to_owned(),
            "/system.slice/cron.service".to_owned(),
            format!("{user}/app.slice/tmux-spawn-1.scope"),
            "/user.slice/user-1000.slice/session-3.scope".to_owned(),
            user.to_owned(),
        ] {
            assert_eq!(asked(&path), None, "{path}");
        }
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
            let container = of(&path);
            assert!(matches!(container, Some(Unit::Container(_))), "{path}");
            if path.contains(&id) {
                let id = Some("0123456789ab".to_owned());
                assert_eq!(container, Some(Unit::Container(id)), "{path}");
            }
        }
    }
}
