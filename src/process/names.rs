//! Programs that are known by their names.

use super::Facts;

/// Programs that pass connections on. `comm` ends after 15 bytes, so long names are cut there.
const RELAYS: [&str; 34] = [
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
    "wslrelay.exe",
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
const LONG_RELAYS: [&str; 4] = [
    "systemd-socket-proxyd",
    "rootlessport-child",
    "com.docker.backend",
    "com.docker.backend.exe",
];

/// Those who adopt orphans, besides pid 1 and a `systemd --user`.
pub(super) const REAPERS: [&str; 9] = [
    "tini",
    "tini-static",
    "dumb-init",
    "docker-init",
    "catatonit",
    "containerd-shim",
    "containerd-shim-runc-v2",
    "conmon",
    "launchd",
];

/// Whether a program of this name, or with it as its title, passes connections on.
pub(super) fn is_relay(name: &str) -> bool {
    // `sshd: me` and `nginx: worker process` are titles.
    let name = name
        .split_whitespace()
        .next()
        .unwrap_or(name)
        .trim_end_matches(':');
    RELAYS.contains(&name) || LONG_RELAYS.contains(&name)
}

/// Whether its names show it to be a Java virtual machine.
///
/// `ibgateway*` and `tws*` count as program files only: a script named `tws_bot.py` is shown by
/// `comm` as well, and is none.
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
        || ["ibgateway", "tws"].iter().any(|prefix| {
            name.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
}
