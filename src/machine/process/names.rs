//! Programs that are known by their names.

use super::Facts;

/// What an ibdoc that is a relay calls itself, so that it is taken for one.
pub(super) const RELAYING_IBDOC: &str = "ibdoc-tap";

/// Programs that pass connections on. `comm` ends after 15 bytes, so long names are cut there.
const RELAYS: [&str; 34] = [
    RELAYING_IBDOC,
    "socat",
    "docker-proxy",
    "ssh",
    "sshd",
    "sshd-session",
    "autossh",
    "dropbear",
    "haproxy",
    "nginx",
    "envoy",
    "rinetd",
    "stunnel",
    "stunnel4",
    "kubectl",
    "rootlesskit",
    "rootlessport",
    "rootlessport-ch",
    "slirp4netns",
    "passt",
    "pasta",
    "pasta.avx2",
    "passt.avx2",
    "gvproxy",
    "wslrelay",
    "redir",
    "nc",
    "ncat",
    "netcat",
    "traefik",
    "tailscaled",
    "xinetd",
    "systemd-socket-",
    "com.docker.back",
];

/// Relays whose names are longer than `comm`, by the name of their file.
const LONG_RELAYS: [&str; 3] = [
    "systemd-socket-proxyd",
    "rootlessport-child",
    "com.docker.backend",
];

/// Relays that are clients where nothing is connected to them, as `nc 127.0.0.1 4002` is at a terminal.
/// One such as slirp4netns has no other connection either, and is the network of a container.
const RELAYS_OR_CLIENTS: [&str; 4] = ["socat", "nc", "ncat", "netcat"];

/// The first processes of containers that run one program and adopt orphans: they end with it.
const INITS: [&str; 5] = [
    "tini",
    "tini-static",
    "dumb-init",
    "docker-init",
    "catatonit",
];

/// Others who adopt orphans, besides pid 1 and a `systemd --user`.
const REAPERS: [&str; 4] = [
    "containerd-shim",
    "containerd-shim-runc-v2",
    "conmon",
    "launchd",
];

/// Programs on which others depend: service managers, container runtimes, terminals, displays.
const GUARDS: [&str; 66] = [
    "systemd",
    "init",
    "upstart",
    "openrc",
    "openrc-init",
    "runit",
    "runsv",
    "runsvdir",
    "runit-init",
    "svscan",
    "abduco",
    "dtach",
    "dinit",
    "finit",
    "s6-svscan",
    "s6-supervise",
    "supervisord",
    "supervise",
    "monit",
    "circusd",
    "pm2",
    "PM2",
    "god",
    "forever",
    "nodemon",
    "honcho",
    "foreman",
    "dockerd",
    "containerd",
    "runc",
    "crun",
    "podman",
    "buildkitd",
    "crio",
    "kubelet",
    "k3s",
    "nerdctl",
    "lxc-start",
    "lxcfs",
    "systemd-nspawn",
    "tmux",
    "screen",
    "SCREEN",
    "byobu",
    "zellij",
    "mosh-server",
    "login",
    "su",
    "sudo",
    "doas",
    "runuser",
    "cron",
    "crond",
    "anacron",
    "atd",
    "dbus-daemon",
    "Xvfb",
    "Xorg",
    "X",
    "Xwayland",
    "Xvnc",
    "Xtigervnc",
    "x11vnc",
    "gdb",
    "lldb",
    "strace",
];

/// Whether a program of this name, or with it as its title, passes connections on.
pub fn is_relay(name: &str) -> bool {
    let name = untitled(name);
    RELAYS.contains(&name) || LONG_RELAYS.contains(&name)
}

/// Whether a relay of this name may be a client itself.
pub(super) fn may_be_client(name: &str) -> bool {
    RELAYS_OR_CLIENTS.contains(&untitled(name))
}

/// Whether others depend on a program of this name: it manages, contains or shows them.
pub(super) fn is_guard(name: &str) -> bool {
    let name = untitled(name);
    GUARDS.contains(&name) || is_reaper_name(name) || name.starts_with("containerd-shim")
}

/// Whether a program of this name runs one program in a container and ends with it.
pub(super) fn is_init_name(name: &str) -> bool {
    INITS.contains(&name)
}

/// Whether a program of this name adopts orphans.
pub(super) fn is_reaper_name(name: &str) -> bool {
    is_init_name(name) || REAPERS.contains(&name)
}

/// `sshd: me` and `nginx: worker process` are titles, and `ssh.exe` is ssh.
fn untitled(name: &str) -> &str {
    let first = name.split_whitespace().next().unwrap_or(name);
    first.trim_end_matches(':').trim_end_matches(".exe")
}

/// Whether its names show it to be a Java virtual machine.
pub(super) fn is_named_jvm(facts: &Facts) -> bool {
    matches!(
        facts.name.as_str(),
        "java" | "javaw" | "java.exe" | "javaw.exe"
    ) || facts.name.starts_with("JavaApplicatio")
        || facts.names().skip(1).any(is_jvm_name)
}

/// Whether a program file of this name is a Java virtual machine.
pub(super) fn is_jvm_name(name: &str) -> bool {
    let name = name.trim_end_matches(".exe");
    matches!(name, "java" | "javaw" | "JavaApplicationStub")
}

/// Whether a program file has the name of a launcher of the Gateway or TWS, which loads the virtual
/// machine into its own process. `tws_trader` has it too: by itself the name proves nothing.
pub(super) fn is_launcher_name(name: &str) -> bool {
    let starts = |prefix: &str| {
        let start = name.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    starts("ibgateway") || starts("tws")
}
