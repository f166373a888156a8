//! Whether this is a container: there 127.0.0.1 is the container, not the machine that runs it.

use std::fs;
use std::path::Path;

/// The files that container engines put into every container.
const FILES: [&str; 3] = [
    ".dockerenv",
    "run/.containerenv",
    "var/run/secrets/kubernetes.io",
];

/// Whether the system under `root`, `/` in earnest, is a container; false where nothing shows it.
pub fn is_container(root: &Path) -> bool {
    if FILES.iter().any(|file| root.join(file).exists()) {
        return true;
    }
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut parts = groups.lines().flat_map(|line| line.split('/'));
    parts.any(|part| is_group_of_container(part.trim()))
}

/// Whether the system under `root`, `/` in earnest, is Linux inside Windows (WSL 2), a machine of its
/// own with an address of its own.
pub fn is_wsl(root: &Path) -> bool {
    let release = fs::read_to_string(root.join("proc/sys/kernel/osrelease"));
    let release = release.unwrap_or_default().to_lowercase();
    release.contains("microsoft") && release.contains("wsl2")
}

/// Whether this part of the path of a control group is that of a container.
pub fn is_group_of_container(part: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "docker-",
        "libpod-",
        "cri-containerd-",
        "crio-",
        "containerd-",
        "lxc.payload",
        "machine-",
        "kubepods",
        "nspawn-",
    ];
    const NAMES: [&str; 5] = ["docker", "lxc", "libpod", "podman", "payload"];
    let is_id = part.len() >= 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    // The folder of all containers is none itself, yet nothing else lives in it.
    is_id
        || NAMES.contains(&part)
        || PREFIXES.iter().any(|prefix| part.starts_with(prefix)) && !part.ends_with(".service")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_shows_by_a_file_of_its_engine_or_by_its_control_group() {
        let root = tempfile::tempdir().unwrap();
        assert!(!is_container(root.path()));
        fs::create_dir_all(root.path().join("proc/self")).unwrap();
        let groups = root.path().join("proc/self/cgroup");
        fs::write(&groups, "0::/user.slice/user-1000.slice\n").unwrap();
        assert!(!is_container(root.path()));
        fs::write(&groups, "1:name=systemd:/docker/0123abcd\n").unwrap();
        assert!(is_container(root.path()));
        fs::write(&groups, "0::/\n").unwrap();
        fs::create_dir_all(root.path().join("run")).unwrap();
        fs::write(root.path().join("run/.containerenv"), "").unwrap();
        assert!(is_container(root.path()));
    }

    #[test]
    fn linux_inside_windows_shows_by_its_kernel() {
        let root = tempfile::tempdir().unwrap();
        assert!(!is_wsl(root.path()));
        let kernel = root.path().join("proc/sys/kernel");
        fs::create_dir_all(&kernel).unwrap();
        fs::write(
            kernel.join("osrelease"),
            "5.15.167.4-microsoft-standard-WSL2\n",
        )
        .unwrap();
        assert!(is_wsl(root.path()));
        fs::write(kernel.join("osrelease"), "6.18.0-generic\n").unwrap();
        assert!(!is_wsl(root.path()));
    }
}
